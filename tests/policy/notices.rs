//! Published notices, held against the policies of five products: what they claim beyond
//! them, and what they do not.

use confidant::policy::{Policy, PolicyDoc, Promise};
use confidant::time::Moment;

const PRODUCTS: [(&str, &str); 5] = [
    (
        "IC-",
        include_str!("../../examples/policies/infracodebase.toml"),
    ),
    ("SC-", include_str!("../../examples/policies/syncloud.toml")),
    (
        "CC-",
        include_str!("../../examples/policies/cloud-claude.toml"),
    ),
    ("AE-", include_str!("../../examples/policies/aegent.toml")),
    ("KR-", include_str!("../../examples/policies/kratys.toml")),
];

fn now() -> Moment {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn policy(prefix: &str) -> Policy {
    let (_, text) = PRODUCTS.iter().find(|(own, _)| *own == prefix).unwrap();
    let doc = PolicyDoc::from_toml(text).unwrap_or_else(|faults| panic!("{faults}"));
    doc.compile().unwrap_or_else(|faults| panic!("{faults}"))
}

/// What is claimed in a text, without what a whole notice must have.
fn claimed(policy: &Policy, text: &str) -> Vec<&'static str> {
    let found = policy.lint_notice(text, now());
    let codes = found.iter().map(|finding| finding.code().as_str());
    let whole = ["no-contact", "recipient-not-named", "version-claim"];
    codes.filter(|code| !whole.contains(code)).collect()
}

