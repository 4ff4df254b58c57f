use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proptest::prelude::*;

use super::state::MOST_ENTRIES;
use super::{KnownForms, KnownValues};
use crate::ErrorKind;
use crate::redact::custom::allow_list::AllowList;
use crate::redact::engine::tests::cases;
use crate::redact::finding::{Category, Finding, Kind, RuleRef, Validation};
use crate::redact::operator::Key;
use crate::redact::redactor::Redactor;
use crate::redact::stream::StreamRedactor;

fn key() -> Key {
    Key::from_bytes([7; Key::LEN])
}

/// A set of values, all of which are accepted.
fn set<V: AsRef<[u8]>>(values: &[V]) -> KnownValues {
    KnownValues::with_values(key(), values).unwrap()
}

/// A redactor with the known values and as few other rules as possible.
fn redactor(known: &KnownValues) -> Redactor {
    Redactor::builder()
        .known_values(known.clone())
        .build()
        .unwrap()
}

fn spans(findings: &[Finding]) -> Vec<(usize, usize)> {
    let known = findings
        .iter()
        .filter(|found| found.rule() == "known-value");
    known.map(|found| (found.start, found.end)).collect()
}

/// The output of [`KnownValues::find`], in order, of values with one start the longest.
fn found(known: &KnownValues, text: &[u8]) -> Vec<(usize, usize)> {
    let mut sink = crate::redact::engine::Sink::default();
    known.find(text, 0, true, &mut sink);
    assert!(
        sink.hits
            .iter()
            .all(|hit| hit.rule == RuleRef::Known && hit.confidence == 100)
    );
    assert_eq!(sink.first_open(), None);
    longest(sink.hits.iter().map(|hit| (hit.start, hit.end)).collect())
}

/// The longest of the spans with each start, in order.
fn longest(mut spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    spans.sort_unstable_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)));
    spans.dedup_by_key(|(start, _)| *start);
    spans
}

/// The places of the values, found by comparing each with the text at every place. Of
/// values with one start, the longest counts.
fn naive<V: AsRef<[u8]>>(values: &[V], text: &[u8]) -> Vec<(usize, usize)> {
    let values: BTreeSet<&[u8]> = values.iter().map(AsRef::as_ref).collect();
    let mut spans = Vec::new();
    for value in values {
        let places = text.windows(value.len()).enumerate();
        let places = places.filter(|(_, window)| *window == value);
        spans.extend(places.map(|(at, _)| (at, at + value.len())));
    }
    longest(spans)
}

/// Pieces with few letters, so that values share prefixes, overlap and repeat.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(b"ab".as_slice()), 1..24),
        prop::collection::vec(prop::sample::select(b"xyZ019_-".as_slice()), 1..12),
        Just(b"https://hooks.acme.test/".to_vec()),
        (1_usize..40).prop_map(|count| vec![b'a'; count]),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(piece(), 1..8).prop_map(|pieces| pieces.concat());
    pieces.prop_filter("too short", |value| value.len() >= KnownValues::MIN_LEN)
}

