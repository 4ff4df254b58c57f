//! Where a text leads: the hosts of all addresses in it.

/// A host that a text leads to; `None` is one that readers do not agree on.
pub(crate) type Lead<'t> = Option<&'t str>;

/// Schemes after which browsers see a host whatever stands before it.
const SPECIAL: [&str; 6] = ["http", "https", "ws", "wss", "ftp", "file"];
/// Schemes that lead somewhere without slashes, other than to a number that is dialled or to
/// what stands in the address itself.
const BARE_SCHEMES: [&str; 14] = [
    "callto",
    "feed",
    "intent",
    "javascript",
    "mailto",
    "mms",
    "sip",
    "sips",
    "skype",
    "sms",
    "smsto",
    "vbscript",
    "view-source",
    "xmpp",
];
/// Blanks that readers of addresses leave out wherever they stand.
const LEFT_OUT: [char; 3] = ['\t', '\n', '\r'];

/// Returns every host that a text leads to, as browsers, HTTP clients and readers of
/// Markdown find them. Where they could find different ones, or one that is not written
/// plainly, the lead is `None`: whoever asks must count it as a host that nobody listed.
pub(crate) fn leads(text: &str) -> Vec<Lead<'_>> {
    let mut leads = Vec::new();
    if is_encoded(text) || LEFT_OUT.iter().any(|blank| hides(text, *blank)) {
        leads.push(None);
    }
    for (at, _) in text.match_indices(':') {
        let (before, rest) = (text.get(..at).unwrap_or_default(), text.get(at + 1..));
        leads.extend(behind_scheme(
            scheme(before),
            before,
            rest.unwrap_or_default(),
        ));
    }
    let starts = text.char_indices().filter(|(at, char)| {
        let before = text.get(..*at).unwrap_or_default().chars().next_back();
        matches!(char, '/' | '\\' | 'w' | 'W') && before.is_none_or(is_boundary)
    });
    for (at, _) in starts {
        let (before, text) = text.split_at_checked(at).unwrap_or_default();
        leads.extend(relative(before, text));
    }
    let words = text.split(|char: char| is_boundary(char) || ")]}".contains(char));
    leads.extend(words.filter_map(bare));
    leads
}

/// The scheme that a text ends with; empty where it ends with none.
fn scheme(before: &str) -> &str {
    let is_part = |char: char| char.is_ascii_alphanumeric() || "+-.".contains(char);
    let start = before.rfind(|char| !is_part(char));
    let start = start.map_or(0, |at| at + before.get(at..).map_or(1, first_len));
    let word = before.get(start..).unwrap_or_default();
    let is_scheme = word.starts_with(|char: char| char.is_ascii_alphabetic());
    if is_scheme { word } else { "" }
}

fn first_len(text: &str) -> usize {
    text.chars().next().map_or(1, char::len_utf8)
}

/// Where a text leads that stands behind a scheme and a colon.
fn behind_scheme<'t>(scheme: &str, before: &'t str, rest: &'t str) -> Option<Lead<'t>> {
    let is = |known: &str| scheme.eq_ignore_ascii_case(known);
    if let Some(rest) = rest.strip_prefix("//") {
        let before = before.get(..before.len() - scheme.len());
        return Some(authority(before.unwrap_or_default(), rest));
    }
    let is_slashed = rest.starts_with(['/', '\\']) && {
        let second = rest.chars().nth(1);
        rest.starts_with('\\') || matches!(second, Some('/' | '\\'))
    };
    let is_blank = rest.chars().next().is_none_or(char::is_whitespace);
    if SPECIAL.iter().any(|known| is(known)) {
        return (!is_blank).then_some(None);
    }
    if is_slashed && !scheme.is_empty() && scheme.len() > 1 {
        return Some(None);
    }
    if BARE_SCHEMES.iter().any(|known| is(known)) {
        return (!is_blank).then_some(None);
    }
    // A place in the manner of `scp`: `git@host:path`.
    let word = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let (_, host) = word.rsplit_once('@')?;
    (!is_blank && !host.is_empty()).then_some(None)
}

/// Where a text leads that begins without a scheme.
fn relative<'t>(before: &str, text: &'t str) -> Option<Lead<'t>> {
    if let Some(rest) = text.strip_prefix("//") {
        let first = rest.chars().next();
        return first
            .is_some_and(|char| !char.is_whitespace())
            .then(|| authority(before, rest));
    }
    let mut chars = text.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('/'), Some('\\'), _) | (Some('\\'), Some('/'), _) => Some(None),
        (Some('\\'), Some('\\'), Some(char)) if char.is_alphanumeric() => Some(None),
        _ => {
            let head = text.get(..4)?;
            head.eq_ignore_ascii_case("www.")
                .then(|| authority(before, text))
        }
    }
}

