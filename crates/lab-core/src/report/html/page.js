"use strict";
(() => {
  const one = (query) => document.querySelector(query);
  const every = (query) => [...document.querySelectorAll(query)];
  const table = one("#rows");
  const form = one("#filters");
  if (!table || !form) return;
  const data = JSON.parse(one("#report").textContent);
  // A table of the numbers: what all rows share stands once.
  const lookup = (part) => {
    const columns = new Map((part?.columns || []).map((name, place) => [name, place]));
    return (row, name) => columns.has(name) ? row[columns.get(name)] : part.same[name];
  };
  const changes = data.comparison?.changes;
  const change = lookup(changes);
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, place) => {
    const head = row.querySelector("th");
    const link = head.querySelector("a");
    const card = document.getElementById(link.hash.slice(1)).closest("details");
    const verdict = changes && change(changes.rows[place], "verdict");
    return { row, card, place, verdict, name: link.textContent.toLowerCase(), text: head.textContent.toLowerCase() };
  });
  const boxes = every("#filters input[name=show]");
  const search = form.elements.q;
  const first = boxes.filter((box) => box.defaultChecked).map((box) => box.value);
  let sort = "";
  let opened = "";

  // The state of the page is in its address, so that a link shows what its sender saw.
  const write = () => {
    const state = new URLSearchParams();
    const show = boxes.filter((box) => box.checked).map((box) => box.value);
    if (boxes.length && show.join() !== first.join()) state.set("show", show.join());
    if (search.value) state.set("q", search.value);
    if (sort) state.set("sort", sort);
    if (opened) state.set("b", opened);
    const hash = state.toString().replaceAll("%2C", ",");
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  };
  const read = () => {
    const hash = location.hash.slice(1);
    const state = new URLSearchParams(hash);
    // The address of a section or of a benchmark says nothing about filters and order.
    if (!hash || hash.includes("=")) {
      const show = state.has("show") ? state.get("show").split(",") : first;
      for (const box of boxes) box.checked = show.includes(box.value) && !box.disabled;
      search.value = state.get("q") || "";
      order(state.get("sort") || "");
    }
    filter();
    const wanted = /^b\d+$/.test(hash) ? hash : "b" + state.get("b");
    if (document.getElementById(wanted)) reveal(wanted);
  };

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const show = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const { row, card, text, verdict } of rows) {
      const isShown = (!boxes.length || show.has(verdict)) && words.every((word) => text.includes(word));
      row.hidden = !isShown;
      card.hidden = !isShown;
      count += isShown ? 1 : 0;
    }
    one("#shown").textContent = count + " of " + rows.length + " shown";
    const isDefault = !words.length && [...show].join() === first.filter((name) => show.has(name)).join();
    one("#why").textContent = boxes.length && isDefault ? "No benchmark is called regressed or improved. " : "No benchmark matches. ";
    one("#none").hidden = count > 0;
  };

  const sorts = { b: "baseline", c: "candidate", d: "ratio.point", p: "p_adjusted", n: "count" };
  const value = (entry, key) => {
    if (key === "i") return entry.name;
    if (key === "r") return entry.place;
    const number = changes ? change(changes.rows[entry.place], sorts[key]) : entry.row.dataset[key];
    return number === undefined || number === null ? NaN : Number(number);
  };
  const order = (wanted) => {
    const isDown = wanted.startsWith("-");
    const key = isDown ? wanted.slice(1) : wanted;
    const heads = every("#rows th[data-k]");
    sort = heads.some((head) => head.dataset.k === key) ? wanted : "";
    for (const head of heads) {
      const way = isDown ? "descending" : "ascending";
      if (sort && head.dataset.k === key) head.setAttribute("aria-sort", way);
      else head.removeAttribute("aria-sort");
    }
    const compare = (x, y) => {
      const [a, b] = [value(x, key), value(y, key)];
      if (typeof a === "string") return (a < b ? -1 : a > b ? 1 : 0) * (isDown ? -1 : 1);
      // What has no value stands last, whichever way.
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b) || x.place - y.place;
      return (a - b) * (isDown ? -1 : 1) || x.place - y.place;
    };
    const sorted = sort ? [...rows].sort(compare) : rows;
    body.append(...sorted.map((entry) => entry.row));
    one("#cards").append(...sorted.map((entry) => entry.card));
  };

  // What a shell reads as one word.
  const word = (text) => /^[A-Za-z0-9_.\/:@^+,%-][A-Za-z0-9_.\/:=@~^+,%-]*$/.test(text) ? text : "'" + text.replaceAll("'", "'\\''") + "'";
  const traces = new Map();
  const trace = lookup(data.history?.benchmarks);
  for (const row of data.history?.benchmarks.rows || []) traces.set(trace(row, "benchmark"), trace(row, "values"));

  // What the numbers of the page say already is written when it is first looked at: each Run's value, and the commands.
  const complete = (card) => {
    const inside = card.querySelector(":scope > div");
    const place = Number(inside.id.slice(1)) - 1;
    if (inside.querySelector(".lines")) return;
    const lines = document.createElement("div");
    lines.className = "lines";
    for (const [begin, end] of data.lines) {
      const line = document.createElement("code");
      line.className = "paste";
      line.textContent = begin + word(data.benchmarks[place]) + end;
      lines.append(line);
    }
    inside.append(lines);
    const figure = inside.querySelector(".history");
    if (figure) drawn(figure, traces.get(place));
  };
  // The frame of a history: from 108 to 628 across, from 204 up to 34.
  const drawn = (figure, values) => {
    if (!figure.querySelector("svg")) {
      // Where nothing happened, the chart is its frame and the two extremes of its words.
      const [low, high] = figure.querySelectorAll("b");
      const marks = low.textContent === high.textContent ? ["q", low] : ["h", high, "w", low];
      figure.insertAdjacentHTML("beforeend", '<svg viewBox="0 0 640 246" aria-hidden=true><use href="#H"/><path class=v /></svg>');
      for (let at = 0; at < marks.length; at += 2) {
        figure.querySelector("svg").insertAdjacentHTML("beforeend", "<text class=" + marks[at] + ">" + marks[at + 1].innerHTML + "</text>");
      }
    }
    const path = figure.querySelector("path.v");
    const hasDots = values.length <= 60;
    path.classList.toggle("dots", hasDots);
    const high = Math.max(...values.filter((value) => value !== null));
    let text = "";
    let isGap = true;
    values.forEach((value, place) => {
      if (value !== null) {
        const x = Math.round(108 + 520 * place / Math.max(values.length - 1, 1));
        const y = high > 0 ? Math.round(204 - 170 * value / high) : 119;
        text += isGap || hasDots ? "M" + x + " " + y + "h1" : "L" + x + " " + y;
      }
      isGap = value === null;
    });
    path.setAttribute("d", text);
  };
  const open = (card) => {
    complete(card);
    card.open = true;
  };

  const reveal = (id) => {
    const inside = document.getElementById(id);
    if (!inside) return;
    const card = inside.closest("details");
    card.hidden = false;
    open(card);
    opened = id.slice(1);
    card.scrollIntoView({ block: "start" });
    inside.tabIndex = -1;
    inside.focus({ preventScroll: true });
  };

  for (const head of every("#rows th[data-k]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const key = head.dataset.k;
      // Names and ranks are read from the start, amounts from the largest.
      const [begin, then] = key === "i" || key === "r" || key === "p" ? [key, "-" + key] : ["-" + key, key];
      order(sort === begin ? then : sort === then ? "" : begin);
      write();
    });
  }
  form.hidden = false;
  one("#folds").hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { filter(); write(); });
  const choose = (values) => {
    for (const box of boxes) box.checked = !box.disabled && values(box.value);
    filter();
    write();
  };
  one("#only")?.addEventListener("click", () => choose((name) => first.includes(name)));
  one("#all")?.addEventListener("click", () => choose(() => true));
  one("#reset").addEventListener("click", () => { search.value = ""; choose(() => true); search.focus(); });
  const fold = (isOpen) => { for (const { card } of rows) if (!card.hidden) isOpen ? open(card) : card.open = false; };
  one("#open").addEventListener("click", () => fold(true));
  one("#close").addEventListener("click", () => fold(false));
  table.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    reveal(link.hash.slice(1));
    write();
  });
  // The event of an element that opens does not rise, but it is seen on its way down.
  one("#cards").addEventListener("toggle", (event) => event.target.matches(".card") && complete(event.target), true);
  addEventListener("hashchange", read);
  // On paper every benchmark that is shown and changed is open.
  addEventListener("beforeprint", () => {
    for (const { card, verdict } of rows) if (!card.hidden && (card.open || first.includes(verdict))) open(card);
  });
  read();
})();
