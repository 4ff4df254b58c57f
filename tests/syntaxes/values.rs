//! Random names and values, the same in every run.

use super::writers::Member;

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";
const MARKS: &[u8] = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// Names that denote a secret.
const NAMES: &[&str] = &[
    "auth_token",
    "password",
    "db_password",
    "DB_PASSWORD",
    "client_secret",
    "api_key",
    "API_KEY",
    "access_token",
    "secret_key",
    "smtp_passwd",
    "admin_pwd",
    "webhook_secret",
];

/// Names and values of other settings.
const NEUTRAL: &[(&str, &str)] = &[
    ("region", "eu-west-1"),
    ("port", "8080"),
    ("host", "db1.corp.test"),
    ("mode", "true"),
    ("log_level", "warn"),
    ("path", "/var/lib/app/data"),
    ("owner", "payments team"),
    ("version", "2.4.1"),
    ("retries", "3"),
    ("image", "registry.corp.test/app:1.9"),
    ("timeout", "30s"),
    ("greeting", "hello"),
];

/// Values under names of secrets that are no secrets.
const REFERENCES: &[&str] = &[
    "${DB_PASSWORD}",
    "$DB_PASSWORD",
    "{{ vault.db_password }}",
    "${{ secrets.DEPLOY_TOKEN }}",
    "/run/secrets/db_password",
    "vault://kv/db#password",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
    "<your-password>",
    "changeme",
    "xxxxxxxxxxxx",
    "null",
    "string",
    "your-api-key-here",
    "op://vault/item/field",
    "process.env.DB_PASSWORD",
    "projects/123/secrets/db/versions/latest",
    "%DB_PASSWORD%",
    "********",
];

/// Words of which people make passwords.
const WORDS: &[&str] = &[
    "falcon", "rocket", "summer", "winter", "tiger", "hazel", "juniper", "velvet", "harbor",
    "walnut", "garnet", "heron", "lilac", "orchid", "tundra", "sable", "pickle", "zephyr",
    "kitten", "banana", "purple", "orange",
];

/// A generator of numbers (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// A password with a small letter, a capital, a digit and a mark at least, as
    /// password managers make it.
    pub(super) fn strong(&mut self, len: usize) -> String {
        let all = [LOWER, UPPER, DIGITS, MARKS].concat();
        let mut value: Vec<u8> = [LOWER, UPPER, DIGITS, MARKS]
            .iter()
            .map(|set| self.pick(set))
            .collect();
        while value.len() < len {
            value.push(self.pick(&all));
        }
        for at in (1..value.len()).rev() {
            let other = self.below(at + 1);
            value.swap(at, other);
        }
        String::from_utf8(value).unwrap()
    }

    /// A password of any usual sort: of letters and digits, or with marks, of 12 to
    /// 30 characters.
    pub(super) fn password(&mut self) -> String {
        let len = 12 + self.below(19);
        if self.below(4) == 0 {
            let all = [LOWER, UPPER, DIGITS].concat();
            let mut value = String::new();
            while value.len() < len.max(16) {
                value.push(char::from(self.pick(&all)));
            }
            return value;
        }
        self.strong(len)
    }

    /// A password of a kind that has none of the bytes `without`: strong (`s`), chosen by
    /// a person (`c`), or of letters and digits.
    pub(super) fn of_kind(&mut self, kind: char, without: &str) -> String {
        loop {
            let value = match kind {
                's' => {
                    let len = 12 + self.below(13);
                    self.strong_without(len, without)
                }
                'c' => self.chosen(),
                _ => self.plain(),
            };
            let begins = value.starts_with([' ', '-']);
            if !begins && !value.contains(|byte| without.contains(byte)) {
                return value;
            }
        }
    }

    /// A strong password of which the marks are none of `without`.
    fn strong_without(&mut self, len: usize, without: &str) -> String {
        let marks: Vec<u8> = MARKS
            .iter()
            .copied()
            .filter(|mark| !without.contains(char::from(*mark)))
            .collect();
        let all = [LOWER, UPPER, DIGITS, &marks].concat();
        let value: Vec<u8> = (0..len).map(|_| self.pick(&all)).collect();
        let has = |set: &[u8]| value.iter().any(|byte| set.contains(byte));
        if has(LOWER) && has(UPPER) && has(DIGITS) && has(&marks) {
            String::from_utf8(value).unwrap()
        } else {
            self.strong_without(len, without)
        }
    }

    /// A password that a person makes of words, a number and a mark.
    fn chosen(&mut self) -> String {
        let (one, other) = (self.pick(WORDS), self.pick(WORDS));
        let title = |word: &str| word[..1].to_uppercase() + &word[1..];
        let mark = |random: &mut Self, marks: &str| char::from(random.pick(marks.as_bytes()));
        match self.below(5) {
            0 => {
                let (joint, end) = (mark(self, "-_.&*"), mark(self, "!?#*$&"));
                format!("{}{joint}{other}{}{end}", title(one), 10 + self.below(9990))
            }
            1 => format!(
                "{}{}{}",
                title(one),
                1300 + self.below(8600),
                mark(self, "!?#*$")
            ),
            2 => format!(
                "{}{}{}{}",
                title(one),
                title(other),
                10 + self.below(90),
                mark(self, "!#*$")
            ),
            3 => format!("{one}{}{other}{}", mark(self, "!#$"), 1 + self.below(999)),
            _ => format!("{}-{}-{}", title(one), title(other), 10 + self.below(90)),
        }
    }

    /// A password of 16 to 28 letters and digits.
    fn plain(&mut self) -> String {
        let all = [LOWER, UPPER, DIGITS].concat();
        let len = 16 + self.below(13);
        let value: Vec<u8> = (0..len).map(|_| self.pick(&all)).collect();
        if value.iter().any(u8::is_ascii_digit) {
            String::from_utf8(value).unwrap()
        } else {
            self.plain()
        }
    }

    pub(super) fn reference(&mut self) -> String {
        self.pick(REFERENCES).to_owned()
    }

    /// The name of a secret and some members beside it, or none if the syntax has
    /// only one member.
    pub(super) fn members(&mut self, single: bool) -> (String, Vec<Member>) {
        let name = self.pick(NAMES).to_owned();
        let mut members: Vec<Member> = Vec::new();
        let count = if single { 0 } else { 1 + self.below(5) };
        while members.len() < count {
            let (name, value) = self.pick(NEUTRAL);
            if members.iter().all(|(known, _)| known != name) {
                members.push((name.to_owned(), value.to_owned()));
            }
        }
        (name, members)
    }
}
