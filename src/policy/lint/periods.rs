//! The periods of a policy, as a notice may say them.

use std::collections::BTreeSet;

use super::text::any;
use crate::policy::document::{Document, PeriodText, RightKind, Trigger};

/// The periods of a policy, by what they are about, each in every unit in which it may be
/// said.
#[derive(Clone, Debug, Default)]
pub(super) struct Periods {
    all: Said,
    /// Of breaches.
    breach: Said,
    /// By when a deletion that somebody asked for is done.
    deletion: Said,
    /// By when requests are answered.
    answer: Said,
    /// How long before it a change is announced.
    change: Said,
}

pub(super) type Said = BTreeSet<(u64, &'static str)>;

impl Periods {
    pub(super) fn of(document: &Document) -> Self {
        let mut this = Self::default();
        let add = |to: &mut Said, text: Option<&PeriodText>| {
            let period = text.and_then(|text| text.period().ok());
            to.extend(
                period
                    .map(|period| said(&period.to_string()))
                    .into_iter()
                    .flatten(),
            );
        };
        if let Ok(value) = serde_json::to_value(document) {
            every(&value, &mut this.all);
        }
        for clock in document.incident.iter().flat_map(|own| &own.clock) {
            add(&mut this.breach, clock.authority_within.as_ref());
            add(&mut this.breach, clock.subjects_within.as_ref());
        }
        for rule in &document.retention {
            if rule.trigger == Some(Trigger::DeletionRequested) {
                add(&mut this.deletion, rule.delete_by.as_ref());
            }
        }
        for (kind, right) in document.rights.iter().flat_map(|own| &own.kind) {
            if *kind == RightKind::Deletion {
                add(&mut this.deletion, right.deadline.as_ref());
            }
            add(&mut this.answer, right.deadline.as_ref());
        }
        for clock in document.rights.iter().flat_map(|own| &own.clock) {
            for text in [&clock.deadline, &clock.extension, &clock.acknowledge] {
                add(&mut this.answer, text.as_ref());
            }
        }
        let notice = document.notice.as_ref();
        add(
            &mut this.change,
            notice.and_then(|notice| notice.lead.as_ref()),
        );
        this
    }

    /// The periods that a sentence may name: those of what it is about, where it says so.
    pub(super) fn about(&self, text: &str) -> &Said {
        let says = |words: &[&str]| any(text, words).is_some();
        let asked = says(&[
            "a request",
            "on request",
            "written request",
            "you ask",
            "you asked",
            "you request",
            "your request",
        ]);
        // Where it names another event beside the request, it may have another period too.
        let other = says(&[
            "after that",
            "cancel~",
            "clos~",
            "end of",
            "end your",
            "terminat~",
        ]);
        if says(&["breach~", "incident~"]) {
            &self.breach
        } else if asked && says(&["delet~", "eras~", "remov~"]) && !other {
            &self.deletion
        } else if (asked || says(&["requests"]))
            && !other
            && says(&["answer~", "respond~", "reply", "replies", "response~"])
        {
            &self.answer
        } else if says(&["announce~", "notify~", "tell you", "notice"]) && says(&["change~"]) {
            &self.change
        } else {
            &self.all
        }
    }
}

/// Collects every period of a value.
fn every(value: &serde_json::Value, to: &mut Said) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::Array(values) => open.extend(values),
            serde_json::Value::Object(entries) => open.extend(entries.values()),
            serde_json::Value::String(text) if text.starts_with('P') => {
                let period: Option<PeriodText> = serde_json::from_value(value.clone()).ok();
                let period = period.and_then(|period| period.period().ok());
                to.extend(
                    period
                        .map(|period| said(&period.to_string()))
                        .into_iter()
                        .flatten(),
                );
            }
            _ => {}
        }
    }
}

/// Returns how people may say a period in ISO 8601, part by part.
pub(super) fn said(period: &str) -> Vec<(u64, &'static str)> {
    let mut said = Vec::new();
    let mut number = 0_u64;
    let mut is_time = false;
    for letter in period.chars() {
        if let Some(digit) = letter.to_digit(10) {
            number = number.saturating_mul(10).saturating_add(u64::from(digit));
            continue;
        }
        let unit = match (letter, is_time) {
            ('T', _) => {
                is_time = true;
                continue;
            }
            ('Y', _) => "year",
            ('M', false) => "month",
            ('D', _) => "day",
            ('H', _) => "hour",
            ('M', true) => "minute",
            ('S', _) => "second",
            _ => continue,
        };
        said.push((number, unit));
        match unit {
            "day" if number.is_multiple_of(7) => said.push((number / 7, "week")),
            "hour" if number.is_multiple_of(24) => said.push((number / 24, "day")),
            "year" => said.push((number.saturating_mul(12), "month")),
            "month" if number.is_multiple_of(12) => said.push((number / 12, "year")),
            "minute" if number.is_multiple_of(60) => said.push((number / 60, "hour")),
            _ => {}
        }
        number = 0;
    }
    said
}
