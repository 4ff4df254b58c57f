//! Assignments: a secret name, an operator and a value.
//!
//! One matcher reads all assignment syntaxes: programs, JSON, YAML, TOML, INI, XML,
//! shells, headers, flags and prose, quoted or not, escaped or not.

mod ahead;
mod bytes;
mod callee;
mod chosen;
mod column;
mod lead;
mod name;
mod operator;
mod random;
mod readings;
mod scripts;
mod tongues;
mod value;

pub(in crate::redact::engine) use column::Column;
pub(in crate::redact::engine) use name::{Meaning, Name};
pub(in crate::redact::engine) use operator::Operator;
use operator::Place;
pub(in crate::redact::engine) use random::assigned;
pub(in crate::redact::engine) use scripts::{kind as kind_of_word, may_begin};
pub(in crate::redact::engine) use tongues::{LATIN, Lead};
pub(in crate::redact::engine) use value::{Scheme, Value, basic, bearer};

use memchr::memchr;

use crate::redact::engine::judge;
use crate::redact::engine::judge::Evidence;
use crate::redact::text::{ALNUM, NAME, QUOTE, Text, class};

/// The parts of an assignment.
#[derive(Clone, Copy, Debug)]
pub(in crate::redact::engine) struct Assignment {
    pub(in crate::redact::engine) name: Name,
    pub(in crate::redact::engine) operator: Operator,
    pub(in crate::redact::engine) value: Value,
    /// Whether the value stands at some distance from the name, where only a value
    /// that looks random counts.
    pub(in crate::redact::engine) distant: bool,
}

impl Assignment {
    /// Passes the assignments to the name that contains the word at `at` to `found`,
    /// the likeliest reading first. A reading after one that `found` accepts is
    /// tried only if it reads further values. Returns the column of a table whose rows
    /// go on.
    pub(in crate::redact::engine) fn each(
        text: &Text<'_>,
        at: usize,
        found: &mut impl FnMut(&Self) -> bool,
    ) -> Option<Column> {
        let name = Name::read(text, at).filter(|name| !name.is_user(text))?;
        let operator = Operator::read(text, &name);
        if name.plural
            && let Some((Operator::Assign, Place::At(at))) = operator
            && readings::series(text, at, name, found)
        {
            return None;
        }
        let first = match operator {
            Some((operator, place)) => {
                Value::read(text, &name, operator, place).map(|value| (operator, value))
            }
            None => ahead::compared(text, &name).map(|value| (Operator::Compared, value)),
        };
        let read = first.map(|(_, value)| value);
        if let Some((operator, value)) = first {
            let this = Self {
                name,
                operator,
                value,
                distant: false,
            };
            if (!name.plural || value.delimited) && this.offer(text, found) {
                this.later(text, found);
                return None;
            }
        }
        // A key alone is seldom a secret, and frequent in programs.
        if name.meaning == Meaning::Key && !name.plural {
            return None;
        }
        let rows = readings::others(text, name, operator, read, found)?;
        Some(Column::new(text, &name, rows))
    }

    /// Reads the first assignment to the name that contains the word at `at`.
    #[cfg(confidant_tools)]
    pub(in crate::redact::engine) fn read(text: &Text<'_>, at: usize) -> Option<Self> {
        let mut first = None;
        Self::each(text, at, &mut |this| {
            first.get_or_insert(*this);
            true
        });
        first
    }

    /// Passes the value to `found`. If a part of it was replaced, passes the parts around
    /// the labels and placeholders instead. Returns whether `found` accepts any.
    fn offer(&self, text: &Text<'_>, found: &mut impl FnMut(&Self) -> bool) -> bool {
        let value = self.value;
        // The bracket that ends a placeholder may also end the value, and the one that
        // begins it may stand before the value.
        let behind = text.run_of(value.end, 1, |_| true);
        let bracketed = text.before(value.start) == Some(b'[');
        if !bracketed && memchr(b'[', text.slice(value.start, behind)).is_none() {
            return found(self);
        }
        let whole = (value.start, value.end);
        let mut parts = text.outside(value.start, value.end);
        if parts.next() == Some(whole) {
            return found(self);
        }
        self.offer_parts(text, found)
    }

