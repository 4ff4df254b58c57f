//! The words and punctuation marks that lead to a matcher.

use crate::redact::engine::decode;
use crate::redact::engine::matchers::assignment::LATIN;
use crate::redact::engine::prefilter::Anchor;
use crate::redact::text::ByteSet;

/// Returns their first four bytes.
pub(in crate::redact::engine) fn anchors() -> Vec<Anchor> {
    const NO_LETTER: ByteSet = ByteSet::parse("\x00-`{-\x7f");
    let exact = |mark: &[u8; 4]| mark.map(ByteSet::of);
    let word = |word: &[u8; 4]| {
        word.map(|letter| ByteSet::of(letter).union(ByteSet::of(letter.to_ascii_uppercase())))
    };
    let mut anchors: Vec<Anchor> = [
        b"pass", b"secr", b"toke", b"auth", b"cred", b"salt", b"bear", b"cook", b"basi",
    ]
    .map(word)
    .into();
    for short in [b"key?", b"pwd?", b"mdp?"] {
        let [first, second, third, _] = word(short);
        anchors.push([first, second, third, NO_LETTER]);
    }
    const JOINT: ByteSet = ByteSet::parse("\x00-/:-@[-`{-\x7f");
    let [first, second, _, _] = word(b"pw??");
    anchors.push([JOINT, first, second, NO_LETTER]);
    let [first, second, third, _] = word(b"by ?");
    anchors.push([first, second, third, ByteSet::parse("'\"")]);
    let [first, second, third, _] = exact(b":// ");
    anchors.push([first, second, third, ByteSet::ANY]);
    for mark in [
        b"-BEG", b"-Lin", b" -u ", b"sig=", b"WIFI", b"hin:", b"IBAz", b"IBAD", b"IBAA", b"<<< ",
        b"| su", b" /rp", b"o-Se", b"gin(", b"@tcp",
    ] {
        anchors.push(exact(mark));
    }
    for mark in [
        b"--us", b"mnem", b"natu", b"seed", b"tras", b"kenn", b"senh", b"wach", b"snmp",
    ] {
        anchors.push(word(mark));
    }
    let [first, second, third, _] = exact(b" -p ");
    const NO_MARK: ByteSet = ByteSet::parse("!-,.-~ ");
    anchors.push([first, second, third, NO_MARK]);
    let [first, second, third, fourth] = exact(b" -a ");
    anchors.push([first, second, third, fourth]);
    let [first, second, third, _] = exact(b" -P ");
    anchors.push([first, second, third, ByteSet::parse(" -~")]);
    anchors.push(exact(b" -w "));
    anchors.push(exact(b" -U "));
    // Names of which the middle leads to them, and calls with passwords.
    for mark in [b"ndpw", b"otpw"] {
        anchors.push(word(mark));
    }
    let [first, second, third, _] = word(b"psk?");
    anchors.push([first, second, third, NO_LETTER]);
    for mark in [
        b"teUs", b"qlpl", b"gin=", b"PDO(", b"qli(", b"et u", b"on >",
    ] {
        anchors.push(exact(mark));
    }
    for (number, lead) in LATIN.iter().enumerate() {
        let before = LATIN.get(..number).unwrap_or_default();
        if before.iter().any(|other| other.bytes == lead.bytes) {
            continue;
        }
        // The tables know a byte beyond ASCII by the byte 128 below it.
        anchors.push(lead.bytes.map(|byte| {
            let byte = byte & 0x7f;
            ByteSet::of(byte).union(ByteSet::of(byte.to_ascii_uppercase()))
        }));
    }
    for mark in [b"\"d\":", b"\"k\":"] {
        anchors.push(exact(mark));
    }
    let [first, second, third, fourth] = exact(b"ata:");
    anchors.push([first, second, third, fourth]);
    // The ports of databases.
    for port in [b":543", b":330"] {
        anchors.push(exact(port));
    }
    anchors.extend_from_slice(decode::anchors());
    anchors
}
