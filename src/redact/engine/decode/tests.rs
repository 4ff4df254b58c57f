use proptest::prelude::*;

use crate::redact::engine::tests::{SECRETS, WITH_PERSONAL, cases, piece, text};
use crate::redact::{Encoding, Finding, Redactor, StreamRedactor};

/// A token of GitHub's form, a password and an address, made up for these tests.
const TOKEN: &str = "ghp_R7wVfK2mXq9TzBn4LcYsQd8HjN3pGa1xKvEw";
const ADDRESS: &str = "postgres://app:fV9s-Rk2xLq7@db.internal/orders";
const CONFIG: &str = "{\"user\": \"app\", \"password\": \"tR4-vK9zLm2q\", \"port\": 5432}";

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        group[1..=chunk.len()].copy_from_slice(chunk);
        let number = u32::from_be_bytes(group);
        for digit in 0..4 {
            let value = number >> (18 - 6 * digit) & 63;
            let byte = if digit > chunk.len() {
                b'='
            } else {
                DIGITS[value as usize]
            };
            out.push(char::from(byte));
        }
    }
    out
}

fn url_safe(bytes: &[u8]) -> String {
    base64(bytes)
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_")
}

fn in_lines(text: &str, len: usize) -> String {
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(len)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    lines.join("\n")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn percent(text: &str) -> String {
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(escape).collect()
}

fn unicode(text: &str) -> String {
    let units = text.encode_utf16();
    units.map(|unit| format!("\\u{unit:04x}")).collect()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('=', "&#61;")
        .replace(':', "&#x3a;")
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for char in text.chars() {
        if column >= 72 {
            out.push_str("=\r\n");
            column = 0;
        }
        if char == '=' {
            out.push_str("=3D");
            column += 3;
        } else {
            out.push(char);
            column = if char == '\n' { 0 } else { column + 1 };
        }
    }
    out
}

fn wide(text: &str, big: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    units
        .flat_map(|unit| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        })
        .collect()
}

/// The findings in a text, with the text that each covers.
fn scan(text: &[u8]) -> Vec<(Finding, Vec<u8>)> {
    let findings = SECRETS.scan(text);
    let value = |finding: &Finding| text[finding.span()].to_vec();
    findings
        .into_iter()
        .map(|finding| {
            let value = value(&finding);
            (finding, value)
        })
        .collect()
}

/// Asserts that exactly one value is found in `text`, where it reads `value`.
#[track_caller]
fn finds(text: &[u8], rule: &str, value: &[u8], layers: &[Encoding]) {
    let found = scan(text);
    let shown = String::from_utf8_lossy(text);
    let [(finding, covered)] = found.as_slice() else {
        panic!("{} findings in {shown}: {found:?}", found.len());
    };
    assert_eq!(
        String::from_utf8_lossy(covered),
        String::from_utf8_lossy(value),
        "{shown}"
    );
    assert_eq!(finding.rule(), rule, "{shown}");
    assert_eq!(finding.decoded_from(), layers, "{shown}");
    let redactor = &*SECRETS;
    let once = redactor.redact_bytes(text).into_inner().into_owned();
    assert!(
        redactor.is_clean(&once),
        "{}",
        String::from_utf8_lossy(&once)
    );
    assert!(!redactor.is_clean(text));
}

/// The digits that carry the bytes of `value` in the base 64 of `text`.
fn groups(text: &str, value: &str) -> std::ops::Range<usize> {
    let at = text.find(value).unwrap();
    at / 3 * 4..(at + value.len()).div_ceil(3) * 4
}

