use std::sync::LazyLock;
use std::time::Instant;

use proptest::prelude::*;

use crate::redact::engine::Sink;
use crate::redact::engine::tests::cases;
use crate::redact::text::Window;
use crate::redact::{GitleaksBase, GitleaksConfig, Redactor, RuleSet, StreamRedactor};
use crate::{Error, ErrorKind};

const TOKEN: &str = "AKIAQ3EGRIZJ7OWLMXUV";

fn set(toml: &str) -> RuleSet {
    RuleSet::from_gitleaks(toml).unwrap()
}

/// A configuration with one rule that has these fields.
fn rule(fields: &str) -> String {
    format!("[[rules]]\nid = 'acme'\n{fields}\n")
}

/// The text with the findings of the rules alone marked.
fn marked(set: &RuleSet, text: &str, path: Option<&str>) -> String {
    let window = Window {
        path,
        ..Window::whole(text.as_bytes())
    };
    let mut sink = Sink::default();
    set.find(&window, 0, &mut sink);
    let mut hits = sink.hits;
    hits.sort_unstable_by_key(|hit| (hit.start, hit.end));
    hits.dedup_by_key(|hit| (hit.start, hit.end));
    let mut out = text.to_owned();
    for hit in hits.iter().rev() {
        out.insert(hit.end, '»');
        out.insert(hit.start, '«');
    }
    out
}

fn unmarked(text: &str) -> String {
    text.replace(['«', '»'], "")
}

/// Runs a table of rule fields and marked texts.
fn hold(table: &[(&str, &str)]) {
    for (fields, text) in table {
        let set = set(&rule(fields));
        assert_eq!(marked(&set, &unmarked(text), None), *text, "{fields}");
    }
}

#[test]
fn the_secret_is_a_group_or_the_match() {
    hold(&[
        ("regex = 'acme[0-9]+'", "«acme1» acme «acme22»"),
        ("regex = 'acme=(\\d+)'", "acme=«12»"),
        ("regex = 'acme=(\\d+)'\nsecretGroup = 0", "acme=«12»"),
        ("regex = '(a)cme=(\\d+)'\nsecretGroup = 2", "acme=«12»"),
        ("regex = 'acme(?:=(\\d+)|:([a-z]+))'", "acme=«12» acme:«ab»"),
        ("regex = 'acme(x?)=(\\d+)'", "acme=«12» acme«x»=12"),
        (
            "regex = 'acme(x)?=(\\d+)'\nsecretGroup = 1",
            "«acme=12» acme«x»=12",
        ),
        ("regex = 'acme(?:=|-)'", "«acme=»"),
    ]);
}

#[test]
fn entropy_must_be_greater_than_the_threshold() {
    hold(&[
        (
            "regex = 'acme=(\\w+)'\nentropy = 1",
            "acme=abab acme=«abac» acme=aaaa",
        ),
        ("regex = 'acme=(\\w+)'\nentropy = 0.99", "acme=«abab»"),
        ("regex = 'acme=(\\w+)'\nentropy = 0", "acme=«aaaa»"),
        (
            "regex = 'acme=(\\w+)'\nentropy = 2.0",
            "acme=abcd acme=«abcde»",
        ),
    ]);
}

#[test]
fn ends_of_the_text_are_not_those_of_a_line() {
    hold(&[
        ("regex = '^acme[0-9]+$'", "«acme1»"),
        ("regex = '^acme[0-9]+$'", "acme1\nacme2"),
        ("regex = '(?m)^acme[0-9]+$'", "«acme1»\n«acme2»"),
        ("regex = '\\Aacme[0-9]'", "«acme1» acme2"),
        (
            "regex = 'acme=([0-9]+)(?:[\\s;]|$)'",
            "acme=«1»;acme=2-acme=«3»",
        ),
        ("regex = '\\A[0-9]{3}'", "«123»456"),
    ]);
}

#[test]
fn keywords_may_stand_near_a_match_as_well_as_in_it() {
    let gap = "-".repeat(4000);
    let far = "-".repeat(4200);
    let near = "regex = '[0-9]{6}'\nkeywords = ['Acme', 'beta']";
    hold(&[
        (
            "regex = '(?i)acme=(\\d+)'\nkeywords = ['ACME']",
            "AcMe=«12»",
        ),
        ("regex = 'q~(\\d+)'\nkeywords = ['Q~']", "q~«12» Q~12"),
        (
            "regex = '(acme|beta)=(\\d+)'\nsecretGroup = 2\nkeywords = ['acme']",
            "beta=12",
        ),
        (
            "regex = '(acme|beta)=(\\d+)'\nsecretGroup = 2\nkeywords = ['acme']",
            "ACME beta=«12»",
        ),
        (near, "123456"),
        (near, "acMe: «123456», «777777»"),
        (near, "«123456» is of beta"),
        (near, &format!("acme{gap}«123456»{gap}«654321»{gap}beta")),
        (near, &format!("acme{far}123456{far}beta")),
        ("regex = '[0-9]{6}'", "no word «123456»12"),
        ("regex = '[0-9]{6}'\nkeywords = []", "«123456»"),
        ("regex = '(?i)k[a-z]y=(\\d+)'\nkeywords = ['k']", "KEY=«1»"),
    ]);
}

