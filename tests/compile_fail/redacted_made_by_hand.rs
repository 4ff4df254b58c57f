use confidant::redact::Redacted;

fn main() {
    let _ = Redacted {
        value: "never scanned",
        findings: Vec::new(),
    };
}
