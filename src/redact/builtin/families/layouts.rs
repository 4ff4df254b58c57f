//! Generated tokens in the layouts in which they are met, whole and damaged.

use super::FAMILIES;
use super::tests::{Random, base62, crc32, is_fixed};
use crate::redact::builtin::rule::{Check, Form, Rule};
use crate::redact::finding::Validation;
use crate::redact::redactor::Redactor;
use crate::redact::text::Shape;

/// What stands before and behind a token.
const LAYOUTS: &[(&str, &str)] = &[
    ("", ""),
    ("", "\n"),
    ("deploy with ", " please"),
    ("export DEPLOY_VALUE=", "\n"),
    ("value: ", "\nnext: 1\n"),
    ("- ", "\n"),
    ("{\"value\":\"", "\",\"next\":1}"),
    ("{\"text\":\"{\\\"value\\\":\\\"", "\\\"}\"}"),
    ("call(\"", "\")"),
    ("call('", "', 1);"),
    ("call(`", "`)"),
    ("<value>", "</value>"),
    ("run --value=", " --verbose"),
    ("run --value ", " --verbose"),
    ("Authorization: Bearer ", "\r\n"),
    ("X-Value: ", "\r\n"),
    ("https://mail.confidant.test/?value=", "&page=2"),
    ("first\\nvalue=", "\\nlast"),
    ("| ", " |"),
    ("first\t", "\tlast"),
    ("it is (", ")"),
    ("it is [", "]"),
    ("it is «", "»"),
    ("it is ", ", I think"),
];

/// How many tokens of each prefix are made.
const ROUNDS: usize = 3;

fn token_rules() -> impl Iterator<Item = (&'static Rule, &'static [&'static str], &'static Shape)> {
    let rules = FAMILIES.iter().copied().flatten();
    rules.filter_map(|rule| match &rule.form {
        Form::Token { prefixes, body } => Some((rule, *prefixes, body)),
        _ => None,
    })
}

/// A token whose checksum holds; `None` for one that is more than its shape.
fn token(random: &mut Random, rule: &Rule, prefix: &str, body: &Shape) -> Option<String> {
    let (mut value, _) = random.value(body);
    match rule.check {
        Check::Crc32Base62 => {
            let (drawn, sum) = value.split_last_chunk_mut::<6>()?;
            sum.copy_from_slice(base62(crc32(drawn)).as_bytes());
        }
        // The first part says something, or a sum covers it; neither is drawn.
        Check::Crc16Base32 | Check::JwtHeader => return None,
        Check::None | Check::Random => {}
    }
    let value = String::from_utf8(value).ok()?;
    // Values without both look like names or numbers, and few are issued.
    let has = |is: fn(&u8) -> bool| value.bytes().filter(is).count() >= 2;
    let issued = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    let plain = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    (issued && plain(value.bytes().last())).then(|| format!("{prefix}{value}"))
}

#[test]
fn tokens_are_found_in_every_layout() {
    let redactor = Redactor::secrets();
    let mut random = Random::seeded(7);
    let (mut made, mut unlikely) = (0, 0);
    for (rule, prefixes, body) in token_rules() {
        for prefix in prefixes.iter().cycle().take(ROUNDS * prefixes.len()) {
            let Some(token) = token(&mut random, rule, prefix, body) else {
                continue;
            };
            let is_covered = |(before, behind): &(&str, &str)| {
                let text = format!("{before}{token}{behind}");
                let findings = redactor.scan(text.as_bytes());
                let mut places = before.len()..before.len() + token.len();
                places.all(|at| findings.iter().any(|finding| finding.span().contains(&at)))
            };
            made += 1;
            if is_covered(&LAYOUTS[0]) {
                for layout in LAYOUTS {
                    assert!(is_covered(layout), "{}: {token} in {layout:?}", rule.id);
                }
            } else {
                unlikely += 1;
            }
        }
    }
    // What is drawn at random looks, very seldom, as if it were not.
    assert!(
        made > 2_000 && unlikely * 500 <= made,
        "{unlikely} of {made}"
    );
}

#[test]
fn a_damaged_token_of_fixed_length_is_none_of_its_rule() {
    let redactor = Redactor::secrets();
    let mut random = Random::seeded(8);
    let mut tried = 0;
    for (rule, prefixes, body) in token_rules() {
        if !body.parts().iter().all(is_fixed) {
            continue;
        }
        for prefix in prefixes {
            let Some(token) = token(&mut random, rule, prefix, body) else {
                continue;
            };
            let mut short = token.clone();
            short.pop();
            let long = format!("{token}a");
            for (before, behind) in LAYOUTS {
                for damaged in [&short, &long] {
                    let text = format!("{before}{damaged}{behind}");
                    let findings = redactor.scan(text.as_bytes());
                    let found = findings.iter().any(|finding| {
                        finding.rule() == rule.id
                            && finding.span() == (before.len()..before.len() + damaged.len())
                    });
                    tried += 1;
                    assert!(!found, "{}: {text}", rule.id);
                }
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

#[test]
fn a_wrong_checksum_proves_nothing() {
    let redactor = Redactor::secrets();
    let mut random = Random::seeded(9);
    let mut tried = 0;
    for (rule, prefixes, body) in
        token_rules().filter(|(rule, ..)| rule.check == Check::Crc32Base62)
    {
        for prefix in prefixes {
            let Some(token) = token(&mut random, rule, prefix, body) else {
                continue;
            };
            for at in prefix.len()..token.len() {
                let mut damaged = token.clone().into_bytes();
                damaged[at] = if damaged[at] == b'q' { b'r' } else { b'q' };
                for (value, proven) in [(token.as_bytes(), true), (&damaged, false)] {
                    let findings = redactor.scan(value);
                    let [finding] = findings.as_slice() else {
                        panic!("{}: {} findings", rule.id, findings.len());
                    };
                    assert_eq!(finding.span(), 0..value.len(), "{}", rule.id);
                    assert_eq!(
                        finding.validation() == Validation::Checked,
                        proven,
                        "{}",
                        rule.id
                    );
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}