#[test]
fn a_match_may_be_long_but_not_endless() {
    let set = set(&rule("regex = 'acme:[^;]*;?'\nkeywords = ['acme']"));
    let text = format!("acme:{}", "x".repeat(9000));
    let found = marked(&set, &text, None);
    assert_eq!(found.find('»'), Some("«".len() + 8192));
}

#[test]
fn paths_decide_where_a_rule_counts() {
    let text = "acme12 «beta34»";
    let document = "
        [[rules]]
        id = 'one'
        regex = 'acme[0-9]+'
        path = '(?i)\\.ya?ml$'
        [[rules]]
        id = 'two'
        regex = 'beta[0-9]+'
        [[rules.allowlists]]
        paths = ['^docs/', 'fixtures']
        [[rules]]
        id = 'three'
        path = '\\.p12$'
        [[rules.allowlists]]
        paths = ['sample']";
    let set = set(document);
    let table = [
        (None, text),
        (Some("src/a.rs"), text),
        (Some("src/a.YML"), "«acme12» «beta34»"),
        (Some("docs/a.yaml"), "«acme12» beta34"),
        (Some("x/fixtures/a.rs"), "acme12 beta34"),
    ];
    for (path, expected) in table {
        assert_eq!(marked(&set, &unmarked(text), path), expected, "{path:?}");
    }
    let redactor = Redactor::builder().rules(set).build().unwrap();
    let whole = |path: &str, text: &str| {
        let redactor = redactor.for_path(path);
        let found = redactor.scan(text.as_bytes());
        let named = found.iter().any(|found| found.rule() == "three");
        let bounds = |found: &crate::redact::Finding| (found.span().start, found.span().end);
        let spans: Vec<_> = found.iter().map(bounds).collect();
        let mut stream = StreamRedactor::new(redactor.clone());
        let (mut out, mut again) = (Vec::new(), Vec::new());
        for byte in text.as_bytes().chunks(3) {
            stream.push(byte, &mut out, &mut again);
        }
        stream.finish(&mut out, &mut again);
        assert_eq!(again, found);
        assert_eq!(redactor.redact(text).as_str().as_bytes(), out);
        (named, spans)
    };
    assert_eq!(whole("k/key.p12", "any text"), (true, vec![(0, 8)]));
    assert_eq!(whole("k/key.p12", ""), (false, vec![]));
    assert_eq!(whole("k/sample.p12", "any text"), (false, vec![]));
    assert_eq!(whole("k/key.p13", "any text"), (false, vec![]));
    let (named, spans) = whole("k/key.p12", &format!("any {TOKEN} text"));
    assert!(named);
    assert_eq!((spans[0].0, spans.last().unwrap().1), (0, 29));
    assert!(redactor.is_clean(b"any text"));
    assert!(!redactor.for_path("a.p12").is_clean(b"any text"));
    let shown = format!("{:?}", redactor.for_path("hunter2"));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn allow_lists_let_through_by_any_or_by_all_of_their_parts() {
    let base = "regex = 'acme=([a-z0-9]+)'\n";
    let text = "acme=abc1 // demo\nacme=xyz2\n";
    let both = "acme=«abc1» // demo\nacme=«xyz2»\n";
    let second = "acme=abc1 // demo\nacme=«xyz2»\n";
    let first = "acme=«abc1» // demo\nacme=xyz2\n";
    let path = Some("lib/a.rs");
    let table = [
        ("regexes = ['^abc']", None, second),
        ("regexes = ['^ab', 'z\\d$']", None, text),
        ("regexes = ['^acme']", None, both),
        (
            "regexes = ['acme=abc1']\nregexTarget = 'secret'",
            None,
            both,
        ),
        (
            "regexes = ['^acme=a.*1$']\nregexTarget = 'match'",
            None,
            second,
        ),
        ("regexes = ['demo$']\nregexTarget = 'match'", None, both),
        (
            "regexes = ['^acme.*demo$']\nregexTarget = 'line'",
            None,
            second,
        ),
        ("regexes = ['demo.*xyz']\nregexTarget = 'line'", None, both),
        ("stopwords = ['XYZ']", None, first),
        ("stopwords = ['acme']", None, both),
        ("stopwords = ['z']\nregexes = ['^abc']", None, text),
        (
            "stopwords = ['z']\nregexes = ['^abc']\ncondition = '||'",
            None,
            text,
        ),
        (
            "stopwords = ['z']\nregexes = ['^abc']\ncondition = 'and'",
            None,
            both,
        ),
        (
            "stopwords = ['BC']\nregexes = ['^abc']\ncondition = '&&'",
            None,
            second,
        ),
        (
            "stopwords = ['bc']\npaths = ['^lib']\ncondition = 'AND'",
            None,
            both,
        ),
        (
            "stopwords = ['bc']\npaths = ['^lib']\ncondition = 'AND'",
            path,
            second,
        ),
        (
            "stopwords = ['bc']\npaths = ['^src']\ncondition = 'AND'",
            path,
            both,
        ),
        (
            "stopwords = ['bc']\npaths = ['^lib']\ncondition = 'or'",
            path,
            text,
        ),
        ("paths = ['^lib']\ncondition = 'AND'", path, text),
        ("commits = ['a1b2']", None, both),
        ("commits = ['a1b2']\nstopwords = ['bc']", None, second),
        (
            "commits = ['a1b2']\nstopwords = ['bc']\ncondition = 'AND'",
            None,
            both,
        ),
        (
            "commits = ['a1b2']\npaths = ['^lib']\ncondition = 'AND'",
            path,
            both,
        ),
    ];
    for (list, path, expected) in table {
        for head in ["[[rules.allowlists]]", "[rules.allowlist]"] {
            let set = set(&rule(&format!("{base}{head}\ndescription = 'd'\n{list}")));
            assert_eq!(marked(&set, text, path), expected, "{head} {list}");
        }
        for head in ["[[allowlists]]", "[allowlist]"] {
            let set = set(&format!("{}{head}\n{list}", rule(base)));
            assert_eq!(marked(&set, text, path), expected, "{head} {list}");
        }
    }
    let long = format!("acme={}stop", "a".repeat(253));
    let set = set(&rule(&format!(
        "{base}[[rules.allowlists]]\nstopwords = ['stop']"
    )));
    assert_eq!(
        marked(&set, &long, None),
        long.replace("acme=", "acme=«") + "»"
    );
}

#[test]
fn a_list_counts_for_the_rules_that_it_targets() {
    let rules = "
        [[rules]]
        id = 'one'
        regex = 'acme[0-9]+'
        [[rules]]
        id = 'two'
        regex = 'beta[0-9]+'
        [[allowlists]]
        targetRules = ['two']
        stopwords = ['1']";
    assert_eq!(marked(&set(rules), "acme1 beta1", None), "«acme1» beta1");
    let both = rules.replace("['two']", "['two', 'one']");
    assert_eq!(marked(&set(&both), "acme1 beta1", None), "acme1 beta1");
}

#[test]
fn a_required_rule_must_match_nearby() {
    let document = |within: &str| {
        set(&format!(
            "[[rules]]
             id = 'pair'
             regex = 'secret=([0-9]+)'
             keywords = ['secret']
             [[rules.required]]
             id = 'user'
             {within}
             [[rules]]
             id = 'user'
             regex = 'user=[a-z]+'
             skipReport = true
             [[rules.allowlists]]
             stopwords = ['nobody']"
        ))
    };
    let far = "-".repeat(4200);
    let table = [
        ("", "secret=1"),
        ("", "user=a"),
        ("", "user=a\n\n\nsecret=«1» x secret=«2»"),
        ("", "secret=«1»\nuser=a"),
        ("", "secret=1\nuser=nobody"),
        ("", &format!("user=a{far}secret=1{far}user=b")),
        (
            "withinLines = 1",
            "user=a\nsecret=«1»\n\n\nsecret=2\n\nuser=a\n",
        ),
        ("withinLines = 0", "user=a secret=«1»\nsecret=2\nuser=a"),
        ("withinColumns = 7", "user=a secret=«1» secret=2"),
        ("withinColumns = 0", "  user=a\n\n\n  secret=«1»\n secret=2"),
        (
            "withinColumns = 2\nwithinLines = 1",
            "user=a\nsecret=«1»\n\nsecret=2",
        ),
    ];
    for (within, text) in table {
        let found = marked(&document(within), &unmarked(text), None);
        assert_eq!(found, text, "{within}");
    }
}

#[test]
fn a_required_rule_serves_even_where_it_is_off() {
    let pair = set("
        [[rules]]
        id = 'pair'
        regex = 'secret=([0-9]+)'
        [[rules.required]]
        id = 'user'
        [[rules]]
        id = 'user'
        regex = 'user=[a-z]+'");
    let redactor = Redactor::builder().rules(pair).disable("user");
    let later = set("[[rules]]\nid = 'user'\nregex = 'never-[0-9]{9}'");
    for redactor in [redactor.clone(), redactor.rules(later)] {
        let found = redactor.build().unwrap().scan(b"user=a secret=1");
        assert_eq!((found.len(), found[0].span()), (1, 14..15));
    }
}

#[test]
fn field_names_are_read_in_any_case_and_old_forms_too() {
    let document = "
        Title = 't'
        description = 'd'
        minversion = 'v8.25.0'
        [ALLOWLIST]
        stopWords = ['demo']
        [[Rules]]
        ID = 'acme_Key 1'
        Regex = 'acme=(x)?(\\w+)'
        SECRETGROUP = 2
        Tags = ['a', 'b']
        [Rules.AllowList]
        Regexes = ['^no']";
    let set = set(document);
    assert_eq!(
        marked(&set, "acme=yes acme=demo acme=no", None),
        "acme=«yes» acme=demo acme=no"
    );
    let ids: Vec<_> = set.descriptions().map(|(id, text, _)| (id, text)).collect();
    assert_eq!(ids, [("acme_Key 1", "acme_Key 1")]);
}

#[test]
fn what_is_wrong_is_refused_with_its_rule_and_field() {
    let ok = "regex = 'acme[0-9]'\n";
    let list = |fields: &str| {
        rule(&format!(
            "{ok}[[rules.allowlists]]\nstopwords = ['a']\n[[rules.allowlists]]\n{fields}"
        ))
    };
    let global = |fields: &str| format!("{}[[allowlists]]\n{fields}", rule(ok));
    let words = |n: usize| format!("{:?}", vec!["acme"; n]);
    let table: &[(String, &str)] = &[
        ("= hunter2".into(), "is not TOML, at byte 0"),
        (
            "hunter2 = 1".into(),
            "`configuration` has a field that is not supported",
        ),
        ("title = 1".into(), "`title` is not a string"),
        ("rules = 1".into(), "`rules` is not a list of tables"),
        (
            "[rules]\nid = 'a'".into(),
            "`rules` is not a list of tables",
        ),
        ("extend = 1".into(), "`extend` is not a table"),
        (
            "[extend]\nuseDefault = 1".into(),
            "`extend.useDefault` is not a boolean",
        ),
        (
            "[extend]\nuseDefault = true\npath = 'a'".into(),
            "`extend.path` cannot",
        ),
        ("[extend]\npath = 'hunter2'".into(), "was not provided"),
        ("[extend]\nurl = 'hunter2'".into(), "was not provided"),
        ("[extend]\nhunter2 = 'a'".into(), "`extend` has a field"),
        (
            "[extend]\ndisabledRules = 'a'".into(),
            "`extend.disabledRules` is not a list",
        ),
        ("[[rules]]\nregex = 'a'".into(), "rule 1 must have an id"),
        (
            "[[rules]]\nid = ''\nregex = 'a'".into(),
            "rule 1 must have an id",
        ),
        (
            "[[rules]]\nid = \"a\\nhunter2\"\nregex = 'a'".into(),
            "rule 1 must have an id",
        ),
        (
            format!("[[rules]]\nid = '{}'", "a".repeat(129)),
            "rule 1 must have an id",
        ),
        (
            rule(""),
            "`rules.regex` is missing, as is `rules.path`, in `acme`",
        ),
        (
            rule("description = 1"),
            "`rules.description` is not a string, in `acme`",
        ),
        (
            rule("hunter2 = 1"),
            "`rules` has a field that is not supported, in `acme`",
        ),
        (
            rule("regex = 'a'\nRegex = 'a'"),
            "`rules` has the same field twice",
        ),
        (
            rule("regex = 'acme(?=b)'"),
            "`rules.regex` has look-around or a flag that Go does not support, in `acme`, at byte 4",
        ),
        (
            rule("regex = '(acme)\\1'"),
            "`rules.regex` has an escape that Go does not support, such as a back-reference, in `acme`, at byte 6",
        ),
        (
            rule("regex = 'acme('"),
            "`rules.regex` has an expression that does not parse, in `acme`",
        ),
        (
            rule("regex = '(?:acme)?'"),
            "`rules.regex` matches the empty text",
        ),
        (
            rule("regex = 'a{9000}'"),
            "`rules.regex` cannot match within 8192",
        ),
        (
            rule("regex = '(?:[ab]{0,999}){999}acme'"),
            "`rules.regex` is too large",
        ),
        (
            rule("regex = '\\p{Hunter2}'"),
            "`rules.regex` has an expression",
        ),
        (
            rule(&format!("regex = '{}'", "a".repeat(32_769))),
            "`rules.regex` is longer than 32768",
        ),
        (
            rule(&format!("{ok}path = '('")),
            "`rules.path` has an expression",
        ),
        (
            rule(&format!("{ok}secretGroup = 1")),
            "`rules.secretGroup` exceeds",
        ),
        (
            rule(&format!("{ok}secretGroup = -1")),
            "`rules.secretGroup` is negative",
        ),
        (
            rule(&format!("{ok}secretGroup = 'a'")),
            "`rules.secretGroup` is not a whole",
        ),
        (
            rule(&format!("{ok}entropy = 8.5")),
            "`rules.entropy` is outside 0 to 8",
        ),
        (
            rule(&format!("{ok}entropy = nan")),
            "`rules.entropy` is outside 0 to 8",
        ),
        (
            rule(&format!("{ok}entropy = '3'")),
            "`rules.entropy` is not a number",
        ),
        (
            rule(&format!("{ok}entropy = 9999999999")),
            "`rules.entropy` is too large",
        ),
        (
            rule(&format!("{ok}keywords = ['']")),
            "`rules.keywords` must have",
        ),
        (
            rule(&format!("{ok}keywords = ['{}']", "a".repeat(65))),
            "`rules.keywords` must have",
        ),
        (
            rule(&format!("{ok}keywords = {}", words(1025))),
            "`rules.keywords` must have",
        ),
        (
            rule(&format!("{ok}keywords = [1]")),
            "`rules.keywords` is not a list",
        ),
        (rule(&format!("{ok}tags = 1")), "`rules.tags` is not a list"),
        (
            rule(&format!("{ok}skipReport = 1")),
            "`rules.skipReport` is not a boolean",
        ),
        (
            rule(&format!("{ok}[[rules.required]]\nid = 'other'")),
            "`rules.required.id` does not name",
        ),
        (
            rule(&format!("{ok}[[rules.required]]\nwithinLines = 1")),
            "`rules.required.id` is missing",
        ),
        (
            rule(&format!(
                "{ok}[[rules.required]]\nid = 'acme'\nwithinLines = -1"
            )),
            "`rules.required.withinLines` is negative",
        ),
        (
            rule(&format!(
                "{ok}[[rules.required]]\nid = 'acme'\nwithinColumns = ''"
            )),
            "`rules.required.withinColumns` is not",
        ),
        (
            rule(&format!("{ok}[[rules.required]]\nid = 'acme'\nhunter2 = 1")),
            "`rules.required` has a field",
        ),
        (
            rule(&format!("{ok}[[rules.allowlist]]\nstopwords = ['a']")),
            "`rules.allowlist` is not a table",
        ),
        (
            rule(&format!(
                "{ok}[rules.allowlist]\nstopwords = ['a']\n[[rules.allowlists]]\nstopwords = ['a']"
            )),
            "`rules.allowlist` cannot be combined",
        ),
        (
            "[allowlist]\nstopwords = ['a']\n[[allowlists]]\nstopwords = ['a']".into(),
            "`allowlist` cannot be combined",
        ),
        (
            list("description = 'd'"),
            "`commits` of allow-list 2 is missing, as are",
        ),
        (
            list("stopwords = ['a']\nhunter2 = 1"),
            "`rules.allowlists` of allow-list 2 has a field",
        ),
        (
            list("stopwords = ['a']\ntargetRules = ['acme']"),
            "has a field",
        ),
        (
            list("stopwords = ['a']\ncondition = 'hunter2'"),
            "`condition` of allow-list 2 is neither",
        ),
        (
            list("regexes = ['a']\nregexTarget = 'hunter2'"),
            "`regexTarget` of allow-list 2 is neither",
        ),
        (
            list("regexes = ['a', 'b\\1']"),
            "`rules.allowlists.regexes` of allow-list 2 has an escape that Go does not support, such as a back-reference, in `acme`, at byte 1",
        ),
        (
            list("regexes = ['a*']"),
            "matches the empty text and therefore everything",
        ),
        (
            list("paths = ['.*']"),
            "`rules.allowlists.paths` of allow-list 2 has an expression that matches the empty text",
        ),
        (
            list("stopwords = ['']"),
            "`rules.allowlists.stopwords` of allow-list 2 must have",
        ),
        (list(&format!("stopwords = {}", words(16_385))), "stopwords"),
        (
            list(&format!("regexes = {}", words(1025))),
            "more than 1024 expressions",
        ),
        (
            global("regexes = ['(']"),
            "`allowlists.regexes` of allow-list 1 has an expression",
        ),
        (
            global("targetRules = ['other']\nstopwords = ['a']"),
            "`allowlists.targetRules` of allow-list 1 names an unknown rule, in `other`",
        ),
        (
            "[[rules]]\nid = 'detector-failed'\nregex = 'acme'".into(),
            "`rules.id` is that of a built-in rule",
        ),
    ];
    for (toml, expected) in table {
        let error = RuleSet::from_gitleaks(toml).expect_err(toml);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(expected), "{expected} is not in: {shown}");
        assert!(!shown.to_lowercase().contains("hunter2"), "{shown}");
        assert_eq!(error.kind(), ErrorKind::Config, "{shown}");
    }
}

#[test]
fn limits_are_errors_of_their_kind() {
    let block = |from: usize, to: usize| {
        let rule = |n: usize| format!("[[rules]]\nid='r{n}'\npath='a'\n");
        (from..to).map(rule).collect::<String>()
    };
    let lists = |count: usize| "[[allowlists]]\nstopwords=['a']\n".repeat(count);
    let kind = |result: Result<RuleSet, Error>| result.unwrap_err().kind();
    for toml in ["#".repeat((4 << 20) + 1), block(0, 2049), lists(1025)] {
        assert_eq!(kind(RuleSet::from_gitleaks(&toml)), ErrorKind::Limit);
    }
    let parse = |toml: &str| GitleaksConfig::parse(toml).unwrap();
    for (one, other) in [
        (block(0, 1500), block(1000, 2100)),
        (lists(600), lists(600)),
    ] {
        let error = parse(&one).extend_with(parse(&other)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
    }
    let merged = parse(&block(0, 2048)).extend_with(parse(&block(0, 2048)));
    assert_eq!(merged.unwrap().rule_set().unwrap().len(), 2048);
}

#[test]
fn a_configuration_adds_to_the_one_that_it_extends() {
    let base = "
        [extend]
        path = 'root.toml'
        [[allowlists]]
        stopwords = ['globalbase']
        [[rules]]
        id = 'kept'
        regex = 'kept=(\\w+)'
        [[rules]]
        id = 'gone'
        regex = 'gone=(\\w+)'
        [[rules]]
        id = 'changed'
        regex = 'x=(\\w+)(\\d)'
        description = 'base'
        entropy = 2.5
        keywords = ['x=']
        [[rules.allowlists]]
        stopwords = ['ownbase']";
    let root = "[[rules]]\nid = 'root'\nregex = 'root=(\\w+)'\n[[rules]]\nid = 'gone'\nregex = 'gone=(\\w+)'\n";
    let own = "
        [extend]
        path = 'base.toml'
        disabledRules = ['gone', 'unknown']
        [[allowlists]]
        targetRules = ['kept']
        stopwords = ['targeted']
        [[rules]]
        id = 'changed'
        description = 'own'
        entropy = 1
        secretGroup = 2
        [[rules.allowlists]]
        stopwords = ['9']";
    let parse = |toml: &str| GitleaksConfig::parse(toml).unwrap();
    let config = parse(own);
    assert_eq!(config.extends(), Some(GitleaksBase::Path("base.toml")));
    assert!(config.rule_set().is_err());
    let config = config.extend_with(parse(base)).unwrap();
    assert_eq!(config.extends(), Some(GitleaksBase::Path("root.toml")));
    let config = config.extend_with(parse(root)).unwrap();
    assert_eq!(config.extends(), None);
    let set = config.rule_set().unwrap();
    let found: Vec<_> = set.descriptions().map(|(id, text, _)| (id, text)).collect();
    assert_eq!(found.len(), 3);
    assert!(found.contains(&("changed", "own")) && found.contains(&("root", "root")));
    let text = "kept=«a» gone=a root=«a» kept=targeted root=«targeted» kept=globalbase";
    assert_eq!(marked(&set, &unmarked(text), None), text);
    let changed = "x=aa1 x=ab9 x=ownbase1";
    assert_eq!(
        marked(&set, changed, None),
        changed,
        "a secret of one digit has no entropy"
    );
    let shown = format!("{config:?} {set:?}");
    assert!(
        shown.contains("kept") && !shown.contains("globalbase"),
        "{shown}"
    );
    let url = parse("[extend]\nurl = 'https://a'");
    assert_eq!(url.extends(), Some(GitleaksBase::Url("https://a")));
}

#[test]
fn the_default_is_what_is_built_in() {
    let clean = |toml: &str, path: &str| {
        let redactor = Redactor::builder().rules(set(toml)).build().unwrap();
        redactor
            .for_path(path)
            .is_clean(format!("{TOKEN} # end").as_bytes())
    };
    let table = [
        ("", false),
        (
            "disabledRules = ['aws-access-key-id', 'generic-api-key']",
            true,
        ),
        ("[[allowlists]]\nstopwords = ['q3eg']", true),
        (
            "[[allowlists]]\nstopwords = ['q3eg']\ntargetRules = ['github-pat']",
            false,
        ),
        (
            "[[allowlists]]\nstopwords = ['q3eg']\ntargetRules = ['aws-access-key-id', 'other']",
            true,
        ),
        ("[allowlist]\npaths = ['\\.lock$']", true),
        (
            "[allowlist]\nregexes = ['# end$']\nregexTarget = 'line'",
            true,
        ),
        (
            "[allowlist]\nregexes = ['# end$']\nregexTarget = 'match'",
            false,
        ),
        (
            "[[rules]]\nid = 'aws-access-key-id'\n[rules.allowlist]\nregexes = ['XUV$']",
            true,
        ),
        (
            "[[rules]]\nid = 'generic-api-key'\n[rules.allowlist]\nregexes = ['XUV$']",
            false,
        ),
    ];
    for (toml, expected) in table {
        let own = format!("[extend]\nuseDefault = true\n{toml}");
        assert_eq!(
            GitleaksConfig::parse(&own).unwrap().extends(),
            Some(GitleaksBase::Default)
        );
        assert_eq!(clean(&own, "a.lock"), expected, "{toml}");
        // Without an entry for them, built-in rules are unaffected.
        if !toml.contains("targetRules") && !toml.contains("[[rules]]") {
            let own = toml.replace("disabledRules", "[extend]\ndisabledRules");
            assert!(!clean(&own, "a.lock"), "{toml}");
        }
    }
}

/// A configuration that uses every feature, with matches that overlap and wait.
fn mixed() -> RuleSet {
    set(r#"
        [[allowlists]]
        regexTarget = "line"
        regexes = ['ok.*ok']
        [[rules]]
        id = "ends"
        regex = '(?:^|[=:])(key[a-c]{1,4})(?:[=:]|$)'
        keywords = ["key"]
        [[rules]]
        id = "long"
        regex = 'key[^x]*x'
        keywords = ["key"]
        [[rules]]
        id = "nested"
        regex = 'ac?me|key?acme[ab]*'
        [[rules]]
        id = "swept"
        regex = '[a-c]{2,5}\b'
        entropy = 0.9
        [[rules.allowlists]]
        condition = "AND"
        regexTarget = "match"
        regexes = ['^a']
        stopwords = ["c"]
        [[rules]]
        id = "near"
        regex = '[=:]([a-c]+)'
        keywords = ["acme"]
        [[rules]]
        id = "pair"
        regex = '(acme)[=:]'
        [[rules.required]]
        id = "helper"
        withinLines = 1
        [[rules.required]]
        id = "swept"
        withinColumns = 12
        [[rules]]
        id = "helper"
        regex = 'b+key'
        skipReport = true
    "#)
}

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
        b"\xff",
        b"bkey",
        b"keyacme",
        b"ok",
    ];
    let gap = prop::sample::select(vec![
        b"- ".repeat(2040),
        b"-\n".repeat(1000),
        vec![b'.'; 9000],
    ]);
    let word = prop::sample::select(WORDS).prop_map(<[u8]>::to_vec);
    let part = prop_oneof![60 => word, 1 => gap];
    prop::collection::vec(part, 0..120).prop_map(|words| words.concat())
}

static MIXED: LazyLock<Redactor> =
    LazyLock::new(|| Redactor::builder().rules(mixed()).build().unwrap());

proptest! {
    #![proptest_config(cases(120))]

    /// However a stream is cut, its result equals that of the whole text.
    #[test]
    fn a_stream_finds_what_the_whole_text_has(
        texts in prop::collection::vec(text(), 1..4),
        cuts in prop::collection::vec(1_usize..3000, 1..12),
        small in any::<bool>(),
    ) {
        let text = texts.concat();
        let redactor = &*MIXED;
        let whole = redactor.redact_bytes(&text);
        let mut stream = StreamRedactor::new(redactor.clone());
        let (mut out, mut findings) = (Vec::new(), Vec::new());
        let mut rest = &text[..];
        for &cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let cut = if small { 1 + cut % 90 } else { cut };
            let (chunk, after) = rest.split_at(cut.min(rest.len()));
            stream.push(chunk, &mut out, &mut findings);
            rest = after;
        }
        stream.finish(&mut out, &mut findings);
        prop_assert_eq!(whole.findings(), findings);
        prop_assert_eq!(whole.get_ref().as_ref(), out);
    }

    /// Any configuration is either rejected or works.
    #[test]
    fn no_configuration_does_harm(
        parts in prop::collection::vec(prop::sample::select(vec![
            "[[rules]]\n", "[[allowlists]]\n", "[[rules.allowlists]]\n", "[[rules.required]]\n",
            "[extend]\n", "useDefault = true\n", "id = 'a'\n", "id = 'b'\n", "regex = 'a+(b|c)?'\n",
            "regex = '[a-c]{2}'\n", "regex = '\\bc$'\n", "path = 'a'\n", "keywords = ['b']\n",
            "entropy = 0.5\n", "secretGroup = 1\n", "skipReport = true\n", "stopwords = ['c']\n",
            "regexes = ['b']\n", "paths = ['x']\n", "condition = 'AND'\n", "regexTarget = 'line'\n",
            "targetRules = ['a']\n", "withinLines = 1\n", "disabledRules = ['a']\n", "url = 'a'\n",
        ]), 0..14),
        text in "[abc\n]{0,60}",
    ) {
        if let Ok(rules) = RuleSet::from_gitleaks(&parts.concat()) {
            let redactor = Redactor::builder().rules(rules).build().unwrap();
            for redactor in [redactor.clone(), redactor.for_path("xa")] {
                let redacted = redactor.redact(&text);
                let mut at = 0;
                for finding in redacted.findings() {
                    let span = finding.span();
                    prop_assert!(at <= span.start && span.start < span.end && span.end <= text.len());
                    at = span.end;
                }
            }
        }
    }

    #[test]
    fn no_expression_does_harm(go in r"[\\\[\](){}?*+|^$.:,a-cPpQEdDsSwWbBzxi0-9é&~<>=!-]{0,24}") {
        let _ = RuleSet::from_gitleaks(&rule(&format!("regex = '''{go}'''")));
    }
}

