//! Markup without what a parser of HTML supplies by itself: quotes about plain values, ends that the next element implies.
//!
//! It takes the markup of this program alone, in which `<`, `>` and `"` stand for nothing but markup; it changes no text.

/// Elements whose end may be left out before another of their kind and before their parent's end, where they always stand.
const IMPLIED: [&str; 6] = ["</td>", "</th>", "</tr>", "</li>", "</dt>", "</dd>"];
/// What ends a paragraph.
const AFTER: [&str; 5] = ["</div>", "<div", "<p", "<ul", "<dl"];
/// Elements of SVG, which may end themselves.
const EMPTY: [&str; 3] = ["path", "rect", "use"];

/// The same page in fewer bytes.
pub(super) fn lean(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(begin) = rest.find('<') {
        text.push_str(&rest[..begin]);
        let end = rest[begin..].find('>').map_or(rest.len(), |end| begin + end + 1);
        let tag = &rest[begin..end];
        rest = &rest[end..];
        let name = tag[1..].split([' ', '>']).next().unwrap_or_default();
        if IMPLIED.contains(&tag) || (tag == "</p>" && AFTER.iter().any(|next| rest.starts_with(next))) {
            continue;
        }
        unquoted(tag, &mut text);
        let close = format!("</{name}>");
        if EMPTY.contains(&name) && rest.starts_with(&close) {
            text.pop();
            // Without a blank the stroke would belong to the value before it.
            text.push_str(if text.ends_with('"') { "/>" } else { " />" });
            rest = &rest[close.len()..];
        }
    }
    text.push_str(rest);
    text
}

/// Copies a tag without the quotes that it does not need.
fn unquoted(tag: &str, text: &mut String) {
    let is_plain = |value: &str| {
        !value.is_empty()
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:#%".contains(&byte))
    };
    let mut parts = tag.split('"');
    text.push_str(parts.next().unwrap_or_default());
    while let (Some(value), Some(behind)) = (parts.next(), parts.next()) {
        if is_plain(value) {
            text.push_str(value);
        } else {
            text.extend(["\"", value, "\""]);
        }
        text.push_str(behind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_parser_supplies_is_left_out() {
        for (markup, wanted) in [
            (r#"<p class="a" id="b-1">x</p>"#, "<p class=a id=b-1>x</p>"),
            (r##"<a href="#b1">x="y" z</a>"##, r##"<a href=#b1>x="y" z</a>"##),
            (r#"<i title="two words" lang=""></i>"#, r#"<i title="two words" lang=""></i>"#),
            (r#"<path class="g" d="M1 2h3"></path>"#, r#"<path class=g d="M1 2h3"/>"#),
            (r##"<use href="#E"></use>x"##, "<use href=#E />x"),
            ("<tr><td>1</td><td>2</td></tr></tbody>", "<tr><td>1<td>2</tbody>"),
            ("<p>a</p><p>b</p><i>c</i>", "<p>a<p>b</p><i>c</i>"),
            ("1 &lt; 2 </td>", "1 &lt; 2 "),
        ] {
            assert_eq!(lean(markup), wanted);
        }
    }
}
