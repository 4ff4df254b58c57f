//! Passwords in commands and in one-line files.

use crate::redact::engine::{judge, syntax};
use crate::redact::text::{ALNUM, NAME, QUOTE, SPACE, STOP, Text, class};

/// How far before a flag its command may begin.
const MOST_BACK: usize = 200;

/// The greatest length of a value in bytes.
const MOST: usize = 256;

/// A flag that takes a password, and the commands that have it.
struct Flag {
    flag: &'static [u8],
    /// The mark between the user and the password, if the value has both.
    user: Option<u8>,
    /// Whether the value follows without a space.
    joined: bool,
    commands: &'static [&'static [u8]],
}

/// The commands of Net-SNMP.
const SNMP: &[&[u8]] = &[
    b"snmpget",
    b"snmpwalk",
    b"snmpset",
    b"snmpbulkwalk",
    b"snmptrap",
];

const FLAGS: &[Flag] = &[
    Flag {
        flag: b" -u ",
        user: Some(b':'),
        joined: false,
        commands: &[b"curl", b"curlie", b"wget", b"xh", b"hurl"],
    },
    Flag {
        flag: b" -u ",
        user: Some(b','),
        joined: false,
        commands: &[b"lftp", b"ncftpput"],
    },
    Flag {
        flag: b" --user ",
        user: Some(b':'),
        joined: false,
        commands: &[b"curl"],
    },
    Flag {
        flag: b" -p ",
        user: None,
        joined: false,
        commands: &[
            b"sshpass",
            b"login",
            b"mongo",
            b"mongosh",
            b"mongodump",
            b"mongorestore",
            b"PSEXEC",
            b"PsExec",
            b"psExec",
            b"psexec",
            b"twine",
            b"useradd",
            b"usermod",
            b"evil-winrm",
            b"crackmapexec",
            b"netexec",
            b"nxc",
        ],
    },
    Flag {
        flag: b" -p",
        user: None,
        joined: true,
        commands: &[
            b"mysql",
            b"mysqldump",
            b"mysqladmin",
            b"mysqlimport",
            b"mariadb",
            b"sshpass",
            b"7z",
            b"sqlcmd",
        ],
    },
    Flag {
        flag: b" -P ",
        user: None,
        joined: false,
        commands: &[
            b"unzip",
            b"zip",
            b"sqlcmd",
            b"bcp",
            b"ipmitool",
            b"lftp",
            b"tsql",
            b"mosquitto_pub",
            b"mosquitto_sub",
            b"mosquitto_rr",
        ],
    },
    Flag {
        flag: b" -w ",
        user: None,
        joined: false,
        commands: &[
            b"ldapsearch",
            b"ldapadd",
            b"ldapmodify",
            b"ldapdelete",
            b"ldapwhoami",
            b"ldappasswd",
            b"ldapcompare",
        ],
    },
    Flag {
        flag: b" -U ",
        user: Some(b'%'),
        joined: false,
        commands: &[b"smbclient", b"rpcclient", b"smbget", b"net"],
    },
    Flag {
        flag: b" /rp ",
        user: None,
        joined: false,
        commands: &[b"schtasks", b"eventcreate", b"taskkill"],
    },
    Flag {
        flag: b" -A ",
        user: None,
        joined: false,
        commands: SNMP,
    },
    Flag {
        flag: b" -X ",
        user: None,
        joined: false,
        commands: SNMP,
    },
    Flag {
        flag: b" -a ",
        user: None,
        joined: false,
        commands: &[b"redis-cli", b"valkey-cli", b"keydb-cli"],
    },
];

