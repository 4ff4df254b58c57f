//! XML and HTML: elements, attributes and CDATA.

use super::member::is_named;
use super::{Extent, MOST, gap};
use crate::redact::engine::MOST_BACK;
use crate::redact::text::{NAME, QUOTE, Text, class};

/// The greatest length of a tag in bytes.
const MOST_TAG: usize = 160;

/// Returns the end of the tags and blanks at `at`: `</b> <code>`.
#[inline(never)]
pub(in crate::redact::engine) fn behind_tags(text: &Text<'_>, mut at: usize) -> usize {
    for _ in 0..4 {
        at = text.run_of(at, 32, |byte| matches!(byte, b' ' | b'\t'));
        if text.at(at) == Some(b'&') && text.is_word(at, b"&nbsp;") {
            at += b"&nbsp;".len();
            continue;
        }
        match tag_end(text, at) {
            Some(end) => at = end,
            None => break,
        }
    }
    at
}

/// Returns the end of the tag at `at`.
fn tag_end(text: &Text<'_>, at: usize) -> Option<usize> {
    if text.at(at) == Some(b'[') {
        return code_end(text, at);
    }
    if text.at(at) != Some(b'<') {
        return None;
    }
    let name = text.at(at + 1)?;
    if !(name.is_ascii_alphabetic() || name == b'/') {
        return None;
    }
    let end = text.run_of(at + 1, MOST_TAG, |byte| {
        !matches!(byte, b'>' | b'<' | b'\n')
    });
    (text.at(end) == Some(b'>')).then_some(end + 1)
}

/// Returns the end of the tag of BBCode at `at`: `[b]`, `[/code]`.
fn code_end(text: &Text<'_>, at: usize) -> Option<usize> {
    let name = text.run_of(at + 1, 1, |byte| byte == b'/');
    let end = text.run_of(name, 6, |byte| byte.is_ascii_lowercase());
    let tags = [&b"b"[..], b"i", b"u", b"code", b"color", b"size", b"tt"];
    (text.at(end) == Some(b']') && tags.contains(&text.slice(name, end))).then_some(end + 1)
}

/// Reads the text of the element whose tag ended at `at`, up to the next tag. A tag
/// before the text and a CDATA section belong to it.
#[inline(never)]
pub(in crate::redact::engine) fn content(text: &Text<'_>, at: usize) -> Option<Extent> {
    let mut start = gap(text, at, 64);
    for _ in 0..2 {
        // `<property name="password"><value>x</value>`
        match tag_end(text, start) {
            Some(end) if text.at(start + 1) != Some(b'/') => start = gap(text, end, 64),
            _ => break,
        }
    }
    const CDATA: &[u8] = b"<![CDATA[";
    let (start, end) = if text.is(start, CDATA) {
        let start = start + CDATA.len();
        let mut end = start;
        loop {
            end = text.run_until(end, (start + MOST).saturating_sub(end), *b"]]");
            if text.is(end, b"]]>") {
                break;
            }
            text.at(end).filter(|_| end < start + MOST)?;
            end += 1;
        }
        (start, end)
    } else {
        let end = text.run_until(start, MOST, *b"<<");
        if text.at(end) != Some(b'<') || text.at(end + 1) != Some(b'/') {
            text.read_to(end);
            return None;
        }
        (start, end)
    };
    text.read_to(end);
    let value = text.slice(start, end).trim_ascii_end();
    Extent::new(start, start + value.len(), true)
}

/// The names of elements that hold the value beside a name, or their beginnings.
const VALUES: [&[u8]; 6] = [b"string", b"value", b"td", b"dd", b"data", b"val"];

