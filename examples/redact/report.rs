//! Reports of the findings as JSON and SARIF, without values.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Component, Path};

use confidant::redact::{Category, Finding, Kind};
use serde::Serialize;
use serde_json::json;

use crate::args::{Format, Options, Preset};
use crate::locate::Region;
use crate::tally::Tally;

/// A finding with its place among the files.
#[derive(Serialize)]
struct Placed<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    file: String,
    line: u64,
    column: u64,
    id: &'a str,
    accepted: bool,
}

/// Writes the part before the findings.
pub(crate) fn head(format: Format, options: &Options, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Json => {
            let preset = match options.preset {
                Preset::Secrets => "secrets",
                Preset::SecretsAndPii => "secrets-and-pii",
            };
            writeln!(
                out,
                "{{\"version\":1,\"preset\":\"{preset}\",\"findings\":["
            )
        }
        Format::Sarif => writeln!(
            out,
            "{{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\
             \"version\":\"2.1.0\",\"runs\":[{{\"columnKind\":\"utf16CodeUnits\",\"results\":["
        ),
    }
}

/// Writes one finding after a comma.
pub(crate) fn finding(
    format: Format,
    file: &Path,
    finding: &Finding,
    region: Region,
    (id, accepted): &(String, bool),
    out: &mut impl Write,
) -> io::Result<()> {
    let (start, end) = (region.start, region.end);
    let span = finding.span();
    let value = match format {
        Format::Json => json!(Placed {
            finding,
            file: display(file),
            line: start.line,
            column: start.column,
            id,
            accepted: *accepted,
        }),
        Format::Sarif => json!({
            "ruleId": finding.rule(),
            "level": level_of(finding),
            "partialFingerprints": {"confidant/v1": id},
            "baselineState": if *accepted { "unchanged" } else { "new" },
            "suppressions": if *accepted { json!([{"kind": "external"}]) } else { json!([]) },
            "message": {"text": format!(
                "A value of kind {} was found by the rule `{}`.",
                finding.kind(),
                finding.rule()
            )},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": uri(file)},
                "region": {
                    "startLine": start.line,
                    "startColumn": start.column,
                    "endLine": end.line,
                    "endColumn": end.column,
                    "byteOffset": span.start,
                    "byteLength": span.len(),
                },
            }}],
            "properties": {
                "kind": finding.kind(),
                "confidence": finding.confidence(),
                "encodings": finding.decoded_from(),
            },
        }),
    };
    write!(out, ",")?;
    serde_json::to_writer(&mut *out, &value)?;
    writeln!(out)
}

/// Writes the part after the findings.
pub(crate) fn tail(format: Format, tally: &Tally, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Json => {
            let counts: BTreeMap<_, _> = tally.kinds().collect();
            let errors: Vec<_> = tally
                .errors()
                .map(|(file, error)| json!({"file": display(file), "error": error}))
                .collect();
            let rules: BTreeMap<_, _> = tally
                .rules()
                .map(|(id, kind, count)| {
                    let per_megabyte = tally.per_megabyte(count);
                    (
                        id,
                        json!({"kind": kind, "count": count, "per_mb": per_megabyte}),
                    )
                })
                .collect();
            write!(
                out,
                "],\"counts\":{},\"rules\":{}",
                json!(counts),
                json!(rules)
            )?;
            writeln!(
                out,
                ",\"accepted\":{},\"files\":{},\"ignored\":{},\"skipped\":{},\"bytes\":{},\"errors\":{}}}",
                tally.accepted,
                tally.files,
                tally.ignored,
                tally.skipped,
                tally.bytes,
                json!(errors)
            )
        }
        Format::Sarif => {
            let rules: Vec<_> = tally.rules().map(|(id, kind, _)| rule(id, kind)).collect();
            let notifications: Vec<_> = tally
                .errors()
                .map(|(file, error)| {
                    json!({
                        "level": "error",
                        "message": {"text": error},
                        "locations": [{"physicalLocation": {
                            "artifactLocation": {"uri": uri(file)}
                        }}],
                    })
                })
                .collect();
            let driver = json!({
                "name": "confidant",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            });
            let invocation = json!({
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            });
            writeln!(
                out,
                "],\"tool\":{{\"driver\":{driver}}},\"invocations\":[{invocation}]}}]}}"
            )
        }
    }
}

fn rule(id: &str, kind: Kind) -> serde_json::Value {
    let category = match kind.category() {
        Category::Personal => "personal data",
        _ => "a secret",
    };
    let text = format!("Finds {category} of kind {}.", kind);
    json!({
        "id": id,
        "shortDescription": {"text": text},
        "fullDescription": {"text": format!("{text} The value itself is in no report.")},
        "defaultConfiguration": {"level": level(kind)},
        "properties": {"kind": kind, "tags": ["security", "privacy"]},
    })
}

/// Returns the level of a finding: a judged value is a warning, and one that is judged
/// with little confidence a note.
fn level_of(finding: &Finding) -> &'static str {
    match finding.confidence() {
        0..60 => "note",
        60..75 => "warning",
        _ => level(finding.kind()),
    }
}

fn level(kind: Kind) -> &'static str {
    match kind.category() {
        Category::Personal => "warning",
        _ => "error",
    }
}

/// Returns the path for display, without a leading `./`.
pub(crate) fn display(file: &Path) -> String {
    let file = file.strip_prefix(".").unwrap_or(file);
    file.to_string_lossy().into_owned()
}

/// Returns the path for a terminal: control characters are escaped.
pub(crate) fn shown(file: &Path) -> String {
    let mut shown = String::new();
    for char in display(file).chars() {
        match char.is_control() {
            true => shown.extend(char.escape_default()),
            false => shown.push(char),
        }
    }
    shown
}

/// Returns the path as a percent-encoded URI. It is relative if the path is.
pub(crate) fn uri(file: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let file = file.strip_prefix(&here).unwrap_or(file);
    let mut uri = String::new();
    for part in file.components() {
        match part {
            Component::CurDir => continue,
            Component::Prefix(_) => {}
            Component::RootDir => {
                uri.push_str("file://");
                continue;
            }
            Component::Normal(_) | Component::ParentDir if uri.is_empty() => {}
            Component::Normal(_) | Component::ParentDir => uri.push('/'),
        }
        if uri == "file://" {
            uri.push('/');
        }
        for &byte in part.as_os_str().as_encoded_bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                uri.push(char::from(byte));
            } else {
                uri.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    uri
}
