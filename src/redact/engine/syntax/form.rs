//! Parts of multipart forms (RFC 7578).

use super::{Extent, MOST};
use crate::redact::text::Text;

/// The greatest length of the headers of a part in bytes.
const MOST_HEADERS: usize = 256;

/// Reads the content of the part whose name ended before `at`, with its mark:
/// `name="password"`, an empty line, the value.
#[inline(never)]
pub(in crate::redact::engine) fn part(text: &Text<'_>, name: usize, at: usize) -> Option<Extent> {
    const LEAD: &[u8] = b"form-data; name=\"";
    let from = text.back_to(name, LEAD.len());
    if text.slice(from, name) != LEAD {
        return None;
    }
    let mut line = at;
    loop {
        let end = text.run_of(line, MOST_HEADERS, |byte| byte != b'\n');
        if text.at(end) != Some(b'\n') || end - at > MOST_HEADERS {
            return None;
        }
        line = end + 1;
        let empty = text.run_of(line, 1, |byte| byte == b'\r');
        if text.at(empty) == Some(b'\n') {
            let start = empty + 1;
            let end = text.run_of(start, MOST, |byte| byte >= b' ' && byte != 127);
            text.read_to(end);
            return Extent::new(start, end, true).filter(|_| !text.is(start, b"--"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_of_a_part_is_below_its_headers() {
        for (text, value) in [
            (
                "Content-Disposition: form-data; name=\"pw\"\r\n\r\nV w\r\n--x--",
                Some("V w"),
            ),
            (
                "form-data; name=\"pw\"\nContent-Type: a/b\n\nV\n--x",
                Some("V"),
            ),
            ("form-data; name=\"pw\"\n\n--x", None),
            ("x; name=\"pw\"\n\nV\n", None),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let found = part(&whole, name, name + 3).map(|it| &text[it.start..it.end]);
            assert_eq!(found, value, "{text}");
        }
    }
}