    /// Passes the parts of the value outside of labels and placeholders to `found`.
    #[cold]
    #[inline(never)]
    fn offer_parts(&self, text: &Text<'_>, found: &mut impl FnMut(&Self) -> bool) -> bool {
        let (mut this, mut any) = (*self, false);
        for _ in 0..MOST_PARTS {
            for (start, end) in text.outside(this.value.start, this.value.end) {
                let value = text.slice(start, end);
                let start = end - value.trim_ascii_start().len();
                let len = value.trim_ascii().len();
                if !value.iter().any(u8::is_ascii_alphanumeric) || this.value.listed {
                    continue;
                }
                let value = Value {
                    start,
                    end: start + len,
                    strong: false,
                    joined: None,
                    ..this.value
                };
                any |= found(&Self { value, ..this });
            }
            // Without quotation marks, the value may go on behind the last bracket.
            let value = this.value;
            let behind = text.placeholder_over(value.start, value.end);
            let Some(behind) = behind.filter(|_| !value.quoted && !value.delimited) else {
                break;
            };
            // The next member is read by itself.
            let member = text.run_of(behind, 48, |byte| class(byte) & NAME != 0);
            if member > behind && matches!(text.at(member), Some(b'=' | b':')) {
                break;
            }
            let goes_on = text.at(behind).is_some_and(|byte| {
                class(byte) & (ALNUM | NAME) != 0 || b"!#$%*+@^~[".contains(&byte)
            });
            let next = || Value::read(text, &this.name, this.operator, Place::At(behind));
            match goes_on.then(next).flatten() {
                Some(next) if next.start >= behind => this.value = next,
                _ => break,
            }
        }
        any
    }

    /// Returns the confidence that the value is a secret, from 0 to 100. Returns
    /// `None` if it is not a secret.
    pub(in crate::redact::engine) fn judge(&self, text: &Text<'_>) -> Option<u8> {
        if self.value.listed {
            // Lists of numbers are called keys and tokens for other reasons too.
            let genuine = matches!(
                self.name.meaning,
                Meaning::Auth | Meaning::ApiKey | Meaning::Password | Meaning::Secret
            );
            return genuine.then_some(70);
        }
        let value = text.slice(self.value.start, self.value.end);
        if self.is_verb(text)
            || !self.value.quoted && is_hex_number(value)
            || self.is_own_name(text, value)
        {
            return None;
        }
        if self.value.delimited
            && self.name.meaning != Meaning::Key
            && (self.value.strong || judge::is_strong(value, self.value.closed))
        {
            return Some(STRONG);
        }
        if self.is_made(text, value) {
            return Some(STRONG - 4);
        }
        if self.distant || self.name.plural {
            let random = value.len() >= LEAST_DISTANT
                && judge::is_random(value)
                && value.iter().any(u8::is_ascii_digit)
                && !judge::is_dummy(value)
                && !self.is_impossible(text, value)
                && !judge::is_reference(value, self.value.quoted);
            return (random && judge::weigh(&self.evidence(text)).is_some()).then_some(STRONG - 4);
        }
        if self.is_passphrase(text, value) {
            return Some(70);
        }
        // The name of a function.
        if !self.value.quoted && text.at(self.value.end) == Some(b'(') {
            return None;
        }
        let plain = judge::is_plain(value);
        if (plain && !self.may_be_chosen()) || self.is_impossible(text, value) {
            return None;
        }
        // What is encoded is judged again when it is decoded.
        let encoded = judge::is_percent_encoded(value) || judge::is_escaped_text(value);
        let weighed = if plain || encoded {
            None
        } else {
            judge::weigh(&self.evidence(text))
        };
        weighed.or_else(|| {
            let chosen = (!plain && self.is_careful(value)) || self.is_chosen(text, value);
            chosen.then_some(70)
        })
    }

    /// Returns whether the value is a password that a person made of words by the usual
    /// rules of sites.
    fn is_made(&self, text: &Text<'_>, value: &[u8]) -> bool {
        let name = text.slice(self.name.start, self.name.end);
        self.is_of_person(text)
            && (self.name.end == self.name.word.1
                || self.operator == Operator::Flag
                || states_value(text, &self.name))
            && !self.value.wrapped
            && (judge::is_made(value) || self.is_direct(text) && judge::is_made_around_at(value))
            && !judge::is_for_show(name)
    }

