//! Structured logs: JSON, logfmt, access lines of a web server and syslog.

use super::rng::{ALNUM, HEX, Rng};
use super::secrets;
use super::words::{Style, Words};

/// Writes log lines until `out` holds `bytes`.
pub fn log(words: &Words, rng: &mut Rng, bytes: usize, out: &mut String) {
    let mut seconds = 0;
    while out.len() < bytes {
        seconds += rng.below(2);
        match rng.below(10) {
            0..4 => json(words, rng, seconds, out),
            4..6 => logfmt(words, rng, seconds, out),
            6..9 => access(words, rng, seconds, out),
            _ => syslog(words, rng, seconds, out),
        }
    }
}

fn clock(seconds: usize) -> (usize, usize, usize, usize) {
    let day = 1 + seconds / 86_400 % 28;
    (day, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

fn stamp(rng: &mut Rng, seconds: usize, out: &mut String) {
    let (day, hour, minute, second) = clock(seconds);
    let milli = rng.below(1000);
    out.push_str(&format!(
        "2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
    ));
}

fn ip(rng: &mut Rng, out: &mut String) {
    let [a, b, c] = [0; 3].map(|_: u8| rng.below(256));
    out.push_str(&format!("10.{a}.{b}.{c}"));
}

fn message(words: &Words, rng: &mut Rng, out: &mut String) {
    for at in 0..rng.between(3, 9) {
        if at > 0 {
            out.push(' ');
        }
        out.push_str(words.code(rng));
    }
}

fn path(words: &Words, rng: &mut Rng, out: &mut String) {
    out.push_str("/api/v1/");
    words.identifier(rng, 1, Style::Kebab, out);
    out.push('/');
    if rng.chance(400) {
        rng.uuid(out);
    } else {
        out.push_str(&rng.below(100_000).to_string());
    }
    if rng.chance(300) {
        out.push_str("?page=");
        out.push_str(&rng.below(40).to_string());
        out.push_str("&sort=");
        words.identifier(rng, 1, Style::Snake, out);
    }
}

fn json(words: &Words, rng: &mut Rng, seconds: usize, out: &mut String) {
    out.push_str("{\"timestamp\":\"");
    stamp(rng, seconds, out);
    out.push_str("\",\"level\":\"");
    out.push_str(rng.pick_early(&["INFO", "DEBUG", "WARN", "ERROR"]));
    out.push_str("\",\"target\":\"");
    words.identifier(rng, 2, Style::Snake, out);
    out.push_str("\",\"message\":\"");
    message(words, rng, out);
    out.push_str("\",\"trace_id\":\"");
    rng.fill(32, HEX, out);
    out.push_str("\",\"span_id\":\"");
    rng.fill(16, HEX, out);
    out.push_str("\",\"request_id\":\"");
    rng.uuid(out);
    out.push_str("\",\"user_id\":");
    out.push_str(&rng.below(1_000_000).to_string());
    for _ in 0..rng.below(5) {
        out.push_str(",\"");
        words.identifier(rng, 2, Style::Snake, out);
        out.push_str("\":");
        if rng.chance(500) {
            out.push_str(&rng.below(100_000).to_string());
        } else {
            out.push('"');
            words.identifier(rng, 2, Style::Kebab, out);
            out.push('"');
        }
    }
    if rng.chance(1) {
        out.push_str(",\"auth\":\"token ");
        out.push_str(&secrets::github(rng));
        out.push('"');
    }
    out.push_str(",\"duration_ms\":");
    let micros = rng.below(900_000);
    out.push_str(&format!("{}.{:03}}}\n", micros / 1000, micros % 1000));
}

fn logfmt(words: &Words, rng: &mut Rng, seconds: usize, out: &mut String) {
    out.push_str("ts=");
    stamp(rng, seconds, out);
    out.push_str(" level=");
    out.push_str(rng.pick_early(&["info", "debug", "warn", "error"]));
    out.push_str(" caller=");
    words.identifier(rng, 1, Style::Snake, out);
    out.push_str(&format!(".go:{} msg=\"", rng.below(900)));
    message(words, rng, out);
    out.push('"');
    for _ in 0..rng.between(2, 6) {
        out.push(' ');
        words.identifier(rng, 1, Style::Snake, out);
        out.push('=');
        match rng.below(4) {
            0 => secrets::digest(rng, out),
            1 => words.identifier(rng, 2, Style::Kebab, out),
            _ => out.push_str(&rng.below(1_000_000).to_string()),
        }
    }
    out.push_str(&format!(" dur={}ms\n", rng.below(4000)));
}

fn access(words: &Words, rng: &mut Rng, seconds: usize, out: &mut String) {
    let (day, hour, minute, second) = clock(seconds);
    ip(rng, out);
    out.push_str(&format!(
        " - - [{day:02}/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000] \""
    ));
    out.push_str(rng.pick_early(&["GET ", "POST ", "PUT ", "DELETE "]));
    path(words, rng, out);
    let status = [200, 200, 200, 201, 204, 304, 404, 500][rng.below(8)];
    out.push_str(&format!(
        " HTTP/1.1\" {status} {} \"https://www.example.org/",
        rng.below(60_000)
    ));
    words.identifier(rng, 1, Style::Kebab, out);
    out.push_str("\" \"Mozilla/5.0 (");
    out.push_str(rng.pick(&[
        "X11; Linux x86_64",
        "Windows NT 10.0; Win64; x64",
        "Macintosh; Intel Mac OS X 10_15_7",
        "iPhone; CPU iPhone OS 17_4 like Mac OS X",
    ]));
    let version = rng.between(90, 140);
    out.push_str(&format!(
        ") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36\" rt=0.{:03} rid=",
        rng.below(1000)
    ));
    rng.fill(20, ALNUM, out);
    out.push('\n');
}

fn syslog(words: &Words, rng: &mut Rng, seconds: usize, out: &mut String) {
    let (day, hour, minute, second) = clock(seconds);
    out.push_str(&format!(
        "Mar {day:2} {hour:02}:{minute:02}:{second:02} node-{} ",
        rng.below(40)
    ));
    match rng.below(3) {
        0 => {
            let port = rng.between(1024, 65_535);
            out.push_str(&format!(
                "sshd[{}]: Accepted publickey for deploy from ",
                rng.below(40_000)
            ));
            ip(rng, out);
            out.push_str(&format!(" port {port} ssh2: ED25519 SHA256:"));
            rng.fill(43, ALNUM, out);
        }
        1 => {
            out.push_str("kernel: [");
            out.push_str(&format!("{}.{:06}] ", seconds, rng.below(1_000_000)));
            message(words, rng, out);
        }
        _ => {
            out.push_str(&format!(
                "systemd[1]: Started session-{}.scope - ",
                rng.below(9000)
            ));
            message(words, rng, out);
            out.push('.');
        }
    }
    out.push('\n');
}
