//! Logs with every kind of field, none of which shows a value.
//!
//! `cargo run --features tracing --example logging` writes the same events three
//! times: by the layer as JSON lines, by the layer as names and values, and by a
//! formatter in front of the redacting writer.

use std::fmt;
use std::io;

use confidant::redact::{FieldNames, LogFormat, RedactingLayer, RedactingMakeWriter, Redactor};
use tracing_subscriber::layer::SubscriberExt as _;

/// A value with every mark that ends something somewhere.
const VALUE: &str = "fV9s\"R'k2\\x}L)q7]\n#z";

#[derive(Debug)]
#[expect(dead_code, reason = "`Debug` reads the fields")]
struct Login<'a> {
    user: &'a str,
    password: Option<Word<'a>>,
    session_token: Vec<u8>,
    attempts: u32,
}

#[derive(Debug)]
#[expect(dead_code, reason = "`Debug` reads the field")]
struct Word<'a>(&'a str);

/// An error with the value in the error behind it.
#[derive(Debug)]
struct Refused(io::Error);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn events() {
    let span = tracing::info_span!("request", secret = VALUE, user = "ann");
    let _entered = span.enter();
    let login = Login {
        user: "ann",
        password: Some(Word(VALUE)),
        session_token: b"letmein".to_vec(),
        attempts: 3,
    };
    tracing::info!(password = VALUE, "text");
    tracing::info!(password = ?VALUE, "debug");
    tracing::info!(password = %VALUE, "display");
    tracing::info!(password = ?Some(VALUE), "option");
    tracing::info!(password = ?vec![VALUE, "letmein"], "list");
    tracing::info!(password = ?(VALUE, 1), "tuple");
    tracing::info!(password = ?b"letmein", "bytes");
    tracing::info!(password = 4711, pin = true, "number");
    tracing::info!(?login, "struct");
    tracing::info!(login = format!("{login:#?}"), "pretty struct");
    tracing::info!("token ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA\nin the message");
    let key = "token ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";
    let error = Refused(io::Error::other(key));
    let error: &(dyn std::error::Error + 'static) = &error;
    tracing::warn!(error, "error");
}

fn main() {
    for format in [LogFormat::Json, LogFormat::Logfmt] {
        let layer = RedactingLayer::new(io::stdout, Redactor::default()).format(format);
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, events);
    }
    let writer =
        RedactingMakeWriter::new(io::stdout, Redactor::default()).mask_fields(FieldNames::new());
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .without_time()
        .with_writer(writer)
        .finish();
    tracing::subscriber::with_default(subscriber, events);
}