/// Returns the place of the password after the flag whose space or dashes are at
/// `at`.
#[inline(never)]
pub(in crate::redact::engine) fn password(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let at = match text.bytes().get(at)? {
        b'-' => at.checked_sub(1)?,
        b'"' | b'\'' => return quoted(text, at),
        b'<' => return here_string(text, at),
        b'|' => return echoed(text, at).filter(|_| text.is(at, b"| sudo -S")),
        b'o' | b'O' => return secure_string(text, at),
        b'g' => return login(text, at),
        b's' | b'S' => return community(text, at),
        _ => at,
    };
    let flag = FLAGS.iter().find(|flag| {
        text.is(at, flag.flag)
            && text
                .seen_back(at, MOST_BACK, |byte| matches!(byte, b'\n' | b'|' | b';'))
                .any(|piece| {
                    piece
                        .split(|byte| !is_command(*byte))
                        .any(|word| flag.commands.contains(&word))
                })
    })?;
    let mut start = at + flag.flag.len();
    if !flag.joined {
        start = text.run(start, 8, SPACE);
    }
    let is_mark = |at: usize| text.at(at).filter(|byte| class(*byte) & QUOTE != 0);
    let mut quote = is_mark(start);
    start += usize::from(quote.is_some());
    // Only the password is one secret.
    if let Some(mark) = flag.user {
        let user = text.run_of(start, 128, |byte| {
            byte != mark && class(byte) & STOP == 0 && Some(byte) != quote
        });
        if text.at(user) != Some(mark) {
            return None;
        }
        start = user + 1;
        // `-u ann:'x'`
        if quote.is_none() {
            quote = is_mark(start);
            start += usize::from(quote.is_some());
        }
    }
    // A shell may join further literals to it.
    let literal = syntax::literal(text, start.wrapping_sub(1));
    if let Some(literal) = literal.filter(|it| quote.is_some() && it.start == start) {
        return genuine(text, start, literal.end);
    }
    let mut end = text.run_of(start, MOST, |byte| match quote {
        Some(mark) => byte != mark && byte != b'\n',
        None => class(byte) & STOP == 0,
    });
    // Other shells know fewer marks.
    let word = text.run_of(start, MOST, |byte| byte > b' ');
    if quote.is_none() && word > end && judge::is_strong(text.slice(start, word), true) {
        end = word;
    }
    if quote.is_some() && text.at(end) != quote {
        return None;
    }
    if quote.is_none()
        && text
            .before(end)
            .is_some_and(|byte| matches!(byte, b',' | b';' | b')'))
    {
        end -= 1;
    }
    genuine(text, start, end)
}

/// Returns the place of the password in the literal at `at`, which is a flag of a command:
/// `'-px'`.
fn quoted(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let mut flags = FLAGS.iter().filter(|flag| flag.joined);
    let known = flags.any(|flag| {
        text.seen_back(at, MOST_BACK, |byte| matches!(byte, b'\n' | b'|' | b';'))
            .any(|piece| {
                piece
                    .split(|byte| !is_command(*byte))
                    .any(|word| flag.commands.contains(&word))
            })
    });
    let literal = syntax::literal(text, at).filter(|_| known)?;
    let start = literal.start + b"-p".len();
    let value = text.slice(start, literal.end);
    (judge::is_strong(value, true) || judge::is_made(value) || judge::is_random(value))
        .then(|| genuine(text, start, literal.end))?
}

/// Returns the place of the literal or word at `at`, if it could be a password.
fn word(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let start = text.run(at, 8, SPACE);
    let (start, end) = match syntax::literal(text, start) {
        Some(literal) => (literal.start, literal.end),
        None => (
            start,
            text.run_of(start, MOST, |byte| class(byte) & STOP == 0),
        ),
    };
    genuine(text, start, end)
}

/// Returns the place of the text that a shell passes to a command that reads a
/// password: `sudo -S <<< "x"`.
fn here_string(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let line = text.seen_back(at, MOST_BACK, |byte| byte == b'\n');
    let reads =
        line.any(|piece| judge::contains(piece, b"sudo -s") || judge::contains(piece, b"stdin"));
    if reads {
        word(text, at + b"<<< ".len())
    } else {
        None
    }
}

/// Returns the place of the last word that `echo` or `printf` writes into the pipe at
/// `at`.
fn echoed(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let seen = text.seen_back(at, crate::redact::engine::MOST_BACK, |byte| byte == b'\n');
    let echoes =
        seen.any(|piece| judge::contains(piece, b"echo ") || judge::contains(piece, b"printf "));
    let (from, line) = seen.last();
    let line = line.trim_ascii_end();
    let end = from + line.len();
    let (start, end) = match line.split_last()? {
        (mark @ (b'"' | b'\''), head) => {
            let open = head.iter().rposition(|byte| byte == mark);
            // The user before the password was found already.
            let behind_user = (head.first() == Some(&b':')).then_some(0);
            // In a literal, both marks may be escaped.
            let is_slash = |byte: &&u8| **byte == b'\\';
            let escaped = open.is_some_and(|open| {
                let before = head.get(..open).unwrap_or_default();
                before.ends_with(b"\\")
            });
            let slashes = head.iter().rev().take_while(is_slash).count();
            let slashes = if escaped { slashes } else { 0 };
            (
                from + open.map(|open| open + 1).or(behind_user)?,
                end - 1 - slashes,
            )
        }
        _ => (from + line.iter().rposition(|byte| *byte == b' ')? + 1, end),
    };
    let value = text.slice(start, end);
    let password = value.strip_prefix(b":").unwrap_or(value);
    (echoes && is_genuine(password)).then_some((start, end))
}

