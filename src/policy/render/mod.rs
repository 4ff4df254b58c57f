//! Documents generated from a policy: the notice, records, schedules, lists and registers.

mod lists;
mod notice;
mod record;

use std::fmt::Write as _;

use super::document::{BasisWord, Document, PeriodText, RecipientRole};

/// Markdown under construction.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    pub(super) fn title(&mut self, level: usize, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let _ = writeln!(self.text, "{} {}\n", "#".repeat(level), title);
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}\n");
    }

    pub(super) fn item(&mut self, text: &str) {
        let _ = writeln!(self.text, "* {text}");
    }

    /// Ends a list.
    pub(super) fn gap(&mut self) {
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    pub(super) fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) {
        let _ = writeln!(self.text, "| {} |", head.join(" | "));
        let _ = writeln!(self.text, "|{}", "---|".repeat(N));
        for row in rows {
            let _ = writeln!(self.text, "| {} |", row.join(" | "));
        }
        self.gap();
    }

    pub(super) fn finish(self) -> String {
        let text = self.text.trim_end();
        format!("{text}\n")
    }
}

/// Makes text that cannot break out of its place: one line, without marks of tables,
/// links and HTML.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.trim().chars() {
        match letter {
            '\n' | '\r' | '\t' => plain.push(' '),
            '\\' | '|' | '<' | '>' | '[' | ']' | '`' | '*' | '#' => {
                plain.push('\\');
                plain.push(letter);
            }
            letter if letter.is_control() || is_unseen(letter) => {}
            letter => plain.push(letter),
        }
    }
    plain
}

/// Whether a letter has no shape of its own, and changes how others are shown: marks of
/// direction, and ends of lines that are not controls.
const fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// Writes a period in words, such as "90 days" or "1 year and 6 months".
pub(super) fn in_words(period: &PeriodText) -> String {
    let Ok(period) = period.period() else {
        return plain(period.as_str());
    };
    let text = period.to_string();
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    let mut parts = Vec::new();
    let mut number = String::new();
    for (letters, is_time) in [(date.trim_start_matches('P'), false), (time, true)] {
        for letter in letters.chars() {
            if letter.is_ascii_digit() {
                number.push(letter);
                continue;
            }
            let unit = match (letter, is_time) {
                ('Y', _) => "year",
                ('M', false) => "month",
                ('D', _) => "day",
                ('H', _) => "hour",
                ('M', true) => "minute",
                _ => "second",
            };
            let many = if number == "1" { "" } else { "s" };
            parts.push(format!("{number} {unit}{many}"));
            number.clear();
        }
    }
    parts.join(" and ")
}

pub(super) const fn basis_in_words(basis: BasisWord) -> &'static str {
    match basis {
        BasisWord::Consent => "your consent",
        BasisWord::Contract => "our contract with you",
        BasisWord::LegalObligation => "a legal obligation",
        BasisWord::VitalInterests => "the protection of somebody's life",
        BasisWord::PublicTask => "a task in the public interest",
        BasisWord::LegitimateInterest => "a legitimate interest",
        BasisWord::LegalClaim => "legal claims",
    }
}

pub(super) const fn role_in_words(role: Option<RecipientRole>) -> &'static str {
    match role {
        Some(RecipientRole::Processor) => "acts on our instructions",
        Some(RecipientRole::SubProcessor) => "acts for one of our processors",
        Some(RecipientRole::IndependentController) => {
            "decides by itself what it does with the data"
        }
        Some(RecipientRole::CustomerContract) => "acts under your own contract with it",
        None => "unknown",
    }
}

/// Names a category as people do: by its description, or by its name.
pub(super) fn category(document: &Document, name: &str) -> String {
    if name == super::document::EVERY {
        return "all data".to_owned();
    }
    let described = document.category.get(name);
    match described.and_then(|category| category.description.as_deref()) {
        Some(description) => plain(description),
        None => name.replace(['_', '.'], " "),
    }
}

pub(super) fn categories(document: &Document, names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| category(document, name)).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        names => names.join("; "),
    }
}

/// Names a purpose as people do.
pub(super) fn purpose(document: &Document, name: &str) -> String {
    let described = document.purpose.get(name);
    match described.and_then(|purpose| purpose.description.as_deref()) {
        Some(description) => plain(description),
        None => name.replace(['_', '.'], " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_in_words() {
        for (text, words) in [
            ("P90D", "90 days"),
            ("P1Y6M", "1 year and 6 months"),
            ("PT72H", "72 hours"),
            ("P1D", "1 day"),
            ("P2W", "14 days"),
            ("PT1M", "1 minute"),
        ] {
            let period: PeriodText = serde_json::from_value(text.into()).unwrap();
            assert_eq!(in_words(&period), words);
        }
    }

    #[test]
    fn text_stays_in_its_place() {
        assert_eq!(plain("a | b\n# c <script>"), "a \\| b \\# c \\<script\\>");
    }
}
