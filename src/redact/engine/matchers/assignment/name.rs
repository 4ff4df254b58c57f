//! Names that denote secrets.

use super::{scripts, tongues};
use crate::redact::engine::tables::words::WordSet;
use crate::redact::text::{ALNUM, ByteSet, NAME, QUOTE, SPACE, STOP, Text, UPPER, class};

/// How far a name is followed on either side of the word found.
const MOST: usize = 64;

/// The kind of secret that a name denotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// `Authorization`, `auth`: a scheme with credentials, or a value.
    Auth,
    /// `api_key`, `accessKey`: a key that identifies a caller.
    ApiKey,
    /// `key` alone, which usually denotes no secret.
    Key,
    /// `password`, `passwd`, `pwd`: possibly chosen by a person.
    Password,
    /// `secret`, `credential`, `salt`.
    Secret,
    /// `token`.
    Token,
}

/// A name that denotes a secret, with its meaning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The start and end of the secret word.
    pub(crate) word: (usize, usize),
    pub(crate) meaning: Meaning,
    /// Whether the name may be a verb or a method: `pass`, `password.encode`.
    pub(crate) callable: bool,
    /// Whether the name denotes several secrets.
    pub(crate) plural: bool,
}

/// Words after which a name is about a secret without holding it.
static ASIDE: WordSet = WordSet::new(&[
    b"algorithm",
    b"alias",
    b"arn",
    b"attempts",
    b"attribute",
    b"callback",
    b"chain",
    b"class",
    b"column",
    b"config",
    b"count",
    b"date",
    b"description",
    b"dir",
    b"duration",
    b"enabled",
    b"encryption",
    b"endpoint",
    b"error",
    b"expiration",
    b"expires",
    b"expiry",
    b"field",
    b"file",
    b"filename",
    b"fingerprint",
    b"format",
    b"func",
    b"handler",
    b"header",
    b"help",
    b"hint",
    b"icon",
    b"id",
    b"ids",
    b"index",
    b"input",
    b"label",
    b"len",
    b"length",
    b"level",
    b"limit",
    b"list",
    b"manager",
    b"map",
    b"max",
    b"message",
    b"min",
    b"mode",
    b"name",
    b"names",
    b"path",
    b"placeholder",
    b"policy",
    b"pool",
    b"prefix",
    b"prompt",
    b"provider",
    b"ref",
    b"regex",
    b"required",
    b"resp",
    b"response",
    b"result",
    b"reset",
    b"rotation",
    b"scope",
    b"service",
    b"set",
    b"size",
    b"source",
    b"spec",
    b"state",
    b"status",
    b"store",
    b"strength",
    b"suffix",
    b"test",
    b"text",
    b"time",
    b"timeout",
    b"title",
    b"ttl",
    b"type",
    b"types",
    b"uri",
    b"url",
    b"usage",
    b"user",
    b"username",
    b"valid",
    b"validator",
    b"version",
]);

/// The secret words themselves. A later one in a name is found separately.
static OWN: WordSet = WordSet::new(&[
    b"auth",
    b"credential",
    b"credentials",
    b"key",
    b"pass",
    b"passwd",
    b"password",
    b"pwd",
    b"salt",
    b"secret",
    b"token",
]);

/// Words before `key` that make it a caller's key.
static KEY_WORDS: WordSet = WordSet::new(&[
    b"access",
    b"account",
    b"admin",
    b"api",
    b"app",
    b"application",
    b"auth",
    b"aws",
    b"client",
    b"consumer",
    b"crypt",
    b"crypto",
    b"deploy",
    b"device",
    b"encrypt",
    b"encryption",
    b"function",
    b"functions",
    b"host",
    b"integration",
    b"license",
    b"live",
    b"management",
    b"master",
    b"private",
    b"project",
    b"root",
    b"secret",
    b"server",
    b"service",
    b"session",
    b"shared",
    b"sign",
    b"signing",
    b"storage",
    b"subscription",
    b"webhook",
    b"write",
]);

/// Words before `key` or `token` that make it harmless.
static HARMLESS: WordSet = WordSet::new(&[
    b"bos",
    b"cache",
    b"cancel",
    b"cancellation",
    b"continuation",
    b"csrf",
    b"current",
    b"end",
    b"eos",
    b"first",
    b"foreign",
    b"group",
    b"hash",
    b"hot",
    b"i18n",
    b"idempotency",
    b"index",
    b"input",
    b"json",
    b"last",
    b"map",
    b"mask",
    b"max",
    b"message",
    b"min",
    b"next",
    b"num",
    b"object",
    b"output",
    b"pad",
    b"page",
    b"partition",
    b"prev",
    b"primary",
    b"pub",
    b"public",
    b"registry",
    b"return",
    b"route",
    b"routing",
    b"row",
    b"sep",
    b"shard",
    b"socket",
    b"sort",
    b"special",
    b"start",
    b"stop",
    b"storage_map",
    b"sync",
    b"total",
    b"translation",
    b"unk",
    b"verify",
    b"websocket",
]);

