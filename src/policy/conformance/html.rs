//! The report as a page.

use super::check::{Check, PromiseOutcome};
use super::report::PromiseReport;

const STYLE: &str = include_str!("report.css");

impl PromiseReport {
    /// Returns it as one page of HTML, with its style and without script, which needs
    /// nothing else: in light and dark, and on narrow screens.
    #[must_use]
    pub fn to_html(&self) -> String {
        page(self)
    }
}

fn page(report: &PromiseReport) -> String {
    let (product, version) = (text(&report.product), text(&report.version));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{product}: promises</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>{product}</h1>\n<p>What each promise comes to, under policy {version} \
         at <time>{}</time>.</p>\n",
        report.at
    );
    out += "<ul class=\"tally\">\n";
    for (word, count) in report.tally() {
        let class = class(word);
        out += &format!("<li class=\"{class}\"><b>{count}</b> {word}</li>\n");
    }
    out += &format!(
        "</ul>\n<p class=\"digest\">Policy <code>sha256:{}</code></p>\n</header>\n<main>\n",
        report.digest
    );
    for other in report.others() {
        let other = text(&other);
        out += &format!("<p class=\"fails\"><b>The report fails.</b> {other}</p>\n");
    }
    for check in report.checks() {
        promise(&mut out, check);
    }
    out += "</main>\n<footer><p><b>Enforced</b>: what the promise rules out was tried and \
            refused, and what it allows went through. <b>Evaluated</b>: the answer changes at \
            the right second. <b>Declared</b>: it stands in a document that is generated from \
            the policy. <b>Attested</b>: somebody has shown evidence, which expires; nothing \
            here can check it.</p></footer>\n</body>\n</html>\n";
    out
}

fn promise(out: &mut String, check: &Check) {
    let outcome = check.outcome();
    let mut badge = outcome.as_str().to_owned();
    if let PromiseOutcome::AttestedUntil(expires) = outcome {
        badge += &format!(" until {expires}");
    }
    let open = if check.is_failure() { " open" } else { "" };
    *out += &format!(
        "<details class=\"{}\"{open}>\n<summary><span class=\"id\">{}</span>\
         <span class=\"text\">{}</span><span class=\"badge\">{badge}</span></summary>\n",
        class(outcome.as_str()),
        text(check.promise().id().as_str()),
        text(check.promise().text().unwrap_or_default()),
    );
    if let PromiseOutcome::NotEnforced(why) = outcome {
        *out += &format!("<p class=\"why\">{}</p>\n", text(why));
    }
    *out += "<ul class=\"by\">\n";
    for (module, what) in check.mechanisms() {
        *out += &format!("<li><code>{}</code> {}</li>\n", text(module), text(what));
    }
    *out += "</ul>\n<ul class=\"seen\">\n";
    for one in check.evidence() {
        let failed = if one.holds() { "" } else { " class=\"failed\"" };
        *out += &format!(
            "<li{failed}><b>{}</b> {} <i>{}</i>",
            one.kind().as_str(),
            text(one.what()),
            text(one.seen())
        );
        if let Some(clause) = one.clause() {
            *out += &format!(" <code>{}</code>", text(clause.as_str()));
        }
        *out += "</li>\n";
    }
    *out += "</ul>\n";
    if !check.clauses().is_empty() {
        *out += "<p class=\"clauses\">Clauses:";
        for clause in check.clauses() {
            *out += &format!(" <code>{}</code>", text(clause.as_str()));
        }
        *out += "</p>\n";
    }
    *out += "</details>\n";
}

fn class(word: &str) -> &'static str {
    match word {
        "enforced" => "enforced",
        "evaluated" => "evaluated",
        "declared" => "declared",
        "attested" => "attested",
        _ => "missing",
    }
}

/// Writes text so that it is text.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            _ => out.push(char),
        }
    }
    out
}
