//! Secrets of the formats that people meet every day, made up on the spot.

use super::rng::{ALNUM, BASE64, BASE64_URL, DIGITS, HEX, Rng, UPPER_32};

/// How many sorts of secret [`secret`] makes.
pub const SORTS: usize = 10;

/// A secret in the words or the code that such a secret stands in: text with
/// line breaks and quotes, as a person would paste it.
pub fn secret(sort: usize, rng: &mut Rng) -> String {
    match sort % SORTS {
        0 => format!("clone it with {} please", github(rng)),
        1 => format!(
            "AWS_ACCESS_KEY_ID=AKIA{}\nAWS_SECRET_ACCESS_KEY={}\n",
            rng.string(16, UPPER_32),
            rng.string(40, BASE64)
        ),
        2 => format!(
            "client = OpenAI(api_key=\"sk-proj-{}T3BlbkFJ{}\")",
            rng.string(74, BASE64_URL),
            rng.string(74, BASE64_URL)
        ),
        3 => format!(
            "SLACK_BOT_TOKEN: xoxb-{}-{}-{}",
            rng.string(12, DIGITS),
            rng.string(13, DIGITS),
            rng.string(24, ALNUM)
        ),
        4 => format!("stripe.api_key = 'sk_live_{}'", rng.string(24, ALNUM)),
        5 => format!("Authorization: Bearer {}", jwt(rng)),
        6 => format!(
            "DATABASE_URL=postgres://app:{}@db-{}.internal:5432/orders",
            rng.string(20, ALNUM),
            rng.below(90)
        ),
        7 => format!("\"password\": \"{}\"", password(rng)),
        8 => pem(rng),
        _ => format!("my password is {} if you need it", password(rng)),
    }
}

/// A secret as a vault holds it, with nothing around it.
pub fn kept(rng: &mut Rng) -> String {
    match rng.below(20) {
        0..4 => {
            let len = rng.between(8, 14);
            rng.string(len, ALNUM)
        }
        4..7 => rng.string(32, HEX),
        7..9 => github(rng),
        9..11 => jwt(rng),
        11..13 => format!(
            "postgres://app:{}@db-{}.internal:5432/orders",
            rng.string(20, ALNUM),
            rng.below(900)
        ),
        13..15 => format!("https://hooks.acme.test/services/{}", rng.string(24, ALNUM)),
        15 if rng.chance(100) => pem(rng),
        _ => {
            let len = rng.between(20, 64);
            rng.string(len, BASE64_URL)
        }
    }
}

/// A token of GitHub's classic form with its checksum right.
pub fn github(rng: &mut Rng) -> String {
    let body = rng.string(30, ALNUM);
    let mut rest = crc32(body.as_bytes());
    let mut check = [b'0'; 6];
    for digit in check.iter_mut().rev() {
        *digit = ALNUM[(rest % 62) as usize];
        rest /= 62;
    }
    let check: String = check.iter().map(|&byte| byte as char).collect();
    format!("ghp_{body}{check}")
}

fn jwt(rng: &mut Rng) -> String {
    let header = base64_url(b"{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    let payload = format!(
        "{{\"sub\":\"{}\",\"iat\":17{}}}",
        rng.string(10, DIGITS),
        rng.string(8, DIGITS)
    );
    let payload = base64_url(payload.as_bytes());
    format!("{header}.{payload}.{}", rng.string(43, BASE64_URL))
}

fn password(rng: &mut Rng) -> String {
    let special = rng.pick(&["!", "#", "_", "%", "+"]);
    let (front, back) = (rng.between(5, 9), rng.between(4, 9));
    format!(
        "{}{special}{}",
        rng.string(front, ALNUM),
        rng.string(back, ALNUM)
    )
}

fn pem(rng: &mut Rng) -> String {
    let dashes = "-".repeat(5);
    let mut text = format!("{dashes}BEGIN RSA PRIVATE KEY{dashes}\n");
    for _ in 0..25 {
        rng.fill(64, BASE64, &mut text);
        text.push('\n');
    }
    text.push_str(&format!("{dashes}END RSA PRIVATE KEY{dashes}\n"));
    text
}

/// A session id or digest, which is no secret by its form alone.
pub fn digest(rng: &mut Rng, out: &mut String) {
    let len = [32, 40, 64][rng.below(3)];
    rng.fill(len, HEX, out);
}

fn base64_url(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().enumerate().fold(0_u32, |bits, (at, &byte)| {
            bits | u32::from(byte) << (16 - 8 * at)
        });
        for at in 0..=group.len() {
            out.push(BASE64_URL[(bits >> (18 - 6 * at) & 63) as usize] as char);
        }
    }
    out
}

/// CRC-32 as in ISO-HDLC, bit by bit: it runs on thirty bytes.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}
