//! Names of fields whose values are masked as a whole.

use std::collections::BTreeSet;

use crate::redact::engine::kind_of_word;
use crate::redact::finding::{Finding, Kind, Layers, RuleId, Validation};
use crate::redact::text::{part_of_str, placeholder_len};

/// Names of fields whose whole values are hidden, whatever the values are.
///
/// Where a structure says what a field is (a member of a JSON object, a field of an
/// event), its name alone is reason enough to hide it: `letmein` or `1234` under
/// `password` looks like no secret and is one. The built-in names are those for
/// passwords, tokens, keys of callers, credentials, cookies, one-time codes and
/// session ids, in any letter case and with any of the usual marks between their
/// words. What is only about a secret, such as `password_policy`, `token_count` or
/// `next_page_token`, is no such name. `pass` is one, even for numbers; `pin`, `code`
/// and `session` are none without a word that says more, as in `card_pin` or
/// `session_id`.
///
/// Numbers and texts are hidden. `null`, booleans and empty texts stay.
///
/// # Example
/// ```
/// use confidant::redact::{FieldNames, Redactor};
///
/// let names = FieldNames::new().with("door").without("api_key");
/// let redactor = Redactor::builder().mask_fields(names).build()?;
/// let text = r#"{"password":"letmein","door":4711,"api_key":"none yet"}"#;
/// assert_eq!(
///     redactor.redact_json(text)?.as_str(),
///     r#"{"password":"[REDACTED-PASSWORD]","door":"[REDACTED-SECRET]","api_key":"none yet"}"#
/// );
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldNames {
    added: BTreeSet<String>,
    left_out: BTreeSet<String>,
}

impl FieldNames {
    /// Creates the set of the built-in names.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name. Letter case and marks do not count: `doorCode` is also
    /// `door_code` and `Door-Code`.
    #[must_use]
    pub fn with(mut self, name: &str) -> Self {
        let name = plain(name);
        self.left_out.remove(&name);
        self.added.insert(name);
        self
    }

    /// Leaves a name out, whether it was added or is built in.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        let name = plain(name);
        self.added.remove(&name);
        self.left_out.insert(name);
        self
    }

    /// Returns the kind of value that a field of this name holds, or `None` if its
    /// values are not masked.
    ///
    /// ```
    /// use confidant::redact::{FieldNames, Kind};
    ///
    /// let names = FieldNames::new();
    /// assert_eq!(names.kind("dbPassword"), Some(Kind::Password));
    /// assert_eq!(names.kind("password_policy"), None);
    /// ```
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<Kind> {
        if !(self.added.is_empty() && self.left_out.is_empty()) {
            let plain = plain(name);
            if self.left_out.contains(&plain) {
                return None;
            }
            if self.added.contains(&plain) {
                return Some(built_in(name).unwrap_or(Kind::Secret));
            }
        }
        built_in(name)
    }

    /// Returns whether a name was left out, so that nothing above it masks its value.
    #[cfg(feature = "json")]
    pub(crate) fn is_left_out(&self, name: &str) -> bool {
        !self.left_out.is_empty() && self.left_out.contains(&plain(name))
    }
}

/// Returns the letters and digits of a name in lower case.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|char| char.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Returns the finding of a value of `len` bytes that is masked as a whole.
pub(crate) const fn masked(kind: Kind, len: usize) -> Finding {
    Finding {
        rule: RuleId::BuiltIn(RuleId::FIELD),
        kind,
        start: 0,
        end: len,
        confidence: 60,
        validation: Validation::Judged,
        fingerprint: None,
        layers: Layers::NONE,
    }
}

/// Returns whether a text is nothing but a placeholder or label.
pub(crate) fn is_replaced(text: &str) -> bool {
    placeholder_len(text.as_bytes()) == Some(text.len())
}

/// The parts of names that may denote a secret.
const PARTS: &[&[u8]] = &[
    b"adgang",
    b"auth",
    b"bear",
    b"clave",
    b"code",
    b"contrase",
    b"cook",
    b"cred",
    b"csrf",
    b"cvc",
    b"cvv",
    b"hash",
    b"hasl",
    b"has\xc5",
    b"hesl",
    b"jelsz",
    b"jwt",
    b"key",
    b"losenord",
    b"l\xc3\xb6senord",
    b"mdp",
    b"mnem",
    b"otp",
    b"parol",
    b"pass",
    b"phrase",
    b"priv",
    b"psk",
    b"pwd",
    b"salas",
    b"salt",
    b"secr",
    b"seed",
    b"senha",
    b"sess",
    b"signa",
    b"tok",
    b"wacht",
    b"wort",
    b"xsrf",
];

