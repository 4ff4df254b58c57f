use crate::redact::Redactor;
use crate::redact::rules::FAMILIES;

/// The text of an example without its marks, and what the marks enclose.
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
    let redactor = Redactor::secrets_and_pii();
    let mut wrong = Vec::new();
    for rule in FAMILIES.iter().copied().flatten() {
        for marked in rule.found {
            let (text, place) = example(marked);
            let findings = redactor.scan(text.as_bytes());
            let own = findings.iter().any(|finding| {
                finding.rule() == rule.id && Some((finding.start, finding.end)) == place
            });
            if !own {
                wrong.push(format!("{} misses {marked:?}: {findings:?}", rule.id));
            }
        }
        for text in rule.passed {
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
