//! The catalogue of built-in rules, as a user of the crate sees it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use confidant::redact::{BuiltInRule, Category, Redactor, RuleEvidence};

/// The README and the changelog speak of this many rules.
const AT_LEAST: usize = 2500;

#[test]
fn there_are_as_many_rules_as_promised() {
    let ids: BTreeSet<_> = BuiltInRule::all().map(BuiltInRule::id).collect();
    assert!(ids.len() >= AT_LEAST, "{} rules", ids.len());
    assert_eq!(ids.len(), BuiltInRule::all().count(), "an id is used twice");
}

#[test]
fn every_rule_says_what_it_is() {
    for rule in BuiltInRule::all() {
        let id = rule.id();
        assert!(!id.is_empty());
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(id.len() <= 48 && id.chars().all(plain), "{id}");
        assert!(!rule.provider().trim().is_empty(), "{id}");
        assert!(!rule.kind().label().is_empty(), "{id}");
        assert!(rule.source().starts_with("https://"), "{id}");
        assert!(!rule.examples().is_empty(), "{id}");
        for example in rule.examples() {
            assert!(example.contains('«') && example.contains('»'), "{id}");
        }
        assert!(format!("{rule:?}").contains(id));
    }
}

/// Switching a rule off by the id that the catalogue gives it leaves its own
/// example to others, or to nobody.
#[test]
fn every_rule_can_be_switched_off_by_its_id() {
    let mut seen = 0;
    for rule in BuiltInRule::all().step_by(7) {
        let Some(example) = rule.examples().into_iter().next() else {
            continue;
        };
        let text = example.replace(['«', '»'], "");
        let reports = |redactor: &Redactor| {
            let found = redactor.scan(text.as_bytes());
            found.iter().any(|finding| finding.rule() == rule.id())
        };
        let all = Redactor::builder()
            .category(Category::Personal)
            .enable(rule.id());
        let on = all.clone().build().unwrap();
        assert!(reports(&on), "{} does not find its example", rule.id());
        let without = all.disable(rule.id()).build().unwrap();
        assert!(!reports(&without), "{} is not off", rule.id());
        seen += 1;
    }
    assert!(seen >= AT_LEAST / 7, "{seen} rules were tried");
}

/// The page of the manual that lists all rules is made from them: with
/// `CONFIDANT_WRITE_CATALOGUE` set it is written, else compared.
#[test]
fn the_catalogue_of_the_manual_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/catalogue.md");
    let page = catalogue();
    if std::env::var_os("CONFIDANT_WRITE_CATALOGUE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == page,
        "src/manual/catalogue.md is out of date: run this test with CONFIDANT_WRITE_CATALOGUE=1"
    );
}

/// Counts rules that are documented, observed and assumed.
fn by_evidence(rules: &[BuiltInRule]) -> [usize; 3] {
    [
        RuleEvidence::Documented,
        RuleEvidence::Observed,
        RuleEvidence::Assumed,
    ]
    .map(|evidence| {
        rules
            .iter()
            .filter(|rule| rule.evidence() == evidence)
            .count()
    })
}

/// The README counts rules by what is known of their formats.
#[test]
fn the_readme_counts_the_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).unwrap();
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    let all: Vec<_> = BuiltInRule::all().collect();
    let [documented, observed, assumed] = by_evidence(&all);
    let thousands = |count: usize| match count {
        0..1000 => count.to_string(),
        _ => format!("{},{:03}", count / 1000, count % 1000),
    };
    let expected = format!(
        "Of the {} built-in rules, {} look for a documented format, {} find values in \
         published samples, and {} are assumed",
        thousands(all.len()),
        thousands(documented),
        thousands(observed),
        thousands(assumed),
    );
    assert!(
        readme.contains(&expected),
        "the README should say: {expected}"
    );
}

fn catalogue() -> String {
    let mut families: Vec<(&str, Vec<BuiltInRule>)> = Vec::new();
    for rule in BuiltInRule::all() {
        let known = families
            .iter_mut()
            .find(|(family, _)| *family == rule.family());
        match known {
            Some((_, rules)) => rules.push(rule),
            None => families.push((rule.family(), vec![rule])),
        }
    }
    let mut page = String::from(
        "# Built-in rules\n\nMade from the tables of rules, which \
         [`BuiltInRule`](crate::redact::BuiltInRule) lists too. What stands before `…`\n\
         is one of the names that tell a value without a format of its own.\n\n\
         The [evidence](crate::redact::RuleEvidence) behind a rule is a page that states the format\n\
         (documented), published samples that it finds (observed), or neither (assumed).\n\n\
         | family | rules | documented | observed | assumed |\n|---|--:|--:|--:|--:|\n",
    );
    let all = ("together", BuiltInRule::all().collect::<Vec<_>>());
    for (family, rules) in families.iter().chain([&all]) {
        let [documented, observed, assumed] = by_evidence(rules);
        let count = rules.len();
        writeln!(
            page,
            "| {family} | {count} | {documented} | {observed} | {assumed} |"
        )
        .unwrap();
    }
    for (family, rules) in &families {
        write!(
            page,
            "\n## {family}\n\n| id | whose | kind | shape | evidence | documentation |\n"
        )
        .unwrap();
        page.push_str("|---|---|---|---|---|---|\n");
        for rule in rules {
            let shape = rule.shape().replace('|', "\\|");
            let shape = match (shape.contains('`'), shape.is_empty()) {
                (_, true) => "structure".to_owned(),
                (true, _) => format!("`` {shape} ``"),
                (false, _) => format!("`{shape}`"),
            };
            let (id, provider, kind) = (rule.id(), rule.provider(), rule.kind().label());
            writeln!(
                page,
                "| {id} | {provider} | {kind} | {shape} | {} | <{}> |",
                rule.evidence(),
                rule.source()
            )
            .unwrap();
        }
    }
    page
}
