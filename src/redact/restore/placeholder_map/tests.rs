use proptest::prelude::*;

use super::*;
use crate::redact::engine::tests::{SECRETS, WITH_PERSONAL, cases};
use crate::redact::operator::Operator;
use crate::redact::redactor::Redactor;
use crate::redact::restore::judge::Judge;
use crate::redact::restore::restorer::Restorer;

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
        kind: Kind::Token,
        value: Secret::from(Box::<str>::from("another")),
        form: Form::Plain,
        plain: None,
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
    let redacted = builder.build().unwrap().redact_with(&text, &mut map);
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
fn a_known_value_is_hidden_wherever_it_appears() {
    let mut map = map();
    let redactor = Redactor::secrets_and_pii();
    let first = redactor.redact_with("password=fV9s-Rk2xLq7, call +1 202 555 0143", &mut map);
    let first = first.as_str().to_owned();
    let (password, phone) = first.split_once(", call ").unwrap();
    let password = password.strip_prefix("password=").unwrap();
    for (text, expected) in [
        (
            "I logged in with fV9s-Rk2xLq7.",
            format!("I logged in with {password}."),
        ),
        ("xfV9s-Rk2xLq7x", format!("x{password}x")),
        ("+1 202 555 0143", phone.to_owned()),
    ] {
        let redacted = redactor.redact_with(text, &mut map);
        assert_eq!(redacted.as_str(), expected);
        assert_eq!(redacted.findings().len(), 1);
        assert_eq!(map.restore(redacted.as_str()).as_str(), text);
        let again = redactor.redact_again_with(text, &mut map);
        assert_eq!(again.as_str(), expected);
    }
    // Within one text as well, before and after.
    let text = "Kq7#mZ2w! is it; password=Kq7#mZ2w! yes Kq7#mZ2w!";
    let redacted = redactor.redact_with(text, &mut map);
    assert!(!redacted.as_str().contains("Kq7"), "{}", redacted.as_str());
    assert_eq!(map.restore(redacted.as_str()).as_str(), text);
    // In an encoding, as one value of its own.
    let text = "see ZlY5cy1SazJ4THE3ZlY5cy1SazJ4THE3 there";
    let redacted = redactor.redact_with(text, &mut map);
    assert!(
        !redacted.as_str().contains("ZlY5cy1SazJ4"),
        "{}",
        redacted.as_str()
    );
    assert_eq!(map.restore(redacted.as_str()).as_str(), text);
}

#[test]
fn common_words_and_parts_of_words_stay() {
    let mut map = map();
    map.placeholder(Kind::Password, "lemontree");
    map.placeholder(Kind::Password, "1234");
    map.placeholder(Kind::Password, "x7q");
    map.placeholder(Kind::Password, "hx7#q");
    map.placeholder(Kind::Ip, "10.0.0.17");
    let redactor = Redactor::default();
    for text in [
        "a lemontree, 1234 and x7q",
        "ahx7#q hx7#qb",
        "110.0.0.17 10.0.0.178",
    ] {
        assert_eq!(redactor.redact_with(text, &mut map).as_str(), text);
    }
    for text in ["<hx7#q>", "10.0.0.17", "to 10.0.0.17."] {
        assert!(!redactor.redact_with(text, &mut map).is_clean(), "{text}");
    }
}

#[test]
fn nobody_pulls_the_value_of_another_over_three_turns() {
    let redactor = Redactor::default();
    let mut map = map();
    // One person pastes a token.
    let wire = redactor
        .redact_with(&format!("use {PAT}"), &mut map)
        .into_string();
    let stolen = wire.strip_prefix("use ").unwrap();
    for how in 0..8 {
        // Another types its placeholder, in any way that a restorer forgives.
        let typed = format!("use {}", bend(stolen, how));
        let hidden = redactor.redact_with(&typed, &mut map).into_string();
        assert!(hidden.starts_with("use [LITERAL-"), "{hidden}");
        // The product shows the text, and takes what it has shown for the wire form.
        let shown = map.restore(&hidden).as_str().to_owned();
        assert_eq!(shown, typed);
        let again = redactor.redact_again_with(&shown, &mut map).into_string();
        let restored = map.restore(&again);
        assert_eq!(restored.as_str(), typed, "{again}");
        assert!(!restored.as_str().contains("ghp_"));
        // The model repeats it in the next turn.
        let answer = format!("it is {}", bend(stolen, how + 1));
        let answer = redactor.redact_again_with(&answer, &mut map).into_string();
        assert!(!map.restore(&answer).as_str().contains("ghp_"), "{answer}");
    }
}

#[test]
fn nothing_of_a_value_shows() {
    let mut map = map();
    let placeholder = map.placeholder(Kind::Token, PAT);
    let restored = map.restore(&placeholder);
    let shown = format!("{map:?} {restored:?} {:?}", map.value(tag_of(&placeholder)));
    assert!(!shown.contains("ghp_"), "{shown}");
}