/// Returns whether the byte may be a part of the prefix of a namespace.
pub(in crate::redact::engine) fn is_prefix(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Reads the element before the one that contains the name at `name`:
/// `<value>x</value><key>password</key>`.
#[inline(never)]
pub(in crate::redact::engine) fn element_before(text: &Text<'_>, name: usize) -> Option<Extent> {
    if text.before(name) != Some(b'>') {
        return None;
    }
    let from = text.back_to(name, MOST_BACK);
    let mut lines = text.slice(from, name).rsplitn(4, |byte| *byte == b'<');
    // `key>`, `/value>`, and `value>x`.
    let key = lines.next()?.strip_suffix(b">")?;
    let close = lines.next()?.trim_ascii_end().strip_suffix(b">")?;
    let element = lines.next()?;
    let local = |tag: &[u8]| tag.rsplit(|byte| *byte == b':').next().map(<[u8]>::to_vec);
    let (key, close) = (local(key)?, local(close.strip_prefix(b"/")?)?);
    let open = element.iter().position(|byte| *byte == b'>')?;
    let value = element.get(open + 1..)?.trim_ascii();
    let keyed = key.eq_ignore_ascii_case(b"key") || key.eq_ignore_ascii_case(b"name");
    let valued = VALUES.iter().any(|tag| close.eq_ignore_ascii_case(tag));
    let before = text.slice(from, name).windows(value.len().max(1));
    let start = before.rev().position(|part| part == value)?;
    let start = name - start - value.len();
    Extent::new(start, start + value.len(), true).filter(|_| keyed && valued)
}

/// Returns the end of the tag of the next element, if the element with the name ends
/// at `at`: `<key>password</key><string>x`, `<th>Password</th><td>x`.
#[inline(never)]
pub(in crate::redact::engine) fn element(text: &Text<'_>, mut at: usize) -> Option<usize> {
    // Elements inside, such as `<b>`, may end first.
    for _ in 0..3 {
        if !text.is(at, b"</") {
            return None;
        }
        let close = text.run_of(at + 2, 32, |byte| class(byte) & NAME != 0 || byte == b':');
        if text.at(close) != Some(b'>') {
            return None;
        }
        let open = gap(text, close + 1, 64);
        // A title above its text.
        let title = text.slice(at + 2, close);
        if title == b"summary" || matches!(title, [b'h', b'1'..=b'6']) {
            return Some(open);
        }
        if text.is(open, b"</") {
            at = open;
            continue;
        }
        let prefix = text.run_of(open + 1, 32, is_prefix);
        let name = match text.at(prefix) {
            Some(b':') => prefix + 1,
            _ => open + 1,
        };
        let known = VALUES.iter().any(|tag| text.is_word(name, tag));
        return tag_end(text, open).filter(|_| known);
    }
    None
}

/// Reads the attribute `value` of the element whose name ended at `at`.
#[inline(never)]
pub(in crate::redact::engine) fn own_attribute(text: &Text<'_>, at: usize) -> Option<Extent> {
    let end = text.run_of(at, MOST_TAG, |byte| !matches!(byte, b'>' | b'<' | b'\n'));
    in_tag(text, at, end).filter(|_| text.at(end) == Some(b'>'))
}

/// Reads the attribute in the rest of a tag that holds a value.
fn in_tag(text: &Text<'_>, at: usize, end: usize) -> Option<Extent> {
    let tag = text.slice(at, end);
    let words = [&b"value="[..], b"content=", b"val="].into_iter();
    let mut places = words.filter_map(|word| {
        let place = tag.windows(word.len()).position(|window| window == word)?;
        Some(at + place + word.len())
    });
    // No mark is escaped in an attribute.
    let quote = places.next()?;
    let mark = text.at(quote).filter(|mark| class(*mark) & QUOTE != 0)?;
    let end = text.run_of(quote + 1, MOST_TAG, |byte| byte != mark && byte != b'\n');
    Extent::new(quote + 1, end, true).filter(|_| text.at(end) == Some(mark))
}

/// Reads the value that belongs to the attribute value that ended before `at`, with
/// its mark: another attribute of the tag, or the text of the element.
///
/// `<add key="password" value="x"/>`, `<string name="password">x</string>`
#[inline(never)]
pub(in crate::redact::engine) fn attribute(
    text: &Text<'_>,
    name: usize,
    at: usize,
) -> Option<Extent> {
    let is_end = |byte| matches!(byte, b'<' | b'>' | b'\n');
    let open = text.seen_back(name, MOST_TAG, is_end).end()?;
    if text.slice(open, open + 1) != b"<" || !is_named(text, name) {
        return None;
    }
    let end = text.run_of(at, MOST_TAG, |byte| !matches!(byte, b'>' | b'<' | b'\n'));
    if text.at(end) != Some(b'>') {
        return None;
    }
    let value = in_tag(text, at, end);
    if value.is_some() {
        return value;
    }
    if text.before(end) == Some(b'/') {
        return None;
    }
    content(text, end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_an_attribute_stands_in_its_tag_or_element() {
        for (text, value) in [
            ("<add key=\"pw\" value=\"V\"/>", Some("V")),
            ("<string name=\"pw\">V</string>", Some("V")),
            (
                "<property name=\"pw\"><value>V</value></property>",
                Some("V"),
            ),
            ("<p name=\"pw\"><![CDATA[V]]]></p>", Some("V]")),
            ("<a name='pw' content='V' />", Some("V")),
            ("<a class='pw'>V</a>", None),
            ("<input name=\"pw\"/>V</a>", None),
            ("<input name=\"pw\">\n<br>", None),
            ("f(\"pw\", x > V</", None),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let found = attribute(&whole, name, name + 3).map(|it| &text[it.start..it.end]);
            assert_eq!(found, value, "{text}");
        }
    }

    #[test]
    fn the_element_before_a_name_may_hold_its_value() {
        for (text, value) in [
            ("<e><value>V</value><key>pw</key></e>", Some("V")),
            (
                "<e>\n <a:value>V</a:value>\n <a:name>pw</a:name>\n</e>",
                Some("V"),
            ),
            ("<value>V</value></e><e><key>pw</key>", None),
            ("<value>V</value><b>pw</b>", None),
            ("<b>V</b><key>pw</key>", None),
            ("<value></value><key>pw</key>", None),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let found = element_before(&whole, name).map(|it| &text[it.start..it.end]);
            assert_eq!(found, value, "{text}");
        }
    }

    #[test]
    fn tags_between_a_name_and_its_value_are_passed() {
        for (text, at) in [
            ("</b> <code>V", 11),
            ("V", 0),
            ("<3", 0),
            ("&nbsp;V", 6),
            ("</a", 0),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            assert_eq!(behind_tags(&whole, 0), at, "{text}");
        }
        let whole = Text::new(b"</b></th>\n<td class=\"x\">V", true);
        assert_eq!(element(&whole, 0), Some(24));
    }
}