/// The same, if no small letter follows: `path` and `pinned` are other words.
const WHOLE: &[&[u8]] = &[b"pat", b"pin", b"pw", b"sid", b"sig"];

/// For the first letter of each of these parts, the letters that follow it, by their
/// lowest five bits.
static SECOND: [u32; 32] = with(WHOLE, with(PARTS, [0; 32]));

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn with(mut parts: &[&[u8]], mut table: [u32; 32]) -> [u32; 32] {
    while let [part, rest @ ..] = parts {
        table[(part[0] & 31) as usize] |= 1 << (part[1] & 31);
        parts = rest;
    }
    table
}

/// Returns whether a name may denote a secret, by a part of it. Most names do not.
pub(crate) fn may_be_secret(name: &str) -> bool {
    if kind_of_word(name).is_some() {
        return true;
    }
    let name = name.as_bytes();
    name.windows(2).enumerate().any(|(at, pair)| {
        let &[first, second] = pair else { return false };
        let follows = SECOND.get(usize::from(first & 31)).copied();
        follows.is_some_and(|follows| follows >> (second & 31) & 1 == 1) && has_part(name, at)
    })
}

/// Returns whether one of the parts of names that may denote a secret is at `at`.
#[inline(never)]
fn has_part(name: &[u8], at: usize) -> bool {
    let begins = |part: &&&[u8]| {
        let found = name.get(at..at + part.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(part))
    };
    let ends = |part: &&[u8]| {
        let next = name.get(at + part.len());
        !next.is_some_and(u8::is_ascii_lowercase)
    };
    PARTS.iter().any(|part| begins(&part)) || WHOLE.iter().filter(begins).any(ends)
}

/// The greatest number of bytes of a name that are read, from its end.
const MOST: usize = 64;

/// The words of a name, the last one first.
struct Words<'n>(&'n str);

impl<'n> Iterator for Words<'n> {
    type Item = &'n str;

    fn next(&mut self) -> Option<&'n str> {
        let trimmed = self
            .0
            .trim_end_matches(|char: char| !char.is_alphanumeric());
        let bytes = trimmed.as_bytes();
        let mut at = bytes.len();
        while let Some(&byte) = at.checked_sub(1).and_then(|before| bytes.get(before)) {
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() {
                break;
            }
            at -= 1;
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            let after = bytes.get(at + 1);
            // `dbPassword`, and the last capital of `APIKey`.
            if byte.is_ascii_uppercase()
                && (before.is_some_and(u8::is_ascii_lowercase)
                    || (before.is_some_and(u8::is_ascii_uppercase)
                        && after.is_some_and(u8::is_ascii_lowercase)))
            {
                break;
            }
        }
        let word = trimmed.get(at..).filter(|word| !word.is_empty())?;
        self.0 = part_of_str(trimmed, ..at);
        Some(word)
    }
}

fn is(word: &str, list: &[&str]) -> bool {
    list.iter().any(|other| word.eq_ignore_ascii_case(other))
}