/// Generates texts of values that need a name, with and without it.
fn talk() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[A-Za-z0-9!#$%^&*+?-]{8,14}".prop_map(|value| format!("password={value} ")),
        "[A-Za-z0-9!#$%^&*+?-]{4,14}".prop_map(|value| format!("pwd: \"{value}\"\n")),
        (0u8..8).prop_map(pat),
        Just("{\"token\": \"q8V!zP2w-mX4r\"}".to_owned()),
        "[a-z ,.\n\"=:]{0,9}",
        "(https?://)?[a-z]{2,6}:[A-Za-z0-9]{6,12}@[a-z]{3,6}\\.org",
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn a_redacted_text_stays_as_it_is(text in talk()) {
        let mut map = map();
        let redactor = &*SECRETS;
        let first = redactor.redact_with(&text, &mut map).into_string();
        let again = redactor.redact_again_with(&first, &mut map);
        prop_assert_eq!(again.as_str(), &first);
        prop_assert_eq!(map.restore(&first).into_inner(), text.as_str());
        // A part of a longer text keeps its placeholders.
        let longer = format!("he said: {first}");
        let longer = redactor.redact_again_with(&longer, &mut map).into_string();
        let expected = format!("he said: {text}");
        prop_assert_eq!(map.restore(&longer).into_inner(), expected.as_str());
    }

    #[test]
    fn what_a_map_knows_is_hidden_in_the_next_turn(
        texts in prop::collection::vec(talk(), 1..4),
        before in "[a-z ]{0,5}",
    ) {
        let mut map = map();
        let redactor = &*SECRETS;
        for text in &texts {
            let _ = redactor.redact_with(text, &mut map);
        }
        let known: Vec<String> = map
            .entries
            .values()
            .map(|entry| entry.value.expose_secret().to_owned())
            .filter(|value| map.values.entry(&map.entries, value).is_some())
            .collect();
        for value in known {
            let text = format!("{before} {value} it was");
            let tag = map.find_values(&text, |_| true).first().map(|found| found.1);
            prop_assert!(tag.is_some(), "{}", value);
            let redacted = redactor.redact_with(&text, &mut map).into_string();
            prop_assert!(!redacted.contains(&format!(" {value} ")), "{}", redacted);
            let restored = map.restore(&redacted);
            prop_assert_eq!(restored.as_str(), &text);
        }
    }

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
fn only_the_redactor_that_returned_a_text_passes_it_over() {
    let (strict, lax) = (&*WITH_PERSONAL, Redactor::default());
    let mut map = map();
    let text = format!("{PAT} of ann@acme-mail.com");
    let once = lax.redact_with(&text, &mut map).into_string();
    assert!(once.ends_with("ann@acme-mail.com"));
    assert!(lax.redact_again_with(&once, &mut map).is_clean());
    let again = strict.redact_again_with(&once, &mut map).into_string();
    assert!(!again.contains("ann@"), "{again}");
    assert!(strict.redact_again_with(&again, &mut map).is_clean());

    // A value that becomes known later is hidden in what was returned before.
    let known = KnownValues::new(Key::from_bytes([8; 32]));
    let redactor = Redactor::builder()
        .known_values(known.clone())
        .build()
        .unwrap();
    let text = format!("{PAT} and the plum orchard");
    let once = redactor.redact_with(&text, &mut map).into_string();
    known.insert("plum orchard").unwrap();
    let again = redactor.redact_again_with(&once, &mut map).into_string();
    assert!(!again.contains("orchard"), "{again}");
    assert_eq!(map.restore(&again).as_str(), text);
}

/// Withholds every other value, and notes what it is asked.
#[derive(Default)]
struct EveryOther {
    texts: usize,
    read: String,
    missed: Vec<String>,
    asked: usize,
}

impl Judge for EveryOther {
    fn begin(&mut self) {
        self.texts += 1;
    }

    fn read(&mut self, text: &str) {
        self.read.push_str(text);
    }

    fn misses(&mut self, written: &str) {
        self.missed.push(written.to_owned());
    }

    fn releases(&mut self, _: Kind, _: u64, _: &str) -> bool {
        self.asked += 1;
        self.asked % 2 == 1
    }
}

#[test]
fn a_judge_decides_on_each_placeholder_however_the_text_is_cut() {
    let mut map = map();
    let mail = map.placeholder(Kind::Email, "ann@acme-mail.com");
    let lower = mail.to_lowercase();
    let text = format!("to {mail}, {mail} or {lower}, [EMAIL-00000000] [EMAIL_7K3QX9TB]");
    let expected = format!(
        "to ann@acme-mail.com, {mail} or ann@acme-mail.com, [EMAIL-00000000] [EMAIL_7K3QX9TB]"
    );
    let mut judge = EveryOther::default();
    let restored = map.restore_if(&text, &mut judge);
    assert_eq!(restored.as_str(), expected);
    let counts = restored.counts();
    assert_eq!((counts.restored(), counts.withheld()), (2, 1));
    assert_eq!((counts.unknown(), counts.mangled()), (1, 1));
    assert_eq!(judge.read, text);
    assert_eq!(judge.missed, ["[EMAIL-00000000]", "[EMAIL_"]);
    for cut in 0..=text.len() {
        let (head, tail) = text.split_at(cut);
        let (mut judge, mut out) = (EveryOther::default(), String::new());
        let mut restorer = Restorer::new();
        restorer.push_if(&map, head, &mut judge, &mut out);
        restorer.push_if(&map, tail, &mut judge, &mut out);
        assert_eq!(restorer.finish_if(&map, &mut judge, &mut out), counts);
        assert_eq!((out.as_str(), judge.read.as_str()), (&*expected, &*text));
    }
}

#[cfg(feature = "guard")]
#[test]
fn what_is_put_back_is_known_again() {
    use crate::redact::restore::{Mapped, Search};
    let redactor = Redactor::default();
    let mut map = map();
    let typed = redactor.redact_with("I typed [EMAIL-7K3QX9TB]", &mut map);
    let typed = typed.into_string();
    let _ = redactor.redact_with("password=fV9s-Rk2xLq7", &mut map);
    let mut other = self::map();
    for entry in map.entries() {
        assert!(other.put(entry) && other.put(entry));
        let stranger = Mapped {
            value: "something else",
            ..entry
        };
        let of_another_kind = Mapped {
            kind: Kind::Wallet,
            ..entry
        };
        assert!(!other.put(stranger) && !other.put(of_another_kind));
        let search = other.search_of(entry.tag);
        let expected = (entry.kind != Kind::Literal).then_some(Search::Encoded);
        assert_eq!(search, expected);
    }
    assert_eq!(other.len(), map.len());
    let plain = "is xfV9s-Rk2xLq7x the one?";
    let hidden = redactor.redact_with(plain, &mut other).into_string();
    assert_eq!(hidden, redactor.redact_with(plain, &mut map).as_str());
    assert!(!hidden.contains("fV9s"));
    assert_eq!(other.restore(&typed).as_str(), "I typed [EMAIL-7K3QX9TB]");
    // A placeholder that somebody typed before is hidden after that, too.
    let pulled = redactor.redact_again_with("[EMAIL-7K3QX9TB]", &mut other);
    assert!(pulled.as_str().starts_with("[LITERAL-"));
    let mut full = self::map().limit(1);
    assert_eq!(map.entries().filter(|entry| full.put(*entry)).count(), 1);
}

#[cfg(feature = "guard")]
#[test]
fn processes_that_learned_other_forms_of_a_value_agree() {
    use crate::redact::restore::Mapped;
    let forms = [Form::Plain, Form::Number, Form::String];
    for first in forms {
        for second in forms {
            let entry = |form| Mapped {
                tag: 7,
                kind: Kind::Card,
                form,
                value: "4111111111111111",
            };
            let form = |forms: [Form; 2]| {
                let mut map = map();
                assert!(forms.into_iter().all(|form| map.put(entry(form))));
                map.entry(7).unwrap().form
            };
            assert_eq!(form([first, second]), form([second, first]));
            assert_eq!(form([first, first]), first);
        }
    }
}

#[cfg(feature = "guard")]
#[test]
fn a_scan_with_a_map_finds_its_values_and_changes_nothing() {
    use crate::redact::finding::{Finding, Validation};
    let redactor = Redactor::default();
    let mut map = map();
    map.placeholder(Kind::Password, "fV9s-Rk2xLq7");
    map.placeholder(Kind::Email, "ann@acme-mail.com");
    let len = map.len();
    let text = format!("ann@acme-mail.com xfV9s-Rk2xLq7x {PAT} xann@acme-mail.com");
    let found = redactor.try_scan_with(&text, &map).unwrap();
    let mut found: Vec<_> = found.iter().map(|finding| &text[finding.span()]).collect();
    found.dedup();
    assert_eq!(found, ["ann@acme-mail.com", "fV9s-Rk2xLq7", PAT]);
    assert_eq!(map.len(), len);
    assert!(redactor.try_scan_with("nothing", &map).unwrap().is_empty());
    // What a rule finds is known all the same.
    let found = WITH_PERSONAL
        .try_scan_with("ann@acme-mail.com", &map)
        .unwrap();
    let is_known = |finding: &Finding| finding.validation() == Validation::Known;
    assert!(found.iter().any(is_known));
}