#[test]
fn base64_of_both_alphabets() {
    let layers = &[Encoding::Base64];
    for (plain, rule, value) in [
        (&*format!("use {TOKEN} for now"), "github-pat", TOKEN),
        (CONFIG, "password-assignment", "tR4-vK9zLm2q"),
        (ADDRESS, "url-password", "fV9s-Rk2xLq7"),
    ] {
        let place = groups(plain, value);
        let encoded = base64(plain.as_bytes());
        finds(
            format!("data: {encoded}").as_bytes(),
            rule,
            encoded[place.clone()].as_bytes(),
            layers,
        );
        finds(
            format!("\"{encoded}\"").as_bytes(),
            rule,
            encoded[place.clone()].as_bytes(),
            layers,
        );
        finds(
            format!("[\"x\\n{encoded}\\n\"]").as_bytes(),
            rule,
            encoded[place.clone()].as_bytes(),
            layers,
        );
        let encoded = url_safe(plain.as_bytes());
        finds(
            format!("?d={encoded}&x=1").as_bytes(),
            rule,
            encoded[place.clone()].as_bytes(),
            layers,
        );
        finds(
            format!("/v1/{encoded}").as_bytes(),
            rule,
            encoded[place].as_bytes(),
            layers,
        );
    }
}

/// The first digits of each may also be hexadecimal ones.
#[test]
fn base64_that_begins_with_hexadecimal_digits() {
    let config = "login: {\"password\": \"tR4-vK9zLm2q\", \"n\": 1}";
    for words in ["h tomt", "sawkay", "wwwsnu"] {
        let plain = format!("{words}. {config}");
        let encoded = base64(plain.as_bytes());
        assert!(encoded.bytes().take(8).all(|byte| byte.is_ascii_hexdigit()));
        let value = groups(&plain, "tR4-vK9zLm2q");
        let value = encoded[value].as_bytes();
        for text in [encoded.clone(), format!("x: {encoded}\n")] {
            finds(
                text.as_bytes(),
                "password-assignment",
                value,
                &[Encoding::Base64],
            );
        }
    }
    // A digest and an id are no text.
    for text in [
        "6162636465666768616263646566676861626364",
        "aCB0b210-4bf9-7577-b34d-a6a3ce929d0e",
    ] {
        assert!(SECRETS.is_clean(text.as_bytes()), "{text}");
    }
}

#[test]
fn base64_in_lines() {
    let plain = format!(
        "{}\nnote: {CONFIG}\nend of the note",
        "some words. ".repeat(12)
    );
    let encoded = base64(plain.as_bytes());
    let place = groups(&plain, "tR4-vK9zLm2q");
    for (len, line_break) in [(64, "\n"), (76, "\r\n"), (76, "\n    "), (72, "\\n")] {
        let text = in_lines(&encoded, len).replace('\n', line_break);
        let moved = |at: usize| at + (at.max(1) - 1) / len * line_break.len();
        let value = &text[moved(place.start + 1) - 1..moved(place.end)];
        finds(
            text.as_bytes(),
            "password-assignment",
            value.as_bytes(),
            &[Encoding::Base64],
        );
    }
}

/// As base 64, the digits of these letters are Korean characters.
#[test]
fn hexadecimal_digits_that_are_legible_as_base_64() {
    let encoded = hex(format!("d dadad. {CONFIG}").as_bytes());
    let value = hex(b"tR4-vK9zLm2q");
    let layers = &[Encoding::Hex];
    finds(
        encoded.as_bytes(),
        "password-assignment",
        value.as_bytes(),
        layers,
    );
}

#[test]
fn hexadecimal_digits() {
    let encoded = hex(CONFIG.as_bytes());
    let value = hex(b"tR4-vK9zLm2q");
    let layers = &[Encoding::Hex];
    for text in [
        encoded.clone(),
        format!("0x{encoded}"),
        format!("decode('{encoded}', 'hex')"),
        format!("\"\\n{encoded}\""),
    ] {
        finds(
            text.as_bytes(),
            "password-assignment",
            value.as_bytes(),
            layers,
        );
        let upper = text.replace(&encoded, &encoded.to_uppercase());
        finds(
            upper.as_bytes(),
            "password-assignment",
            value.to_uppercase().as_bytes(),
            layers,
        );
    }
}

