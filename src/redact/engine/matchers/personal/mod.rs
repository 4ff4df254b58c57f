//! Personal data in a checkable form.

mod card;
mod context;
mod iban;
mod mail;
mod net;
mod number;
mod outline;
mod phone;
mod place;
mod site;
mod wallet;

use crate::redact::builtin::{Rule, Structure};
use crate::redact::engine::Hit;
use crate::redact::engine::prefilter::Anchor;
use crate::redact::finding::{Kind, Layers, RuleRef, Validation};
use crate::redact::text::{ALNUM, ByteSet, DIGIT, Text, class};
use context::Context;
use number::Numbers;

/// The start and end of a structure, and its confidence.
type Found = (usize, usize, u8);

/// The word groups of structures that need words.
const CARD_WORDS: usize = 0;
const PHONE_WORDS: usize = 1;
const ADDRESS_WORDS: usize = 2;
const SITE_WORDS: usize = 3;
const PLACE_WORDS: usize = 4;
const WALLET_WORDS: usize = 5;
/// The number of groups before those of the table of numbers.
const FIXED_GROUPS: usize = 6;

const FIXED: [&[&str]; FIXED_GROUPS] = [
    card::WORDS,
    phone::WORDS,
    net::WORDS,
    site::WORDS,
    place::WORDS,
    wallet::WORDS,
];

/// The rules for personal data that are on.
pub(in crate::redact::engine) struct Personal {
    structures: [Option<RuleRef>; Structure::COUNT],
    numbers: Numbers,
    context: Context,
    /// Whether only cards and accounts are searched in addition to secrets. They are
    /// then searched only in the runs that are marked for secrets.
    narrow: bool,
    /// Whether a card must be beyond doubt.
    strict: bool,
}