/// Words before `key`, and a blank, that make it a caller's key.
static LABELS: WordSet = WordSet::new(&[b"access", b"api", b"license", b"private", b"secret"]);

/// Words before `key`, and a blank, that make it harmless.
static PUBLIC: WordSet = WordSet::new(&[b"foreign", b"primary", b"public", b"site", b"sort"]);

impl Meaning {
    /// Returns whether people choose what such a name denotes.
    pub(super) const fn is_chosen(self) -> bool {
        matches!(self, Self::Password | Self::Secret)
    }
}

impl Name {
    /// Returns whether the name is the user of an address with a password, as in
    /// `https://oauth2:x@host`. Another matcher finds that password.
    pub(crate) fn is_user(&self, text: &Text<'_>) -> bool {
        let lead = text.slice(self.start.saturating_sub(3), self.start);
        if lead != b"://" || text.at(self.end) != Some(b':') {
            return false;
        }
        let end = text.run_of(self.end + 1, 256, |byte| {
            class(byte) & STOP == 0 && !matches!(byte, b'/' | b'?' | b'#' | b'@')
        });
        text.at(end) == Some(b'@')
    }

    /// Returns whether the name denotes what people choose as a password.
    pub(crate) const fn denotes_password(&self) -> bool {
        self.meaning.is_chosen()
    }

    /// Reads the name around the word at `at`. Returns `None` if it is another word
    /// or the name denotes something else.
    #[inline(never)]
    pub(crate) fn read(text: &Text<'_>, at: usize) -> Option<Self> {
        let (mut word_end, meaning) = word(text, at)?;
        let plural = is_plural(text, word_end);
        word_end += usize::from(plural);
        // If lower-case letters follow, it is another word: `keyboard`, `author`.
        if !is_seam(text, word_end) {
            return None;
        }
        let end = text.run(word_end, MOST, NAME);
        let mut end = end;
        while end > word_end && matches!(text.before(end), Some(b'.' | b'-')) {
            end -= 1;
        }
        if plural && !leads_to_values(text, end) {
            return None;
        }
        if !may_follow(text, end) || !is_name_end(text.slice(word_end, end)) {
            return None;
        }
        let start = text.run_back(at, MOST, NAME);
        // `AWS::IAM::AccessKey`, but `db::password: 'x'` as in Puppet and C++.
        if text.slice(start.saturating_sub(2), start) == b"::" && !is_assigned_literal(text, end) {
            return None;
        }
        // The value of a signature in XML is public, and so is what tells about a key.
        let own = text.slice(at, word_end);
        let rest = last_word(text.slice(word_end, end));
        if own.eq_ignore_ascii_case(b"signature") && rest.eq_ignore_ascii_case(b"value")
            || meaning == Meaning::Key && rest.eq_ignore_ascii_case(b"info")
        {
            return None;
        }
        let mut meaning = refine(meaning, text.slice(start, at))?;
        if meaning == Meaning::Key && start == at && text.before(at) == Some(b' ') {
            let word = text.run_back(at - 1, 16, NAME);
            let word = text.slice(word, at - 1);
            // `Public key`, `site key`
            if PUBLIC.contains(word) {
                return None;
            }
            // `crypto isakmp key x` and `radius-server key x` of network devices
            if [&b"isakmp"[..], b"radius-server", b"tacacs-server"].contains(&word) {
                meaning = Meaning::Secret;
            }
            // `API Key`
            if LABELS.contains(word) {
                meaning = Meaning::ApiKey;
            }
        }
        let callable = text.slice(word_end, end).contains(&b'.') || word_end - at == b"pass".len();
        Some(Self {
            start,
            end,
            word: (at, word_end),
            meaning,
            callable,
            plural,
        })
    }
}

/// Returns whether a literal is assigned to the name that ends at `end`.
fn is_assigned_literal(text: &Text<'_>, end: usize) -> bool {
    let sign = text.run(end, 8, SPACE);
    let behind = text.run_of(sign, 2, |byte| matches!(byte, b':' | b'=' | b'>'));
    let quote = text.run(behind, 8, SPACE);
    let sign = text.slice(sign, behind);
    matches!(sign, b":" | b"=" | b"=>")
        && text.at(quote).is_some_and(|mark| class(mark) & QUOTE != 0)
}

