//! Periods and ages that a notice names.

use super::finding::NoticeCode;
use super::lint::{Lint, Part};
use super::text::{any, number_of, split};

impl Lint<'_> {
    /// Periods in words are those of the policy.
    pub(super) fn promised_periods(&mut self, part: Part<'_>) {
        let words = split(part.text);
        let is_age = any(
            part.text,
            &["age", "aged", "ages", "old", "older", "under", "younger"],
        )
        .is_some();
        for pair in words.windows(2) {
            let [(at, number), (_, unit)] = pair else {
                continue;
            };
            let (Some(number), Some(unit)) = (number_of(number), unit_of(unit)) else {
                continue;
            };
            let known = self.periods.about(part.text);
            // An age is no deadline.
            let is_no_deadline = is_age && unit == "year";
            if !is_no_deadline && !known.contains(&(number, unit)) {
                self.find(NoticeCode::PeriodClaim, part, *at, None);
            }
        }
    }

    /// Ages are those of the policy.
    pub(super) fn ages(&mut self, part: Part<'_>) {
        const ABOUT: &[&str] = &[
            "aged",
            "ages",
            "child~",
            "minor",
            "minors",
            "older",
            "teen~",
            "years old",
            "younger",
        ];
        let is_about = any(part.text, ABOUT).is_some() || any(part.text, &["age"]).is_some();
        let age = self.document.age.as_ref();
        let mut known: Vec<u32> = age.iter().filter_map(|age| age.minimum).collect();
        known.extend(
            age.iter()
                .flat_map(|age| age.jurisdiction.values().copied()),
        );
        let purposes = self.document.purpose.values();
        known.extend(purposes.filter_map(|purpose| purpose.minimum_age));
        let words = split(part.text);
        for (index, (at, word)) in words.iter().enumerate() {
            let digits = word.strip_suffix('s').unwrap_or(word);
            let Some(years) = number_of(digits).filter(|years| (5..=21).contains(years)) else {
                continue;
            };
            let beside = |index: Option<usize>| index.and_then(|at| words.get(at));
            let before = beside(index.checked_sub(1)).map_or("", |(_, word)| word);
            let after = beside(index.checked_add(1)).map_or("", |(_, word)| word);
            if unit_of(after).is_some_and(|unit| unit != "year") {
                continue;
            }
            let bounds = [
                "under", "over", "than", "least", "of", "aged", "age", "below", "above",
            ];
            let is_bound = bounds.contains(&before);
            let is_age = is_bound && (is_about || before == "under");
            if is_age && !known.iter().any(|known| u64::from(*known) == years) {
                self.find(NoticeCode::AgeClaim, part, *at, None);
            }
        }
    }
}

/// Returns a unit of time in the singular.
fn unit_of(word: &str) -> Option<&'static str> {
    let units = ["second", "minute", "hour", "day", "week", "month", "year"];
    let word = word.strip_suffix('s').unwrap_or(word);
    units.into_iter().find(|unit| *unit == word)
}
