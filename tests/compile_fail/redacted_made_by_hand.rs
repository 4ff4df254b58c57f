use confidant::redact::Redacted;

fn main() {
    let _: Redacted<&str> = Redacted {
        value: "never scanned",
        findings: Vec::new(),
    };
}