/// Values, and a text made of some of them, of parts of them and of other pieces.
fn case() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<u8>)> {
    prop::collection::vec(value(), 1..12).prop_flat_map(|values| {
        let known = values.clone();
        let part = (prop::sample::select(values.clone()), any::<(u8, u8)>());
        let part = part.prop_map(|(value, (skip, take))| {
            let skip = usize::from(skip) % value.len();
            let take = usize::from(take) % value.len() + 1;
            value.into_iter().skip(skip).take(take).collect()
        });
        let text = prop_oneof![
            3 => prop::sample::select(values),
            1 => part,
            1 => piece(),
        ];
        let text = prop::collection::vec(text, 0..12).prop_map(|pieces| pieces.concat());
        (Just(known), text)
    })
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn finds_what_a_naive_search_finds((values, text) in case()) {
        prop_assert_eq!(found(&set(&values), &text), naive(&values, &text));
    }

    #[test]
    fn any_cuts_give_what_the_whole_gives((values, text) in case(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6), bytewise: bool) {
        let redactor = redactor(&set(&values));
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        if bytewise {
            cuts.extend(0..text.len());
        }
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let (mut out, mut findings) = (Vec::new(), Vec::new());
        let mut stream = StreamRedactor::new(redactor.clone());
        for cut in cuts.windows(2) {
            stream.push(&text[cut[0]..cut[1]], &mut out, &mut findings);
        }
        stream.finish(&mut out, &mut findings);
        let (mut expected, mut whole) = (Vec::new(), Vec::new());
        redactor.redact_bytes_into(&text, &mut expected, &mut whole);
        prop_assert_eq!((out, findings), (expected, whole));
    }

    #[test]
    fn every_byte_of_every_value_is_covered((values, text) in case()) {
        let redactor = redactor(&set(&values));
        let findings = redactor.scan(&text);
        for (start, end) in naive(&values, &text) {
            for at in start..end {
                prop_assert!(findings.iter().any(|found| found.span().contains(&at)));
            }
        }
        prop_assert_eq!(redactor.is_clean(&text), findings.is_empty());
    }

    #[test]
    fn is_a_set(steps in prop::collection::vec((0_u8..10, value()), 1..60), text in value()) {
        let (known, mut model) = (KnownValues::new(key()), BTreeSet::new());
        for (step, value) in &steps {
            match step {
                // Most values are removed as often as they are added.
                0..5 => prop_assert_eq!(known.insert(value).unwrap(), model.insert(value.clone())),
                5..9 => {
                    let value = model.first().filter(|_| step % 2 == 0).unwrap_or(value).clone();
                    prop_assert_eq!(known.remove(&value), model.remove(&value));
                }
                _ => prop_assert_eq!(known.contains(value), model.contains(value)),
            }
            prop_assert_eq!(known.len(), model.len());
        }
        let model: Vec<_> = model.into_iter().collect();
        let text = [text, model.concat()].concat();
        prop_assert_eq!(found(&known, &text), naive(&model, &text));
        prop_assert!(steps.iter().all(|(_, value)| known.contains(value) == model.contains(value)));
    }
}

/// A typical vault value, the same for the same number.
fn nth(number: u64) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let len = 8 + number as usize * 7 % 57;
    let mut value = String::from(if number.is_multiple_of(3) {
        "https://h.test/"
    } else {
        ""
    });
    for _ in 0..len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        value.push(char::from(
            b"abcdefghijKLMNOPQRS0123456789+/-"[state as usize % 32],
        ));
    }
    value
}

#[test]
fn a_hundred_thousand_values_are_found_one_by_one() {
    let values: Vec<String> = (0..100_000).map(nth).collect();
    let known = set(&values);
    assert_eq!(known.len(), values.len());
    let mut text = String::new();
    let mut expected = Vec::new();
    for value in values.iter().step_by(7) {
        text += &"~".repeat(1 + text.len() % 9);
        expected.push((text.len(), text.len() + value.len()));
        text += value;
    }
    assert_eq!(found(&known, text.as_bytes()), expected);
    for value in values.iter().skip(1).step_by(2) {
        assert!(known.remove(value));
    }
    let kept: BTreeSet<&str> = values.iter().step_by(2).map(String::as_str).collect();
    assert_eq!(known.len(), kept.len());
    expected.retain(|&(start, end)| kept.contains(&text[start..end]));
    assert_eq!(found(&known, text.as_bytes()), expected);
    known.clear();
    assert!(known.is_empty() && found(&known, text.as_bytes()).is_empty());
}

#[test]
fn a_value_is_found_wherever_it_stands() {
    for len in [8, 9, 11, 12, 13, 40, 300, 8192] {
        let value = (0..400).map(nth).collect::<String>()[..len].to_owned();
        let known = set(&[&value]);
        for before in 0..40 {
            for after in [0, 1, 50, 300] {
                let text = ["q".repeat(before), value.clone(), "q".repeat(after)].concat();
                let expected = [(before, before + len)];
                assert_eq!(
                    found(&known, text.as_bytes()),
                    expected,
                    "{len} {before} {after}"
                );
            }
        }
        for changed in [0, len / 2, len - 1] {
            let mut other = value.clone().into_bytes();
            other[changed] ^= 1;
            assert!(found(&known, &other).is_empty() && !known.contains(&other));
        }
        assert!(found(&known, &value.as_bytes()[1..]).is_empty());
    }
}