    /// Returns whether the value cannot be an address that a sentence names: an operator
    /// of a program or a file, or a verb, leads to it.
    fn is_direct(&self, text: &Text<'_>) -> bool {
        match self.operator {
            Operator::Is => {
                let sign = text.slice(self.name.end, self.value.start);
                self.distant || judge::contains(sign, b" is ")
            }
            operator => operator != Operator::Space || self.value.quoted,
        }
    }

    /// Returns whether people choose what the name denotes here: a password, or one beside
    /// a user.
    fn is_of_person(&self, text: &Text<'_>) -> bool {
        let beside = || {
            let name = text.slice(self.name.start, self.name.end);
            self.operator == Operator::Argument || name == b"AUTH" || self.names_user(text)
        };
        self.name.denotes_password() || self.name.meaning == Meaning::Auth && beside()
    }

    /// Returns the assignment without the user before a colon in a value that is user
    /// and password: `creds: ann:x`.
    pub(in crate::redact::engine) fn without_user(&self, text: &Text<'_>) -> Self {
        let mut this = *self;
        let (start, end) = (self.value.start, self.value.end);
        if self.names_user(text) {
            let is_part = |byte: u8| class(byte) & NAME != 0 || byte == b'@';
            let colon = text.run_of(start, 64, is_part);
            let password = text.slice(colon + 1, end);
            let marked = text.slice(colon + 1, end + 1);
            // `creds for db1: ann / x`
            if colon == end && (text.is(end, b" / ") || text.is(end, b" | ")) {
                let next = end + b" / ".len();
                let word = text.run_of(next, 64, |byte| byte > b' ');
                let value = text.slice(next, word);
                if judge::is_strong(value, true) || judge::is_made(value) {
                    (this.value.start, this.value.end) = (next, word);
                    (this.value.delimited, this.value.strong) = (true, false);
                }
                return this;
            }
            let parted = colon > start && colon < end && text.at(colon) == Some(b':');
            let secret = judge::is_strong(password, true)
                || judge::is_made(password)
                || judge::is_made(marked);
            if parted && secret {
                this.value.start = colon + 1;
                this.value.strong = false;
            }
        }
        this
    }

    /// Returns whether the name denotes a user and a password together.
    fn names_user(&self, text: &Text<'_>) -> bool {
        let (word, _) = self.name.word;
        let before = text.slice(word.saturating_sub(6), word);
        let leads = [&b"user/"[..], b"login/", b"stats "];
        let is = |lead: &&[u8]| {
            let from = before.len().saturating_sub(lead.len());
            let end = before.get(from..).unwrap_or_default();
            end.eq_ignore_ascii_case(lead)
        };
        text.is_word(word, b"cred") || text.is_word(word, b"zugang") || leads.iter().any(is)
    }

    /// Returns the assignment with the mark after its value, which may end a sentence or
    /// belong to the value.
    pub(in crate::redact::engine) fn with_mark(&self, text: &Text<'_>) -> Option<Self> {
        let mark = matches!(text.at(self.value.end), Some(b'!' | b'?'));
        let mut this = *self;
        this.value.end += 1;
        this.value.strong = false;
        let value = text.slice(this.value.start, this.value.end);
        (mark && !this.value.quoted && this.is_made(text, value)).then_some(this)
    }

    /// Returns the assignment with an ampersand at the end of a password that a person
    /// made, if no member follows it.
    pub(in crate::redact::engine) fn with_ampersand(mut self, text: &Text<'_>) -> Self {
        let end = self.value.end;
        let ends = text.at(end) == Some(b'&')
            && text.at(end + 1).is_none_or(|next| {
                next <= b' ' || class(next) & QUOTE != 0 || matches!(next, b',' | b';' | b')')
            });
        if ends && !self.value.quoted && self.value.scheme.is_none() {
            let value = text.slice(self.value.start, end + 1);
            if self.is_made(text, value) {
                self.value.end = end + 1;
                (self.value.delimited, self.value.strong) = (true, false);
            }
        }
        self
    }

