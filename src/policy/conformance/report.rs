//! The report.

use std::fmt;

use serde_json::{Value, json};

use super::check::{Check, PromiseOutcome};
use super::stray::Stray;
use crate::policy::Policy;
use crate::time::Moment;

/// What each promise of a product comes to, as text ([`Display`](fmt::Display)), JSON,
/// Markdown and a page of HTML.
///
/// It holds the words of the promises and of the trials, and what was seen; trials see no
/// content where the product puts none into their words.
#[derive(Clone, Debug)]
pub struct PromiseReport {
    pub(super) product: Box<str>,
    pub(super) version: Box<str>,
    pub(super) digest: Box<str>,
    pub(super) at: Moment,
    pub(super) checks: Vec<Check>,
    pub(super) strays: Vec<Stray>,
}

impl PromiseReport {
    pub(super) fn new(policy: &Policy, checks: Vec<Check>, strays: Vec<Stray>, at: Moment) -> Self {
        let digest: String = policy
            .digest()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            product: policy.product().unwrap_or("?").into(),
            version: policy.version().unwrap_or("?").into(),
            digest: digest.into(),
            at,
            checks,
            strays,
        }
    }

    /// Returns the checks, in the order of the promises.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Returns the checks that come to less than was promised.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.is_failure())
    }

    /// Returns whether every promise is kept, and every trial was of one of them.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        // Where nothing was promised, nothing was kept: the list is missing.
        !self.checks.is_empty() && self.strays.is_empty() && self.failures().next().is_none()
    }

    /// Returns a line for each promise that is not kept, with what was seen instead, and one
    /// for each trial that belongs to no promise.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let failures = self.failures().map(|check| {
            let mut line = format!(
                "{}: {} (promised: {})",
                check.promise().id(),
                check.outcome(),
                check.promise().class().as_str()
            );
            for one in check.evidence().iter().filter(|one| !one.holds()) {
                line += &format!("; {} `{}`: {}", one.kind().as_str(), one.what(), one.seen());
            }
            line
        });
        failures.chain(self.others()).collect()
    }

    /// Returns why the report fails, but for the promises that are not kept.
    pub(super) fn others(&self) -> impl Iterator<Item = String> {
        let none = self.checks.is_empty();
        let none = none.then(|| "there are no promises".to_owned());
        none.into_iter()
            .chain(self.strays.iter().map(ToString::to_string))
    }

    /// Returns how many promises come to what: the words, and the number.
    #[must_use]
    pub fn tally(&self) -> Vec<(&'static str, usize)> {
        let words = [
            "enforced",
            "evaluated",
            "declared",
            "attested",
            "not enforced",
        ];
        let count = |word: &str| {
            let outcomes = self.checks.iter().map(|check| check.outcome().as_str());
            outcomes.filter(|own| *own == word).count()
        };
        words.into_iter().map(|word| (word, count(word))).collect()
    }

    /// Returns it as JSON: an object with the product, the moment and the checks.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let checks = self.checks.iter().map(|check| {
            let mechanisms = check.mechanisms();
            let mechanisms =
                mechanisms.map(|(module, what)| json!({"module": module, "what": what}));
            let evidence = check.evidence().iter().map(|one| {
                json!({
                    "kind": one.kind().as_str(),
                    "what": one.what(),
                    "seen": one.seen(),
                    "clause": one.clause().map(|clause| clause.as_str()),
                    "holds": one.holds(),
                })
            });
            let clauses = check.clauses().iter().map(|clause| clause.as_str());
            json!({
                "promise": check.promise().id().as_str(),
                "text": check.promise().text(),
                "class": check.promise().class().as_str(),
                "outcome": check.outcome().as_str(),
                "until": match check.outcome() {
                    PromiseOutcome::AttestedUntil(expires) => Some(expires.to_string()),
                    _ => None,
                },
                "why": match check.outcome() {
                    PromiseOutcome::NotEnforced(why) => Some(*why),
                    _ => None,
                },
                "kept": !check.is_failure(),
                "clauses": clauses.collect::<Vec<_>>(),
                "mechanisms": mechanisms.collect::<Vec<_>>(),
                "evidence": evidence.collect::<Vec<_>>(),
            })
        });
        json!({
            "product": &*self.product,
            "version": &*self.version,
            "policy": format!("sha256:{}", self.digest),
            "at": self.at.to_string(),
            "kept": self.is_kept(),
            "complaints": self.complaints(),
            "checks": checks.collect::<Vec<_>>(),
        })
    }

    /// Returns it as Markdown: a table of the promises.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut out = format!(
            "# {}: what each promise comes to\n\nPolicy {} (`sha256:{}`), at {}.\n\n",
            cell(&self.product),
            cell(&self.version),
            self.digest,
            self.at
        );
        for other in self.others() {
            out += &format!("**The report fails.** {}\n\n", cell(&other));
        }
        out += "| promise | | comes to | mechanism | evidence |\n|---|---|---|---|---|\n";
        for check in &self.checks {
            let mechanisms: Vec<_> = check
                .mechanisms()
                .map(|(module, what)| format!("{}: {}", cell(module), cell(what)))
                .collect();
            let evidence: Vec<_> = check
                .evidence()
                .iter()
                .map(|one| {
                    let mark = if one.holds() { "" } else { "**failed** " };
                    let (kind, what) = (one.kind().as_str(), cell(one.what()));
                    format!("{mark}{kind}: {what} ({})", cell(one.seen()))
                })
                .collect();
            out += &format!(
                "| {} | {} | {} | {} | {} |\n",
                check.promise().id(),
                cell(check.promise().text().unwrap_or_default()),
                cell(&check.outcome().to_string()),
                mechanisms.join("<br>"),
                evidence.join("<br>")
            );
        }
        out
    }
}

/// Writes text into a cell of a Markdown table.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' => out.extend(['\\', char]),
            '<' => out += "&lt;",
            '&' => out += "&amp;",
            '\n' | '\r' => out.push(' '),
            _ => out.push(char),
        }
    }
    out
}

impl fmt::Display for PromiseReport {
    /// A line for each promise, and below it one for each mechanism and each thing seen;
    /// then one for each trial that belongs to no promise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}, policy {} at {}",
            self.product, self.version, self.at
        )?;
        for check in &self.checks {
            let mark = if check.is_failure() { "!" } else { " " };
            let promise = check.promise();
            write!(f, "{mark} {}: {}", promise.id(), check.outcome())?;
            match promise.text() {
                Some(text) => writeln!(f, ": {text}")?,
                None => writeln!(f)?,
            }
            for (module, what) in check.mechanisms() {
                writeln!(f, "    by {module}: {what}")?;
            }
            for one in check.evidence() {
                let mark = if one.holds() { " " } else { "!" };
                let (kind, what) = (one.kind().as_str(), one.what());
                write!(f, "   {mark}{kind}: {what} ({})", one.seen())?;
                match one.clause() {
                    Some(clause) => writeln!(f, " by `{clause}`")?,
                    None => writeln!(f)?,
                }
            }
        }
        for other in self.others() {
            writeln!(f, "! {other}")?;
        }
        let tally = self.tally().into_iter();
        let tally: Vec<_> = tally
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        writeln!(f, "{}", tally.join(", "))
    }
}