fn ends(word: &str, list: &[&str]) -> bool {
    list.iter().any(|end| {
        let at = word.len().checked_sub(end.len());
        at.and_then(|at| word.get(at..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    })
}

/// Words after a name that change nothing.
const BEHIND: &[&str] = &[
    "again",
    "confirm",
    "confirmation",
    "confirmed",
    "current",
    "new",
    "old",
    "plain",
    "plaintext",
    "raw",
    "repeat",
    "str",
    "string",
    "value",
];

/// Words before `token` that make it harmless.
const COUNTED: &[&str] = &[
    "bos",
    "cached",
    "cls",
    "completion",
    "continuation",
    "cursor",
    "end",
    "eos",
    "first",
    "input",
    "last",
    "mask",
    "max",
    "min",
    "next",
    "num",
    "output",
    "pad",
    "page",
    "pagination",
    "prev",
    "previous",
    "prompt",
    "reasoning",
    "resume",
    "sep",
    "special",
    "start",
    "stop",
    "sync",
    "total",
    "unk",
];

/// Words before `tokens` that make them secret.
const GRANTED: &[&str] = &["access", "api", "auth", "bearer", "refresh", "session"];

/// Words before `key` that make it a caller's key.
const CALLERS: &[&str] = &[
    "access",
    "account",
    "admin",
    "api",
    "auth",
    "aws",
    "client",
    "consumer",
    "crypt",
    "crypto",
    "deploy",
    "encrypt",
    "encryption",
    "license",
    "master",
    "private",
    "priv",
    "root",
    "secret",
    "service",
    "session",
    "shared",
    "sign",
    "signing",
    "ssh",
    "storage",
    "subscription",
    "webhook",
    "wrapping",
];

/// Words before `pass` and `pin` that make them secret.
const OWNERS: &[&str] = &[
    "account", "admin", "atm", "auth", "card", "database", "db", "email", "ftp", "http", "login",
    "mail", "my", "mysql", "pg", "postgres", "proxy", "redis", "root", "security", "sim", "smtp",
    "user",
];

/// Words joined to `pass`, `pw` and `key` that make them secret.
const JOINED: &[&str] = &[
    "admin", "bind", "db", "dbuser", "ftp", "key", "ldap", "login", "mail", "my", "mysql", "pg",
    "root", "smtp", "ssh", "store", "sudo", "trust", "user", "vault", "vpn", "wifi",
];

/// Words for a password in other languages, and names of it without a mark inside.
const PASSWORDS: &[&str] = &[
    "adgangskode",
    "authtok",
    "haslo",
    "has\u{142}o",
    "heslo",
    "jelszo",
    "jelsz\u{f3}",
    "losenord",
    "l\u{f6}senord",
    "mdp",
    "motdepasse",
    "parola",
    "passe",
    "passkey",
    "passord",
    "psk",
    "pw",
    "pwd",
    "salasana",
    "senha",
];

/// Returns whether a word consists of another one and one of the words `tails` that it
/// is joined to.
fn is_joined(word: &str, tails: &[&str], heads: &[&str]) -> bool {
    tails.iter().any(|tail| {
        let at = word.len().checked_sub(tail.len()).filter(|at| *at > 0);
        at.and_then(|at| word.split_at_checked(at))
            .is_some_and(|(head, end)| end.eq_ignore_ascii_case(tail) && is(head, heads))
    })
}

/// Returns whether a word ends with `token`, and what is before it does not say that it
/// is none: `apitoken`, but `pagetoken`.
fn is_token(word: &str) -> bool {
    let at = word.len().checked_sub("token".len());
    at.and_then(|at| word.split_at_checked(at))
        .is_some_and(|(head, tail)| {
            tail.eq_ignore_ascii_case("token") && !head.is_empty() && !ends(head, COUNTED)
        })
}

/// Returns the kind of secret that a built-in name denotes.
fn built_in(name: &str) -> Option<Kind> {
    if let Some(kind) = kind_of_word(name) {
        return Some(kind);
    }
    if !may_be_secret(name) {
        return None;
    }
    let mut from = name.len().saturating_sub(MOST);
    while !name.is_char_boundary(from) {
        from += 1;
    }
    let mut words = Words(name.get(from..)?);
    let mut last = words.next()?;
    // `password2`, `password_1`, `password_confirmation`
    while last.bytes().all(|byte| byte.is_ascii_digit()) || is(last, BEHIND) {
        last = words.next()?;
    }
    let last = last.trim_end_matches(|char: char| char.is_ascii_digit());
    let before = words.next().unwrap_or_default();
    if is(last, &["hash", "digest"]) {
        return ends(before, &["password", "passwd", "pwd"]).then_some(Kind::Hash);
    }
    if ends(
        last,
        &[
            "password",
            "passwords",
            "passwd",
            "passphrase",
            "passcode",
            "passwort",
            "kennwort",
            "wachtwoord",
            "contrasena",
            "contraseña",
        ],
    ) || is(last, PASSWORDS)
        || is_joined(last, &["pass", "pw"], JOINED)
        || (is(last, &["pass", "pin"]) && is(before, OWNERS))
        || (is(last, &["pass"]) && before.is_empty())
        || (is(last, &["word", "phrase"]) && is(before, &["pass"]))
    {
        return Some(Kind::Password);
    }
    if is(last, &["cookie", "cookies", "setcookie"]) {
        return Some(Kind::Cookie);
    }
    if is(last, &["authorization", "jwt"])
        || is_token(last)
        || is(
            last,
            &["bearer", "csrf", "csrfmiddlewaretoken", "sid", "xsrf"],
        )
        || (is(last, &["token"]) && !is(before, COUNTED))
        || (is(last, &["tokens"]) && is(before, GRANTED))
        || (is(last, &["pat"]) && !before.is_empty())
        || is(last, &["sessionid", "sessid", "phpsessid", "jsessionid"])
        || (is(last, &["id"]) && is(before, &["session"]))
    {
        return Some(Kind::Token);
    }
    if is(last, &["privatekey", "privkey", "privatekeys"])
        || (is(last, &["key", "keys"]) && is(before, &["private", "priv"]))
    {
        return Some(Kind::PrivateKey);
    }
    if is(
        last,
        &[
            "apikey",
            "apikeys",
            "accesskey",
            "secretkey",
            "signingkey",
            "encryptionkey",
            "masterkey",
            "authkey",
            "licensekey",
            "clientkey",
        ],
    ) || (is(last, &["key", "keys"]) && is(before, CALLERS))
        || is_joined(last, &["key"], &["ssh"])
    {
        return Some(Kind::ApiKey);
    }
    let code = is(last, &["code", "codes"])
        && is(
            before,
            &[
                "auth",
                "backup",
                "factor",
                "login",
                "mfa",
                "otp",
                "recovery",
                "security",
                "verification",
            ],
        )
        || is(last, &["code", "codes"])
            && is(before, &["time"])
            && words.next().is_some_and(|word| is(word, &["one"]));
    let secret = ends(last, &["secret", "secrets", "credential", "credentials"])
        || is(
            last,
            &[
                "cred",
                "creds",
                "cvc",
                "cvv",
                "mnemonic",
                "otp",
                "salt",
                "seedphrase",
                "totp",
            ],
        )
        || (is(last, &["id"]) && is(before, &["secret"]))
        || (is(last, &["phrase"]) && is(before, &["seed", "recovery"]));
    (secret || code).then_some(Kind::Secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        let names = FieldNames::new();
        for (name, kind) in [
            ("password", Kind::Password),
            ("Password", Kind::Password),
            ("DB_PASSWORD", Kind::Password),
            ("dbPassword2", Kind::Password),
            ("user.password", Kind::Password),
            ("password_confirmation", Kind::Password),
            ("smtp-pass", Kind::Password),
            ("pass", Kind::Password),
            ("passWord", Kind::Password),
            ("pass_phrase", Kind::Password),
            ("DBPASS", Kind::Password),
            ("storepass", Kind::Password),
            ("keypass", Kind::Password),
            ("bindpw", Kind::Password),
            ("authtok", Kind::Password),
            ("mot_de_passe", Kind::Password),
            ("haslo", Kind::Password),
            ("has\u{142}o", Kind::Password),
            ("l\u{f6}senord", Kind::Password),
            ("salasana", Kind::Password),
            ("parola", Kind::Password),
            ("apitoken", Kind::Token),
            ("bottoken", Kind::Token),
            ("bearer", Kind::Token),
            ("xsrf", Kind::Token),
            ("connect.sid", Kind::Token),
            ("sshkey", Kind::ApiKey),
            ("one_time_code", Kind::Secret),
            ("two_factor_code", Kind::Secret),
            ("card_pin", Kind::Password),
            ("passwordHash", Kind::Hash),
            ("x-api-key", Kind::ApiKey),
            ("APIKey", Kind::ApiKey),
            ("AWS_SECRET_ACCESS_KEY", Kind::ApiKey),
            ("privateKey", Kind::PrivateKey),
            ("access_token", Kind::Token),
            ("access_tokens", Kind::Token),
            ("GITHUB_PAT", Kind::Token),
            ("sessionId", Kind::Token),
            ("Authorization", Kind::Token),
            ("Set-Cookie", Kind::Cookie),
            ("client_secret", Kind::Secret),
            ("secret_id", Kind::Secret),
            ("recovery_code", Kind::Secret),
            ("contraseña", Kind::Password),
            ("пароль", Kind::Password),
            ("数据库密码", Kind::Password),
            ("トークン", Kind::Token),
        ] {
            assert_eq!(names.kind(name), Some(kind), "{name}");
        }
    }

    #[test]
    fn names_about_secrets_are_not() {
        let names = FieldNames::new();
        for name in [
            "",
            "_",
            "1",
            "password_policy",
            "passwordLength",
            "token_count",
            "tokens",
            "max_tokens",
            "next_page_token",
            "eos_token",
            "key",
            "keys",
            "public_key",
            "primary_key",
            "passenger",
            "bypass",
            "compass",
            "surpass",
            "render_pass",
            "nexttoken",
            "pageToken",
            "eostoken",
            "time_code",
            "keyword",
            "session",
            "side",
            "parolee",
            "pin",
            "id",
            "author",
            "monkey",
            "code",
            "status_code",
            "path",
            "pattern",
            "世",
        ] {
            assert_eq!(names.kind(name), None, "{name}");
        }
    }

    #[test]
    fn names_are_added_and_left_out_without_their_marks() {
        let names = FieldNames::new().with("Door-Code").without("apiKey");
        assert_eq!(names.kind("doorCode"), Some(Kind::Secret));
        assert_eq!(names.kind("DOOR_CODE"), Some(Kind::Secret));
        assert_eq!(names.kind("api_key"), None);
        assert_eq!(names.kind("password"), Some(Kind::Password));
        assert_eq!(names.with("api-key").kind("apikey"), Some(Kind::ApiKey));
    }
}
