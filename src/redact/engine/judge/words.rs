//! Words in values that nobody chose to be secret.

use crate::redact::engine::tables::words::WordSet;

/// Stock words: passwords of tutorials, names of roles, and words for secrets
/// themselves.
static STOCK: WordSet = WordSet::new(&[
    b"abc",
    b"access",
    b"account",
    b"admin",
    b"api",
    b"apikey",
    b"app",
    b"auth",
    b"azerty",
    b"backup",
    b"bar",
    b"baz",
    b"bearer",
    b"blah",
    b"change",
    b"changeme",
    b"changeit",
    b"client",
    b"code",
    b"confirm",
    b"correct",
    b"credential",
    b"current",
    b"data",
    b"database",
    b"db",
    b"default",
    b"demo",
    b"dev",
    b"dragon",
    b"empty",
    b"field",
    b"first",
    b"foo",
    b"foobar",
    b"guest",
    b"hash",
    b"hello",
    b"hidden",
    b"id",
    b"input",
    b"invalid",
    b"key",
    b"letmein",
    b"local",
    b"login",
    b"long",
    b"master",
    b"me",
    b"missing",
    b"monkey",
    b"my",
    b"mypassword",
    b"name",
    b"new",
    b"no",
    b"none",
    b"not",
    b"null",
    b"old",
    b"open",
    b"opensesame",
    b"other",
    b"pass",
    b"passphrase",
    b"passwd",
    b"password",
    b"passwort",
    b"please",
    b"postgres",
    b"private",
    b"prod",
    b"production",
    b"public",
    b"pw",
    b"pwd",
    b"qwerty",
    b"random",
    b"real",
    b"root",
    b"salt",
    b"secret",
    b"secure",
    b"server",
    b"service",
    b"sesame",
    b"session",
    b"short",
    b"some",
    b"string",
    b"strong",
    b"super",
    b"supersecret",
    b"sys",
    b"system",
    b"text",
    b"the",
    b"this",
    b"token",
    b"true",
    b"type",
    b"user",
    b"username",
    b"valid",
    b"value",
    b"wrong",
    b"welcome",
    b"word",
    b"wrongpassword",
    b"your",
]);

/// Words that mark a value as a dummy.
static DUMMY: WordSet = WordSet::new(&[
    b"dummy",
    b"example",
    b"examples",
    b"fake",
    b"mock",
    b"notreal",
    b"placeholder",
    b"redacted",
    b"sample",
    b"test",
    b"tests",
    b"testing",
    b"todo",
    b"xxx",
    b"xxxx",
    b"xxxxx",
    b"xxxxxx",
    b"yourapikey",
    b"yourkey",
    b"yourpassword",
    b"yoursecret",
    b"yourtoken",
    b"fixme",
    b"bogus",
    b"insert",
    b"replace",
    b"removed",
    b"masked",
]);

/// How much of a value consists of stock words.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stock {
    /// The number of bytes in stock or dummy words.
    pub(super) bytes: usize,
    /// The number of dummy words.
    pub(super) dummies: usize,
}

impl Stock {
    /// Counts the words of `value`, which end at digits, punctuation and camel-case
    /// boundaries.
    pub(super) fn in_value(value: &[u8]) -> Self {
        let mut this = Self::default();
        each_word(value, |word| this.word(word));
        this
    }

    /// Counts the dummy words of `value` alone.
    pub(super) fn dummies_in(value: &[u8]) -> usize {
        let mut dummies = 0;
        each_word(value, |word| dummies += usize::from(DUMMY.contains(word)));
        dummies
    }

    fn word(&mut self, word: &[u8]) {
        if DUMMY.contains(word) {
            self.dummies += 1;
            self.bytes += word.len();
        } else if STOCK.contains(word) {
            self.bytes += word.len();
        }
    }
}

/// Passes on the words of `value`, which may be empty.
#[inline]
fn each_word(value: &[u8], mut visit: impl FnMut(&[u8])) {
    let mut start = 0;
    let mut last = b' ';
    for (at, &byte) in value.iter().chain(b" ").enumerate() {
        let seam = byte.is_ascii_uppercase() && last.is_ascii_lowercase();
        if seam || !byte.is_ascii_alphabetic() {
            visit(value.get(start..at).unwrap_or_default());
            start = if seam { at } else { at + 1 };
        }
        last = byte;
    }
}