#[test]
fn lengths_that_are_not_allowed_are_refused_without_content() {
    let known = KnownValues::new(key());
    let long = "hunter2!".repeat(1025);
    for (value, kind, says) in [
        ("", ErrorKind::Config, "shorter than 8 bytes"),
        ("hunter2", ErrorKind::Config, "shorter than 8 bytes"),
        (&long[..8193], ErrorKind::Limit, "longer than 8192 bytes"),
    ] {
        let error = known.insert(value).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.to_string(), format!("known value is {says}"));
        assert!(!known.contains(value) && !known.remove(value));
    }
    assert!(known.insert("hunter2!").unwrap() && known.insert(&long[..8192]).unwrap());
    assert!(!known.insert("hunter2!").unwrap());
    let error = known.extend(["one-more-value", "short", "x", "another-value"]);
    let error = error.unwrap_err().to_string();
    assert_eq!(error, "known value 2 is shorter than 8 bytes");
    assert_eq!(known.len(), 4);
    assert!(known.contains("another-value"));
    assert!(KnownValues::with_values(key(), ["short"]).is_err());
    assert_eq!(format!("{known:?}"), "KnownValues { len: 4, .. }");
}

#[test]
fn many_values_that_begin_alike_lead_elsewhere() {
    let prefix = "https://hooks.acme.test/services/";
    let values: Vec<String> = (1..400)
        .map(|number| {
            format!(
                "{prefix}{}",
                nth(number * 3 + 1).repeat(1 + number as usize / 57)
            )
        })
        .collect();
    let known = set(&values);
    let text = values.join(" and ");
    assert_eq!(
        found(&known, text.as_bytes()),
        naive(&values, text.as_bytes())
    );
    let windows: usize = known.state().entries_of_most();
    assert!(windows <= 64, "{windows} entries for one window");
}

#[test]
fn values_that_differ_in_length_alone_are_limited() {
    let known = KnownValues::new(key());
    let shortest = 300;
    for len in shortest..shortest + MOST_ENTRIES * 21 + 1 {
        let value = vec![b'a'; len];
        if let Err(error) = known.insert(&value) {
            assert_eq!(error.kind(), ErrorKind::Limit);
            assert!(known.len() >= MOST_ENTRIES && !known.contains(&value));
            let text = vec![b'a'; shortest];
            assert_eq!(found(&known, &text), [(0, shortest)]);
            assert!(known.remove(&text) && known.insert(&value).unwrap());
            return;
        }
    }
    panic!("the limit was not met");
}

#[test]
fn neither_allow_lists_nor_thresholds_let_a_known_value_through() {
    let value = "AKIAQ3EGRIZJ7OWLMXUV";
    let allow = AllowList::builder("test").value(value).stopword("akia");
    let builder = Redactor::builder()
        .allow(allow.build().unwrap())
        .min_confidence(100)
        .category(Category::Personal);
    assert!(builder.clone().build().unwrap().is_clean(value.as_bytes()));
    let redactor = builder.known_values(set(&[value])).build().unwrap();
    let redacted = redactor.redact(value);
    let [only] = redacted.findings() else {
        panic!("{:?}", redacted.findings());
    };
    assert_eq!((only.rule(), only.kind()), ("known-value", Kind::Secret));
    assert_eq!(
        (only.confidence(), only.validation()),
        (100, Validation::Known)
    );
    assert_eq!(redacted.as_str(), "[REDACTED-SECRET]");
    assert!(!redactor.is_clean(value.as_bytes()));
}

#[test]
fn a_known_value_that_cuts_a_character_takes_the_whole_of_it() {
    let text = "aé🦀 ключи é";
    let bytes = text.as_bytes();
    // From the second byte of `é` to the first of the last one.
    let known = set(&[&bytes[2..bytes.len() - 1]]);
    let redactor = redactor(&known);
    assert_eq!(redactor.redact(text).as_str(), "a[REDACTED-SECRET]");
    for cut in 0..bytes.len() {
        let (mut out, mut findings) = (Vec::new(), Vec::new());
        let mut stream = StreamRedactor::new(redactor.clone());
        stream.push(&bytes[..cut], &mut out, &mut findings);
        stream.push(&bytes[cut..], &mut out, &mut findings);
        stream.finish(&mut out, &mut findings);
        assert_eq!(out, b"a[REDACTED-SECRET]", "{cut}");
    }
}