    /// Returns a quoted value without the blanks and line ends at its end, which are not
    /// part of a secret.
    pub(in crate::redact::engine) fn trimmed(mut self, text: &Text<'_>) -> Self {
        if !self.value.quoted || self.value.joined.is_some() {
            return self;
        }
        let mut value = text.slice(self.value.start, self.value.end);
        loop {
            let rest = value.trim_ascii_end();
            let rest = match rest {
                [rest @ .., b'\\', b'n' | b'r' | b't'] if !rest.is_empty() => {
                    let slashes = rest.iter().rev().take_while(|byte| **byte == b'\\');
                    let slashes = slashes.count();
                    rest.get(..rest.len() - slashes).unwrap_or_default()
                }
                rest => rest,
            };
            if rest.len() == value.len() {
                break;
            }
            value = rest;
        }
        if !value.is_empty() {
            self.value.end = self.value.start + value.len();
        }
        self
    }

    /// Returns whether the value is several words under a name that means such a
    /// value: `passphrase: "lemon tree harbor slate"`.
    fn is_passphrase(&self, text: &Text<'_>, value: &[u8]) -> bool {
        let name = text.slice(self.name.word.0, self.name.word.1);
        let words = value.split(|byte| *byte == b' ');
        self.value.quoted
            && name.eq_ignore_ascii_case(b"passphrase")
            && self.operator == Operator::Assign
            && (4..=12).contains(&words.clone().count())
            && words
                .clone()
                .all(|word| (3..=12).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase))
            // A sentence has articles and prepositions.
            && !words.clone().any(|word| {
                [&b"the"[..], b"and", b"for", b"not", b"from", b"your", b"with", b"this", b"that"]
                    .contains(&word)
            })
    }

    /// Returns whether the value of a password looks carefully chosen: a quoted
    /// number, a word with digits and punctuation, or a value stated in a sentence.
    #[inline(never)]
    fn is_careful(&self, value: &[u8]) -> bool {
        if self.name.meaning != Meaning::Password
            || judge::is_dummy(value)
            || judge::is_stock(value)
        {
            return false;
        }
        let count = |is: fn(&u8) -> bool| value.iter().filter(|byte| is(byte)).count();
        let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
        let marks = count(|byte| b"!@#$%^&*+?~".contains(byte));
        let graphic = value.iter().all(u8::is_ascii_graphic);
        match self.operator {
            Operator::Is | Operator::Flag => {
                digits > 0 && letters > 2 && graphic && value.len() >= 6
            }
            Operator::Space => false,
            _ if digits == value.len() => self.value.quoted && digits >= 6,
            _ => self.value.quoted && digits >= 2 && letters >= 4 && marks > 0 && graphic,
        }
    }

    /// Returns whether the value is no secret, or none that the classifier could
    /// recognize.
    #[cfg(confidant_tools)]
    pub(in crate::redact::engine) fn is_refuted(
        &self,
        text: &Text<'_>,
        evidence: &Evidence<'_>,
    ) -> bool {
        judge::is_plain(evidence.value) || self.is_impossible(text, evidence.value)
    }

    /// Returns whether the value is no secret, whatever it looks like.
    fn is_impossible(&self, text: &Text<'_>, value: &[u8]) -> bool {
        !value.iter().any(u8::is_ascii_alphanumeric)
            || (self.operator == Operator::Tag && !self.is_closed(text))
            || judge::is_reference(value, self.value.quoted)
            || is_plain_number(value)
            || (self.name.meaning == Meaning::Key && judge::is_tagged_digest(value))
            // A path: encoded keys with slashes have capitals.
            || (self.name.meaning == Meaning::Key
                && value.contains(&b'/')
                && !value.iter().any(u8::is_ascii_uppercase))
            // The name of a function.
            || (!self.value.quoted && text.at(self.value.end) == Some(b'('))
    }

    /// Returns whether the name is a verb and the value its object: `pass to x`.
    fn is_verb(&self, text: &Text<'_>) -> bool {
        let sign = text.slice(self.name.end, self.value.start).trim_ascii();
        let word = sign.split(|byte| !byte.is_ascii_alphabetic()).next();
        self.name.callable
            && self.operator == Operator::Is
            && word.is_some_and(|word| matches!(word, b"to" | b"as" | b"by"))
    }

    /// Returns whether the value repeats a part of the name: `#define TXT_kRSAPSK "kRSAPSK"`.
    fn is_own_name(&self, text: &Text<'_>, value: &[u8]) -> bool {
        let name = text.slice(self.name.start, self.name.end);
        let letter = |byte: &&u8| byte.is_ascii_alphanumeric();
        // A mark such as a hyphen may stand for another one.
        if value.len() < 4 || value.len() > name.len() + 2 {
            return false;
        }
        let has = |mut rest: &[u8]| {
            let mut wanted = value.iter().filter(letter).peekable();
            while wanted.peek().is_some() {
                match rest.split_first() {
                    Some((first, tail)) if !first.is_ascii_alphanumeric() => rest = tail,
                    Some((first, tail))
                        if wanted
                            .next()
                            .is_some_and(|byte| byte.eq_ignore_ascii_case(first)) =>
                    {
                        rest = tail;
                    }
                    _ => return false,
                }
            }
            true
        };
        value.iter().any(u8::is_ascii_alphabetic)
            && (0..name.len()).any(|from| name.get(from..).is_some_and(has))
    }

    /// Returns whether the element ends after the value.
    fn is_closed(&self, text: &Text<'_>) -> bool {
        let end = text.run_of(self.value.end, 32, |byte| byte.is_ascii_whitespace());
        text.is(end, b"</")
    }

    /// Returns the evidence for the classifier.
    pub(in crate::redact::engine) fn evidence<'t>(&self, text: &Text<'t>) -> Evidence<'t> {
        let Self {
            name,
            operator,
            value,
            ..
        } = self;
        let line = text.slice(text.back_to(name.start, MOST_BEFORE), name.start);
        let line = line
            .rsplit(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let quote = text.before(value.start).filter(|_| value.quoted);
        let behind = value.end + usize::from(value.quoted);
        let after = text.run_of(behind, 2, |_| true);
        Evidence {
            value: text.slice(value.start, value.end),
            name: text.slice(name.start, name.end),
            word: (name.word.0 - name.start, name.word.1 - name.word.0),
            meaning: name.meaning as u8,
            operator: *operator as u8,
            quote,
            wrapped: value.wrapped,
            before: line,
            after: text.slice(behind, after),
        }
    }
}

