use std::sync::LazyLock;

use proptest::prelude::*;

use super::prefilter::Kernel;
use super::{CustomRules, Engine, Hit, Pass, Progress, Scope, Sink};
use crate::redact::builtin::families::ONLY_WHEN_ASKED;
use crate::redact::builtin::{FAMILIES, Form, Rule, Selection};
use crate::redact::text::{Text, take_read};
use crate::redact::{Category, Redactor};

/// The presets, built once for all cases of a property.
pub(crate) static SECRETS: LazyLock<Redactor> = LazyLock::new(Redactor::secrets);
pub(crate) static WITH_PERSONAL: LazyLock<Redactor> = LazyLock::new(Redactor::secrets_and_pii);

/// At least `least` cases, or more if `PROPTEST_CASES` says so.
pub(crate) fn cases(least: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    let asked = asked.and_then(|count| count.parse().ok()).unwrap_or(0);
    ProptestConfig::with_cases(least.max(asked))
}

/// The text of an example without its marks, and the marked range.
fn example(marked: &str) -> (String, Option<(usize, usize)>) {
    let text = marked.replace(['«', '»'], "");
    let place = marked
        .find('«')
        .zip(marked.find('»'))
        .map(|(from, to)| (from, to - '«'.len_utf8()));
    (text, place)
}

