use proptest::prelude::*;

use super::*;
use crate::redact::engine::tests::{SECRETS, cases};
use crate::redact::operator::Operator;
use crate::redact::redactor::Redactor;
use crate::redact::restore::restorer::Restorer;
use crate::redact::text::{Step, Walk};

const PAT: &str = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";

fn map() -> PlaceholderMap {
    PlaceholderMap::new(Key::from_bytes([7; 32]))
}

/// Returns a token that the redactor finds, one for each number.
fn pat(number: u8) -> String {
    format!("{}{number:03}", &PAT[..37])
}

fn tag_of(placeholder: &str) -> u64 {
    let mut walk = Walk::new();
    match walk.next(placeholder.as_bytes(), true) {
        Step::Token { tag, .. } => tag,
        step => panic!("{step:?}"),
    }
}

/// Changes a placeholder as models and users do.
fn bend(placeholder: &str, how: u8) -> String {
    let bare = &placeholder[1..placeholder.len() - 1];
    match how % 8 {
        0 => placeholder.to_owned(),
        1 => bare.to_owned(),
        2 => placeholder.to_ascii_lowercase(),
        3 => format!("\\[{}\\]", bare.replace('-', "\\-")),
        4 => format!("%5B{bare}%5D"),
        5 => format!("&#91;{bare}&#93;"),
        6 => bare.replace('0', "o").replace('1', "L"),
        _ => format!("\u{ff3b}{bare}\u{ff3d}"),
    }
}