/// How many times a value is read on behind a label or placeholder.
const MOST_PARTS: usize = 8;

/// The least length of a random value at some distance from its name.
const LEAST_DISTANT: usize = 12;

/// The confidence that a strong value with fixed bounds is a secret.
const STRONG: u8 = 76;

/// How much of the line before a name is read, in bytes.
const MOST_BEFORE: usize = 64;

/// Returns whether a name says after its word that it holds a value: `password-value`.
fn states_value(text: &Text<'_>, name: &Name) -> bool {
    let rest = text.slice(name.word.1, name.end);
    let word = rest
        .strip_prefix(b"-")
        .or_else(|| rest.strip_prefix(b"_"))
        .unwrap_or(rest);
    word.eq_ignore_ascii_case(b"value")
}

/// Returns whether a value is a hexadecimal number of up to 64 bits in program notation.
fn is_hex_number(value: &[u8]) -> bool {
    // The end of a statement may have been read with it.
    let value = value.strip_suffix(b";").unwrap_or(value);
    let [b'0', b'x' | b'X', digits @ ..] = value else {
        return false;
    };
    let digit = |byte: &&u8| byte.is_ascii_hexdigit();
    let part = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'_';
    digits.iter().all(part) && (1..=16).contains(&digits.iter().filter(digit).count())
}

/// Returns whether a value is a number in program notation: `-1`, `0.5`, `10_000`.
fn is_plain_number(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let marks = value
        .iter()
        .filter(|byte| matches!(byte, b'.' | b'_' | b'-' | b'+' | b',' | b'%'))
        .count();
    digits + marks == value.len() && marks > 0
}