#[test]
fn percent_encoding() {
    let value = "tR4-vK9zLm2q";
    let layers = &[Encoding::Percent];
    let once = percent(CONFIG);
    finds(
        format!("GET /q?c={once}&x=1").as_bytes(),
        "password-assignment",
        value.as_bytes(),
        layers,
    );
    finds(
        b"q=password%3DtR4-vK9zLm2q%26user%3Dapp",
        "password-assignment",
        value.as_bytes(),
        layers,
    );
    finds(
        b"to=postgres%3A%2F%2Fapp%3AfV9s%2BRk2xLq7%40db.internal%2Forders",
        "url-password",
        b"fV9s%2BRk2xLq7",
        layers,
    );
    let twice = percent(&once);
    finds(
        format!("GET /q?c={twice}").as_bytes(),
        "password-assignment",
        value.as_bytes(),
        &[Encoding::Percent; 2],
    );
}

#[test]
fn escapes() {
    let layers = &[Encoding::Escape];
    for (text, rule, value) in [
        (
            "password\\u003dtR4-vK9zLm2q\\u0026",
            "password-assignment",
            "tR4-vK9zLm2q",
        ),
        (
            "{\\u0022password\\u0022:\\u0022tR4-vK9zLm2q\\u0022}",
            "password-assignment",
            "tR4-vK9zLm2q",
        ),
        (
            "{\\x22password\\x22:\\x22tR4-vK9zLm2q\\x22}",
            "password-assignment",
            "tR4-vK9zLm2q",
        ),
        (
            "\"postgres:\\/\\/app:fV9s-Rk2xLq7@db.internal\\/orders\"",
            "url-password",
            "fV9s-Rk2xLq7",
        ),
        (
            "pass\\x77ord = 'tR4-vK9zLm2q'",
            "password-assignment",
            "tR4-vK9zLm2q",
        ),
    ] {
        finds(text.as_bytes(), rule, value.as_bytes(), layers);
    }
    let all = unicode(CONFIG);
    finds(
        all.as_bytes(),
        "password-assignment",
        unicode("tR4-vK9zLm2q").as_bytes(),
        layers,
    );
}

#[test]
fn character_references() {
    let layers = &[Encoding::HtmlEntity];
    finds(
        html(CONFIG).as_bytes(),
        "password-assignment",
        b"tR4-vK9zLm2q",
        layers,
    );
    finds(
        b"&lt;password&gt;tR4-vK9zLm2q&lt;/password&gt;",
        "password-assignment",
        b"tR4-vK9zLm2q",
        layers,
    );
    finds(
        b"<p>password&#61;tR4-vK9z&#76;m2q</p>",
        "password-assignment",
        b"tR4-vK9z&#76;m2q",
        layers,
    );
    finds(
        html(&html(CONFIG)).as_bytes(),
        "password-assignment",
        b"tR4-vK9zLm2q",
        &[Encoding::HtmlEntity; 2],
    );
}

#[test]
fn quoted_printable() {
    let layers = &[Encoding::QuotedPrintable];
    let line = "The token for the new machine, which you have asked for, is: ";
    let text = quoted(&format!("{line}{TOKEN}, and that is all.\n"));
    let broken = "ghp_R7wVfK2=\r\nmXq9TzBn4LcYsQd8HjN3pGa1xKvEw";
    finds(text.as_bytes(), "github-pat", broken.as_bytes(), layers);
}

#[test]
fn utf16() {
    let layers = &[Encoding::Utf16];
    let text = format!("user=app\r\n{CONFIG}\r\n caf\u{e9} \u{2019}s");
    for big in [false, true] {
        let value = wide("tR4-vK9zLm2q", big);
        let body = wide(&text, big);
        let mark: &[u8] = if big { b"\xfe\xff" } else { b"\xff\xfe" };
        finds(&body, "password-assignment", &value, layers);
        finds(
            &[mark, &body].concat(),
            "password-assignment",
            &value,
            layers,
        );
        finds(
            &[b"log: \xff", &body[..], b"\xff\n"].concat(),
            "password-assignment",
            &value,
            layers,
        );
    }
    let command = base64(&wide(
        "$password = 'tR4-vK9zLm2q'; connect $password",
        false,
    ));
    let found = scan(format!("powershell -enc {command}").as_bytes());
    assert_eq!(
        found[0].0.decoded_from(),
        [Encoding::Base64, Encoding::Utf16]
    );
}

