//! Paragraphs, sentences and words of a notice.

/// Lines that belong together, joined by spaces.
pub(super) struct Paragraph {
    /// As it is written.
    text: String,
    lower: String,
    /// Where each line begins in the text, with its number and the column that it begins at.
    lines: Vec<(usize, u32, usize)>,
}

impl Paragraph {
    /// Splits a notice. A blank line ends a paragraph, and so do a heading, a row of a table
    /// and an item of a list.
    pub(super) fn all(notice: &str) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        let mut goes_on = false;
        for (number, line) in (1..).zip(notice.lines()) {
            let text = line.trim_start();
            let indent = line.len() - text.len();
            if text.is_empty() {
                goes_on = false;
                continue;
            }
            let stands_alone = text.starts_with(['#', '|']);
            if !goes_on || stands_alone || is_item(text) {
                all.push(Self {
                    text: String::new(),
                    lower: String::new(),
                    lines: Vec::new(),
                });
            }
            if let Some(last) = all.last_mut() {
                if !last.text.is_empty() {
                    last.text.push(' ');
                }
                last.lines.push((last.text.len(), number, indent));
                last.text.push_str(text.trim_end());
            }
            goes_on = !stands_alone;
        }
        for paragraph in &mut all {
            paragraph.lower = paragraph.text.to_ascii_lowercase();
        }
        all
    }

    /// Returns the sentences in lower case, each with its place. A full stop ends one where
    /// a space or nothing follows, so that neither a version nor an address is cut.
    pub(super) fn sentences(&self) -> Vec<(&str, usize)> {
        let mut all = Vec::new();
        let mut from = 0;
        let mut letters = self.lower.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let ends = matches!(letter, '.' | ';' | '!' | '?');
            let next = letters.peek().map(|(_, next)| *next);
            if ends && next.is_none_or(char::is_whitespace) {
                all.extend(self.lower.get(from..=at).map(|text| (text, from)));
                from = at + 1;
            }
        }
        all.extend(self.lower.get(from..).map(|text| (text, from)));
        all.retain(|(text, _)| !text.trim().is_empty());
        for (text, at) in &mut all {
            let trimmed = text.trim_start();
            *at += text.len() - trimmed.len();
            *text = trimmed;
        }
        all
    }

    /// Returns the line and column of a place, both counted from 1.
    pub(super) fn place(&self, at: usize) -> (u32, u32) {
        let line = self.lines.iter().rev().find(|(from, ..)| *from <= at);
        let (from, line, indent) = line.copied().unwrap_or((0, 1, 0));
        let column = at.saturating_sub(from).saturating_add(indent);
        let column = u32::try_from(column).unwrap_or(u32::MAX);
        (line, column.saturating_add(1))
    }

    /// Returns whether a capital letter stands at a place.
    pub(super) fn is_capital(&self, at: usize) -> bool {
        let letter = self.text.as_bytes().get(at);
        letter.is_some_and(u8::is_ascii_uppercase)
    }
}

/// Returns whether a line begins an item of a list.
fn is_item(line: &str) -> bool {
    if line.starts_with("- ") || line.starts_with("* ") || line.starts_with("+ ") {
        return true;
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line.get(digits..).unwrap_or_default();
    digits > 0 && (rest.starts_with(". ") || rest.starts_with(") "))
}

const DENIALS: &[&str] = &[
    "can't",
    "can’t",
    "cannot",
    "doesn't",
    "doesn’t",
    "don't",
    "don’t",
    "isn't",
    "isn’t",
    "neither",
    "never",
    "no",
    "nobody",
    "none",
    "nor",
    "not",
    "nothing",
    "won't",
    "won’t",
];

/// Returns whether a text denies something.
pub(super) fn denies(text: &str) -> bool {
    any(text, DENIALS).is_some()
}

/// Finds a word, or a phrase, that stands by itself. One that ends in `~` may go on.
pub(super) fn word(text: &str, word: &str) -> Option<usize> {
    let (word, goes_on) = match word.strip_suffix('~') {
        Some(stem) => (stem, true),
        None => (word, false),
    };
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        // `100%` ends in no letter, so anything may follow it.
        let ends = goes_on || !word.ends_with(char::is_alphanumeric) || !is_letter(after);
        !is_letter(before) && ends
    })
}

/// Finds the first of some words that stands in a text.
pub(super) fn any(text: &str, words: &[&str]) -> Option<usize> {
    words.iter().find_map(|one| word(text, one))
}

/// Splits a text into words, each with its place.
pub(super) fn split(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (letter.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.extend(text.get(from..at).map(|word| (from, word)));
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// Reads a number, in digits or in a word.
pub(super) fn number_of(word: &str) -> Option<u64> {
    if let Ok(number) = word.parse() {
        return Some(number);
    }
    let words = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
    ];
    let small = words.iter().position(|known| *known == word);
    let number = small.or(match word {
        "twenty" => Some(20),
        "thirty" => Some(30),
        "forty" => Some(40),
        "sixty" => Some(60),
        "ninety" => Some(90),
        _ => None,
    });
    number.and_then(|number| u64::try_from(number).ok())
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Returns whether a notice in lower case has a date that is given as `2026-05-01` or
/// `2026-05`: so, or in words.
pub(super) fn has_date(notice: &str, date: &str) -> bool {
    if notice.contains(date) {
        return true;
    }
    let mut parts = date.splitn(3, '-');
    let year = parts.next().unwrap_or_default();
    let month = parts.next().and_then(|month| month.parse::<usize>().ok());
    let month = month.and_then(|month| MONTHS.get(month.checked_sub(1)?));
    let Some(month) = month else { return false };
    let short = month.get(..3).unwrap_or(month);
    let forms = match parts.next().and_then(|day| day.parse::<u32>().ok()) {
        Some(day) => vec![
            format!("{day} {month} {year}"),
            format!("{month} {day}, {year}"),
            format!("{day} {short} {year}"),
            format!("{short} {day}, {year}"),
        ],
        None => vec![format!("{month} {year}"), format!("{short} {year}")],
    };
    forms.iter().any(|form| word(notice, form).is_some())
}