/// Returns whether the name that ends at `end` may be part of a command that takes a
/// password. Few names end like those of such commands.
#[inline]
pub(in crate::redact::engine) fn may_be_piped(text: &Text<'_>, end: usize) -> bool {
    if !matches!(text.before(end), Some(b'n' | b'd')) {
        return false;
    }
    let name = text.slice(0, end);
    match text.at(end) {
        Some(b':') => true,
        Some(b' ') if text.at(end + 1) == Some(b'-') => true,
        _ => name.ends_with(b"stdin") || name.ends_with(b"passwd"),
    }
}

/// Returns the place of the password passed to the command whose name contains the bytes
/// from `start` to `end`: `echo x | docker login --password-stdin`, `htpasswd -b file
/// user x`.
#[inline(never)]
pub(in crate::redact::engine) fn piped(
    text: &Text<'_>,
    start: usize,
    end: usize,
) -> Option<(usize, usize)> {
    let name = text.slice(start, end);
    if name.ends_with(b"htpasswd") && text.is(end, b" -") {
        let mut at = text.run_of(end + 2, 8, |byte| class(byte) & ALNUM != 0);
        text.slice(end + 2, at).contains(&b'b').then_some(())?;
        for _ in 0..2 {
            at = text.run(at, 4, SPACE);
            at = text.run_of(at, 128, |byte| byte > b' ');
        }
        return word(text, at);
    }
    // `expect "Password:" { send "x\r" }`
    if text.is(end, b":\"") || text.is(end, b": \"") {
        let send = text.run_of(end, 12, |byte| !matches!(byte, b's' | b'\n'));
        if text.is(send, b"send ") || text.is(send, b"sendline(") {
            let quote = text.run_until(send, 16, *b"\"'");
            let value = syntax::literal(text, quote)?;
            let inner = text.slice(value.start, value.end);
            let inner = inner
                .strip_suffix(b"\\r")
                .or_else(|| inner.strip_suffix(b"\\n"))
                .unwrap_or(inner);
            return genuine(text, value.start, value.start + inner.len());
        }
    }
    if !(name.ends_with(b"-stdin") || text.is(end, b" --stdin") || name == b"chpasswd") {
        return None;
    }
    let most = crate::redact::engine::MOST_BACK;
    let pipe = text
        .seen_back(start, most, |byte| matches!(byte, b'|' | b'\n'))
        .end()?;
    if text.slice(pipe, pipe + 1) != b"|" {
        return None;
    }
    let (value, end) = echoed(text, pipe)?;
    let user = text.slice(value, end).iter().position(|byte| *byte == b':');
    let skipped = user
        .filter(|_| name == b"chpasswd")
        .map_or(0, |colon| colon + 1);
    (value + most >= start).then_some((value + skipped, end))
}

/// Returns the place of the literal that PowerShell converts to a protected string.
fn secure_string(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    const NAME: &[u8] = b"o-securestring";
    if !text.is_word(at, NAME) {
        return None;
    }
    let mut at = at + NAME.len();
    for _ in 0..4 {
        at = text.run(at, 8, SPACE);
        if text.at(at) != Some(b'-') {
            break;
        }
        at = text.run_of(at, 24, |byte| byte > b' ');
    }
    let literal = syntax::literal(text, at)?;
    genuine(text, literal.start, literal.end)
}

/// Returns the place of the second argument of `login("user", "x")`, if it is strong.
fn login(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let before = text.slice(at.saturating_sub(2), at);
    let value = before
        .eq_ignore_ascii_case(b"lo")
        .then(|| syntax::second(text, at + b"gin(".len()))??;
    let password = text.slice(value.start, value.end);
    let secret = judge::is_strong(password, true) || judge::is_made(password);
    secret.then_some((value.start, value.end))
}