#[test]
fn what_a_notice_claims_beyond_the_policy_is_found() {
    let mut others = Vec::new();
    for (prefix, text, code) in [
        (
            "CC-",
            "We never share your data with anyone.",
            "never-claim",
        ),
        (
            "IC-",
            "We never share your data with third parties.",
            "never-claim",
        ),
        ("CC-", "Your data never leaves the EU.", "place-claim"),
        (
            "CC-",
            "All data is stored in the European Union only.",
            "place-claim",
        ),
        ("IC-", "Your code never leaves our servers.", "place-claim"),
        (
            "IC-",
            "Everything is kept exclusively on our own infrastructure.",
            "place-claim",
        ),
        ("CC-", "Your chats only live on your device.", "place-claim"),
        (
            "CC-",
            "We do not transfer data outside the UK.",
            "place-claim",
        ),
        (
            "CC-",
            "Our staff can never look at your data.",
            "never-claim",
        ),
        (
            "CC-",
            "Nobody at Cloud Claude reads what you write.",
            "never-claim",
        ),
        (
            "CC-",
            "Our employees cannot access your files.",
            "never-claim",
        ),
        (
            "KR-",
            "We use a web application firewall.",
            "evidence-claim",
        ),
        (
            "KR-",
            "Sign-in is protected by two-factor authentication.",
            "evidence-claim",
        ),
        ("KR-", "We run in a VPC.", "evidence-claim"),
        (
            "KR-",
            "Testers run yearly penetration tests.",
            "evidence-claim",
        ),
        (
            "CC-",
            "Your chats are end-to-end encrypted.",
            "encryption-claim",
        ),
        (
            "CC-",
            "We are a zero-knowledge service.",
            "encryption-claim",
        ),
        ("IC-", "All your data is encrypted.", "encryption-claim"),
        ("KR-", "We send it over TLS 1.3.", "encryption-claim"),
        ("CC-", "No AI is used.", "never-claim"),
        (
            "CC-",
            "We don’t use artificial intelligence.",
            "never-claim",
        ),
        ("IC-", "We do not record your sessions.", "never-claim"),
        (
            "IC-",
            "We only use strictly necessary cookies.",
            "cookie-claim",
        ),
        ("SC-", "We never train on what you write.", "never-claim"),
        (
            "SC-",
            "We never\n    train on what you write.",
            "never-claim",
        ),
        (
            "SC-",
            "We charge for the service but do not train on it.",
            "never-claim",
        ),
        ("SC-", "We do not collect IP addresses.", "never-claim"),
        ("CC-", "We do not collect any personal data.", "never-claim"),
        ("CC-", "We do not store your conversations.", "never-claim"),
        ("CC-", "We never store your password.", "never-claim"),
        ("IC-", "We use no subprocessors.", "never-claim"),
        ("CC-", "You must be at least 18 years old.", "age-claim"),
        (
            "KR-",
            "This service is not aimed at children under 13.",
            "age-claim",
        ),
        (
            "CC-",
            "Data is deleted within 3 days of your request.",
            "period-claim",
        ),
        (
            "CC-",
            "When you ask, data is deleted within three days.",
            "period-claim",
        ),
        ("CC-", "We announce changes 7 days ahead.", "period-claim"),
        (
            "CC-",
            "You hear of a breach within 24 hours.",
            "period-claim",
        ),
        ("CC-", "We delete your data immediately.", "immediate-claim"),
        (
            "CC-",
            "We keep data for as long as we need it.",
            "vague-deadline",
        ),
        (
            "CC-",
            "Requests are answered as soon as practicable.",
            "vague-deadline",
        ),
        ("CC-", "Security is bank-grade.", "absolute-claim"),
        (
            "CC-",
            "We guarantee the safety of your data.",
            "absolute-claim",
        ),
        ("CC-", "We are fully compliant.", "certification-claim"),
        (
            "CC-",
            "Analytics are run by Mixpanel.",
            "recipient-not-listed",
        ),
        (
            "KR-",
            "Our model providers never store what you write.",
            "zero-retention-claim",
        ),
        ("IC-", "Usage data is anonymised.", "anonymous-claim"),
    ] {
        let found = claimed(&policy(prefix), text);
        if found != [code] {
            others.push(format!("{prefix}: {text}: {found:?}"));
        }
    }
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn what_the_policy_bears_out_is_no_finding() {
    for (prefix, text) in [
        ("CC-", "We do not sell your data, and we never have."),
        ("CC-", "We cannot guarantee that no message is lost."),
        (
            "CC-",
            "The current list of parents of a page is not different.",
        ),
        (
            "CC-",
            "You can opt out of the sale of your data. That it is not sold is your right.",
        ),
        (
            "CC-",
            "We resend a mail that was not read, and no segment of users is left out.",
        ),
        ("CC-", "Contact us outside office hours; we do not mind."),
        ("CC-", "Passwords are never stored in plaintext."),
        (
            "CC-",
            "We do not share data with third parties except as listed below.",
        ),
        ("CC-", "No advertising cookies are set."),
        ("CC-", "People under 13 may not use the service."),
        ("CC-", "Data is deleted within 7 days of your request."),
        (
            "CC-",
            "Data is deleted within a week of your request, or within 30 days of closing.",
        ),
        ("CC-", "We announce changes two weeks ahead."),
        ("CC-", "Groups of fewer than 20 people are not looked at."),
        ("AE-", "We do not use your data to train AI models."),
        ("AE-", "AI providers neither store nor log your prompts."),
        (
            "AE-",
            "We use no advertising, and track nobody across sites.",
        ),
        ("AE-", "Our web application firewall keeps attacks out."),
        ("IC-", "Data is stored and processed in the US by default."),
        (
            "IC-",
            "We do not knowingly collect any personal data of people under 16.",
        ),
        (
            "IC-",
            "Multi-factor authentication is offered, and security assessments are regular.",
        ),
        (
            "KR-",
            "We are not SOC 2 certified, and claim no certification.",
        ),
        ("KR-", "We do not use your data to train models."),
        ("KR-", "Secrets are encrypted with AES-256."),
    ] {
        let found = claimed(&policy(prefix), text);
        assert!(found.is_empty(), "{prefix}: {text}: {found:?}");
    }
}

/// The texts of the products' own promises claim nothing beyond their policies, but for
/// what the policies settle: words without a number.
#[test]
fn the_promises_of_the_products_are_borne_out() {
    let promises = include_str!("../data/products/promises.json");
    let promises = Promise::list_from_json(promises).unwrap();
    let policies = PRODUCTS.map(|(prefix, _)| (prefix, policy(prefix)));
    let mut found = Vec::new();
    for promise in &promises {
        let (id, text) = (promise.id().as_str(), promise.text().unwrap());
        let own = policies.iter().find(|(prefix, _)| id.starts_with(prefix));
        for code in claimed(&own.unwrap().1, text) {
            found.push((id, code));
        }
    }
    let settled = [
        // "As needed" and "promptly" have numbers in the policies.
        ("IC-56", "vague-deadline"),
        ("IC-87", "vague-deadline"),
        ("SC-28", "vague-deadline"),
        ("CC-58", "vague-deadline"),
        ("KR-05", "vague-deadline"),
        ("KR-16", "vague-deadline"),
        ("KR-23", "vague-deadline"),
    ];
    assert_eq!(found, settled);
}

#[test]
fn the_generated_notices_claim_nothing_beyond_their_policies() {
    for (prefix, _) in PRODUCTS {
        let policy = policy(prefix);
        let notice = policy.notice();
        let found = policy.lint_notice(&notice, now());
        let lines: Vec<&str> = notice.lines().collect();
        let told = found
            .iter()
            .map(|one| format!("{one}: {}", lines[one.line() as usize - 1]));
        let told: Vec<String> = told.collect();
        assert!(told.is_empty(), "{prefix}: {told:#?}");
        // The same, wrapped as a mail wraps it.
        let wrapped = policy.lint_notice(&wrap(&notice), now());
        assert!(wrapped.is_empty(), "{prefix}: {wrapped:?}");
    }
}

/// Breaks lines of plain text after 40 letters.
fn wrap(notice: &str) -> String {
    let mut out = String::new();
    for line in notice.lines() {
        let mut width = 0;
        for word in line.split_inclusive(' ') {
            if width + word.len() > 40 && !line.starts_with(['|', '#']) {
                out.push_str("\n  ");
                width = 0;
            }
            out.push_str(word);
            width += word.len();
        }
        out.push('\n');
    }
    out
}
