//! Text made to cost a scanner as much as it can.

use super::rng::{ALNUM, BASE64, Rng};
use super::secrets;

/// Makes a text of so many bytes.
pub type Make = fn(usize) -> Vec<u8>;

/// The hostile texts by name, each made when its turn comes.
pub const ALL: &[(&str, Make)] = &[
    ("`key=` repeated", |n| repeat(n, "key=")),
    ("`password:` repeated", |n| repeat(n, "password:")),
    ("`token=\"` repeated", |n| repeat(n, "token=\"")),
    ("`secret = ` repeated", |n| repeat(n, "secret = ")),
    ("assignments joined by commas", |n| {
        repeat(n, "password=a1,")
    }),
    ("values joined by commas", |n| {
        repeat(n, "DB_PASSWORD=fV9s-Rk2xLq7,")
    }),
    ("parameters of a query", |n| repeat(n, "key=1&")),
    ("flags joined by commas", |n| {
        repeat(n, "--password=fV9s-Rk2xLq7,")
    }),
    ("members without blanks", |n| repeat(n, "{pw:ab,")),
    ("addresses joined by commas", |n| {
        repeat(n, "postgres://u:fV9s@h,")
    }),
    ("values beside labels", |n| {
        repeat(n, "password=fV9s-Rk2xLq7[TOKEN-00000000],")
    }),
    ("labels beside labels", |n| {
        let mut text = repeat(n, "[TOKEN-00000000]");
        text.splice(..0, *b"password=");
        text.truncate(n);
        text
    }),
    ("key headers with headers", |n| {
        repeat(n, "-----BEGIN RSA PRIVATE KEY-----\nA: b\nC: d\n")
    }),
    ("`-----BEGIN ` repeated", |n| repeat(n, "-----BEGIN ")),
    ("key headers without an end", |n| {
        repeat(n, "-----BEGIN RSA PRIVATE KEY-----\n")
    }),
    ("`eyJ` repeated", |n| repeat(n, "eyJ")),
    ("`eyJhbGciOi.` repeated", |n| repeat(n, "eyJhbGciOi.")),
    ("`://` repeated", |n| repeat(n, "://")),
    ("`a://b:` repeated", |n| repeat(n, "a://b:")),
    ("`postgres://u:` repeated", |n| repeat(n, "postgres://u:")),
    ("`sk-` repeated", |n| repeat(n, "sk-")),
    ("`ghp_` repeated", |n| repeat(n, "ghp_")),
    ("`AKIA` repeated", |n| repeat(n, "AKIA")),
    ("`xoxb-1-` repeated", |n| repeat(n, "xoxb-1-")),
    ("`Authorization: Bearer ` repeated", |n| {
        repeat(n, "Authorization: Bearer ")
    }),
    ("`AccountKey=;` repeated", |n| repeat(n, "AccountKey=;")),
    ("`@` repeated", |n| repeat(n, "@")),
    ("`a@b.` repeated", |n| repeat(n, "a@b.")),
    ("lists of passwords without an end", |n| {
        repeat(n, "passwords: [\"a\",")
    }),
    ("objects without a value", |n| {
        repeat(n, "\"password\":{\"a\":1,")
    }),
    ("names beside names", |n| repeat(n, "{\"name\":\"token\",")),
    ("blocks without a line", |n| repeat(n, "password: |\n")),
    ("headers of tables", |n| repeat(n, "user,password,\n")),
    ("tags without an end", |n| {
        repeat(n, "<a name=\"password\" ")
    }),
    ("default values", |n| repeat(n, "token = f(\"x\", ")),
    ("joined literals", |n| repeat(n, "password='a'\"b\"")),
    ("labels in sentences", |n| repeat(n, "password for the ")),
    ("control sequences", |n| {
        repeat(n, "\x1b[32mpassword\x1b[0m")
    }),
    ("a megabyte of indentation", |n| {
        let mut text = b"passwords:\n".to_vec();
        text.resize(n, b' ');
        text
    }),
    ("digits", |n| repeat(n, "4")),
    ("quotes", |n| repeat(n, "\"")),
    ("backslashes", |n| repeat(n, "\\")),
    ("percent escapes", |n| repeat(n, "%25")),
    ("one name, one endless value", |n| {
        let mut text = b"password=".to_vec();
        text.resize(n, b'x');
        text
    }),
    ("one line of words", |n| {
        let mut text = super::code(n).into_bytes();
        text.iter_mut()
            .filter(|byte| **byte == b'\n')
            .for_each(|byte| *byte = b' ');
        text
    }),
    ("base64", |n| random(n, BASE64)),
    ("base64 in lines", |n| {
        let mut text = random(n, BASE64);
        text.iter_mut()
            .skip(76)
            .step_by(77)
            .for_each(|byte| *byte = b'\n');
        text
    }),
    ("letters and digits", |n| random(n, ALNUM)),
    ("deep JSON nesting", |n| repeat(n, "{\"a\":[")),
    ("placeholders", |n| repeat(n, "[REDACTED-APIKEY] ")),
    ("a token every line", |n| {
        let mut rng = Rng::new(7);
        fill(n, |text| {
            text.push_str("token=");
            text.push_str(&secrets::github(&mut rng));
            text.push('\n');
        })
    }),
    ("every sort of secret", |n| {
        let (mut rng, mut sort) = (Rng::new(8), 0);
        fill(n, |text| {
            text.push_str(&secrets::secret(sort, &mut rng));
            text.push('\n');
            sort += 1;
        })
    }),
    ("UUIDs", |n| {
        let mut rng = Rng::new(9);
        fill(n, |text| {
            rng.uuid(text);
            text.push('\n');
        })
    }),
    ("assignments of digests", |n| {
        let mut rng = Rng::new(10);
        fill(n, |text| {
            text.push_str("api_key = \"");
            secrets::digest(&mut rng, text);
            text.push_str("\"\n");
        })
    }),
    ("NULs", |n| vec![0; n]),
    ("spaces", |n| vec![b' '; n]),
    ("line breaks", |n| vec![b'\n'; n]),
    ("`a` repeated", |n| vec![b'a'; n]),
    ("random bytes", |n| {
        let mut rng = Rng::new(11);
        (0..n).map(|_| rng.next() as u8).collect()
    }),
];

fn repeat(bytes: usize, piece: &str) -> Vec<u8> {
    piece.bytes().cycle().take(bytes).collect()
}

fn random(bytes: usize, alphabet: &[u8]) -> Vec<u8> {
    Rng::new(6).string(bytes, alphabet).into_bytes()
}

fn fill(bytes: usize, mut piece: impl FnMut(&mut String)) -> Vec<u8> {
    let mut text = String::with_capacity(bytes + 4096);
    while text.len() < bytes {
        piece(&mut text);
    }
    text.into_bytes()
}