#[test]
fn values_in_pieces() {
    let layers = &[Encoding::Joined];
    for (text, rule, value) in [
        (
            "token = \"ghp_R7wVfK2mXq9TzBn4\" + \"LcYsQd8HjN3pGa1xKvEw\";",
            "github-pat",
            "ghp_R7wVfK2mXq9TzBn4\" + \"LcYsQd8HjN3pGa1xKvEw",
        ),
        (
            "$t = 'ghp_R7wVfK2mXq9TzBn4' . 'LcYsQd8HjN3pGa1xKvEw';",
            "github-pat",
            "ghp_R7wVfK2mXq9TzBn4' . 'LcYsQd8HjN3pGa1xKvEw",
        ),
        (
            "t = \"ghp_R7wVfK2mXq9TzBn4\" ..\n  \"LcYsQd8HjN3pGa1xKvEw\"",
            "github-pat",
            "ghp_R7wVfK2mXq9TzBn4\" ..\n  \"LcYsQd8HjN3pGa1xKvEw",
        ),
        (
            "t = ('ghp_R7wVfK2mXq9TzBn4'\n     'LcYsQd8HjN3pGa1xKvEw')",
            "github-pat",
            "ghp_R7wVfK2mXq9TzBn4'\n     'LcYsQd8HjN3pGa1xKvEw",
        ),
        (
            "f('ghp_R7wVfK2mXq9TzBn4' 'LcYsQd8HjN3pGa1xKvEw')",
            "github-pat",
            "ghp_R7wVfK2mXq9TzBn4' 'LcYsQd8HjN3pGa1xKvEw",
        ),
        (
            "x = \\\"ghp_R7wVfK2mXq9TzBn4\\\" + \\\"LcYsQd8HjN3pGa1xKvEw\\\"",
            "github-pat",
            "ghp_R7wVfK2mXq9TzBn4\\\" + \\\"LcYsQd8HjN3pGa1xKvEw",
        ),
        (
            "export T=ghp_R7wVfK2mXq9TzBn4\\\nLcYsQd8HjN3pGa1xKvEw\n",
            "github-pat",
            "ghp_R7wVfK2mXq9TzBn4\\\nLcYsQd8HjN3pGa1xKvEw",
        ),
        (
            "t: \"ghp_R7wVfK2mXq9TzBn4\\\r\n    LcYsQd8HjN3pGa1xKvEw\"",
            "github-pat",
            "ghp_R7wVfK2mXq9TzBn4\\\r\n    LcYsQd8HjN3pGa1xKvEw",
        ),
    ] {
        finds(text.as_bytes(), rule, value.as_bytes(), layers);
    }
}

#[test]
fn encodings_within_each_other() {
    let inner = base64(CONFIG.as_bytes());
    let both = base64(format!("{{\"auth\": \"{inner}\"}}").as_bytes());
    let found = scan(base64(inner.as_bytes()).as_bytes());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0.decoded_from(), [Encoding::Base64; 2]);
    assert!(!scan(both.as_bytes()).is_empty());
    let three = base64(base64(inner.as_bytes()).as_bytes());
    assert_eq!(
        scan(three.as_bytes())[0].0.decoded_from(),
        [Encoding::Base64; 3]
    );
    assert!(scan(base64(three.as_bytes()).as_bytes()).is_empty());
    let mixed = percent(&format!("={}&", hex(CONFIG.as_bytes())));
    assert_eq!(scan(mixed.as_bytes())[0].0.decoded_from(), [Encoding::Hex]);
    let mixed = base64(percent(CONFIG).as_bytes());
    assert_eq!(
        scan(mixed.as_bytes())[0].0.decoded_from(),
        [Encoding::Base64, Encoding::Percent]
    );
}

