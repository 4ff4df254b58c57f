use std::ops::Range;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::rule::{UserForm, entropy};
use crate::ErrorKind;
use crate::redact::engine::tests::cases;
use crate::redact::engine::{Hit, Sink};
use crate::redact::finding::RuleRef;
use crate::redact::text::Window;
use crate::redact::{AllowList, Kind, Redactor, RuleSet, StreamRedactor, Validation};

fn set(toml: &str) -> RuleSet {
    RuleSet::from_toml(toml).unwrap()
}

/// A document with one rule that has these fields.
fn rule(fields: &str) -> String {
    format!("[[rule]]\nid = \"acme-key\"\ndescription = \"test\"\n{fields}\n")
}

fn pattern(pattern: &str, more: &str) -> RuleSet {
    set(&rule(&format!(
        "pattern = '''{pattern}'''\nkeywords = ['acme']\n{more}"
    )))
}

fn hits(set: &RuleSet, text: &[u8]) -> Vec<Hit> {
    let mut sink = Sink::default();
    set.find(&Window::whole(text), 0, &mut sink);
    assert_eq!(sink.first_open(), None);
    sink.hits
}

/// Returns the reference to a rule of the only set.
fn own_rule(rule: u16) -> RuleRef {
    RuleRef::Custom { set: 0, rule }
}

fn spans(set: &RuleSet, text: &str) -> Vec<Range<usize>> {
    let hits = hits(set, text.as_bytes());
    hits.iter().map(|hit| hit.start..hit.end).collect()
}

/// Returns the marked range of a text, and the text without its marks.
fn unmark(text: &str) -> (String, Vec<Range<usize>>) {
    let mut spans = Vec::new();
    let mut plain = String::new();
    for (part, number) in text.split(['«', '»']).zip(0..) {
        if number % 2 == 1 {
            spans.push(plain.len()..plain.len() + part.len());
        }
        plain.push_str(part);
    }
    (plain, spans)
}

#[test]
fn tokens_are_found_like_built_in_ones() {
    let set = set(&rule(
        r"token = { prefixes = ['acme_', 'acme-live-'], body = '[a-z0-9]{4,6}' }",
    ));
    let table = [
        "key «acme_ab12» and «acme-live-abcdef».",
        "«acme_ab12»",
        "acme_abc acme_abcdefg acme_ab12Z",
        "xacme_ab12 ACME_ab12",
        "(«acme_ab12»)/«acme_ab12»",
        "«acme_acme»_ab12",
        "é«acme_ab12»é",
        "",
    ];
    for text in table {
        let (text, expected) = unmark(text);
        assert_eq!(spans(&set, &text), expected, "{text}");
    }
    let hit = hits(&set, b"acme_ab12")[0];
    assert_eq!((hit.confidence, hit.validation), (90, Validation::Format));
}