/// Returns whether the text after a plural could lead to a list, a map or a column.
/// Counts of tokens and keys are frequent.
fn leads_to_values(text: &Text<'_>, end: usize) -> bool {
    let quote = text.run_of(end, 8, |byte| byte == b'\\' || class(byte) & QUOTE != 0);
    let sign = text.run(quote, 8, SPACE);
    match text.at(sign) {
        Some(b':' | b'=') => {
            let next = text.run(sign + 1, 8, SPACE);
            !text
                .at(next)
                .is_none_or(|byte| byte.is_ascii_digit() || byte == b':')
        }
        Some(b'a') => text.is_word(sign, b"are "),
        Some(byte) => matches!(byte, b',' | b';' | b'|' | b']' | b'{' | b'(') && sign == quote,
        None => false,
    }
}

/// Returns whether the word that ends at `end` continues with the sign of a plural.
fn is_plural(text: &Text<'_>, end: usize) -> bool {
    matches!(text.at(end), Some(b's' | b'S'))
        && text
            .at(end + 1)
            .is_some_and(|next| class(next) & ALNUM == 0 && next < 128)
}

const CONTRASENA: &[u8] = "contraseña".as_bytes();

/// Returns the words that begin with two letters. A longer word comes before its own
/// prefixes.
const fn words(first: u8, second: u8) -> &'static [(&'static [u8], Meaning)] {
    use Meaning::{Auth, Key, Password, Secret, Token};
    match (first, second) {
        (b'a', b'u') => &[
            (b"authorization", Auth),
            (b"authtok", Password),
            (b"auth", Auth),
        ],
        (b'c', b'o') => &[
            (b"contrasena", Password),
            (b"contrasenya", Password),
            (CONTRASENA, Password),
        ],
        (b'c', b'r') => &[
            (b"credenciales", Secret),
            (b"credenciais", Secret),
            (b"credenziali", Secret),
            (b"credentials", Secret),
            (b"credential", Secret),
            (b"creds", Secret),
            (b"cred", Secret),
        ],
        (b'k', b'e') => &[(b"key", Key), (b"kennwort", Password)],
        (b'm', b'd') => &[(b"mdp", Password)],
        (b'p', b's') => &[(b"psk", Password)],
        (b'p', b'w') => &[(b"pwd", Password), (b"pw", Password)],
        (b's', b'a') => &[(b"salt", Secret)],
        (b's', b'e') => &[
            (b"secrete", Secret),
            (b"secret", Secret),
            (b"senha", Password),
        ],
        (b's', b'i') => &[(b"signature", Token)],
        (b't', b'o') => &[(b"token", Token)],
        (b'w', b'a') => &[(b"wachtwoord", Password)],
        _ => &[],
    }
}

/// Returns the words that begin with `pass` and this letter, and the word `pass`.
const fn passes(next: u8) -> &'static [(&'static [u8], Meaning)] {
    use Meaning::Password;
    match next {
        b'c' => &[(b"passcode", Password), (b"pass", Password)],
        b'e' => &[(b"passe", Password)],
        b'o' => &[
            (b"passordet", Password),
            (b"passord", Password),
            (b"pass", Password),
        ],
        b'p' => &[(b"passphrase", Password), (b"pass", Password)],
        b'w' => &[
            (b"password", Password),
            (b"passwd", Password),
            (b"passwort", Password),
            (b"pass", Password),
        ],
        _ => &[(b"pass", Password)],
    }
}

/// Reads the word at `at`: its end and its meaning.
fn word(text: &Text<'_>, at: usize) -> Option<(usize, Meaning)> {
    let first = text.at(at)?.to_ascii_lowercase();
    if first >= 128
        && let Some(found) = scripts::word(text, at)
    {
        return Some(found);
    }
    // `IDENTIFIED BY 'x'` in SQL.
    if first == b'b' && text.is_word(at, b"by ") {
        let before = text.slice(at.saturating_sub(11), at);
        return before
            .eq_ignore_ascii_case(b"identified ")
            .then_some((at + 2, Meaning::Password));
    }
    // The signature in an address: `sig=…`.
    if first == b's' && text.is(at, b"sig=") {
        return Some((at + 3, Meaning::Token));
    }
    let second = text.at(at + 1)?.to_ascii_lowercase();
    let words = if (first, second) == (b'p', b'a') {
        passes(text.at(at + 4).unwrap_or(0).to_ascii_lowercase())
    } else {
        words(first, second)
    };
    let found = words.iter().find(|(word, _)| text.is_word(at, word));
    if let Some((word, meaning)) = found {
        return Some((at + word.len(), *meaning));
    }
    let (word, meaning) = tongues::WORDS.iter().find(|(word, _)| {
        tongues::begins(word, first, second) && text.is_word(at, word.as_bytes())
    })?;
    // `enclave`
    let joined = text
        .before(at)
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    if joined && *word == "clave" {
        return None;
    }
    Some((at + word.len(), *meaning))
}