#[test]
fn hostile_text_is_read_a_bounded_number_of_times() {
    let len = 200_000;
    let rules = [
        "regex = '[a-z]{4,}=[0-9]{9}'",
        "regex = '[^z]{4,}z'",
        "regex = '[a-z]+?[0-9]'",
        "regex = '[0-9]{4}|[a-z]{3}'",
        "regex = 'acme[^;]*;'\nkeywords = ['acme']",
        "regex = '[a-z]{3}'\nkeywords = ['acme']",
    ];
    for fields in rules {
        let set = set(&rule(fields));
        for unit in ["acme", "a", "acme=1", "a9", "acme\n", "zzza"] {
            let text = unit.repeat(len / unit.len());
            let mut sink = Sink::default();
            let read = set.find(&Window::whole(text.as_bytes()), 0, &mut sink);
            assert!(
                read <= 16 * len,
                "{fields} reads {} times {unit}",
                read / len
            );
        }
    }
    let set = set("
        [[rules]]
        id = 'a'
        regex = 'a'
        keywords = ['b']
        [[rules.required]]
        id = 'b'
        withinLines = 3
        withinColumns = 1
        [[rules]]
        id = 'b'
        regex = '[bc]'");
    let started = Instant::now();
    for unit in ["ab", "a", "a\nb", "ba\n\n\n\n\n"] {
        set.find(
            &Window::whole(unit.repeat(len).as_bytes()),
            0,
            &mut Sink::default(),
        );
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

/// Every rule of the configuration named by `CONFIDANT_GITLEAKS_CONFIG`, or of one of
/// ours, loads, runs over text and leaves it intact.
#[test]
fn a_whole_configuration_loads_and_runs() {
    let named = std::env::var_os("CONFIDANT_GITLEAKS_CONFIG");
    let (rules, least) = match named {
        Some(file) => {
            let document = std::fs::read_to_string(file).unwrap();
            let rules = set(&document);
            let written = document.matches("[[rules]]").count();
            assert_eq!(rules.len(), written);
            (rules, 50)
        }
        None => (mixed(), 7),
    };
    assert!(rules.len() >= least);
    let code = include_str!("../find.rs").repeat(4);
    let redactor = Redactor::builder().rules(rules).build().unwrap();
    let redacted = redactor.redact(&code);
    let kept: usize = redacted
        .findings()
        .iter()
        .map(|found| found.span().len())
        .sum();
    assert!(kept < code.len() / 2);
    let mut stream = StreamRedactor::new(redactor.clone());
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    for chunk in code.as_bytes().chunks(1000) {
        stream.push(chunk, &mut out, &mut findings);
    }
    stream.finish(&mut out, &mut findings);
    assert_eq!(redacted.as_str().as_bytes(), out);
    assert_eq!(redacted.findings(), findings);
}