#[test]
fn patterns_are_found_around_their_keywords() {
    let long = format!("acme={}", "a".repeat(400));
    let table: &[(&str, &str, &str)] = &[
        (
            r"(?i)acme=(\w{4,})",
            "group = 1",
            "ACME=«abcd», acme=abc Acme=«a_b1»",
        ),
        (r"acme=(?<v>[a-z]+)", "group = 'v'", "acme=«abc»!"),
        (r"acme(?:=([a-z]+)|-)", "group = 1", "acme=«abc» «acme-»"),
        (
            r"[a-z]{2,4}-acme[0-9]",
            "",
            "x-acme1 «xyzt-acme2» abcd«efgh-acme3»",
        ),
        (r"'[^']*'", "", "it's 'fine' but k = «'acme-1'»"),
        (r"acme \w+|\w+", "", "a b c «acme d» e"),
        (r"[0-9]+", "", "123 acme 456"),
        (
            r"^acme=\w+$",
            "",
            "«acme=abc»\nx acme=abc\nacme=abc !\n«acme=d»",
        ),
        (r"\bacme[a-z]*\b", "", "«acmeabc» xacmeabc «acme» éacme"),
        (r"acme.{3}", "", "acm acme12\n «acme12é»"),
        (r"acme.{2}", "", "«acmeaé»"),
        (r"acme=([a-z]*)", "group = 1", "acme= acme=«x»"),
        (
            r"acme[0-9]{3}",
            "entropy = 2.6",
            "acme111 acme112 «acme123»",
        ),
        (
            r"acme=([a-z]+)",
            "group = 1\nentropy = 1.0",
            "acme=aaaa acme=«abab»",
        ),
        (r"acme=a+", "max_len = 8", "«acme=aaa»aaaa"),
        (r"acme[a-z]{3}", "", "acm «acmeacm» acme ac «acmeabc»"),
    ];
    for (spec, more, text) in table {
        let (text, mut expected) = unmark(text);
        if *spec == r"\bacme[a-z]*\b" {
            // Classes and `\b` are ASCII, so a letter beyond ASCII does not count as
            // a letter.
            expected.push(text.rfind("acme").unwrap()..text.len());
        }
        let found = spans(&pattern(spec, more), &text);
        assert_eq!(found, expected, "{spec} in {text}");
    }
    let found = spans(&pattern("acme=a+", ""), &long);
    assert_eq!((found.len(), &found[0]), (1, &(0..256)));
    let hit = hits(
        &pattern("acme[0-9]", "confidence = 3\nentropy = 0.0"),
        b"acme1",
    )[0];
    assert_eq!((hit.confidence, hit.validation), (3, Validation::Judged));
}

#[test]
fn no_keyword_hides_another() {
    let set = set(
        "[[rule]]\nid = 'a'\ndescription = 'a'\npattern = 'abcd[0-9]'\nkeywords = ['bcd']
         [[rule]]\nid = 'b'\ndescription = 'b'\npattern = 'x?abcd1'\nkeywords = ['abcd', 'xabc', 'ABCD']
         [[rule]]\nid = 'c'\ndescription = 'c'\ntoken = { prefixes = ['xab'], body = 'cd1' }",
    );
    let mut found: Vec<_> = hits(&set, b"xabcd1")
        .iter()
        .map(|hit| (hit.rule, hit.start))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [(own_rule(0), 1), (own_rule(1), 0), (own_rule(2), 0)]
    );
}