impl Personal {
    /// Creates the matchers for those of `rules` that find personal data, if any.
    pub(in crate::redact::engine) fn new(
        rules: &[(RuleRef, &'static Rule)],
        structures: [Option<RuleRef>; Structure::COUNT],
        strict: bool,
    ) -> Option<Self> {
        use crate::redact::finding::Category;
        let mut kinds = rules
            .iter()
            .map(|(_, rule)| rule.kind)
            .filter(|kind| kind.category() == Category::Personal)
            .peekable();
        kinds.peek()?;
        let narrow = strict && kinds.all(|kind| matches!(kind, Kind::Card | Kind::Iban));
        Some(Self {
            structures,
            numbers: Numbers::new(rules),
            context: Context::new(FIXED.into_iter().chain(number::words(rules))),
            narrow,
            strict,
        })
    }

    /// Returns whether personal data has anchors in addition to runs.
    #[inline]
    pub(in crate::redact::engine) const fn has_anchors(&self) -> bool {
        !self.narrow
    }

    /// Returns the anchors after which personal data may stand.
    pub(in crate::redact::engine) fn anchors(&self) -> Vec<Anchor> {
        const ANY: ByteSet = ByteSet::ANY;
        const MARK: ByteSet = ByteSet::parse("\x00-/:-@[-`{-\x7f");
        // After other bytes, a number is part of a name, a path or another number.
        const LEAD: ByteSet = ByteSet::parse("\x00-#&--:-@[\\]-^`{-\x7f");
        const DIGITS: ByteSet = ByteSet::parse("0-9");
        const LETTERS: ByteSet = ByteSet::parse("A-Z");
        const HEX: ByteSet = ByteSet::parse("0-9A-Fa-f");
        const HEX_LETTERS: ByteSet = ByteSet::parse("A-Fa-f");
        const NUMBER: ByteSet = ByteSet::parse("0-9 .()/-");
        const OCTET: ByteSet = ByteSet::parse("0-9.");
        const CODE: ByteSet = ByteSet::parse("0-9A-Z");
        const COLON: ByteSet = ByteSet::of(b':');
        if self.narrow {
            return Vec::new();
        }
        let word = |word: &[u8; 4]| word.map(ByteSet::of);
        [
            [ByteSet::of(b'@'), ByteSet::parse("A-Za-z0-9"), ANY, ANY],
            [LEAD, DIGITS, NUMBER, NUMBER],
            [LEAD, DIGITS, LETTERS, CODE],
            [LEAD, DIGITS, DIGITS, LETTERS],
            [ByteSet::of(b'/'), DIGITS, OCTET, OCTET],
            [MARK, LETTERS, CODE, DIGITS],
            [MARK, LETTERS, DIGITS, CODE],
            [LETTERS, LETTERS, DIGITS, DIGITS],
            [LETTERS, ByteSet::parse(" -"), DIGITS, DIGITS],
            [MARK, HEX, HEX, ByteSet::parse(":-")],
            [HEX_LETTERS, ByteSet::of(b'.'), HEX, HEX],
            [HEX, ByteSet::of(b'.'), HEX_LETTERS, HEX],
            // The first colon of an address.
            [COLON, COLON, ANY, ANY],
            [COLON, HEX, HEX.union(COLON), HEX.union(COLON)],
            word(b"SWIF"),
            [
                ByteSet::of(b'B'),
                ByteSet::of(b'I'),
                ByteSet::of(b'C'),
                MARK,
            ],
            word(b"www."),
        ]
        .into_iter()
        .chain(TOPS.iter().map(word))
        .collect()
    }

    /// Searches for personal data at the start of a text.
    pub(in crate::redact::engine) fn at_start(&self, text: &Text<'_>) -> Option<Hit> {
        self.behind(text, 0, b' ')
    }

    /// Searches for personal data at one of the anchors.
    pub(in crate::redact::engine) fn at_anchor(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        let mark = text.at(at)?;
        // Text that was already replaced is not scanned again.
        if self.narrow || at + 1 < text.floor() {
            return None;
        }
        match mark {
            b'@' => self.email(text, at).or_else(|| self.host(text, at)),
            b':' if text.at(at + 1) == Some(b':') => self.ipv6(text, at),
            b':' if text.at(at + 1) == Some(b'/') => self.url(text, at),
            b':' => self
                .ipv6(text, at)
                .or_else(|| self.behind(text, at + 1, mark)),
            b'.' if is_top(text, at) => self.domain(text, at),
            // Other anchors also lead here: those of secrets, and look-alikes.
            mark if class(mark) & ALNUM == 0 => self.behind(text, at + 1, mark),
            b'w' if text.is(at, b"www.") => self.site(text, at),
            b'B' if text.is(at, b"BIC") => self.code_behind(text, at),
            b'S' if text.is(at, b"SWIF") => self.code_behind(text, at),
            _ if text.at(at + 1) == Some(b'.') => self.dotted_mac(text, at),
            b'A'..=b'Z' => self.inside_code(text, at),
            _ => None,
        }
    }

    /// Searches for personal data that is a run of the token alphabet.
    #[inline]
    pub(in crate::redact::engine) fn at_run(
        &self,
        text: &Text<'_>,
        at: usize,
        len: usize,
    ) -> Option<Hit> {
        if len > wallet::MOST {
            return None;
        }
        let first = text.at(at)?;
        let may_begin = if self.narrow {
            // Evaluate all: which of them holds is unpredictable.
            let account = first.is_ascii_uppercase() & (len <= iban::MOST);
            let card = matches!(first, b'2'..=b'6') & (len <= card::MOST + 4);
            (account & iban::may_begin(text, at)) | (card & card::may_begin(text, at))
        } else {
            matches!(first, b'A'..=b'Z' | b'0'..=b'9' | b'b' | b't')
        };
        if !may_begin {
            return None;
        }
        // After a placeholder, the run began before the placeholder was made.
        let joint = text.run_back_of(at, 8, |byte| matches!(byte, b'-' | b'_'));
        if joint < at && text.before(joint) == Some(b']') {
            return None;
        }
        match first {
            b'A'..=b'Z' if self.narrow => self.iban(text, at),
            b'A'..=b'Z' => self.numbers.find(text, &self.context, at),
            _ if self.narrow => self.card(text, at),
            _ => self.wallet(text, at, len),
        }
    }

    /// Searches for a number, code or address that starts at `at`, after `mark`.
    fn behind(&self, text: &Text<'_>, at: usize, mark: u8) -> Option<Hit> {
        let byte = text.at(at)?;
        if self.narrow {
            return None;
        }
        if byte.is_ascii_uppercase() {
            return self
                .iban(text, at)
                .or_else(|| self.numbers.find(text, &self.context, at))
                .or_else(|| self.mac(text, at));
        }
        match mark {
            // Part of a path, or a host.
            b'/' => return self.ipv4(text, at),
            b'.' | b'_' | b'$' | b'%' | b'\\' => return None,
            b',' if number::separates_fields(text, at - 1) => {}
            // Part of a longer number.
            b'-' | b':' | b',' if before_mark(text, at).is_some_and(|b| b.is_ascii_digit()) => {
                return self.mac(text, at);
            }
            _ => {}
        }
        if !byte.is_ascii_digit() {
            return self.mac(text, at);
        }
        let lead = Lead::read(text, at);
        self.mac(text, at)
            .or_else(|| lead.may_be_card().then(|| self.card(text, at))?)
            .or_else(|| self.social_security(text, at, lead))
            .or_else(|| lead.may_be_octet().then(|| self.ipv4(text, at))?)
            .or_else(|| self.dotted_mac_at(text, at))
            .or_else(|| {
                lead.may_be_octet()
                    .then(|| self.coordinates(text, at, mark))?
            })
            .or_else(|| self.best_number(text, at, mark, lead))
    }

    /// Returns a number of the table or a telephone number: the one named by words,
    /// or else the longer one.
    fn best_number(&self, text: &Text<'_>, at: usize, mark: u8, lead: Lead) -> Option<Hit> {
        let number = self.numbers.find(text, &self.context, at);
        if number.is_some_and(|hit| hit.confidence >= 90) {
            return number;
        }
        self.phone(text, at, mark, lead).or(number)
    }

    fn social_security(&self, text: &Text<'_>, at: usize, lead: Lead) -> Option<Hit> {
        let (start, end, confidence) = number::social_security(text, at, lead)?;
        self.hit(Structure::UsSocialSecurity, (start, end, confidence))
    }

    /// Searches for a code of letters followed by digits, whose last two letters and
    /// first two digits are at `at`.
    fn inside_code(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        let leads = matches!(text.slice(at + 1, at + 4),
            [b'A'..=b'Z' | b' ' | b'-', second, third]
                if second.is_ascii_digit() && third.is_ascii_digit());
        if !leads {
            return None;
        }
        let is_capital = |byte: u8| byte.is_ascii_uppercase() || byte == b'-';
        let lead = text.slice(at.saturating_sub(4).max(text.floor()), at);
        let count = lead
            .iter()
            .rev()
            .take_while(|byte| is_capital(**byte))
            .count();
        let start = at - count;
        if text
            .before(start)
            .is_some_and(|byte| class(byte) & ALNUM != 0 || byte == b'_')
        {
            return None;
        }
        self.numbers.find(text, &self.context, start)
    }

    /// Searches for a code of letters after the word at `at`, which names it.
    fn code_behind(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        let mut start = at;
        for _ in 0..4 {
            start = text.run(start, 8, ALNUM);
            start = text.run_of(start, 4, |byte| class(byte) & ALNUM == 0 && byte != b'\n');
            if text.before(start) == Some(b'[') && text.is_before_placeholder(start - 1) {
                return None;
            }
            if text.at(start)?.is_ascii_uppercase() {
                let found = self.numbers.find(text, &self.context, start);
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    /// Returns whether a word of the group is nearby.
    fn is_near(&self, text: &Text<'_>, start: usize, end: usize, group: usize) -> bool {
        self.context.before(text, start).has(group) || self.context.after(text, end).has(group)
    }

    fn rule(&self, structure: Structure) -> Option<RuleRef> {
        self.structures.get(structure as usize).copied().flatten()
    }

    fn hit(&self, structure: Structure, (start, end, confidence): Found) -> Option<Hit> {
        Some(Hit {
            start,
            end,
            rule: self.rule(structure)?,
            confidence,
            validation: if confidence < 70 {
                Validation::Judged
            } else {
                Validation::Checked
            },
            layers: Layers::NONE,
            place: 0,
        })
    }
}

/// The ends of host names that are searched without a scheme.
const TOPS: [[u8; 4]; 6] = [*b".com", *b".net", *b".org", *b".edu", *b".gov", *b".co."];

fn is_top(text: &Text<'_>, at: usize) -> bool {
    TOPS.iter().any(|top| text.is(at, top))
}

/// The first digits of a number and the byte after them. They are enough to reject
/// most numbers.
#[derive(Clone, Copy)]
struct Lead {
    count: usize,
    next: Option<u8>,
}

impl Lead {
    /// More digits than any number has.
    const MOST: usize = 20;

    #[inline]
    fn read(text: &Text<'_>, at: usize) -> Self {
        let end = text.run(at, Self::MOST, DIGIT);
        Self {
            count: end - at,
            next: text.at(end),
        }
    }

    /// Returns whether one of `marks` follows.
    #[inline]
    fn is_before(self, marks: &[u8]) -> bool {
        self.next.is_some_and(|next| marks.contains(&next))
    }

    #[inline]
    fn may_be_card(self) -> bool {
        self.count >= 12 || (self.count == 4 && self.is_before(b" -"))
    }

    #[inline]
    fn may_be_octet(self) -> bool {
        self.count <= 3 && self.next == Some(b'.')
    }
}

/// Returns whether the digit after the mark at `at` continues a number that began
/// before it, such as a date or a time.
#[inline]
pub(in crate::redact::engine) fn is_inside_number(text: &Text<'_>, at: usize) -> bool {
    let &[mark @ (b'-' | b',' | b':'), b'0'..=b'9', _, last] = text.slice(at, at + 4) else {
        return false;
    };
    let is_digit = |at: usize| text.before(at).is_some_and(|byte| byte.is_ascii_digit());
    // A hardware address with another separator may begin here.
    let address = matches!(last, b':' | b'-') && last != mark;
    // The first colon may belong to an IPv6 address.
    let time = || {
        at > 2 && is_digit(at - 1) && text.before(at - 2) == Some(b':') && !last.is_ascii_digit()
    };
    let field = || mark == b',' && number::separates_fields(text, at);
    is_digit(at) && !address && (mark != b':' || time()) && !field()
}

/// Returns the byte before the mark that leads to `at`.
fn before_mark(text: &Text<'_>, at: usize) -> Option<u8> {
    text.before(at.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::text::Hidden;

    #[test]
    fn the_rest_of_a_date_or_a_time_leads_to_nothing() {
        let is_inside = |text: &[u8], at| is_inside_number(&Text::new(text, true), at);
        for (text, at) in [
            (&b"2026-03-01 "[..], 4),
            (b"2026-03-01T0", 7),
            (b"00:11:22.333", 5),
            (b"10,200,300  ", 2),
        ] {
            assert!(is_inside(text, at), "{}", String::from_utf8_lossy(text));
        }
        for (text, at) in [
            (&b"id-0312 4829"[..], 2),
            (b"2001:0db8::1", 4),
            (b"1:10:5432:db", 4),
            (b"7-02:42:ac:11", 1),
            (b"db.test:5432:", 7),
        ] {
            assert!(!is_inside(text, at), "{}", String::from_utf8_lossy(text));
        }
        let hidden = Text::new(b"2026-03-01 ", true);
        let mut known = Hidden::NONE;
        known.add(0, 4, true);
        hidden.hide(&known);
        assert!(!is_inside_number(&hidden, 4));
    }
}