#[test]
fn all_redactors_see_a_change_and_a_stream_from_its_next_chunk_on() {
    let (known, other) = (KnownValues::new(key()), set(&["of-another-set"]));
    let redactor = Redactor::builder()
        .known_values(known.clone())
        .known_values(other)
        .build()
        .unwrap();
    let clone = redactor.clone();
    let text = "blue-otter-staircase";
    let mut stream = StreamRedactor::new(redactor.clone());
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    stream.push(&text.repeat(20).into_bytes(), &mut out, &mut findings);
    assert!(redactor.is_clean(text.as_bytes()) && findings.is_empty());
    known.insert(text).unwrap();
    assert_eq!(spans(&clone.scan(text.as_bytes())), [(0, 20)]);
    assert_eq!(spans(&clone.scan(b"x of-another-setx")), [(2, 16)]);
    stream.push(text.as_bytes(), &mut out, &mut findings);
    stream.finish(&mut out, &mut findings);
    assert!(spans(&findings).contains(&(400, 420)));
    known.remove(text);
    assert!(clone.is_clean(text.as_bytes()));
}

#[test]
fn a_stream_holds_little_back() {
    let long = (1000..1400).map(nth).collect::<String>()[..8192].to_owned();
    let values: Vec<String> = (0..1000).map(nth).chain([long.clone()]).collect();
    let known = set(&values);
    let mut stream = StreamRedactor::new(redactor(&known));
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    for _ in 0..2000 {
        stream.push(b"nothing to see here, go on; ", &mut out, &mut findings);
        assert!(stream.held() < 400);
    }
    let (first, last) = long.as_bytes().split_at(8000);
    stream.push(first, &mut out, &mut findings);
    assert!(stream.held() >= 8000 && findings.is_empty());
    stream.push(last, &mut out, &mut findings);
    let rest = b"; and that was it; ".repeat(20);
    stream.push(&rest, &mut out, &mut findings);
    assert_eq!(spans(&findings), [(56_000, 64_192)]);
    assert!(stream.held() < 400);
}

/// Constant values are found in every scan while other values come and go. A reader's
/// snapshot contains a value completely or not at all.
#[test]
fn readers_and_a_writer_do_not_disturb_each_other() {
    let kept: Vec<String> = (0..500).map(|number| nth(number * 2)).collect();
    let known = set(&kept);
    let text = kept.join("~");
    let expected = naive(&kept, text.as_bytes());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers = [(); 2].map(|()| {
            scope.spawn(|| {
                let mut scans = 0;
                while !done.load(Ordering::Relaxed) || scans < 3 {
                    let found = found(&known, text.as_bytes());
                    assert!(expected.iter().all(|span| found.contains(span)));
                    assert!(known.len() >= kept.len());
                    scans += 1;
                }
            })
        });
        for round in 0..4 {
            let come_and_go = (0..1500).map(|number| nth(round * 3000 + number * 2 + 1));
            let come_and_go: Vec<_> = come_and_go.collect();
            known.extend(&come_and_go).unwrap();
            come_and_go
                .iter()
                .for_each(|value| assert!(known.remove(value)));
        }
        done.store(true, Ordering::Relaxed);
        readers
            .into_iter()
            .for_each(|reader| reader.join().unwrap());
    });
    assert_eq!(known.len(), kept.len());
    assert_eq!(found(&known, text.as_bytes()), expected);
}

/// In a text that consists of the start of a value, or of a value that repeats
/// itself, each byte costs about the same, however long the text is.
#[test]
fn hostile_texts_are_read_once() {
    let long = "a".repeat(4000);
    let values: Vec<String> = (0..200)
        .map(|more| format!("{long}{}", "b".repeat(more)))
        .collect();
    let known = set(&values);
    let time = |len: usize| {
        let text = vec![b'a'; len];
        let start = std::time::Instant::now();
        let count = found(&known, &text).len();
        assert_eq!(count, len + 1 - long.len());
        start.elapsed().as_secs_f64()
    };
    let best = |len| (0..3).map(|_| time(len)).fold(f64::MAX, f64::min);
    let (short, long) = (best(10_000), best(40_000));
    assert!(long < 16.0 * short, "{short} s, then {long} s");
}