#[test]
fn what_is_wrong_is_refused_and_named() {
    let ok = "pattern = 'acme=[0-9]'\nkeywords = ['acme']\n";
    let token = "token = { prefixes = ['acme'], body = '[0-9]{4}' }\n";
    let words = |n: usize| format!("{:?}", vec!["acme"; n]);
    let table: &[(String, &str)] = &[
        ("= hunter2".into(), "not TOML"),
        ("hunter2 = 'hunter2'".into(), "unknown"),
        ("version = 2".into(), "version"),
        (
            "disable = ['hunter3']".into(),
            "rule is not a built-in rule, in `hunter3`",
        ),
        ("disable = 'hunter2'".into(), "wrong type"),
        (rule("hunter2 = 1"), "unknown"),
        (rule(""), "needs either a token or a pattern, in `acme-key`"),
        (
            rule(&format!("{ok}{token}")),
            "needs either a token or a pattern",
        ),
        ("[[rule]]\nid = 'a'".into(), "missing"),
        (
            "[[rule]]\nid = 'Hunter2'\ndescription = 'd'".into(),
            "rule 1 must have an id",
        ),
        (
            format!("[[rule]]\nid = '{}'\ndescription = 'd'", "a".repeat(49)),
            "rule 1 must have an id",
        ),
        (
            format!("[[rule]]\nid = 'a'\ndescription = ' '\n{ok}"),
            "a description of",
        ),
        (rule(&format!("{ok}provider = ''")), "provider"),
        (
            format!("{0}{0}", rule(ok)),
            "the id of another rule, in `acme-key`",
        ),
        (
            format!("[[rule]]\nid = 'github-pat'\ndescription = 'd'\n{ok}"),
            "in `github-pat`",
        ),
        (
            format!("[[rule]]\nid = 'detector-failed'\ndescription = 'd'\n{ok}"),
            "built-in",
        ),
        (rule(&format!("{ok}replaces = 'hunter2'")), "replaces"),
        (rule(&format!("{ok}kind = 'HUNTER'")), "kind"),
        (rule(&format!("{ok}confidence = 101")), "confidence"),
        (rule(&format!("{ok}confidence = -1")), "wrong type"),
        (rule(&format!("{ok}entropy = 8.1")), "entropy"),
        (rule(&format!("{ok}entropy = nan")), "entropy"),
        (rule(&format!("{ok}max_len = 0")), "max_len"),
        (rule(&format!("{ok}max_len = 8193")), "max_len"),
        (rule(&format!("{ok}max_len = 5")), "within its max_len"),
        (rule(&format!("{ok}group = 1")), "group"),
        (rule(&format!("{ok}group = 'hunter2'")), "group"),
        (rule(&format!("{ok}examples = {}", words(65))), "examples"),
        (
            rule(&format!(
                "{ok}counter_examples = ['{}']",
                "a".repeat(16_385)
            )),
            "examples",
        ),
        (rule("pattern = 'acme'"), "keywords"),
        (rule("pattern = 'acme'\nkeywords = []"), "keywords"),
        (rule("pattern = 'acme'\nkeywords = ['ac']"), "keywords"),
        (
            rule(&format!(
                "pattern = 'acme'\nkeywords = ['{}']",
                "a".repeat(65)
            )),
            "keywords",
        ),
        (
            rule(&format!("pattern = 'acme'\nkeywords = {}", words(65))),
            "keywords",
        ),
        (
            rule("pattern = 'acme('\nkeywords = ['acme']"),
            "parse, in `acme-key`, at byte 4",
        ),
        (
            rule(
                r"pattern = 'ac\q'
keywords = ['acme']",
            ),
            "at byte 2",
        ),
        (
            rule(
                r"pattern = 'acme\p{L}'
keywords = ['acme']",
            ),
            "at byte 4",
        ),
        (
            rule("pattern = '(?:acme)?'\nkeywords = ['acme']"),
            "empty text",
        ),
        (
            rule("pattern = '[a&&b]'\nkeywords = ['acme']"),
            "never match",
        ),
        (
            rule(
                r"pattern = '\Aacme'
keywords = ['acme']",
            ),
            "start or the end",
        ),
        (
            rule(
                r"pattern = 'acme\z'
keywords = ['acme']",
            ),
            "start or the end",
        ),
        (
            rule("pattern = '(?-m)acme$'\nkeywords = ['acme']"),
            "start or the end",
        ),
        (
            rule(&format!(
                "pattern = '{}'\nkeywords = ['acme']",
                "a".repeat(4097)
            )),
            "4096",
        ),
        (
            rule("pattern = '(?:acme{900}){100}'\nkeywords = ['acme']\nmax_len = 8192"),
            "within",
        ),
        (
            rule("pattern = '(?:[ab]{0,999}){999}acme'\nkeywords = ['acme']"),
            "too large",
        ),
        (rule("token = { prefixes = [], body = 'a' }"), "prefixes"),
        (
            rule("token = { prefixes = ['ac'], body = 'a' }"),
            "prefixes",
        ),
        (
            rule("token = { prefixes = ['acme'], body = 'a', hunter2 = 1 }"),
            "unknown",
        ),
        (
            rule("token = { prefixes = ['acme'], body = 'a{3' }"),
            "in `acme-key`, at byte 3",
        ),
        (
            rule("token = { prefixes = ['acme'], body = 'a{8129}' }"),
            "8128",
        ),
        (rule(&format!("{token}max_len = 9")), "requires a pattern"),
        (
            rule(&format!("{token}keywords = ['acme']")),
            "requires a pattern",
        ),
        (rule(&format!("{token}group = 1")), "requires a pattern"),
        ("[[allow]]\nvalues = ['hunter2']".into(), "missing"),
        (
            "[[allow]]\nreason = ''\nvalues = ['hunter2']".into(),
            "allow-list 1 must have a reason",
        ),
        (
            "[[allow]]\nreason = 'r'".into(),
            "allow-list 1 has no value",
        ),
        (
            "[[allow]]\nreason = 'r'\npatterns = ['a*']".into(),
            "empty text",
        ),
        (
            "[[allow]]\nreason = 'r'\npatterns = ['a']\ntarget = 'hunter2'".into(),
            "wrong type",
        ),
    ];
    for (toml, expected) in table {
        let error = RuleSet::from_toml(toml).expect_err(toml);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(expected), "{expected} is not in: {shown}");
        assert!(!shown.to_lowercase().contains("hunter2"), "{shown}");
        assert_eq!(error.kind(), ErrorKind::Config, "{shown}");
    }
}

