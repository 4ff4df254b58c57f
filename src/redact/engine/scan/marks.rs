//! The words and punctuation marks that lead to a matcher.
//!
//! One table says what leads where. The first stage gets its anchors from it, and the
//! driver the reader of each place.

use crate::redact::builtin::Structure;
use crate::redact::engine::decode;
use crate::redact::engine::matchers::assignment::{LATIN, Lead};
use crate::redact::engine::matchers::{accounts, address, command_line, key_blocks};
use crate::redact::engine::prefilter::Anchor;
use crate::redact::finding::Validation;
use crate::redact::text::{ByteSet, Text};

/// A mark of four bytes, and what it leads to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    /// The bytes that the first stage searches for.
    anchor: Anchor,
    /// The bytes at which the reader is asked. Anchors of other matchers may lead to
    /// bytes that `anchor` does not allow.
    bytes: Anchor,
    /// Whether the reader is also asked inside a value that was already found.
    pub(super) inside: bool,
    pub(super) reader: Reader,
}

/// The reader of the text at a mark.
#[derive(Clone, Copy)]
pub(super) enum Reader {
    /// An address after its scheme.
    Address(Outcome),
    /// The assignment to a name whose word begins this many bytes after the mark.
    Assignment(isize),
    /// An address without a scheme whose password ends here.
    BareAddress(Outcome),
    /// Credentials for basic authentication.
    Basic(Outcome),
    /// A bearer token.
    Bearer(Outcome),
    /// The values of a cookie header.
    Cookie(Outcome),
    /// The values of a manifest.
    Manifest(Outcome),
    /// An address without a scheme whose port begins here.
    Port(Outcome),
    /// The assignment to a name in another language.
    Tongue(&'static Lead),
    /// A single value.
    Value(Find, Outcome),
}

/// Finds the place of a value that a mark leads to.
pub(super) type Find = fn(&Text<'_>, usize) -> Option<(usize, usize)>;

/// What is reported about a value.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) structure: Structure,
    /// From 0 to 100.
    pub(super) confidence: u8,
    pub(super) validation: Validation,
}

const NO_LETTER: ByteSet = ByteSet::parse("\x00-`{-\x7f");
const JOINT: ByteSet = ByteSet::parse("\x00-/:-@[-`{-\x7f");
const NO_MARK: ByteSet = ByteSet::parse("!-,.-~ ");
const TEXT: ByteSet = ByteSet::parse(" -~");
const QUOTE: ByteSet = ByteSet::parse("'\"");
const NO_QUOTE: ByteSet = ByteSet::parse("!#-&(-+.-~");
const PORT: ByteSet = ByteSet::parse("2356");
const ANY: ByteSet = ByteSet::ANY;

/// The marks other than those of words in other languages.
const OWN: &[Mark] = &[
    // Keys.
    value(
        exact(b"-BEG"),
        key_blocks::private_key,
        formed(Structure::PrivateKeyBlock, 98),
    ),
    value(
        exact(b"- BE"),
        key_blocks::private_key,
        formed(Structure::PrivateKeyBlock, 98),
    ),
    value(
        exact(b"-Lin"),
        key_blocks::putty_key,
        formed(Structure::PuttyKey, 98),
    ),
    value(
        exact(b"IBAz"),
        key_blocks::der_key,
        formed(Structure::DerKey, 98),
    ),
    value(
        exact(b"IBAD"),
        key_blocks::der_key,
        formed(Structure::DerKey, 98),
    ),
    value(
        exact(b"IBAA"),
        key_blocks::der_key,
        formed(Structure::DerKey, 98),
    ),
    value(
        exact(b"\"d\":"),
        key_blocks::web_key,
        formed(Structure::JsonWebKey, 98),
    ),
    value(
        exact(b"\"k\":"),
        key_blocks::web_key,
        formed(Structure::JsonWebKey, 98),
    ),
    // Values of other formats.
    inside(
        exact(b"ata:"),
        Reader::Manifest(formed(Structure::ManifestData, 84)),
    ),
    value(
        exact(b"WIFI"),
        command_line::wifi,
        formed(Structure::Wifi, 90),
    ),
    value(
        word(b"mnem"),
        command_line::seed_phrase,
        formed(Structure::SeedPhrase, 85),
    ),
    value(
        word(b"seed"),
        command_line::seed_phrase,
        formed(Structure::SeedPhrase, 85),
    ),
    value(
        exact(b":543"),
        command_line::pgpass,
        formed(Structure::PgPass, 85),
    ),
    // Addresses. The end of `thin:`, and ports of databases.
    inside(
        last(exact(b"://?"), ANY),
        Reader::Address(formed(Structure::UrlPassword, 94)),
    ),
    value(exact(b"hin:"), oracle, formed(Structure::UrlPassword, 90)),
    inside(
        exact(b"@tcp"),
        Reader::BareAddress(judged(Structure::UrlPassword, 88)),
    )
    .also([ByteSet::of(b'@'), ANY, ANY, ANY]),
    inside(
        exact(b":330"),
        Reader::Port(judged(Structure::UrlPassword, 88)),
    )
    .also([ByteSet::of(b':'), PORT, ANY, ANY]),
    // Command lines.
    value(
        exact(b" -u "),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        last(exact(b" -p?"), NO_MARK),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    // A flag in quotation marks: `'-px'`.
    value(
        first(last(exact(b"?-p?"), NO_QUOTE), QUOTE),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b" -A "),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b" -X "),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b" -a "),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        last(exact(b" -P?"), TEXT),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b" -w "),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b" -U "),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        word(b"--us"),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b"<<< "),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b"| su"),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b" /rp"),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b"o-Se"),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b"gin("),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        word(b"snmp"),
        command_line::password,
        judged(Structure::CommandPassword, 84),
    ),
    value(
        exact(b"teUs"),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"GIN "),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"TIFY"),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"mqct"),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"tCon"),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"Fi.b"),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"qlpl"),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"gin="),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"PDO("),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"qli("),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"et u"),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    value(
        exact(b"on >"),
        accounts::password,
        judged(Structure::CommandPassword, 82),
    ),
    // Headers.
    outside(word(b"cook"), Reader::Cookie(judged(Structure::Cookie, 78))),
    outside(
        word(b"bear"),
        Reader::Bearer(judged(Structure::BearerToken, 86)),
    ),
    outside(
        word(b"basi"),
        Reader::Basic(checked(Structure::BasicCredentials, 92)),
    ),
    // Names.
    outside(word(b"pass"), Reader::Assignment(0)),
    outside(word(b"secr"), Reader::Assignment(0)),
    outside(word(b"toke"), Reader::Assignment(0)),
    outside(word(b"auth"), Reader::Assignment(0)),
    outside(word(b"cred"), Reader::Assignment(0)),
    outside(word(b"salt"), Reader::Assignment(0)),
    outside(word(b"kenn"), Reader::Assignment(0)),
    outside(word(b"senh"), Reader::Assignment(0)),
    outside(word(b"wach"), Reader::Assignment(0)),
    outside(exact(b"sig="), Reader::Assignment(0)),
    outside(last(word(b"key?"), NO_LETTER), Reader::Assignment(0)),
    outside(last(word(b"pwd?"), NO_LETTER), Reader::Assignment(0)),
    outside(last(word(b"mdp?"), NO_LETTER), Reader::Assignment(0)),
    outside(last(word(b"psk?"), NO_LETTER), Reader::Assignment(0)),
    outside(last(word(b"by ?"), QUOTE), Reader::Assignment(0)),
    outside(joint(last(word(b"?pw?"), NO_LETTER)), Reader::Assignment(1)),
    // The ends of `bindpw` and `rootpw`, of `signature` and of `contraseña`.
    outside(word(b"ndpw"), Reader::Assignment(2)),
    outside(word(b"otpw"), Reader::Assignment(2)),
    outside(word(b"natu"), Reader::Assignment(-3)),
    outside(word(b"tras"), Reader::Assignment(-3)),
];

