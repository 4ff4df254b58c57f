//! Passwords without a name, recognized by their position after a user in commands and
//! calls.

use crate::redact::engine::{judge, syntax};
use crate::redact::text::{ALNUM, NAME, SPACE, Text, class};

/// The greatest length of a value in bytes.
const MOST: usize = 256;

/// Returns the place of the password to which the word at `at` leads: the middle of
/// `createUser`, `sqlplus`, `login=`, `PDO(`, `net user` or `user … on >`, or the end of
/// `LOGIN`, `IDENTIFY`, `rabbitmqctl`, `WiFi.begin` or `getConnection`.
#[cold]
#[inline(never)]
pub(in crate::redact::engine) fn password(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let found = match text.at(at)? {
        b't' if text.is(at, b"tConnection(") => third(text, at + b"tConnection(".len()),
        b't' => user_of_snmp(text, at),
        b'G' => login(text, at),
        b'T' => identified(text, at),
        b'm' => broker(text, at),
        b'q' if text.is(at, b"qli(") => third(text, at + b"qli(".len()),
        b'q' => oracle(text, at),
        b'g' => proxy(text, at),
        b'F' => second(text, at + b"Fi.begin(".len()).filter(|_| text.is(at, b"Fi.begin(")),
        b'P' => third(text, at + b"PDO(".len()),
        b'e' => net_user(text, at),
        b'o' => rule_of_redis(text, at),
        _ => None,
    };
    let (start, end) = found?;
    let mut parts = text.outside(start, end);
    parts.find(|(start, end)| is_secret(text.slice(*start, *end)))
}

/// Reads `a1 LOGIN ann "x"` of IMAP. The end of the word is at `at`.
fn login(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let word = text.slice(at.checked_sub(3)?, at) == b" LO";
    let (_, user) = value(text, at + b"GIN ".len()).filter(|_| word)?;
    let quote = text.run_of(user, 1, |byte| byte == b'"');
    (text.at(quote) == Some(b' ')).then(|| value(text, quote))?
}

/// Reads `NickServ :IDENTIFY ann x` of IRC. The end of the word is at `at`.
fn identified(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let service = text.seen_back(at, 32, |byte| byte == b'\n');
    let known = service.any(|piece| judge::contains(piece, b"nickserv"));
    let first = value(text, at + b"TIFY".len()).filter(|_| known && text.is(at, b"TIFY "))?;
    let second = text.at(first.1) == Some(b' ');
    let second = second.then(|| value(text, first.1)).flatten();
    Some(second.unwrap_or(first))
}

/// Reads `rabbitmqctl add_user ann x`. The end of the name is at `at`.
fn broker(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    const COMMANDS: [&[u8]; 3] = [
        b"mqctl add_user ",
        b"mqctl change_password ",
        b"mqctl authenticate_user ",
    ];
    let command = COMMANDS.iter().find(|command| text.is(at, command))?;
    let user = word_end(text, text.run(at + command.len(), 4, SPACE));
    value(text, user)
}

/// Reads `createUser ann SHA "x"` of SNMP. The rest of the name is at `at`.
fn user_of_snmp(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let name = text.slice(at.checked_sub(4)?, at) == b"crea" && text.is(at, b"teUser ");
    let user = name.then(|| word_end(text, at + b"teUser ".len()))?;
    let kind = text.run(user, 8, SPACE);
    let digest = text.is(kind, b"SHA") || text.is(kind, b"MD5");
    let end = word_end(text, kind);
    digest.then(|| value(text, end))?
}

/// Reads `sqlplus ann/x@host`. The rest of the name is at `at`.
fn oracle(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let mut at = at + b"qlplus".len();
    text.is(at - b"qlplus".len(), b"qlplus ").then_some(())?;
    for _ in 0..4 {
        at = text.run(at, 8, SPACE);
        if text.at(at) != Some(b'-') {
            break;
        }
        at = word_end(text, at);
    }
    let slash = text.run_of(at, 64, |byte| class(byte) & NAME != 0);
    if slash == at || text.at(slash) != Some(b'/') {
        return None;
    }
    if let Some(literal) = syntax::literal(text, slash + 1) {
        return Some((literal.start, literal.end));
    }
    let end = word_end(text, slash + 1);
    let word = text.slice(slash + 1, end);
    let sign = word.iter().rposition(|byte| *byte == b'@')?;
    Some((slash + 1, slash + 1 + sign))
}

/// Reads `login=ann:x` of a proxy. The end of the name is at `at`.
fn proxy(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let name = text.slice(at.checked_sub(2)?, at) == b"lo";
    let user = at + b"gin=".len();
    let colon = text.run_of(user, 64, |byte| class(byte) & NAME != 0 || byte == b'@');
    let end = word_end(text, colon + 1);
    (name && colon > user && text.at(colon) == Some(b':')).then_some((colon + 1, end))
}

/// Returns the second argument of a call, if both are literals. The opening bracket of the
/// call ends before `at`.
fn second(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let literal = syntax::second(text, at)?;
    Some((literal.start, literal.end))
}