/// Returns whether a reader would also end the word at `end`.
fn is_seam(text: &Text<'_>, end: usize) -> bool {
    match text.at(end) {
        Some(byte) if byte.is_ascii_lowercase() => {
            // `PASSWORDx` is no boundary in either case. Capitals before lower case
            // are one.
            false
        }
        Some(byte) if class(byte) & UPPER != 0 => {
            // `tokenExpiry` has a boundary, `TOKENS` has none.
            text.before(end)
                .is_some_and(|last| last.is_ascii_lowercase())
        }
        _ => true,
    }
}

/// The bytes of ASCII that may follow a name, other than brackets of calls and full
/// stops.
const FOLLOWING: ByteSet = ByteSet::parse("\"'` \t=:!?|+\\->\n\r\\\\\\]\\[<),{;*&");

/// Returns whether the text after a name could lead to a value.
fn may_follow(text: &Text<'_>, at: usize) -> bool {
    match text.at(at) {
        Some(b'(') => text
            .at(at + 1)
            .is_some_and(|next| class(next) & QUOTE != 0 || next == b'\\' || next <= b' '),
        // `use x as the password.`
        Some(b'.') => text.at(at + 1).is_none_or(|next| next <= b' '),
        // Beyond ASCII: blanks, arrows and colons of other scripts, and verbs.
        Some(0xc2 | 0xe2..=0xe6 | 0xeb | 0xec | 0xef) => true,
        Some(byte) => FOLLOWING.contains(byte),
        None => true,
    }
}

/// Returns whether the text after the word still allows the name of a secret.
fn is_name_end(rest: &[u8]) -> bool {
    if rest.is_empty() {
        return true;
    }
    let last = last_word(rest);
    !OWN.contains(last) && !ASIDE.contains(last)
}

/// Refines the meaning of a word by the text before it in the same name.
fn refine(meaning: Meaning, before: &[u8]) -> Option<Meaning> {
    if before.is_empty() {
        return Some(meaning);
    }
    let head = trim_marks(before);
    let last = last_word(head);
    if last.is_empty() {
        return Some(meaning);
    }
    // A letter immediately before the word makes it a different one, unless camel
    // case or a known compound joins them: `monkey`, but `apikey` and `userPassword`.
    let joined = before.len() == head.len();
    match meaning {
        Meaning::Token if last.eq_ignore_ascii_case(b"key") && is_public(head) => None,
        Meaning::Key if KEY_WORDS.contains(last) || KEY_WORDS.any_ends(last) => {
            Some(Meaning::ApiKey)
        }
        // All in one letter case: `apikey`, `ACCESSKEY`.
        Meaning::Key if joined && KEY_WORDS.any_ends(last) => Some(Meaning::ApiKey),
        Meaning::Key if joined => None,
        Meaning::Key | Meaning::Token if HARMLESS.contains(last) => None,
        Meaning::Password if joined && (ends_with(last, b"by") || ends_with(last, b"com")) => None,
        _ => Some(meaning),
    }
}

/// Returns whether a name that ends with `key` denotes a public key.
fn is_public(head: &[u8]) -> bool {
    let before = last_word(head.get(..head.len() - b"key".len()).unwrap_or_default());
    before.eq_ignore_ascii_case(b"public")
}

fn ends_with(value: &[u8], word: &[u8]) -> bool {
    value
        .len()
        .checked_sub(word.len())
        .and_then(|at| value.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(word))
}

#[inline(never)]
fn trim_marks(mut name: &[u8]) -> &[u8] {
    while let [head @ .., last] = name
        && class(*last) & ALNUM == 0
    {
        name = head;
    }
    name
}

/// Returns the last word of a name, in any of the usual ways to join words.
#[inline(never)]
pub(super) fn last_word(name: &[u8]) -> &[u8] {
    let name = trim_marks(name);
    let mut at = name.len();
    while let Some(byte) = at.checked_sub(1).and_then(|before| name.get(before)) {
        if class(*byte) & ALNUM == 0 {
            break;
        }
        at -= 1;
        let before = at
            .checked_sub(1)
            .and_then(|before| name.get(before))
            .copied()
            .unwrap_or(b'_');
        if class(*byte) & UPPER != 0 && before.is_ascii_lowercase() {
            break;
        }
    }
    name.get(at..).unwrap_or_default()
}
