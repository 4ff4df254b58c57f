//! Events as formatters write them: no panic, no line added or lost, no value of a masked
//! field left, and JSON stays JSON.
#![no_main]

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use confidant::redact::{FieldNames, RedactingMakeWriter, Redactor};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::default);

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panics").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fuzz_target!(|input: (String, String)| {
    let (message, value) = input;
    let event = format!("INFO s{{user={value:?}}}: app: {message} password={value:?} n=1\n");
    let text = written(&event, false);
    // Quoted by `Debug`, the value has fixed ends.
    let letters = value
        .chars()
        .filter(|char| char.is_ascii_alphanumeric())
        .count();
    if letters == value.len() && letters >= 8 && !message.contains(['"', '=', '{', '\\', '[']) {
        assert!(!text.contains(&format!("password=\"{value}\"")), "{event}");
    }
    let json = serde_json::json!({"fields": {"message": message, "password": value}});
    let line = written(&format!("{json}\n"), true);
    let read: Value = serde_json::from_str(&line).expect("JSON stays JSON");
    assert!(read["fields"].get("password").is_some());
    assert_eq!(line.lines().count(), 1);
});

fn written(event: &str, json: bool) -> String {
    let sink = Sink::default();
    let inner = sink.clone();
    let mut maker = RedactingMakeWriter::new(move || inner.clone(), REDACTOR.clone())
        .mask_fields(FieldNames::new());
    if json {
        maker = maker.json();
    }
    maker
        .make_writer()
        .write_all(event.as_bytes())
        .expect("memory takes everything");
    let bytes = sink.0.lock().expect("no writer panics").clone();
    String::from_utf8(bytes).expect("text stays text")
}