#[test]
fn limits_are_errors_of_their_kind() {
    let big = "#".repeat((4 << 20) + 1);
    let rules = "[[rule]]\nid='a'\ndescription='d'\n".repeat(2049);
    let allow = "[[allow]]\nreason='r'\n".repeat(257);
    let disable = format!("disable = {:?}", vec!["github-pat"; 4097]);
    for toml in [big, rules, allow, disable] {
        let error = RuleSet::from_toml(&toml).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    }
}

#[test]
fn examples_are_held_to_what_they_say() {
    let base = "pattern = 'acme=([a-z]+)'\nkeywords = ['acme']\ngroup = 1\n";
    let good = "examples = ['acme=«abc»', 'acme=«a» acme=«b»']\ncounter_examples = ['acme=1']\n";
    set(&rule(&format!("{base}{good}"))).check().unwrap();
    let table = [
        (
            "examples = ['acme=«abc»', '«acme=abc»']",
            "example 2 is not found as marked",
        ),
        (
            "examples = ['acme=«abc» acme=def']",
            "example 1 is not found",
        ),
        ("examples = ['acme=«1»']", "example 1 is not found"),
        ("examples = ['acme=abc']", "example 1 has no secret"),
        ("examples = ['acme=«abc']", "example 1 has no secret"),
        ("examples = ['acme=«»abc']", "unpaired"),
        ("examples = ['acme=»abc«']", "unpaired"),
        (
            "counter_examples = ['x', 'acme=hunter']",
            "counter-example 2 has a finding",
        ),
    ];
    for (examples, expected) in table {
        let error = set(&rule(&format!("{base}{examples}")))
            .check()
            .unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains(expected), "{shown}");
        assert!(
            shown.ends_with("in `acme-key`") && !shown.contains("hunter"),
            "{shown}"
        );
    }
}

const TOKEN: &str = "AKIAQ3EGRIZJ7OWLMXUV";

#[test]
fn built_in_rules_are_disabled_and_replaced() {
    let own = "description = 'd'\nreplaces = 'aws-access-key-id'\npattern = 'AKIA(\\w+)'\nkeywords = ['AKIA']\nkind = 'TOKEN'\n";
    let table = [
        ("".to_owned(), Some("aws-access-key-id")),
        ("disable = ['aws-access-key-id']".to_owned(), None),
        (format!("[[rule]]\nid = 'mine'\n{own}"), Some("mine")),
        (
            format!("[[rule]]\nid = 'aws-access-key-id'\n{own}"),
            Some("aws-access-key-id"),
        ),
    ];
    for (toml, expected) in table {
        let redactor = Redactor::builder().rules(set(&toml)).build().unwrap();
        let found = redactor.scan(TOKEN.as_bytes());
        assert_eq!(
            found.first().map(|finding| finding.rule()),
            expected,
            "{toml}"
        );
        let own = !toml.is_empty() && expected.is_some();
        assert!(
            found
                .iter()
                .all(|found| (found.kind() == Kind::Token) == own)
        );
    }
}