#[test]
fn what_only_looks_encoded() {
    let image: Vec<u8> = (0..600_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let png = [b"\x89PNG\r\n\x1a\n", &image[..]].concat();
    for text in [
        base64(&image),
        base64(&png),
        hex(&image),
        base64("only words are in here, and no secret at all".as_bytes()),
        base64(b"password"),
        percent("a search for words & others: \"x\""),
        "sha256-3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea".to_owned(),
        "let path = \"C:\\\\x64\\\\u0061\";".to_owned(),
        "&self, &quot, &amp;c &#;".to_owned(),
        "#define A(x) \\\n  do_it(x) \\\n  again(x)".to_owned(),
        "println!(\"the value is {}\", \"x\" + \"y\");".to_owned(),
        "%d items, %s, 100%25 done".to_owned(),
        "a=3D printing, b=4D".to_owned(),
        "eyJhbGciOiJub25lIn0".to_owned(),
    ] {
        let found = scan(text.as_bytes());
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn a_token_that_holds_encoded_text_is_one_finding() {
    let header = url_safe(b"{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    let body = url_safe(b"{\"sub\":\"7\",\"password\":\"tR4-vK9zLm2q\"}");
    let token = format!("{header}.{body}.R7wVfK2mXq9TzBn4LcYsQd8HjN3pGa1xKvEw");
    finds(token.as_bytes(), "jwt", token.as_bytes(), &[]);
}

#[test]
fn a_decoded_finding_is_less_sure() {
    let plain = scan(TOKEN.as_bytes())[0].0.confidence();
    let encoded = base64(format!("use {TOKEN} now").as_bytes());
    assert_eq!(scan(encoded.as_bytes())[0].0.confidence(), plain - 3);
    let twice = base64(encoded.as_bytes());
    assert_eq!(scan(twice.as_bytes())[0].0.confidence(), plain - 3);
}

#[cfg(feature = "rules")]
#[test]
fn rules_and_allow_lists_of_ones_own_see_decoded_text() {
    use crate::redact::{AllowList, RuleSet};

    let rules = RuleSet::from_toml(
        "[[rule]]\nid = \"acme\"\ndescription = \"A key of Acme\"\nkind = \"APIKEY\"\n\
         token = { prefixes = [\"acme_\"], body = \"[a-z0-9]{12}\" }\n\
         examples = [\"«acme_4k2m9x7q1z8w»\"]\ncounter_examples = [\"acme_x\"]\n",
    )
    .unwrap();
    let text = format!("x {} y", base64(b"the key is acme_4k2m9x7q1z8w, see?"));
    let redactor = Redactor::builder().rules(rules.clone()).build().unwrap();
    let findings = redactor.scan(text.as_bytes());
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].rule(), "acme");
    assert_eq!(findings[0].decoded_from(), [Encoding::Base64]);
    assert_eq!(in_chunks(&redactor, text.as_bytes(), 1).1, findings);
    let allow = AllowList::builder("a demo")
        .value("acme_4k2m9x7q1z8w")
        .build();
    let redactor = Redactor::builder()
        .rules(rules)
        .allow(allow.unwrap())
        .build()
        .unwrap();
    assert!(redactor.is_clean(text.as_bytes()));
}

fn in_chunks(redactor: &Redactor, text: &[u8], len: usize) -> (Vec<u8>, Vec<Finding>) {
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    let mut stream = StreamRedactor::new(redactor.clone());
    for chunk in text.chunks(len) {
        stream.push(chunk, &mut out, &mut findings);
    }
    stream.finish(&mut out, &mut findings);
    (out, findings)
}

/// Encodes a text in one of several ways, by number.
fn encode(way: usize, text: &str) -> Vec<u8> {
    match way {
        0 => base64(text.as_bytes()).into(),
        1 => url_safe(text.as_bytes()).into(),
        2 => in_lines(&base64(text.as_bytes()), 76).into(),
        3 => hex(text.as_bytes()).into(),
        4 => percent(text).into(),
        5 => unicode(text).into(),
        6 => html(text).into(),
        7 => quoted(text).into(),
        8 => wide(text, false),
        9 => wide(text, true),
        _ => base64(base64(text.as_bytes()).as_bytes()).into(),
    }
}

/// Generates text with encoded pieces.
fn encoded_text() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        piece().prop_map(String::into_bytes),
        (0..11_usize, text()).prop_map(|(way, text)| encode(way, &text)),
        (0..11_usize, text()).prop_map(|(way, text)| {
            let mut bytes = encode(way, &format!("{text} {CONFIG} {TOKEN}"));
            bytes.push(b' ');
            bytes
        }),
        prop::sample::select(vec![
            "\" + \"",
            "' '",
            "\\\n",
            "=3D",
            "=\n",
            "%3D",
            "%253D",
            "&#61;",
            "&amp;quot;",
            "\\u003d",
            "\\x3d",
            ":\\/\\/",
            "\0a\0b",
            "\n",
            " ",
        ])
        .prop_map(|mark| mark.as_bytes().to_vec()),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn what_is_encoded_is_found(way in 0..11_usize, words in "[a-z]{1,8}( [a-z]{1,8}){0,40}", value in prop::sample::select(vec!["tR4-vK9zLm2q", "Zq81-mTTw7vX", "k3V9pQ-2xLr8tW"])) {
        let text = format!("{words}. login: {{\"password\": \"{value}\", \"n\": 1}} {words}");
        let encoded = encode(way, &text);
        let found = scan(&encoded);
        let carried = match way {
            0 | 1 | 2 | 10 => None,
            _ => Some(encode(way, value)),
        };
        let letters = |wide: &[u8]| wide.iter().copied().filter(|byte| *byte != 0).collect::<Vec<_>>();
        let covers = |covered: &[u8]| match &carried {
            // If the text begins far before, either zero may belong to a letter.
            Some(_) if matches!(way, 8 | 9) => letters(covered) == value.as_bytes(),
            // Soft line breaks may be inside the value.
            Some(carried) if way != 7 => covered == carried.as_slice(),
            Some(_) => covered.len() >= value.len(),
            None => covered.len() >= value.len() * 4 / 3,
        };
        prop_assert!(found.iter().any(|(_, covered)| covers(covered)), "{:?} in {:?}", found, text);
    }

    #[test]
    fn any_cuts_give_what_the_whole_gives(text in encoded_text(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let redactor = &*WITH_PERSONAL;
        let (mut out, mut findings) = (Vec::new(), Vec::new());
        let mut stream = StreamRedactor::new(redactor.clone());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        for cut in cuts.windows(2) {
            stream.push(&text[cut[0]..cut[1]], &mut out, &mut findings);
        }
        stream.finish(&mut out, &mut findings);
        let whole = redactor.redact_bytes(&text);
        prop_assert_eq!(&findings, whole.findings());
        prop_assert_eq!(&out[..], whole.get_ref().as_ref());
        prop_assert_eq!(in_chunks(redactor, &text, 7).1, whole.findings());
    }

    #[test]
    fn findings_are_in_order_and_no_secret_is_left(text in encoded_text()) {
        let redactor = &*SECRETS;
        let redacted = redactor.redact_bytes(&text);
        let mut at = 0;
        for finding in redacted.findings() {
            prop_assert!(at <= finding.span().start && finding.span().start < finding.span().end);
            at = finding.span().end;
        }
        prop_assert!(at <= text.len());
        prop_assert_eq!(redactor.is_clean(&text), redacted.is_clean());
    }
}