/// Base 64 of `bytes`, without padding.
fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut three = [0; 4];
        three[1..=chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes(three);
        for digit in 0..=chunk.len() {
            let index = bits >> (18 - 6 * digit) & 63;
            out.push(char::from(alphabet[index as usize]));
        }
    }
    out
}

#[test]
fn a_value_is_found_in_the_encodings_that_the_manual_names() {
    let value = "blue-otter & staircase, 17 \"steps\"";
    let known = KnownValues::new(Key::from_bytes([7; 32]));
    known.insert(value).unwrap();
    let redactor = Redactor::builder().known_values(known).build().unwrap();
    let each = |form: &dyn Fn(u8) -> String| value.bytes().map(form).collect::<String>();
    let forms = [
        ("as it is", value.to_owned()),
        ("base 64", base64(value.as_bytes())),
        (
            "base 64, one byte on",
            base64(format!("a{value}bc").as_bytes()),
        ),
        (
            "base 64, two bytes on",
            base64(format!("ab{value}").as_bytes()),
        ),
        ("hexadecimal digits", each(&|byte| format!("{byte:02x}"))),
        ("capital digits", each(&|byte| format!("{byte:02X}"))),
        ("percent", each(&|byte| format!("%{byte:02X}"))),
        ("JSON escapes", each(&|byte| format!("\\u{byte:04x}"))),
        ("references", each(&|byte| format!("&#{byte};"))),
        (
            "UTF-16",
            value.chars().flat_map(|char| [char, '\0']).collect(),
        ),
        ("one percent-escape", value.replace('&', "%26")),
        ("one small percent-escape", value.replace(',', "%2c")),
        ("a blank", value.replacen(' ', "%20", 1)),
        ("a mark of JSON", value.replace('"', "\\\"")),
        ("one reference", value.replace('&', "&amp;")),
        ("references of marks", value.replace('"', "&quot;")),
        ("one number", value.replace('-', "&#x2d;")),
        ("one escape", value.replace('-', "\\u002d")),
        ("pairs with colons", {
            let pairs = each(&|byte| format!("{byte:02x}:"));
            pairs.trim_end_matches(':').to_owned()
        }),
        ("pairs with dashes", {
            let pairs = each(&|byte| format!("{byte:02X}-"));
            pairs.trim_end_matches('-').to_owned()
        }),
    ];
    for (name, form) in forms {
        let text = format!("see {form} there");
        let found = redactor.scan(text.as_bytes());
        let is_known = |finding: &Finding| finding.rule() == "known-value";
        let known = found.iter().find(|finding| is_known(finding));
        let known = known.unwrap_or_else(|| panic!("{name}: {text}"));
        assert!(
            known.start >= 4 && known.end <= text.len() - 6,
            "{name}: {text}"
        );
    }
}

#[test]
fn pairs_of_digits_right_behind_others_are_found() {
    let value = "blue-otter & staircase";
    let known = KnownValues::new(key());
    known.insert(value).unwrap();
    let pairs: Vec<String> = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let text = pairs.join(":").repeat(4);
    let redactor = redactor(&known);
    let whole = redactor.redact(&text);
    assert_eq!(whole.as_str(), "[REDACTED-SECRET]".repeat(4));
}