#[test]
fn the_later_of_two_sets_wins() {
    let version = |id: &str, body: &str| {
        set(&format!(
            "[[rule]]\nid = '{id}'\ndescription = 'd'\ntoken = {{ prefixes = ['acme_'], body = '{body}' }}"
        ))
    };
    let text = "acme_ab acme_12";
    let (letters, digits) = (version("r", "[a-z]{2}"), version("r", "[0-9]{2}"));
    let other = version("s", "[a-z]{2}");
    let merged = letters.clone().merge(digits.clone()).unwrap();
    assert_eq!(merged.len(), 1);
    assert_eq!(spans(&merged, text), spans(&digits, text));
    let merged = letters.clone().merge(other.clone()).unwrap();
    let ids: Vec<_> = merged.descriptions().map(|(id, ..)| id).collect();
    assert_eq!(ids, ["r", "s"]);

    let builder = Redactor::builder()
        .rules(letters)
        .rules(digits)
        .rules(other);
    let scan = |redactor: &Redactor| {
        let found = redactor.scan(text.as_bytes());
        found
            .iter()
            .map(|found| (found.rule().to_owned(), found.span()))
            .collect::<Vec<_>>()
    };
    let both = [("s".to_owned(), 0..7), ("r".to_owned(), 8..15)];
    assert_eq!(scan(&builder.clone().build().unwrap()), both);
    assert_eq!(scan(&builder.disable("r").build().unwrap()), &both[..1]);

    let off = set("disable = ['aws-access-key-id']\n[[allow]]\nreason = 'r'\nvalues = ['acme_ab']");
    let merged = off.merge(version("r", "[a-z]{2}")).unwrap();
    let redactor = Redactor::builder().rules(merged).build().unwrap();
    assert!(redactor.is_clean(format!("{TOKEN} acme_ab").as_bytes()));
    assert!(!redactor.is_clean(b"acme_cd"));
}