const COUNT: usize = OWN.len() + LATIN.len();

/// All marks.
static MARKS: [Mark; COUNT] = all();

/// For each place and byte, one bit for each mark that allows it.
static ALLOWED: [[u128; 128]; 4] = allowed();

/// Returns the marks that begin with these bytes, in the order of the table.
#[inline]
pub(super) fn at(bytes: [u8; 4]) -> impl Iterator<Item = &'static Mark> {
    let [a, b, c, d] = bytes;
    let look = |table: &[u128; 128], byte: u8| table.get(usize::from(byte)).copied().unwrap_or(0);
    let [first, second, third, fourth] = &ALLOWED;
    // A later byte beyond ASCII counts as the one 128 below it, as in the first stage.
    let later = look(second, b & 127) & look(third, c & 127) & look(fourth, d & 127);
    let mut set = look(first, a) & later;
    std::iter::from_fn(move || {
        let mark = MARKS.get(set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(mark)
    })
}

/// Returns the anchors that the first stage searches for.
pub(in crate::redact::engine) fn anchors() -> Vec<Anchor> {
    let mut anchors: Vec<Anchor> = Vec::with_capacity(COUNT);
    for Mark { anchor, .. } in &MARKS {
        if !anchors.contains(anchor) {
            anchors.push(*anchor);
        }
    }
    anchors.extend_from_slice(decode::anchors());
    anchors
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn all() -> [Mark; COUNT] {
    let mut marks = [OWN[0]; COUNT];
    let mut at = 0;
    while at < COUNT {
        marks[at] = if at < OWN.len() {
            OWN[at]
        } else {
            let lead = &LATIN[at - OWN.len()];
            outside(anchor(&lead.bytes, true), Reader::Tongue(lead))
        };
        at += 1;
    }
    marks
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn allowed() -> [[u128; 128]; 4] {
    const { assert!(COUNT <= 128, "each mark has a bit") };
    let marks = all();
    let mut allowed = [[0; 128]; 4];
    let mut number = 0;
    while number < COUNT * 4 {
        let (mark, place) = (number / 4, number % 4);
        let mut byte = 0;
        while byte < 128 {
            if marks[mark].bytes[place].contains(byte) {
                allowed[place][byte as usize] |= 1 << mark;
            }
            byte += 1;
        }
        number += 1;
    }
    allowed
}

/// Returns the anchor of four bytes, in any letter case if `folded` says so.
const fn anchor([a, b, c, d]: &[u8; 4], folded: bool) -> Anchor {
    [
        set(*a, folded),
        set(*b, folded),
        set(*c, folded),
        set(*d, folded),
    ]
}

/// Returns the set of a byte. One beyond ASCII counts as the byte 128 below it.
const fn set(byte: u8, folded: bool) -> ByteSet {
    let byte = byte & 127;
    let own = ByteSet::of(byte);
    if folded {
        own.union(ByteSet::of(byte.to_ascii_uppercase()))
    } else {
        own
    }
}

const fn exact(bytes: &[u8; 4]) -> Anchor {
    anchor(bytes, false)
}

const fn word(bytes: &[u8; 4]) -> Anchor {
    anchor(bytes, true)
}

/// Returns the anchor with other last bytes.
const fn last([first, second, third, _]: Anchor, last: ByteSet) -> Anchor {
    [first, second, third, last]
}

/// Returns the anchor with other first bytes.
const fn first([_, second, third, fourth]: Anchor, first: ByteSet) -> Anchor {
    [first, second, third, fourth]
}

/// Returns the anchor of a word that follows no letter or digit.
const fn joint([_, second, third, fourth]: Anchor) -> Anchor {
    [JOINT, second, third, fourth]
}

const fn inside(anchor: Anchor, reader: Reader) -> Mark {
    Mark {
        anchor,
        bytes: anchor,
        inside: true,
        reader,
    }
}

const fn outside(anchor: Anchor, reader: Reader) -> Mark {
    Mark {
        inside: false,
        ..inside(anchor, reader)
    }
}

const fn value(anchor: Anchor, find: Find, outcome: Outcome) -> Mark {
    inside(anchor, Reader::Value(find, outcome))
}

impl Mark {
    /// Returns the mark with other bytes at which its reader is asked.
    const fn also(self, bytes: Anchor) -> Self {
        Self { bytes, ..self }
    }
}

/// Returns what is reported about a value in a distinctive format.
pub(super) const fn formed(structure: Structure, confidence: u8) -> Outcome {
    Outcome {
        structure,
        confidence,
        validation: Validation::Format,
    }
}

/// Returns what is reported about a value whose structure or checksum is correct.
pub(super) const fn checked(structure: Structure, confidence: u8) -> Outcome {
    Outcome {
        structure,
        confidence,
        validation: Validation::Checked,
    }
}

/// Returns what is reported about a value that was judged.
pub(super) const fn judged(structure: Structure, confidence: u8) -> Outcome {
    Outcome {
        structure,
        confidence,
        validation: Validation::Judged,
    }
}

/// Finds the password in an address of Oracle whose `thin` has its second letter at
/// `at`.
fn oracle(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    address::oracle(text, at.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;

    /// Returns the numbers of the marks that allow these bytes, tested one by one.
    fn naive(bytes: [u8; 4]) -> Vec<usize> {
        let is = |mark: &Mark| {
            let mut later = mark.bytes.iter().zip(bytes).skip(1);
            mark.bytes[0].contains(bytes[0]) && later.all(|(set, byte)| set.contains(byte & 127))
        };
        (0..COUNT).filter(|number| is(&MARKS[*number])).collect()
    }

    fn found(bytes: [u8; 4]) -> Vec<usize> {
        let number = |mark: &Mark| MARKS.iter().position(|known| ptr::eq(known, mark));
        at(bytes).map(|mark| number(mark).unwrap()).collect()
    }

    #[test]
    fn every_anchor_leads_to_its_reader() {
        for (number, mark) in MARKS.iter().enumerate() {
            for from_end in [false, true] {
                let bytes = mark.anchor.map(|set| {
                    let mut bytes = set.bytes();
                    if from_end { bytes.last() } else { bytes.next() }.unwrap()
                });
                assert!(found(bytes).contains(&number), "{bytes:?}");
            }
        }
    }

    #[test]
    fn marks_are_found_in_the_order_of_the_table() {
        let places = b"-BEGINkey_pwd? pass:543://@tcp -p -P\xc5\"d\":senord\x80ifre".windows(4);
        for bytes in places.map(|bytes| *bytes.first_chunk().unwrap()) {
            assert_eq!(found(bytes), naive(bytes), "{bytes:?}");
            for byte in 0..=u8::MAX {
                for at in 0..4 {
                    let mut other = bytes;
                    other[at] = byte;
                    assert_eq!(found(other), naive(other), "{other:?}");
                }
            }
        }
    }
}