/// Returns the place of the community string that a network device is configured
/// with: `snmp-server community x RO`.
fn community(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    const NAME: &[u8] = b"snmp-server community ";
    let (start, end) = word(text, at + NAME.len()).filter(|_| text.is_word(at, NAME))?;
    judge::is_random(text.slice(start, end)).then_some((start, end))
}

const fn is_command(byte: u8) -> bool {
    class(byte) & ALNUM != 0 || matches!(byte, b'-' | b'_')
}

/// Returns the first part of a value, outside of labels and placeholders, that could be
/// a real password.
fn genuine(text: &Text<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let mut parts = text.outside(start, end);
    parts.find(|(start, end)| is_genuine(text.slice(*start, *end)))
}

/// Returns whether a value could be a real password.
fn is_genuine(value: &[u8]) -> bool {
    judge::is_made(value) || may_be_chosen(value)
}

/// Returns whether a value could be a password that breaks the usual rules of sites.
fn may_be_chosen(value: &[u8]) -> bool {
    value.len() >= 4
        && value.iter().any(|byte| class(*byte) & ALNUM != 0)
        && (!judge::is_reference(value, false) || judge::is_strong(value, false))
        && !judge::is_dummy(value)
        && !judge::is_stock(value)
        && !judge::has_placeholder(value)
}

/// Returns the place of the password on a line of PostgreSQL's password file,
/// `host:port:database:user:password`. The colon before the port is at `at`.
#[inline(never)]
pub(in crate::redact::engine) fn pgpass(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let is_part = |byte: u8| class(byte) & STOP == 0 && byte != b':';
    // The host may be an address that was found already.
    let host = text.value_before(at).unwrap_or_else(|| {
        text.run_back_of(at, 64, |byte| class(byte) & NAME != 0 || byte == b'*')
    });
    let starts = match host.checked_sub(1) {
        Some(before) => matches!(text.slice(before, host), b"\n" | b"\"" | b"'" | b" "),
        None => true,
    };
    let port = text.run_of(at + 1, 5, |byte| byte.is_ascii_digit());
    let database = text.run_of(port + 1, 64, is_part);
    let user = text.run_of(database + 1, 64, is_part);
    let start = user + 1;
    let end = text.run_of(start, MOST, |byte| class(byte) & STOP == 0);
    let colons = [port, database, user]
        .iter()
        .all(|&colon| text.at(colon) == Some(b':'));
    let whole = host < at && starts && colons && database > port + 1 && user > database + 1;
    whole.then(|| genuine(text, start, end))?
}

/// Returns the place of the password in the text of a QR code for a wireless network
/// at `at`.
#[inline(never)]
pub(in crate::redact::engine) fn wifi(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    if !text.is(at, b"WIFI:") {
        return None;
    }
    let mut at = at + b"WIFI:".len();
    for _ in 0..6 {
        let end = text.run_of(at, MOST, |byte| {
            byte >= b' ' && byte != b';' && byte != b'"'
        });
        if text.is(at, b"P:") {
            return genuine(text, at + 2, end);
        }
        if text.at(end) != Some(b';') {
            return None;
        }
        at = end + 1;
    }
    None
}

/// The least and the greatest number of words in a phrase (BIP 39).
const LEAST_WORDS: usize = 12;
const MOST_WORDS: usize = 24;

/// Returns the place of the words from which a wallet's keys are derived, after their
/// name at `at`.
#[inline(never)]
pub(in crate::redact::engine) fn seed_phrase(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let name = text.run_of(at, 24, |byte| class(byte) & NAME != 0 || byte == b' ');
    let start = text.run_of(name, 8, |byte| {
        class(byte) & (SPACE | QUOTE) != 0 || matches!(byte, b':' | b'=' | b'>')
    });
    let assigned = text
        .slice(name, start)
        .iter()
        .any(|byte| matches!(byte, b':' | b'=' | b'"' | b'\''));
    if !assigned {
        return None;
    }
    let (mut words, mut end) = (0, start);
    let mut word = start;
    while words < MOST_WORDS {
        let last = text.run_of(word, 9, |byte| byte.is_ascii_lowercase());
        if !(3..=8).contains(&(last - word)) {
            break;
        }
        (words, end) = (words + 1, last);
        if text.at(last) != Some(b' ') {
            break;
        }
        word = last + 1;
    }
    (words >= LEAST_WORDS && words % 3 == 0).then_some((start, end))
}