/// Where a word leads that begins with a host and goes on with a path or a question mark:
/// programs that make links of text take it for an address.
fn bare(text: &str) -> Option<Lead<'_>> {
    let (host, _) = text.split_once(['/', '?'])?;
    let name = host.split(':').next().unwrap_or_default();
    let (labels, last) = name.rsplit_once('.')?;
    let is_label = |char: char| char.is_alphanumeric() || "-_.".contains(char);
    let is_name = !labels.is_empty()
        && !labels.starts_with('.')
        && labels.chars().all(is_label)
        && last.len() > 1
        && last.chars().all(char::is_alphabetic);
    is_name.then(|| authority("", text))
}

/// The host of what stands behind `//`, with what stands before the address.
fn authority<'t>(before: &str, rest: &'t str) -> Lead<'t> {
    let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'<>`".contains(c));
    let (place, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    ends_for_all(before, after).then_some(())?;
    let place = match place.split_once('@') {
        Some((_, place)) if place.contains('@') => return None,
        Some((user, _)) if user.contains('\\') => return None,
        Some((_, place)) => place,
        None => place,
    };
    let (host, port) = match place.strip_prefix('[') {
        Some(address) => {
            let (host, rest) = address.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (
                host,
                rest.strip_prefix(':').or(rest.is_empty().then_some(""))?,
            )
        }
        None => {
            let (host, port) = place.split_once(':').unwrap_or((place, ""));
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            (!host.is_empty() && host.bytes().all(is_part)).then_some(())?;
            (host, port)
        }
    };
    port.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(host)
}

/// Whether all readers see the end of a host where `after` begins.
///
/// One that reads the whole text, or all of an attribute, as an address leaves out tabs and
/// ends of lines, takes quotes into the host, and takes everything up to an `@` for the name
/// of a user.
fn ends_for_all(before: &str, after: &str) -> bool {
    let mut chars = after.chars();
    let Some(mark) = chars.next() else {
        return true;
    };
    let quote = before
        .chars()
        .next_back()
        .filter(|last| "\"'`<".contains(*last));
    let closing = quote.map(|quote| if quote == '<' { '>' } else { quote });
    if "/?#".contains(mark) || closing == Some(mark) {
        return true;
    }
    if !is_prose(before) {
        let whole = after.find(['/', '?', '#']).and_then(|end| after.get(..end));
        let mut rest = after.trim_start_matches(LEFT_OUT).chars();
        let is_at_end = rest.next().is_none();
        let is_joined = LEFT_OUT.contains(&mark) && !is_at_end;
        if is_joined || whole.unwrap_or(after).contains('@') {
            return false;
        }
    }
    let next = chars.next();
    mark.is_whitespace()
        || next.is_none_or(char::is_whitespace)
        || next.is_some_and(|next| ",;)]}>.".contains(next))
            && chars.next().is_none_or(|then| !then.is_alphanumeric())
}

/// Whether an address behind this stands among words, so that nobody reads all of the text,
/// or of an attribute, as an address.
fn is_prose(before: &str) -> bool {
    let words = before.trim_end();
    let last = words.chars().next_back();
    words.len() < before.len()
        && last.is_some_and(|last| last.is_alphanumeric() || ".,:;!?)*-".contains(last))
}

/// Whether an address could be written in another form: with percents or entities.
fn is_encoded(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    [
        "%3a%2f", "%3a/", ":%2f", "%2f%2f", "&colon;", "&#58;", "&#x3a;", "&sol;", "&#47;",
        "&#x2f;",
    ]
    .iter()
    .any(|mark| lower.contains(mark))
}

/// Whether an address comes up once a blank is left out.
fn hides(text: &str, blank: char) -> bool {
    if !text.contains(blank) {
        return false;
    }
    let without: String = text
        .chars()
        .filter(|char| !LEFT_OUT.contains(char))
        .collect();
    let count = |text: &str| text.matches("://").count() + text.matches("//").count();
    let starts = |text: &str| {
        let lower = text.to_ascii_lowercase();
        let found = SPECIAL
            .iter()
            .map(|scheme| lower.matches(&format!("{scheme}:")).count());
        found.sum::<usize>()
    };
    count(&without) > count(text) || starts(&without) > starts(text)
}

