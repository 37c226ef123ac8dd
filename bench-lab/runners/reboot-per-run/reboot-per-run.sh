#!/usr/bin/env bash
# Measures one benchmark per boot: what a boot decides by chance (physical pages, which driver came first, the layout of
# the kernel) then varies between Runs, and shows as spread instead of hiding as bias.
#
# To install, as root:
#   install -D -m 755 reboot-per-run.sh /usr/local/lib/bench-lab/reboot-per-run.sh
#   install -D -m 644 reboot-per-run.conf /etc/bench-lab/reboot-per-run.conf
#   install -m 644 bench-lab-reboot.service /etc/systemd/system/
#   bench-lab machine init /etc/bench-lab/machine.toml
# Then edit /etc/bench-lab/reboot-per-run.conf, write the benchmarks to /var/lib/bench-lab-reboot/queue, one filter a
# line (`bench-lab list` shows the ids), and let it go for twenty boots, the first of them at once:
#   systemctl enable bench-lab-reboot.service
#   /usr/local/lib/bench-lab/reboot-per-run.sh start 20
# Log in within the settle time of a boot to end it early:
#   /usr/local/lib/bench-lab/reboot-per-run.sh stop
#
# It ends by itself: every boot is counted before it measures, so a benchmark that takes the machine down is not
# measured for ever, and after the last one there is neither a state file nor a reboot.
#
# Tried: shellcheck; the whole sequence with a reboot that is not one, kills included (bench-lab/tests/machine).
# Not tried: on a machine that really reboots.
set -euo pipefail

conf=${BENCH_LAB_REBOOT_CONF:-/etc/bench-lab/reboot-per-run.conf}
# shellcheck source=reboot-per-run.conf
. "$conf"
state=$state_directory/state
queue=$state_directory/queue

fail() {
  echo "reboot-per-run: $*" >&2
  exit 2
}

# Replaces the state file whole: a power cut leaves the old one or the new one.
write_state() {
  printf 'boots_left=%d\nnext_line=%d\n' "$1" "$2" >"$state.new"
  sync "$state.new"
  mv "$state.new" "$state"
  sync "$state_directory"
}

# Sets boots_left and next_line. The file is read and not sourced: it holds two numbers and nothing to execute.
read_state() {
  boots_left=$(sed -n 's/^boots_left=\([0-9][0-9]*\)$/\1/p' "$state")
  next_line=$(sed -n 's/^next_line=\([0-9][0-9]*\)$/\1/p' "$state")
  [[ -n $boots_left && -n $next_line ]] || fail "$state is damaged: remove it, then start again"
}

benchmarks() {
  grep -v -e '^[[:space:]]*$' -e '^#' "$queue" || true
}

# Benchmarks never run as root.
as_user() {
  if [[ $(id -un) == "$user" ]]; then "$@"; else runuser -u "$user" -- "$@"; fi
}

settle() {
  local up
  read -r up _ </proc/uptime
  up=${up%.*}
  if ((up < settle_seconds)); then sleep "$((settle_seconds - up))"; fi
}

measure() {
  local filter=$1 code=0
  echo "reboot-per-run: $filter, $boots_left boots left after this one"
  as_user bench-lab run --machine "$machine" --manifest-path "$manifest" --store "$store" --locked --quiet --wait 10m -- "$filter" || code=$?
  case $code in
    0) ;;
    # A benchmark that failed is a row of the Run; the next one has its turn.
    4) echo "reboot-per-run: $filter failed, the Run says how" ;;
    *) fail "bench-lab ended with $code; the next boot does not come by itself, see the lines above" ;;
  esac
}

boot() {
  [[ -e $state ]] || { echo "reboot-per-run: nothing to do" && return; }
  read_state
  settle
  # Stopped by a person meanwhile.
  [[ -e $state ]] || return 0
  local lines
  mapfile -t lines < <(benchmarks)
  ((${#lines[@]} > 0)) || fail "$queue names no benchmark"
  boots_left=$((boots_left - 1))
  if ((boots_left > 0)); then write_state "$boots_left" "$((next_line + 1))"; else rm "$state"; fi
  measure "${lines[next_line % ${#lines[@]}]}"
  # It was the last boot, or a person stopped it meanwhile.
  if [[ -e $state ]]; then "${reboot[@]}"; else echo "reboot-per-run: no reboot comes any more"; fi
}

start() {
  [[ ${1:-} =~ ^[1-9][0-9]{0,3}$ ]] || fail "start COUNT: a number of boots from 1 to 9999"
  [[ ! -e $state ]] || fail "$state is there: already started; stop ends it"
  [[ -n $(benchmarks) ]] || fail "$queue names no benchmark: one filter a line"
  write_state "$1" 0
  "${reboot[@]}"
}

case ${1:-} in
  start) start "${2:-}" ;;
  boot) boot ;;
  stop) rm -f "$state" && echo "reboot-per-run: no reboot comes any more" ;;
  status) if [[ -e $state ]]; then cat "$state"; else echo "not started"; fi ;;
  *) fail "start COUNT | boot | stop | status" ;;
esac