/// Generates texts from tokens, placeholders of the map, look-alikes and other text.
fn text(map: &mut PlaceholderMap) -> impl Strategy<Value = String> + use<> {
    let known: Vec<_> = (0..4)
        .map(|n| map.placeholder(Kind::Token, &pat(n)))
        .collect();
    let part = prop_oneof![
        (0u8..8).prop_map(pat),
        (prop::sample::select(known), any::<u8>()).prop_map(|(known, how)| bend(&known, how)),
        ("[0-9A-Za-z]{7,9}", any::<u8>())
            .prop_map(|(tag, how)| bend(&format!("[EMAIL-{tag}]"), how)),
        "token-endpoint|IP-ADDRESS|\\[REDACTED-TOKEN\\]|[a-z]{1,3}",
        "[\\[\\]\\\\%&#;5BD91 .\u{ff3b}\u{ff3d}-]{1,4}",
        "\\PC{0,3}",
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

#[test]
fn values_come_back_from_what_models_write() {
    let mut map = map();
    let redactor = Redactor::default();
    let text = format!("a {PAT} b {PAT}");
    let redacted = redactor.redact_with(&text, &mut map);
    assert_eq!(redacted.as_str(), "a [TOKEN-R23G40WT] b [TOKEN-R23G40WT]");
    assert_eq!(redacted.findings().len(), 2);
    assert_eq!(map.len(), 1);
    for how in 0..8 {
        let answer = format!("«{}», 字{}", bend("[TOKEN-R23G40WT]", how), "x");
        let restored = map.restore(&answer);
        assert_eq!(restored.as_str(), format!("«{PAT}», 字x"), "{how}");
        assert_eq!(restored.counts().restored(), 1);
    }
    let (kind, value) = map.value(tag_of("[TOKEN-R23G40WT]")).unwrap();
    assert_eq!((kind, value.expose_secret()), (Kind::Token, PAT));
}

#[test]
fn nothing_is_guessed() {
    let mut map = map();
    let placeholder = map.placeholder(Kind::Token, PAT);
    for (text, unknown, mangled) in [
        ("[TOKEN-R23G40WV]", 1, 0),
        ("[EMAIL-R23G40WT]", 1, 0),
        ("[TOKEN-R23G40W] and \\[TOKEN-R23G\\]", 0, 2),
        ("xTOKEN-R23G40WT TOKEN-R23G40WTx", 0, 0),
        ("[REDACTED-TOKEN] TOKEN_R23G40WT", 0, 0),
    ] {
        let restored = map.restore(text);
        assert_eq!(restored.as_str(), text);
        let counts = restored.counts();
        assert_eq!(
            (counts.unknown(), counts.mangled()),
            (unknown, mangled),
            "{text}"
        );
    }
    assert_eq!(placeholder, "[TOKEN-R23G40WT]");
}

#[test]
fn a_placeholder_inside_a_value_stays() {
    let mut map = map();
    let inner = map.placeholder(Kind::Token, PAT);
    let outer = map.placeholder(Kind::Password, &inner);
    assert_eq!(map.restore(&outer).as_str(), inner);
}

#[test]
fn a_typed_placeholder_pulls_no_value() {
    let mut map = map();
    let redactor = Redactor::default();
    let placeholder = map.placeholder(Kind::Token, PAT);
    for how in 0..8 {
        let typed = format!("give me {}", bend(&placeholder, how));
        let redacted = redactor.redact_with(&typed, &mut map);
        assert_eq!(redacted.findings()[0].kind(), Kind::Literal);
        assert_eq!(redacted.findings()[0].span(), 8..typed.len());
        assert_eq!(map.restore(redacted.as_str()).as_str(), typed);
    }
}

#[test]
fn a_loose_likeness_stays_and_its_tag_is_never_given() {
    let mut map = map();
    let redactor = Redactor::default();
    let typed = "the token-r23g40wt endpoint";
    let redacted = redactor.redact_with(typed, &mut map);
    assert!(redacted.is_clean());
    assert_eq!(map.placeholder(Kind::Token, PAT), "[TOKEN-A3PJXCT7]");
    assert_eq!(map.placeholder(Kind::Token, PAT), "[TOKEN-A3PJXCT7]");
    assert_eq!(map.restore(typed).as_str(), typed);
}

#[test]
fn values_that_share_a_tag_are_told_apart() {
    let mut map = map();
    let entry = Entry {
        form: Form::Text,
        kind: Kind::Token,
        value: Secret::from(Box::<str>::from("another")),
    };
    map.entries.insert(tag_of("[TOKEN-R23G40WT]"), entry);
    let placeholder = map.placeholder(Kind::Token, PAT);
    assert_eq!(placeholder, "[TOKEN-A3PJXCT7]");
    assert_eq!(map.restore(&placeholder).as_str(), PAT);
    assert_eq!(map.restore("[TOKEN-R23G40WT]").as_str(), "another");
}

#[test]
fn a_full_vault_still_redacts() {
    let mut map = map().limit(1);
    let redactor = Redactor::default();
    let text = format!("{} {} {}", pat(0), pat(1), pat(0));
    let redacted = redactor.redact_with(&text, &mut map);
    let first = map.placeholder(Kind::Token, &pat(0));
    assert_eq!(
        redacted.as_str(),
        format!("{first} [REDACTED-TOKEN] {first}")
    );
    let typed = redactor.redact_with("[EMAIL-7K3QX9TB] TOKEN-AAAAAAAA TOKEN-BBBBBBBB", &mut map);
    assert_eq!(
        typed.as_str(),
        "[REDACTED-LITERAL] TOKEN-AAAAAAAA [REDACTED-LITERAL]"
    );
}

#[test]
fn a_kind_keeps_its_own_operator() {
    let mut map = map();
    let builder = Redactor::builder().operator_for(Kind::Token, Operator::Remove);
    let mail = map.placeholder(Kind::Email, "ann@example.org");
    let text = mail.replace('-', &format!("\\{PAT}-"));
    let redacted = builder.build().redact_with(&text, &mut map);
    assert!(redacted.as_str().starts_with("[LITERAL-"));
    let restored = map.restore(redacted.as_str());
    assert_eq!(restored.as_str(), mail.replace('-', "\\-"));
}

#[test]
fn what_was_redacted_can_be_redacted_again() {
    let mut map = map();
    let redactor = Redactor::default();
    let text = format!("{PAT} [EMAIL-7K3QX9TB]");
    let first = redactor.redact_with(&text, &mut map).into_string();
    let again = redactor.redact_again_with(&first, &mut map);
    assert!(again.is_clean());
    assert_eq!(again.as_str(), first);
}

#[test]
fn nothing_of_a_value_shows() {
    let mut map = map();
    let placeholder = map.placeholder(Kind::Token, PAT);
    let restored = map.restore(&placeholder);
    let shown = format!("{map:?} {restored:?} {:?}", map.value(tag_of(&placeholder)));
    assert!(!shown.contains("ghp_"), "{shown}");
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn restoring_undoes_redacting(texts in prop::collection::vec(text(&mut map()), 1..4)) {
        let mut map = map();
        for number in 0..4 {
            map.placeholder(Kind::Token, &pat(number));
        }
        let redactor = &*SECRETS;
        let redacted: Vec<_> = texts
            .iter()
            .map(|text| redactor.redact_with(text, &mut map))
            .collect();
        for (text, redacted) in texts.iter().zip(&redacted) {
            let restored = map.restore(redacted.as_str());
            prop_assert_eq!(restored.as_str(), text);
            prop_assert!(!redacted.as_str().contains("ghp_R7wV") || text.contains("ghp_R7wV"));
            for finding in redacted.findings() {
                prop_assert!(text.get(finding.span()).is_some());
            }
            prop_assert!(redacted.findings().is_sorted_by(|a, b| a.end <= b.start));
        }
    }

    #[test]
    fn a_stream_restores_what_the_whole_does(
        text in text(&mut map()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut map = map();
        for number in 0..3 {
            map.placeholder(Kind::Token, &pat(number));
        }
        let whole = map.restore(&text);
        let ends = |cuts: &[prop::sample::Index]| {
            let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            ends.retain(|&end| text.is_char_boundary(end));
            ends.push(text.len());
            ends.sort_unstable();
            ends
        };
        let singles = (0..=text.len()).filter(|&end| text.is_char_boundary(end));
        let every: Vec<_> = singles.clone().chain([text.len()]).collect();
        let pairs = singles.map(|end| vec![end, text.len()]);
        for ends in pairs.chain([ends(&cuts), every]) {
            let (mut restorer, mut out, mut from) = (Restorer::new(), String::new(), 0);
            for end in ends {
                restorer.push(&map, &text[from..end], &mut out);
                from = end;
            }
            let counts = restorer.finish(&map, &mut out);
            prop_assert_eq!(&out, whole.as_str());
            prop_assert_eq!(counts, whole.counts());
        }
    }
}

#[test]
fn a_value_of_the_map_is_hidden_again_where_no_rule_finds_it() {
    let redactor = Redactor::default();
    let mut map = map().hide_repeats();
    let first = redactor.redact_with("password=fV9s-Rk2xLq7", &mut map);
    let placeholder = first.as_str().strip_prefix("password=").unwrap().to_owned();
    let plain = "is xfV9s-Rk2xLq7x the one?";
    assert!(redactor.is_clean(plain.as_bytes()));
    let again = redactor.redact_with(plain, &mut map);
    assert_eq!(again.as_str(), format!("is x{placeholder}x the one?"));
    assert_eq!(again.findings()[0].kind(), Kind::Password);
    assert_eq!(map.len(), 1);

    // A value that is put back is known too, and a short one and a look-alike never are.
    let mut other = PlaceholderMap::new(Key::from_bytes([7; 32])).hide_repeats();
    for entry in map.entries() {
        assert!(other.put(entry));
        assert!(other.put(entry));
        let stranger = Mapped {
            value: "something else",
            ..entry
        };
        assert!(!other.put(stranger));
    }
    assert_eq!(
        redactor.redact_with(plain, &mut other).as_str(),
        again.as_str()
    );
    other.placeholder(Kind::Literal, "[EMAIL-7K3QX9TB]");
    other.placeholder(Kind::Password, "1234567");
    assert!(redactor.redact_with("1234567", &mut other).is_clean());
    other.clear();
    assert!(redactor.redact_with(plain, &mut other).is_clean());
}

#[test]
fn a_number_and_its_digits_have_placeholders_of_their_own() {
    let mut map = map();
    let mut out = Vec::new();
    let number = map.write(Kind::Card, Form::Number, "4111111111111111", &mut out);
    let text = map.write(Kind::Card, Form::Text, "4111111111111111", &mut out);
    assert_ne!(number, text);
    assert_eq!(map.kind_of("4111111111111111"), Some(Kind::Card));
    assert_eq!(map.len(), 2);
}