#[test]
fn other_forms_are_found_on_request() {
    let value = "blue-Otter & staircase";
    let texts = [
        "see BLUE-otter & STAIRCASE there",
        "see blue-O\n    tter & stair\r\ncase there",
        "see blue-o\n    tter & stair\r\ncase there",
    ];
    let forms = KnownForms::new();
    for (forms, expected) in [
        (forms, [false, false, false]),
        (forms.any_case(), [true, false, false]),
        (forms.across_lines(), [false, true, false]),
        (forms.any_case().across_lines(), [true, true, true]),
    ] {
        let known = KnownValues::with_forms(key(), forms);
        known.insert(value).unwrap();
        let redactor = redactor(&known);
        let is_found = texts.map(|text| {
            let redacted = redactor.redact(text);
            let hidden = redacted.as_str() == "see [REDACTED-SECRET] there";
            assert_eq!(hidden, !redacted.is_clean(), "{text:?}: {redacted:?}");
            hidden
        });
        assert_eq!(is_found, expected, "{forms:?}");
        assert!(!redactor.is_clean(value.as_bytes()));
        assert!(known.contains(value) && known.remove(value) && known.is_empty());
    }
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn a_stream_finds_the_forms_that_the_whole_text_has(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "blue-otter & staircase", "blue%2Dotter &amp; stair\n  case", "%", "&", "\\",
                "62:6c:75:65:2d:6f:74:74:65:72:20:26:20:73:74:61:69:72:63:61:73:65", "\n", ":",
                "blue\\u002dotter ", "& staircase", " some words ", "62:6c:", "&am", "%2",
            ]),
            0..12,
        ),
        cuts in prop::collection::vec(1..40_usize, 0..12),
    ) {
        let known = KnownValues::with_forms(key(), KnownForms::new().across_lines());
        known.insert("blue-otter & staircase").unwrap();
        let redactor = redactor(&known);
        let text = parts.concat();
        let whole = redactor.redact(&text);
        let mut stream = StreamRedactor::new(redactor.clone());
        let (mut out, mut findings) = (Vec::new(), Vec::new());
        let mut rest = text.as_bytes();
        for cut in cuts {
            let (chunk, after) = rest.split_at(cut.min(rest.len()));
            stream.push(chunk, &mut out, &mut findings);
            rest = after;
        }
        stream.push(rest, &mut out, &mut findings);
        stream.finish(&mut out, &mut findings);
        prop_assert_eq!(String::from_utf8_lossy(&out), whole.as_str());
        prop_assert_eq!(findings.as_slice(), whole.findings());
    }
}

#[test]
fn values_that_begin_alike_are_reported_once_at_each_place() {
    let piece = "q7XmZ2wK9sLp";
    let values: Vec<_> = (2..2 + MOST_ENTRIES)
        .map(|count| piece.repeat(count))
        .collect();
    let known = KnownValues::new(key());
    for value in &values {
        // The set may refuse the last ones.
        let _ = known.insert(value);
    }
    let text = piece.repeat(600);
    for exact in [false, true] {
        let mut sink = crate::redact::engine::Sink::default();
        if exact {
            known.find_exact(text.as_bytes(), &|_| true, &mut sink);
        } else {
            known.find(text.as_bytes(), 0, true, &mut sink);
        }
        let hits = sink.hits.len();
        assert!((1..=2 * 600).contains(&hits), "{hits} hits");
    }
    // Where the longest value may not stand, the next one counts.
    let mut sink = crate::redact::engine::Sink::default();
    known.find_exact(text.as_bytes(), &|span| span.len() < 100, &mut sink);
    assert!(sink.hits.iter().any(|hit| hit.end - hit.start == 96));
}

/// A stream hands each chunk over with the text before it, of which little is open.
#[test]
fn a_stream_folds_only_what_is_open() {
    let forms = KnownForms::new().any_case();
    let known = KnownValues::with_forms(Key::from_bytes([7; 32]), forms);
    known.insert("blue-otter-staircase").unwrap();
    let redactor = Redactor::builder().known_values(known).build().unwrap();
    let text = "it was the Blue-Otter-STAIRCASE then, é. ".repeat(1_000);
    let whole = redactor.redact(&text);
    let mut stream = StreamRedactor::new(redactor.clone());
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    let before = super::values::FOLDED.get();
    for chunk in text.as_bytes().chunks(4) {
        stream.push(chunk, &mut out, &mut findings);
    }
    stream.finish(&mut out, &mut findings);
    let folded = super::values::FOLDED.get() - before;
    assert!(folded < 64 * text.len(), "{folded}");
    assert_eq!(out, whole.as_str().as_bytes());
    assert_eq!(findings, whole.findings());
}