/// Returns the third argument of a call that connects to a database, if it is a literal.
/// The opening bracket of the call ends before `at`.
fn third(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let mut at = at;
    for count in 0..3 {
        at = text.run_of(at, 32, |byte| byte.is_ascii_whitespace());
        let literal = syntax::literal(text, at);
        if count == 2 {
            return literal.map(|literal| (literal.start, literal.end));
        }
        let end = match literal {
            Some(literal) => literal.end + 1,
            None => text.run_of(at, 64, |byte| class(byte) & NAME != 0 || byte == b'$'),
        };
        at = text.run(end, 8, SPACE);
        if text.at(at) != Some(b',') {
            return None;
        }
        at += 1;
    }
    None
}

/// Reads `net user ann x /add` and `net use \\host x /user:ann` of Windows. The end of
/// `net` is at `at`.
fn net_user(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let named = text.before(at) == Some(b'n')
        && text
            .before(at.checked_sub(1)?)
            .is_none_or(|byte| class(byte) & ALNUM == 0);
    if !named {
        return None;
    }
    let is_option = |word: &[u8]| matches!(word.first(), None | Some(b'/' | b'*' | b'\\'));
    if text.is(at, b"et user ") {
        let user = text.run(at + b"et user ".len(), 8, SPACE);
        let end = word_end(text, user);
        let found = value(text, end).filter(|_| !is_option(text.slice(user, end)))?;
        return (!is_option(text.slice(found.0, found.1))).then_some(found);
    }
    text.is(at, b"et use ").then_some(())?;
    let mut end = at + b"et use ".len();
    let mut word = end;
    // The password follows the share, or the user.
    for _ in 0..6 {
        let last = text.slice(word, end);
        let leads = last.starts_with(b"\\\\") || last.starts_with(b"/user:");
        let found = value(text, end)?;
        let (start, stop) = found;
        if leads && !is_option(text.slice(start, stop)) {
            return Some(found);
        }
        (word, end) = (start, stop.max(start + 1));
    }
    None
}

/// Reads `user app on >x` of Redis. The words before the mark are at `at`.
fn rule_of_redis(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let line = text.seen_back(at, 128, |byte| byte == b'\n');
    let user = line.any(|piece| {
        let start = piece.trim_ascii_start();
        judge::contains(piece, b"setuser ") || start.starts_with(b"user ")
    });
    let start = at + b"on >".len();
    user.then(|| (start, text.run_of(start, MOST, |byte| byte > b' ')))
}

/// Returns the place of the next word or literal from `at` on.
fn value(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let start = text.run(at, 8, SPACE);
    if let Some(literal) = syntax::literal(text, start) {
        return Some((literal.start, literal.end));
    }
    let end = word_end(text, start);
    (end > start).then_some((start, end))
}

fn word_end(text: &Text<'_>, at: usize) -> usize {
    text.run_of(at, MOST, |byte| byte > b' ')
}

/// Returns whether the bytes of a value without a name show that it is a password.
fn is_secret(value: &[u8]) -> bool {
    value.len() >= 8
        && (judge::is_strong(value, true) || judge::is_made(value) || judge::is_random(value))
        && !judge::is_dummy(value)
        && !judge::is_reference(value, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_tell_what_is_a_password() {
        for (text, lead, expected) in [
            ("createUser ann SHA \"q8$Zr!tW2m#Lk9v\" AES", "teUs", true),
            ("a1 LOGIN ann \"q8$Zr!tW2m#Lk9v\"", "GIN ", true),
            ("a1 LOGIN \"a@x\" q8$Zr!tW2m#Lk9v", "GIN ", true),
            ("NickServ :IDENTIFY ann q8$Zr!tW2m#Lk9v", "TIFY", true),
            ("rabbitmqctl add_user a 'q8$Zr!tW2m#Lk9v'", "mqct", true),
            ("getConnection(u, \"a\", \"q8$Zr!tW2m#Lk9v\")", "tCon", true),
            ("IDENTIFY ann q8$Zr!tW2m#Lk9v", "TIFY", false),
            ("WITH LOGIN PASSWORD", "GIN ", false),
            ("sqlplus -S ann/q8$Zr!tW2mLk9v@//db:1521/X", "qlpl", true),
            ("sqlplus ann/\"q8$Zr!tW2m#Lk9v\"@ORCL", "qlpl", true),
            ("p.test parent 0 login=ann:q8$Zr!tW2m#Lk9v", "gin=", true),
            ("new PDO('x:h', 'ann', 'q8$Zr!tW2m#Lk9v')", "PDO(", true),
            ("net user ann q8$Zr!tW2m#Lk9v /add", "et u", true),
            ("net use Z: \\\\h\\s q8$Zr!tW2m#Lk9v /user:a", "et u", true),
            ("net use Z: \\\\h\\s /user:a q8$Zr!tW2m#Lk9v", "et u", true),
            ("user app on >q8$Zr!tW2m#Lk9v ~app:*", "on >", true),
            ("net user ann /add", "et u", false),
            ("the net user growth of 2024", "et u", false),
            ("margin=ann:q8$Zr!tW2m#Lk9v", "gin=", false),
            ("if on >q8$Zr!tW2m#Lk9v", "on >", false),
            ("new PDO($dsn, $user, $password)", "PDO(", false),
        ] {
            let whole = Text::new(text.as_bytes(), true);
            let found = password(&whole, text.find(lead).unwrap());
            let value = found.map(|(start, end)| &text[start..end]);
            assert_eq!(value.is_some(), expected, "{text}: {value:?}");
            assert!(value.is_none_or(|value| value.starts_with("q8$")), "{text}");
        }
    }
}