#[test]
fn too_many_merged_rules_pass_a_limit() {
    let block = |from: usize| {
        let rule = |n: usize| {
            format!("[[rule]]\nid='r{n}'\ndescription='d'\ntoken={{prefixes=['abc'],body='d'}}\n")
        };
        set(&(from..from + 2048).map(rule).collect::<String>())
    };
    let mut all = block(0);
    for number in 1..8 {
        all = all.merge(block(number * 2048)).unwrap();
    }
    let again = all.clone().merge(block(0)).unwrap();
    assert_eq!(again.len(), 16_384);
    let error = all.merge(block(16_384)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn allow_lists_count_for_every_rule() {
    let text = format!("{TOKEN} acme=abcd # sample");
    let own = rule("pattern = 'acme=[a-z]+'\nkeywords = ['acme']");
    let table = [
        ("values = ['acme=abcd']", 1),
        (&format!("values = ['{TOKEN}']"), 1),
        ("stopwords = ['ABC', 'q3eg']", 0),
        ("stopwords = ['ABC', 'q3eg']\nrules = ['acme-key']", 1),
        ("prefixes = ['akia']", 1),
        ("patterns = ['^[A-Z0-9]+$']", 1),
        ("patterns = ['# sample$']", 2),
        ("patterns = ['# sample$']\ntarget = 'line'", 0),
        (
            "patterns = ['# sample$']\ntarget = 'line'\nrules = ['acme-key']",
            1,
        ),
    ];
    for (allow, expected) in table {
        let set = set(&format!("{own}[[allow]]\nreason = 'r'\n{allow}"));
        let redactor = Redactor::builder().rules(set).build().unwrap();
        assert_eq!(redactor.scan(text.as_bytes()).len(), expected, "{allow}");
    }
    let list = AllowList::builder("r").value(TOKEN).build().unwrap();
    let redactor = Redactor::builder()
        .rules(set(&own))
        .allow(list)
        .build()
        .unwrap();
    assert_eq!(
        redactor.redact(&text).as_str(),
        format!("{TOKEN} [REDACTED-CUSTOM] # sample")
    );
}

#[test]
fn what_is_not_sure_enough_is_left_alone() {
    let rules = set(&rule(
        "pattern = 'acme=[a-z]+'\nkeywords = ['acme']\nconfidence = 60",
    ));
    for (least, expected) in [(0, 2), (60, 2), (61, 1), (100, 0)] {
        let builder = Redactor::builder().rules(rules.clone());
        let redactor = builder.min_confidence(least).build().unwrap();
        let found = redactor.scan(format!("{TOKEN} acme=abc").as_bytes());
        assert_eq!(found.len(), expected, "{least}");
    }
}

#[test]
fn overlapping_findings_cover_all_that_either_covers() {
    let rules = set(&rule("pattern = 'MXUV [a-z]+'\nkeywords = ['MXUV']"));
    let redactor = Redactor::builder().rules(rules).build().unwrap();
    let redacted = redactor.redact("AKIAQ3EGRIZJ7OWLMXUV tail.");
    assert_eq!(redacted.as_str(), "[REDACTED-APIKEY][REDACTED-CUSTOM].");
}

#[test]
fn debug_shows_ids_and_no_content() {
    let toml = rule("pattern = 'acme=hunter2'\nkeywords = ['hunter2']\nexamples = ['hunter2']");
    let toml = format!("{toml}[[allow]]\nreason = 'r'\nvalues = ['hunter2']");
    let rules = set(&toml);
    let builder = Redactor::builder().rules(rules.clone());
    let shown = format!(
        "{rules:?} {rules:#?} {builder:?} {:?}",
        builder.clone().build().unwrap()
    );
    assert!(
        shown.contains("acme-key") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[test]
fn entropy_is_in_bits_per_byte() {
    assert!(entropy(b"").abs() < 1e-9);
    assert!(entropy(b"aaaa").abs() < 1e-9);
    assert!((entropy(b"abab") - 1.0).abs() < 1e-9);
    let all: Vec<u8> = (0..=255).collect();
    assert!((entropy(&all) - 8.0).abs() < 1e-9);
}

/// Rules whose matches overlap, nest, run long, look around and fail.
static MIXED: LazyLock<RuleSet> = LazyLock::new(|| {
    set(r#"
        [[rule]]
        id = "led"
        description = "begins with its keyword"
        pattern = 'key[=:]([a-c]{2,6})\b'
        keywords = ["key"]
        group = 1
        [[rule]]
        id = "far"
        description = "begins anywhere before its keyword"
        pattern = '[a-c]+key[a-c=]*'
        keywords = ["key"]
        max_len = 12
        [[rule]]
        id = "near"
        description = "begins a few bytes before one of two keywords"
        pattern = '(?m)^?[=:]{0,2}(?:acme|bkey).?é?'
        keywords = ["acme", "bkey"]
        [[rule]]
        id = "greedy"
        description = "runs as long as it may"
        pattern = 'acme[^x]*'
        keywords = ["acme"]
        max_len = 16
        [[rule]]
        id = "quoted"
        description = "matches much that holds no keyword"
        pattern = '[:=][^:=]*[:=]'
        keywords = ["acme"]
        max_len = 24
        [[rule]]
        id = "token"
        description = "a prefix and a body"
        token = { prefixes = ["ab=", "key"], body = "[abc]{1,5}" }
    "#)
});

/// Redactors with these rules, with and without an allow-list that reads lines.
static REDACTORS: LazyLock<[Redactor; 2]> = LazyLock::new(|| {
    let allow = "[[allow]]\nreason = 'r'\npatterns = ['bb.*c|cc']\ntarget = 'line'";
    [MIXED.clone(), MIXED.clone().merge(set(allow)).unwrap()]
        .map(|rules| Redactor::builder().rules(rules).build().unwrap())
});

fn text() -> impl Strategy<Value = Vec<u8>> {
    const WORDS: &[&[u8]] = &[
        b"key",
        b"acme",
        b"KEY",
        b"ke",
        b"y",
        b"ac",
        b"me",
        b"a",
        b"b",
        b"abc",
        b"=",
        b":",
        b" ",
        b"\n",
        b"x",
        "é".as_bytes(),
        b"\xc3",
        b"\xff",
        b"bkeyacme",
        b"ab=",
    ];
    let word = prop::sample::select(WORDS);
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

fn sorted(mut hits: Vec<Hit>, from: usize, to: usize) -> Vec<(usize, usize, RuleRef)> {
    hits.retain(|hit| (from..to).contains(&hit.place));
    let mut hits: Vec<_> = hits
        .iter()
        .map(|hit| (hit.start, hit.end, hit.rule))
        .collect();
    hits.sort_unstable();
    hits
}

proptest! {
    #![proptest_config(cases(3000))]

    /// However a text is cut, settled results equal those of the whole text.
    #[test]
    fn a_part_of_the_text_settles_what_the_whole_has(text in text(), cut in 0_usize..=240) {
        let set = &*MIXED;
        let whole = hits(set, &text);
        let cut = cut.min(text.len());
        let mut sink = Sink::default();
        let window = Window { complete: false, ..Window::whole(&text[..cut]) };
        set.find(&window, 0, &mut sink);
        let open = sink.first_open().unwrap_or(cut);
        prop_assert_eq!(sorted(sink.hits, 0, open), sorted(whole, 0, open));
    }

    /// However a stream is cut, its result equals that of the whole text.
    #[test]
    fn a_stream_finds_what_the_whole_text_has(
        texts in prop::collection::vec(text(), 1..5),
        cuts in prop::collection::vec(1_usize..90, 1..12),
    ) {
        let text = texts.concat();
        for redactor in REDACTORS.iter() {
            let whole = redactor.redact_bytes(&text);
            let mut stream = StreamRedactor::new(redactor.clone());
            let (mut out, mut findings) = (Vec::new(), Vec::new());
            let mut rest = &text[..];
            for &cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, after) = rest.split_at(cut.min(rest.len()));
                stream.push(chunk, &mut out, &mut findings);
                rest = after;
            }
            stream.finish(&mut out, &mut findings);
            prop_assert_eq!(whole.findings(), findings);
            prop_assert_eq!(whole.get_ref().as_ref(), out);
        }
    }

    /// Text further back than `look_back` makes no difference.
    #[test]
    fn a_window_answers_like_the_whole(
        texts in prop::collection::vec(text(), 4..12),
        start in 0_usize..1000,
        len in 0_usize..600,
    ) {
        let set = &*MIXED;
        let text = texts.concat();
        let start = start.min(text.len());
        let end = text.len().min(start + set.look_back() + len);
        let from = if start == 0 { 0 } else { set.look_back() };
        let mut sink = Sink::default();
        let window = Window {
            from,
            origin: start,
            complete: end == text.len(),
            ..Window::whole(&text[start..end])
        };
        set.find(&window, 0, &mut sink);
        let open = sink.first_open().map_or(end, |open| start + open);
        for hit in &mut sink.hits {
            hit.start += start;
            hit.end += start;
            hit.place += start;
        }
        let from = start + from;
        prop_assert_eq!(sorted(sink.hits, from, open), sorted(hits(set, &text), from, open));
    }

    /// Every keyword that some match contains is covered by a hit, and every hit is
    /// the value of a match that contains a keyword.
    #[test]
    fn hits_are_what_trying_every_place_finds(text in text()) {
        let set = &*MIXED;
        let found = hits(set, &text);
        for (rule, number) in set.rules().iter().zip(0..) {
            let UserForm::Pattern { keywords, pattern } = &rule.form else {
                continue;
            };
            let own = || found.iter().filter(|hit| hit.rule == own_rule(number));
            let is_keyword = |at: usize, word: &Vec<u8>| {
                let part = text.get(at..at + word.len());
                part.is_some_and(|part| part.eq_ignore_ascii_case(word))
            };
            let mut values = Vec::new();
            for start in 0..text.len() {
                let Some(end) = pattern.end(&text, start) else {
                    continue;
                };
                let held = (start..end).filter(|&at| {
                    keywords.iter().any(|word| at + word.len() <= end && is_keyword(at, word))
                });
                let held: Vec<_> = held.collect();
                if held.is_empty() {
                    continue;
                }
                let value = pattern.value(&text, start, end);
                values.push(crate::redact::text::widen(&text, value.0..value.1));
                for at in held {
                    let covered = own().any(|hit| hit.start < end && start < hit.end.max(at + 1));
                    prop_assert!(covered, "rule {} misses {}..{}", number, start, end);
                }
            }
            // Nothing precedes the first keyword, so its match is the first one that
            // contains it.
            let words = keywords.iter();
            let first = words.flat_map(|word| {
                let places = (0..text.len()).filter(|&at| is_keyword(at, word));
                places.map(|at| (at + word.len(), at))
            });
            if let Some((end, start)) = first.min() {
                let mut matches = (0..=start).filter_map(|at| Some((at, pattern.end(&text, at)?)));
                let expected = matches.find(|&(_, to)| to >= end).map(|(at, to)| {
                    let value = pattern.value(&text, at, to);
                    crate::redact::text::widen(&text, value.0..value.1)
                });
                let at = own().find(|hit| hit.place == start).map(|hit| hit.start..hit.end);
                prop_assert_eq!(at, expected, "rule {} at {}", number, start);
            }
            for hit in own() {
                prop_assert!(values.contains(&(hit.start..hit.end)));
            }
        }
    }
}

#[test]
fn hostile_text_is_read_a_bounded_number_of_times() {
    let len = 200_000;
    let patterns = [
        "acme[a-z]*",
        "[a-z]*acme[a-z]*",
        "[a-z]+acme=[0-9]{9}",
        "acme=[0-9]{40}",
        "(?:acme)+=",
        "[^z]*acme[^z]*z",
        "[^z]{0,300}acmez",
        "'[^']*acme[^']*'",
        "a+acme",
        "acme|[a-z]+",
        "[a-z]{5}",
    ];
    let units = [
        "acme",
        "acme'",
        "aacme",
        "acme=1",
        "a",
        "acmeacmea",
        "aacmez",
        "acme\n",
        "ACME ",
    ];
    for spec in patterns {
        for max_len in [64, 256, 2048] {
            let set = pattern(spec, &format!("max_len = {max_len}"));
            for unit in units {
                let text = unit.repeat(len / unit.len());
                let mut sink = Sink::default();
                let read = set.find(&Window::whole(text.as_bytes()), 0, &mut sink);
                assert!(
                    read <= 16 * len,
                    "{spec} up to {max_len} reads {} times {unit}",
                    read / len
                );
            }
        }
    }
    let set = set(&rule(
        "token = { prefixes = ['acme', '-ac'], body = '[a-z\\-]{4,2000}' }",
    ));
    for unit in ["acme", "-ac", "acme-", "-acme "] {
        let text = unit.repeat(len / unit.len());
        let read = set.find(&Window::whole(text.as_bytes()), 0, &mut Sink::default());
        assert!(read <= 16 * len, "{unit} is read {} times", read / len);
    }
}