#[test]
fn every_rule_finds_its_examples_and_passes_its_near_misses() {
    let all = ONLY_WHEN_ASKED
        .iter()
        .fold(Redactor::builder(), |all, id| all.enable(*id));
    let redactor = all.category(Category::Personal).build().unwrap();
    let mut wrong = Vec::new();
    for rule in FAMILIES.iter().copied().flatten() {
        for marked in rule.examples() {
            let (text, place) = example(&marked);
            let findings = redactor.scan(text.as_bytes());
            let own = findings.iter().any(|finding| {
                finding.rule() == rule.id && Some((finding.start, finding.end)) == place
            });
            if !own {
                wrong.push(format!("{} misses {marked:?}: {findings:?}", rule.id));
            }
        }
        for text in rule.counter_examples() {
            let findings = redactor.scan(text.as_bytes());
            if findings.iter().any(|finding| finding.rule() == rule.id) {
                wrong.push(format!("{} finds in {text:?}: {findings:?}", rule.id));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_value_that_runs_into_a_placeholder_is_found() {
    let redactor = Redactor::secrets();
    let key = "e7c41edf262fe4330a9e2935.e2d3691a67472ad83a45dbcaa0cee5ed";
    for before in ["Cookie: ACME_KEY=", "x; token=", "password: "] {
        assert!(!redactor.is_clean(format!("{before}{key}").as_bytes()));
        let text = format!("{before}{key}_URL=[REDACTED-WEBHOOK]");
        assert!(!redactor.redact(&text).as_str().contains(key));
    }
}

#[test]
fn a_format_speaks_before_an_assignment() {
    // The checksum is wrong, so only the format matches.
    let text = "token = \"ghp_R7wVfK2mXq9TzBn4LcYsQd8HjN3pGa1xKvEw\"";
    let findings = Redactor::secrets().scan(text.as_bytes());
    let rules: Vec<&str> = findings.iter().map(|finding| finding.rule()).collect();
    assert_eq!(rules, ["github-pat"]);
}

/// Text next to a replaced value is replaced with it or stays for good. The second
/// time, its neighbor is a placeholder.
#[test]
fn a_value_beside_another_is_found_at_once_or_never() {
    for (text, expected) in [
        (
            "NRIC S4829157J,7564829157305",
            "NRIC [REDACTED-NATIONALID],[REDACTED-NATIONALID]",
        ),
        (
            "7564829157305,02:42:ac:11:00:02",
            "[REDACTED-NATIONALID],[REDACTED-MAC]",
        ),
        ("7564829157305,12.50", "[REDACTED-NATIONALID],12.50"),
        (
            "+44 20 7946 0958 219-09-9998",
            "[REDACTED-PHONE] [REDACTED-NATIONALID]",
        ),
        ("+44 20 7946 0958 0b8::", "[REDACTED-PHONE] [REDACTED-IP]"),
        ("+44 2079 4609 5812 3456", "+44 2079 4609 5812 3456"),
        (
            "tel: 24-82-1574 2b8::",
            "tel: [REDACTED-PHONE] [REDACTED-IP]",
        ),
        ("0312 482 91 57 1b8::", "0312 482 91 57 [REDACTED-IP]"),
        (
            "AB123456Cマイナンバー 482915736046",
            "[REDACTED-NATIONALID]マイナンバー [REDACTED-NATIONALID]",
        ),
        (
            "db8::1-BEXM850730MDFRRL04",
            "[REDACTED-IP]-BEXM850730MDFRRL04",
        ),
        (
            "BIC KXBMDE4F,9,48213975H",
            "BIC [REDACTED-ACCOUNT],9,48213975H",
        ),
        ("ftp://jo@", "ftp://jo@"),
        ("ftp://jo@nas", "ftp://jo@[REDACTED-URL]"),
        ("ftp://a=jo@acme.test", "ftp://a=[REDACTED-EMAIL]"),
        (
            "glrt-Yti0H-yKjgYtnkn_qOn-48213975H",
            "glrt-Yti0H-yKjgYtnkn_qOn-[REDACTED-NATIONALID]",
        ),
    ] {
        assert_eq!(WITH_PERSONAL.redact(text).as_str(), expected);
        assert!(WITH_PERSONAL.is_clean(expected.as_bytes()), "{expected}");
    }
}

/// Lists of personal data: values of the rules' examples and numbers, side by side,
/// with and without their words.
pub(crate) fn personal_list() -> impl Strategy<Value = String> {
    let rules = FAMILIES.iter().copied().flatten();
    let rules = rules.filter(|rule| rule.kind.category() == Category::Personal);
    let (mut values, mut leads, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for marked in rules.flat_map(Rule::examples) {
        let (text, place) = example(&marked);
        if let Some((start, end)) = place {
            values.push(text[start..end].to_owned());
            leads.push(text[..start].to_owned());
        }
        texts.push(text);
    }
    let value = || prop::sample::select(values.clone());
    let item = prop_oneof![
        5 => value(),
        2 => (prop::sample::select(leads), value()).prop_map(|(lead, value)| lead + &value),
        1 => prop::sample::select(texts),
        1 => "[0-9]{1,14}",
        1 => (value(), any::<prop::sample::Index>(), "[0-9]").prop_map(|(mut value, at, digit)| {
            let at = at.index(value.len());
            if value.is_char_boundary(at) {
                value.insert_str(at, &digit);
            }
            value
        }),
    ];
    let marks = [
        ",", ";", " ", "\n", ": ", "|", ", ", "; ", "\t", " | ", " - ",
    ];
    let items = prop::collection::vec((item, prop::sample::select(marks.to_vec())), 2..6);
    let mark = prop::option::weighted(0.7, prop::sample::select(marks.to_vec()));
    (items, mark).prop_map(|(items, mark)| {
        let mut list = String::new();
        for (item, own) in items {
            list += &item;
            list += mark.unwrap_or(own);
        }
        list
    })
}

/// Texts made of what the rules find and of look-alikes.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

/// A piece of such a text.
pub(crate) fn piece() -> impl Strategy<Value = String> {
    let rules = FAMILIES.iter().copied().flatten();
    let examples = rules.flat_map(|rule| [rule.examples(), rule.counter_examples()].concat());
    let marks = [
        "",
        " ",
        "\n",
        "\"",
        "\\\"",
        "\\n",
        "=",
        ": ",
        "password",
        "token=",
        "key: ",
        "://",
        "-----BEGIN ",
        "é",
        "\u{1F511}",
        "AKIA",
        "eyJ",
        "%3D",
        "secret",
        "--password ",
        "a",
        "0",
        "-",
        "_",
        ".",
        "value",
        "is ",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "Bearer ",
        "Cookie: ",
        "-----END PRIVATE KEY-----",
        "[REDACTED-TOKEN]",
        "[",
        "]",
        "\0",
    ];
    let examples = examples.map(|text| text.replace(['«', '»'], ""));
    let pieces: Vec<String> = marks
        .iter()
        .map(ToString::to_string)
        .chain(examples)
        .collect();
    prop::sample::select(pieces)
}

/// No custom rules.
pub(crate) struct NoCustomRules;

impl CustomRules for NoCustomRules {
    fn find(&self, _: &[u8], _: &mut Sink) {}

    fn keeps(&self, _: &[u8], _: &Hit) -> bool {
        true
    }
}

fn hits(engine: &Engine, text: &str) -> Vec<Hit> {
    let mut sink = Sink::default();
    let mut pass = Pass {
        text: &Text::new(text.as_bytes(), true),
        scope: &Scope::new(&NoCustomRules),
        progress: &mut Progress::default(),
        sink: &mut sink,
    };
    engine.find(0, &mut pass);
    sink.hits
}

/// An engine with all rules for each kernel, the portable one first.
static ENGINES: LazyLock<Vec<(Kernel, Engine)>> = LazyLock::new(|| {
    let mut selection = Selection::default();
    selection.category(Category::Personal);
    let engine = |kernel| Engine::with_kernel(&selection, |_| false, kernel);
    let kernels = [Kernel::Scalar].into_iter().chain(Kernel::all());
    kernels.map(|kernel| (kernel, engine(kernel))).collect()
});

proptest! {
    #[test]
    fn every_kernel_leads_to_the_same_hits(text in text()) {
        let [(_, scalar), others @ ..] = ENGINES.as_slice() else {
            panic!("there is no engine");
        };
        let expected = hits(scalar, &text);
        for (kernel, engine) in others {
            prop_assert_eq!(&hits(engine, &text), &expected, "{:?}", kernel);
        }
    }

    /// Every token that the plain search finds is covered by a hit.
    #[test]
    fn no_token_is_missed(text in text()) {
        let findings = SECRETS.scan(text.as_bytes());
        for (start, end) in naive(&text) {
            let covered: usize = findings
                .iter()
                .map(|finding| finding.end.min(end).saturating_sub(finding.start.max(start)))
                .sum();
            prop_assert_eq!(covered, end - start, "{} of {:?}", &text[start..end], text);
        }
    }
}

/// Tokens found by trying every prefix of every rule at every place.
fn naive(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let whole = Text::new(bytes, true);
    let mut tokens = Vec::new();
    for rule in FAMILIES.iter().copied().flatten() {
        let Form::Token { prefixes, body } = &rule.form else {
            continue;
        };
        for (start, prefix) in prefixes
            .iter()
            .flat_map(|prefix| text.match_indices(prefix))
        {
            let is_inside = start > 0 && bytes[start - 1].is_ascii_alphanumeric();
            let Some(mut end) = body.end_in(&whole, start + prefix.len()) else {
                continue;
            };
            while body.can_shrink() && bytes[end - 1] == b'.' {
                end -= 1;
            }
            let value = &bytes[(start + prefix.len()).min(end)..end];
            let continues = bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
            let checked = crate::redact::engine::matchers::checksum::check(
                rule.check,
                &bytes[start..end],
                prefix.len(),
            );
            if !is_inside
                && !continues
                && value.len() >= body.min_len()
                && !crate::redact::engine::matchers::tokens::is_dummy(rule.check, prefix, value)
                && checked != crate::redact::engine::matchers::checksum::Outcome::Refuted
            {
                tokens.push((start, end));
            }
        }
    }
    tokens
}

#[test]
fn a_commit_behind_an_escape_is_no_value_of_a_provider() {
    let commit = "deeae8ac5a04b9bddb7050e3e9b5693e6c76d46f";
    let has = |text: String| !SECRETS.scan(text.as_bytes()).is_empty();
    assert!(has(format!("{{\"text\":\"heap_key;\\n\\n{commit}\"}}")));
    assert!(!has(format!(
        "{{\"text\":\"heap_key;\\n\\ncommit {commit}\"}}"
    )));
}

#[path = "../../../benches/corpus/mod.rs"]
pub(crate) mod corpus;

/// How many bytes are read per byte of a text that was made to be slow, at most.
const MOST_READ: u64 = 1500;

#[test]
fn the_bytes_read_grow_with_the_text_and_no_faster() {
    let read = |redactor: &Redactor, text: &[u8]| {
        take_read();
        let _ = redactor.scan(text);
        take_read()
    };
    let mut wrong = Vec::new();
    for redactor in [&*SECRETS, &*WITH_PERSONAL] {
        for (name, make) in corpus::hostile::ALL {
            let (short, long) = (make(16 << 10), make(64 << 10));
            let (few, many) = (read(redactor, &short), read(redactor, &long));
            let each = many / long.len() as u64;
            // The start of a text has less before it, so allow for it.
            if many > 4 * few + few / 2 + (1 << 20) || each > MOST_READ {
                wrong.push(format!("{name}: {few} bytes, then {many}, {each} per byte"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the text without what the secrets preset finds.
fn redacted(text: &str) -> String {
    SECRETS.redact(text).into_string()
}

/// Returns whether the secrets preset leaves nothing of `secret` in `text`.
fn hides(text: &str, secret: &str) -> bool {
    let whole = redacted(text);
    let twice = redacted(&whole);
    !whole.contains(secret) && !twice.contains(secret)
}

#[test]
fn every_assignment_of_a_list_is_found() {
    let secret = |number: usize| format!("fV9s-Rk{number:05}xLq");
    for (lead, sign, joint, tail) in [
        ("run --set-env-vars ", "=", ",", " app"),
        ("Variables={", "=", ",", "}"),
        ("GET /x?", "=", "&", " HTTP/1.1"),
        ("Server=db;", "=", ";", ""),
        ("x = {", ":", ",", "}"),
    ] {
        for count in [8, 600] {
            let name = |number| format!("db{}_password", ["", "_a", "_b"][number % 3]);
            let pairs: Vec<_> = (0..count)
                .map(|number| format!("{}{sign}{}", name(number), secret(number)))
                .collect();
            let text = format!("{lead}{}{tail}", pairs.join(joint));
            let whole = redacted(&text);
            let left = (0..count).filter(|number| whole.contains(&secret(*number)));
            assert_eq!(left.count(), 0, "{lead}: {count}");
        }
    }
}

#[test]
fn assignments_before_a_secret_do_not_hide_it() {
    let decoys = ["password=a1", "key=2", "token=1", "A_SECRET=cc3", "auth=5"];
    for joint in [",", ";", "&"] {
        for count in [3, 5, 40, 3000] {
            let decoys: Vec<_> = (0..count).map(|at| decoys[at % decoys.len()]).collect();
            let decoys = decoys.join(joint);
            for (secret, value) in [
                ("DB_PASSWORD=fV9s-Rk2xLq7", "fV9s-Rk2xLq7"),
                (
                    "URL=postgres://app:fV9s-Rk2xLq7@db.acme.io/x",
                    "fV9s-Rk2xLq7",
                ),
                ("access_token=fV9sRk2xLq7TzBn4LcYs", "fV9sRk2xLq7TzBn4LcYs"),
            ] {
                let text = format!("x={decoys}{joint}{secret}");
                assert!(hides(&text, value), "{count} {joint} {secret}");
            }
        }
    }
}

#[test]
fn labels_beside_a_value_do_not_hide_it() {
    const VALUE: &str = "fV9s-Rk2xLq7";
    for label in [
        "[TOKEN-7K3QX9TB]",
        "[REDACTED-PASSWORD]",
        "[TOKEN-00000000][REDACTED-IP]",
    ] {
        for text in [
            format!("password={label}{VALUE} x"),
            format!("password: {label}{VALUE} x"),
            format!("password={VALUE}{label} x"),
            format!("password={VALUE}{label}"),
            format!("password=\"{VALUE} {label}\""),
            format!("password=\"{label} {VALUE}\""),
            format!("{{\"password\":\"{VALUE} {label}\"}}"),
            format!("{{\"password\":\"{label}{VALUE}{label}\"}}"),
            format!("postgres://app:{VALUE}{label}@db/x"),
            format!("postgres://app:{label}{VALUE}@db/x"),
            format!("sqlplus ann/{VALUE}{label}@db"),
        ] {
            assert!(hides(&text, VALUE), "{text}: {}", redacted(&text));
            // The labels stay as they are.
            let whole = redacted(&text);
            assert!(whole.contains(label), "{text}: {whole}");
        }
        for text in [
            format!("Authorization: Bearer {label}fV9sRk2xLq7fV9sRk2xLq7Tz"),
            format!("Authorization: Bearer fV9sRk2xLq7fV9sRk2xLq7Tz{label}"),
            format!("Cookie: sid={label}fV9sRk2xLq7fV9sRk2xLq7Tz; a=b"),
            format!("session={label}fV9sRk2xLq7fV9sRk2xLq7Tz"),
        ] {
            let found = hides(&text, "fV9sRk2xLq7fV9sRk2xLq7Tz");
            assert!(found, "{text}: {}", redacted(&text));
        }
        for text in [
            format!("password={label}"),
            format!("password={label}, user=ann"),
            format!("password: {label} for ann"),
            format!("?password={label}&user=ann"),
            format!("password=\"{label}\" x"),
            format!("postgres://app:{label}@db/x"),
            format!("[password={label}]"),
        ] {
            assert_eq!(redacted(&text), text);
        }
    }
}

#[test]
fn a_key_block_without_its_end_is_found_behind_its_headers() {
    let line = "lQOYBF5x7qkBCADKz1mW9sVtR4cYpLb2HfGj8NdXeQuT0aSiZoMvKwJr3yBh5Pn6";
    let body = |joint: &str, count: usize| vec![line; count].join(joint);
    for joint in ["\n", "\r\n", "\\n"] {
        for head in [
            format!("-----BEGIN PGP PRIVATE KEY BLOCK-----{joint}Version: GnuPG v2{joint}{joint}"),
            format!(
                "-----BEGIN RSA PRIVATE KEY-----{joint}Proc-Type: 4,ENCRYPTED{joint}\
                 DEK-Info: AES-128-CBC,4D5E0F{joint}{joint}"
            ),
            format!("-----BEGIN PRIVATE KEY-----{joint}"),
        ] {
            for count in [3, 40] {
                let text = format!("{head}{}", body(joint, count));
                assert!(hides(&text, &line[..20]), "{text}");
            }
        }
        // Of a longer block, the beginning is found, whether or not it ends.
        let head = format!("-----BEGIN PGP PRIVATE KEY BLOCK-----{joint}Version: 2{joint}{joint}");
        let end = "-----END PGP PRIVATE KEY BLOCK-----";
        let text = format!("{head}{}{joint}{end}", body(joint, 1200));
        let findings = SECRETS.scan(text.as_bytes());
        let first = findings.first().unwrap();
        assert!(first.start == 0 && first.end > 60_000, "{first:?}");
    }
    let folded = format!(
        "-----BEGIN RSA PRIVATE KEY-----\nComment: \"a, \\\nb\"\nSubject: x\n\n{line}\n{line}"
    );
    assert!(hides(&folded, &line[..20]), "{folded}");
    // RFC 4716 has blanks between the dashes and the words.
    let block = format!(
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"x\"\n{line}\n{line}\n\
         ---- END SSH2 ENCRYPTED PRIVATE KEY ----"
    );
    let findings = SECRETS.scan(format!("a\n{block}\nb").as_bytes());
    let places: Vec<_> = findings.iter().map(|hit| (hit.start, hit.end)).collect();
    assert_eq!(places, [(2, 2 + block.len())]);
    let headers = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n";
    assert!(SECRETS.scan(headers.as_bytes()).is_empty());
}