fn is_boundary(char: char) -> bool {
    char.is_whitespace() || "\"'`(<=[{,;|>".contains(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_written_plainly_is_found() {
        for (text, expected) in [
            ("no address: at all", vec![]),
            ("a/b and c:\\d", vec![]),
            ("at 12:30, see 1:2", vec![]),
            ("src/main.rs:10 // note", vec![]),
            ("v1.2/notes", vec![]),
            ("https://a.example/x?y", vec!["a.example"]),
            ("HTTPS://A.example:8443#z", vec!["A.example"]),
            ("ftp://[2001:db8::1]:21/", vec!["2001:db8::1"]),
            (
                "see https://a.example and https://b.example.",
                vec!["a.example", "b.example."],
            ),
            ("javascript://evil.example", vec!["evil.example"]),
            ("https://user@evil.example/", vec!["evil.example"]),
            ("//evil.example/a", vec!["evil.example"]),
            ("<img src=\"//evil.example/a\">", vec!["evil.example"]),
            ("see www.evil.example", vec!["www.evil.example"]),
            ("evil.example/x", vec!["evil.example"]),
            (
                "see evil.example/x, (b.example?c)",
                vec!["evil.example", "b.example"],
            ),
            ("<evil.example/x|text>", vec!["evil.example"]),
            ("evil.example:443/x", vec!["evil.example"]),
            ("see evil.example. Or?", vec![]),
            ("docs/guide.md?plain=1", vec![]),
            ("tel:+49170", vec![]),
            ("https://ok.example\n", vec!["ok.example"]),
            ("see https://ok.example\nand write", vec!["ok.example"]),
            ("a 'https://ok.example' b", vec!["ok.example"]),
            ("a 'https://ok.example'b", vec!["ok.example"]),
            ("<a href=\"https://ok.example\">b</a>", vec!["ok.example"]),
            ("it is \"in https://ok.example\".", vec!["ok.example"]),
            ("<https://ok.example>: a", vec!["ok.example"]),
            ("https://ok.example is it", vec!["ok.example"]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(Some).collect();
            assert_eq!(leads(text), expected, "{text}");
        }
    }

    #[test]
    fn what_readers_do_not_agree_on_leads_nowhere_that_is_listed() {
        for text in [
            "https:evil.example",
            "https:/evil.example/",
            "http:evil.example/",
            "https:\\\\evil.example/",
            "https:\\/\\/evil.example/",
            "https:\\evil.example/",
            "https:///evil.example/",
            "file:///etc/passwd",
            "/\\evil.example/",
            "\\/evil.example/",
            "\\\\evil.example\\share",
            "https://ok.example\\@evil.example/",
            "https://ok.example@evil.example@ok.example/",
            "https://ok.example:x@evil.example\\@ok.example",
            "https://ok.example:x/",
            "https://ok.example%2eevil.example/",
            "https://ok.exämple/",
            "https://ok.example,https://ok.example",
            "https://[::x]/",
            "git@evil.example:x/y.git",
            "mailto:x@evil.example",
            "sms:123?body=x",
            "javascript:fetch('x')",
            "view-source:x",
            "https%3A%2F%2Fevil.example%2F",
            "https&colon;//evil.example/",
            "ht\ntps://evil.example/",
            "https:/\t/evil.example/",
            "https:\n//evil.example/",
            "/\n/evil.example/",
            "https://ok.example\t@evil.example/",
            "https://ok.example\n@evil.example/",
            "https://ok.example\r@evil.example/",
            "https://ok.example\t.evil.example/",
            "https://ok.example\n.evil.example/",
            "https://ok.example'.evil.example/",
            "https://ok.example\".evil.example/",
            "https://ok.example`.evil.example/",
            "https://ok.example @evil.example/",
            "https://ok.example  a b@evil.example",
            "https://ok.example\",\"a@evil.example/",
            "https://ok.example',evil.example/",
            "see https://ok.example'.evil.example/",
            " https://ok.example\t@evil.example/",
            "<img src=\"https://ok.example\t@evil.example/\">",
            "<img src=\" https://ok.example\n@evil.example/\">",
            "<img src=\"https://ok.example'.evil.example/\">",
            "//ok.example\t@evil.example/",
        ] {
            assert!(leads(text).contains(&None), "{text}");
        }
    }
}
