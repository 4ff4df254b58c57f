//! Periods and dates as a document has them: text that the checks read.

use serde::{Deserialize, Serialize};

use crate::policy::fault::FaultCode;
use crate::time::{Moment, Period};

/// A period in ISO 8601, such as `P90D`, `P7Y` or `PT1H`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transparent, extend("pattern" = PERIOD)))]
#[serde(transparent)]
pub(in crate::policy) struct PeriodText(String);

/// A day, such as `2026-04-22`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transparent, extend("pattern" = DATE)))]
#[serde(transparent)]
pub(in crate::policy) struct DateText(String);

#[cfg(test)]
const PERIOD: &str = "^P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$";
#[cfg(test)]
const DATE: &str = "^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$";

/// A day or, where a document has no more, a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::policy) struct Date {
    /// The first instant of the day or month, in UTC.
    pub(in crate::policy) start: Moment,
    /// Whether the day is stated.
    pub(in crate::policy) to_the_day: bool,
}

impl PeriodText {
    pub(in crate::policy) fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the period. A word without a number and a period without an end are told
    /// apart from what is merely malformed.
    pub(in crate::policy) fn period(&self) -> Result<Period, FaultCode> {
        let text = self.0.trim();
        if let Ok(period) = text.parse::<Period>() {
            return match period.is_zero() {
                true => Err(FaultCode::ZeroPeriod),
                false => Ok(period),
            };
        }
        let text = text.to_ascii_lowercase();
        if is_placeholder(&text) {
            return Err(FaultCode::Placeholder);
        }
        if ENDLESS.iter().any(|word| text.contains(word)) {
            return Err(FaultCode::UnboundedWord);
        }
        if !text.is_empty() && !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return Err(FaultCode::DeadlineWithoutNumber);
        }
        Err(FaultCode::MalformedPeriod)
    }
}

/// What people write instead of an end.
const ENDLESS: &[&str] = &[
    "as needed",
    "as long as",
    "forever",
    "indefinite",
    "infinite",
    "necessary",
    "never",
    "permanent",
    "unlimited",
];

impl DateText {
    pub(in crate::policy) fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a day.
    pub(in crate::policy) fn day(&self) -> Result<Moment, FaultCode> {
        let date = self.date()?;
        match date.to_the_day {
            true => Ok(date.start),
            false => Err(FaultCode::MalformedDate),
        }
    }

    /// Reads a day or a month.
    pub(in crate::policy) fn date(&self) -> Result<Date, FaultCode> {
        if is_placeholder(&self.0) {
            return Err(FaultCode::Placeholder);
        }
        let to_the_day = self.0.len() == 10;
        let text = match (self.0.len(), to_the_day) {
            (7, _) => format!("{}-01T00:00:00Z", self.0),
            (_, true) => format!("{}T00:00:00Z", self.0),
            _ => return Err(FaultCode::MalformedDate),
        };
        let start = text.parse().map_err(|_| FaultCode::MalformedDate)?;
        Ok(Date { start, to_the_day })
    }
}

/// Returns whether a text was to be filled in and was not.
pub(in crate::policy) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let within = |open, close| {
        text.split_once(open)
            .is_some_and(|(_, rest)| rest.contains(close))
    };
    let word = |word: &&str| {
        lower
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|part| part == *word)
    };
    within("[", "]")
        || within("<", ">")
        || within("{{", "}}")
        || within("${", "}")
        || text.contains("…")
        || text.contains("___")
        || lower.contains("lorem ipsum")
        || lower.contains("yyyy")
        || lower.contains("your company")
        || lower.contains("your-company")
        || ["todo", "tbd", "tba", "fixme", "xxx", "placeholder"]
            .iter()
            .any(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_say_what_is_wrong_with_them() {
        let read = |text: &str| PeriodText(text.to_owned()).period();
        assert_eq!(read("P90D"), Ok(Period::days(90)));
        for (text, code) in [
            ("promptly", FaultCode::DeadlineWithoutNumber),
            ("without undue delay", FaultCode::DeadlineWithoutNumber),
            ("reasonable", FaultCode::DeadlineWithoutNumber),
            ("as needed", FaultCode::UnboundedWord),
            ("indefinitely", FaultCode::UnboundedWord),
            ("as long as necessary", FaultCode::UnboundedWord),
            ("PT0S", FaultCode::ZeroPeriod),
            ("90 days", FaultCode::MalformedPeriod),
            ("P1D1Y", FaultCode::MalformedPeriod),
            ("-P1D", FaultCode::MalformedPeriod),
            ("", FaultCode::MalformedPeriod),
            ("[period]", FaultCode::Placeholder),
            ("TBD", FaultCode::Placeholder),
        ] {
            assert_eq!(read(text), Err(code), "{text}");
        }
    }

    #[test]
    fn dates_are_days_or_months() {
        let date = |text: &str| DateText(text.to_owned()).date();
        assert!(date("2026-04-22").unwrap().to_the_day);
        assert!(!date("2026-04").unwrap().to_the_day);
        for text in [
            "2026-02-30",
            "2026",
            "2026-13",
            "22.04.2026",
            "2026-4-2",
            "",
        ] {
            assert_eq!(date(text), Err(FaultCode::MalformedDate), "{text}");
        }
    }

    #[test]
    fn placeholders_are_told_from_text() {
        for text in [
            "[DATE]",
            "<your address>",
            "{{contact}}",
            "${CONTACT}",
            "TODO",
            "to be filled: TBD",
            "privacy@…",
            "____",
            "XXX",
            "YYYY-MM-DD",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "privacy@acme.test",
            "Acme, Inc.",
            "todos are kept",
            "a < b",
            "array[3",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
