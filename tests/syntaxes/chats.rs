//! Chats with an agent, in which secrets are planted: nearly all of their bytes are
//! covered, and hardly anything else.

use confidant::redact::Redactor;

use super::values::Random;

#[path = "../../benches/corpus/mod.rs"]
mod corpus;

/// The size of the chats, and how many bytes stand between two secrets, on average.
const BYTES: usize = 3 << 20;
const BETWEEN: usize = 4096;

const LEAST_COVERED: f64 = 99.0;
const MOST_UNRELATED: f64 = 1.0;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// What people and tools write. `{}` is the secret.
const SAID: &[&str] = &[
    "the password is {}",
    "ok, I changed it: password: {}",
    "**Password:** `{}`",
    "Password (staging): {}",
    "use this token: {} and tell me when it works",
    "export DB_PASSWORD='{}'",
    "```env\nSMTP_PASSWORD={}\nSMTP_HOST=mail.corp.test\n```",
    "```yaml\ndatabase:\n  user: svc\n  password: \"{}\"\n```",
    "```json\n{\"api_key\": \"{}\", \"region\": \"eu\"}\n```",
    "client = Client(api_key=\"{}\")",
    "const apiKey = \"{}\";",
    "postgres://svc:{}@db1.corp.test:5432/orders",
    "curl -H 'Authorization: Bearer {}' https://api.corp.test/v1/items",
    "mysql -h db1 --password={} orders",
    "das Passwort lautet {}",
    "le mot de passe est {}",
    "пароль: {}",
    "密码：{}",
    "\u{1b}[32mSECRET_KEY\u{1b}[0m=\u{1b}[1m{}\u{1b}[0m",
    "| service | password |\n|---|---|\n| db1 | {} |",
    "<add key=\"password\" value=\"{}\"/>",
    "+  client_secret = \"{}\"",
];

/// What stands between, beside code.
const TALK: &[&str] = &[
    "Could you look at why the build fails on the second machine?",
    "I moved the handler into its own module and the test passes now.",
    "The token count is too high, so we cut the prompt down to 4096 tokens.",
    "Please rotate the keys every quarter, as the policy says.",
    "The author of that page forgot to say which key opens the settings.",
    "It logs in with the password of the user, which we never store.",
    "See https://docs.corp.test/guide/authentication#tokens for the details.",
    "commit 4bf92f3577b34da6a3ce929d0e0e47364bf92f35 breaks it",
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
    "The session ends after 30 minutes, and next_page_token is empty then.",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
];

/// Whether a line has a random value, which under some names would be a secret.
fn holds_random(line: &str) -> bool {
    let runs = line.split(|char: char| !(char.is_ascii_alphanumeric() || char == '-'));
    runs.filter(|run| run.len() >= 16).any(|run| {
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        digits >= 3
    })
}

fn token(random: &mut Random) -> String {
    let body = |random: &mut Random, len: usize| -> String {
        (0..len)
            .map(|_| char::from(LETTERS[random.below(LETTERS.len())]))
            .collect()
    };
    match random.below(3) {
        0 => format!("sk_live_{}", body(random, 24)),
        1 => format!("npm_{}", body(random, 36)),
        _ => body(random, 40),
    }
}

#[test]
fn secrets_in_chats_are_covered_and_little_else() {
    let mut random = Random::new(11);
    let code = corpus::code(BYTES);
    let mut lines = code.lines().filter(|line| !holds_random(line));
    let mut text = String::new();
    let mut planted = Vec::new();
    while text.len() < BYTES {
        let next = text.len() + BETWEEN / 2 + random.below(BETWEEN);
        while text.len() < next {
            if random.below(3) == 0 {
                text.push_str("```\n");
                for line in lines.by_ref().take(12) {
                    text.push_str(line);
                    text.push('\n');
                }
                text.push_str("```\n\n");
            } else {
                text.push_str(TALK[random.below(TALK.len())]);
                text.push_str("\n\n");
            }
        }
        let said = SAID[random.below(SAID.len())];
        let secret = match said {
            // Marks that end a value here would have to be escaped.
            said if said.contains("://") || said.contains("Bearer") => token(&mut random),
            _ if random.below(2) == 0 => token(&mut random),
            _ => {
                let password = random.password();
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#%*+-_.:".contains(&byte);
                if !password.bytes().all(plain) || password.ends_with(['.', ':', '!', '-']) {
                    continue;
                }
                password
            }
        };
        let (head, tail) = said.split_once("{}").expect("a place for the secret");
        text.push_str(head);
        planted.push(text.len()..text.len() + secret.len());
        text.push_str(&secret);
        text.push_str(tail);
        text.push_str("\n\n");
    }
    let findings = Redactor::default().scan(text.as_bytes());
    let (mut covered, mut bytes) = (0, 0);
    for place in &planted {
        bytes += place.len();
        for finding in &findings {
            let span = finding.span();
            covered += span
                .end
                .min(place.end)
                .saturating_sub(span.start.max(place.start));
        }
    }
    let unrelated: Vec<_> = findings
        .iter()
        .map(|finding| finding.span())
        .filter(|span| {
            planted
                .iter()
                .all(|at| at.end <= span.start || span.end <= at.start)
        })
        .map(|span| &text[span.start.saturating_sub(40)..span.end])
        .collect();
    let share = 100.0 * covered as f64 / bytes as f64;
    let each = unrelated.len() as f64 * 1e6 / text.len() as f64;
    assert!(share >= LEAST_COVERED, "{share:.1} % covered");
    assert!(each < MOST_UNRELATED, "{each:.2} per MB: {unrelated:#?}");
}
