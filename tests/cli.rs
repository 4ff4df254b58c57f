//! The `redact` example as a program: its output, reports and exit codes.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use serde_json::{Value, json};

const KEY: &str = "AKIAQ3EGRIZJ7OWLMXUV";

/// The built example: beside this test's own folder, where `cargo test` puts it;
/// built on the spot where that is missing or older than its sources, as it is
/// when only this test was asked for.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().unwrap().parent().unwrap();
        let name = format!("redact{}", std::env::consts::EXE_SUFFIX);
        let program = profile.join("examples").join(name);
        let mut build = Command::new(env!("CARGO"));
        build
            .args(["build", "--quiet", "--example", "redact", "--manifest-path"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        let built = fs::metadata(&program).and_then(|file| file.modified()).ok();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sources = newest(&root.join("src")).max(newest(&root.join("examples/redact")));
        if built < sources {
            assert!(build.status().unwrap().success());
        }
        program
    })
}

/// When a file below `directory` was last changed.
fn newest(directory: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => newest(&entry.path()),
            false => entry.metadata().unwrap().modified().ok(),
        })
        .max()?
}

fn redact(args: &[&str], input: impl AsRef<[u8]>) -> Output {
    redact_in(Path::new("."), args, input.as_ref())
}

fn redact_in(directory: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(program())
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that stops early closes its input.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A directory of this test's own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("confidant-cli-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// Two files with a key, and what a tree walk passes over.
    fn tree() -> Self {
        let folder = Self::new();
        folder.put("src/a b%é.env", format!("KEY={KEY}\n"));
        folder.put("src/z.txt", format!("clean\n\n“😀” {KEY} end"));
        folder.put("src/.hidden", "clean\n");
        folder.put("src/blob.bin", format!("\0{KEY}"));
        folder.put("src/.git/config", format!("{KEY}\n"));
        folder.put("src/.gitignore", "ignored.txt\n");
        folder.put("src/ignored.txt", format!("{KEY}\n"));
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn standard_input_is_redacted_to_standard_output() {
    let mut input = format!("a {KEY} b\n").into_bytes();
    input.extend_from_slice(b"\xff\0 not UTF-8");
    let output = redact(&[], &input);
    assert_eq!(output.stdout, b"a [REDACTED-APIKEY] b\n\xff\0 not UTF-8");
    assert!(output.status.success());
    assert_eq!(redact(&["--check"], &input).status.code(), Some(1));
    assert_eq!(redact(&["--check"], "clean").status.code(), Some(0));
}

#[test]
fn large_input_equals_the_library_and_takes_little_memory() {
    let line = format!("let offset = buffer.len() + {}; // key\n", 17);
    let mut input = line.repeat(500_000);
    for at in [0, 262_130, 262_144, 524_290, 18_000_000] {
        input.insert_str(at, &format!("\n{KEY}\n"));
    }
    let expected = confidant::redact::Redactor::default()
        .redact(&input)
        .into_string();
    let mut child = Command::new(program())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut out = Vec::new();
    let peak = std::thread::scope(|scope| {
        let peak = scope.spawn(|| {
            stdin.write_all(input.as_bytes()).unwrap();
            // The pipe is still open, so the program is still there to be asked.
            let peak = peak_kilobytes(child.id());
            drop(stdin);
            peak
        });
        stdout.read_to_end(&mut out).unwrap();
        peak.join().unwrap()
    });
    assert!(child.wait().unwrap().success());
    assert!(
        out == expected.as_bytes(),
        "the stream differs from the whole"
    );
    if let Some(peak) = peak {
        // Tables of rules that are read and code make most of it.
        assert!(peak < 14_000, "{peak} KB for {} bytes", input.len());
    }
}

fn peak_kilobytes(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.split_whitespace().next()?.parse().ok()
}

#[test]
fn json_lines_come_back_in_order() {
    let clean = json!({"text": "clean", "other": [1, {"text": 5}]});
    let found = json!({"id": {"a": [1, "é"]}, "text": format!("é \"{KEY}\"\n{KEY}")});
    let number = json!({"id": 1.50, "text": ""});
    let malformed = format!("{{\"id\": 3, \"text\": {KEY}}}");
    let input = format!(
        "{found}\n{clean}\n{malformed}\n\n{}\n[1]\n{number}",
        json!({"id": 4, "text": [KEY]})
    );
    let output = redact(&["--jsonl"], input);
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let finding = |start: usize| json!({"rule": "aws-access-key-id", "kind": "apikey", "start": start, "end": start + 20});
    let wrong = "not an object with a string `text`";
    let expected = [
        json!({
            "id": {"a": [1, "é"]},
            "redacted": "é \"[REDACTED-APIKEY]\"\n[REDACTED-APIKEY]",
            "findings": [finding(4), finding(26)],
        }),
        json!({"id": null, "redacted": "clean", "findings": []}),
        json!({"line": 3, "error": "not valid JSON"}),
        json!({"line": 5, "error": wrong}),
        json!({"line": 6, "error": wrong}),
        json!({"id": 1.5, "redacted": "", "findings": []}),
    ];
    assert_eq!(lines, expected);
    assert_eq!(output.status.code(), Some(2));
    assert!(!text(&output.stderr).contains(KEY));
    let output = redact(&["--jsonl", "--check"], found.to_string());
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn many_json_lines_stay_in_step() {
    let mut input = String::new();
    for number in 0..20_000 {
        let value = if number % 7 == 0 { KEY } else { "nothing" };
        input.push_str(&json!({"id": number, "text": format!("line\n{value}")}).to_string());
        input.push('\n');
    }
    let output = redact(&["--jsonl"], input);
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 20_000);
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(line["id"], number);
        let count = line["findings"].as_array().unwrap().len();
        assert_eq!(count, usize::from(number % 7 == 0));
    }
}

#[test]
fn a_tree_comes_out_in_order_whatever_the_threads() {
    let folder = Folder::tree();
    for number in 0..40 {
        let content = format!("{number} {KEY}\n").repeat(number * 900);
        folder.put(&format!("src/many/{number:02}.txt"), content);
    }
    let one = redact_in(&folder.0, &["--threads", "1", "src"], b"");
    let four = redact_in(&folder.0, &["--threads", "4", "src"], b"");
    assert!(
        one.stdout == four.stdout,
        "the order depends on the threads"
    );
    let out = text(&one.stdout);
    let names: Vec<_> = out
        .lines()
        .filter(|line| line.starts_with("==> "))
        .collect();
    assert_eq!(names.len(), 44);
    assert_eq!(names[0], "==> src/.gitignore <==");
    assert_eq!(names[2], "==> src/a b%é.env <==");
    assert!(out.ends_with("“😀” [REDACTED-APIKEY] end\n"));
    assert!(!out.contains(KEY) && !out.contains("ignored.txt <==") && !out.contains(".git/"));
    assert!(text(&one.stderr).contains("1 binary files"));
}

#[test]
fn copies_mirror_the_tree() {
    let folder = Folder::tree();
    let output = redact_in(&folder.0, &["--output", "src/out", "src"], b"");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(folder.read("src/out/a b%é.env"), "KEY=[REDACTED-APIKEY]\n");
    assert_eq!(folder.read("src/out/.hidden"), "clean\n");
    assert!(!folder.0.join("src/out/blob.bin").exists());
    assert!(!folder.0.join("src/out/out").exists());
    assert!(folder.read("src/a b%é.env").contains(KEY));
    let again = redact_in(&folder.0, &["--output", "src", "src/z.txt"], b"");
    assert_eq!(
        again.status.code(),
        Some(2),
        "the copy would be the file itself"
    );
    assert!(folder.read("src/z.txt").contains(KEY));
}

#[test]
fn files_are_replaced_only_on_demand_and_only_when_needed() {
    let folder = Folder::tree();
    let clean = fs::metadata(folder.0.join("src/.hidden")).unwrap();
    let output = redact_in(&folder.0, &["--in-place", "--check", "src"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    assert_eq!(folder.read("src/a b%é.env"), "KEY=[REDACTED-APIKEY]\n");
    assert_eq!(folder.read("src/ignored.txt"), format!("{KEY}\n"));
    let after = fs::metadata(folder.0.join("src/.hidden")).unwrap();
    assert_eq!(clean.modified().unwrap(), after.modified().unwrap());
    assert_eq!(fs::read_dir(folder.0.join("src")).unwrap().count(), 7);
    assert_eq!(redact(&["--in-place"], "").status.code(), Some(2));
}

#[test]
fn the_json_report_counts_and_shows_places() {
    let folder = Folder::tree();
    let output = redact_in(&folder.0, &["--report", "json", "src", "absent"], b"");
    assert_eq!(output.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["counts"], json!({"apikey": 2}));
    assert_eq!(report["files"], 4);
    assert_eq!(report["skipped"], 1);
    assert_eq!(report["errors"][0]["file"], "absent");
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2);
    assert_eq!(findings[0]["file"], "src/a b%é.env");
    // Two quotation marks and a space are three units, the face is two.
    let place = ["line", "column", "start", "end"].map(|key| findings[1][key].as_u64().unwrap());
    assert_eq!(place, [3, 6, 18, 38]);
    assert!(!text(&output.stdout).contains(KEY) && !text(&output.stderr).contains(KEY));
}

#[test]
fn the_sarif_report_has_what_the_standard_requires() {
    let folder = Folder::tree();
    let output = redact_in(&folder.0, &["--report", "sarif", "src"], b"");
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(
        log["$schema"]
            .as_str()
            .unwrap()
            .ends_with("sarif-2.1.0.json")
    );
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "confidant");
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        assert!(rule["shortDescription"]["text"].is_string());
        assert!(
            ["error", "warning"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap())
        );
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]));
        assert!(result["message"]["text"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(
            uri.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte))
        );
        let region = &place["region"];
        for key in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(region[key].as_u64().unwrap() >= 1);
        }
        assert_eq!(region["byteLength"], 20);
    }
    let uri = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "src/a%20b%25%C3%A9.env");
    assert!(!text(&output.stdout).contains(KEY));
    let empty = redact(&["--report", "sarif"], "clean");
    let log: Value = serde_json::from_slice(&empty.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"], json!([]));
}

#[test]
fn places_are_right_across_chunks() {
    let input = format!("é😀\n{}{KEY}\n", "word ".repeat(200_000));
    let input = format!("{input}{input}");
    let output = redact(&["--report", "json"], &input);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let places: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            (
                finding["line"].as_u64().unwrap(),
                finding["column"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(places, [(2, 1_000_001), (4, 1_000_001)]);
}

#[test]
fn the_demo_finds_something() {
    let output = redact(&["--demo", "--check"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("[REDACTED-"));
    assert!(!text(&output.stdout).contains(KEY));
}

#[test]
fn a_wrong_command_line_is_an_error() {
    let wrong: [&[&str]; 7] = [
        &["--preset", "none"],
        &["--report", "xml"],
        &["--jsonl", "--in-place", "file"],
        &["--threads", "0"],
        &["--demo", "file"],
        &["--no-such-option"],
        &["no/such/file"],
    ];
    for args in wrong {
        let output = redact(args, "");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).starts_with("redact: "));
        assert_eq!(output.stdout, b"");
    }
    assert!(redact(&["--help"], "").status.success());
    assert!(
        redact(&["--preset", "secrets-and-pii"], "")
            .status
            .success()
    );
}

#[test]
fn rules_come_from_files() {
    let folder = Folder::new();
    let rule = |example: &str| {
        format!(
            "[[rule]]\nid = \"acme-deploy-key\"\ndescription = \"Deploy key of a build farm\"\n\
             kind = \"APIKEY\"\ntoken = {{ prefixes = [\"acme_\"], body = \"[a-z0-9]{{12}}\" }}\n\
             examples = [\"{example}\"]\n"
        )
    };
    folder.put("own.toml", rule("key: «acme_4k2m9x7q1z8w»"));
    folder.put("wrong.toml", rule("key: «nothing of the kind»"));
    let own = ["--rules", "own.toml", "--jsonl"];
    let input = json!({"text": "use acme_0a1b2c3d4e5f"}).to_string();
    let output = redact_in(&folder.0, &own, input.as_bytes());
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["redacted"], "use [REDACTED-APIKEY]");
    assert_eq!(line["findings"][0]["rule"], "acme-deploy-key");
    for file in ["wrong.toml", "absent.toml"] {
        let output = redact_in(&folder.0, &["--rules", file], b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).starts_with(&format!("redact: {file}: ")));
    }
}

#[test]
fn configurations_of_gitleaks_are_read() {
    let folder = Folder::new();
    let base = "[[rules]]\nid = 'acme-pin'\nregex = 'pin: ([0-9]{6})'\nkeywords = ['pin']\n";
    let own = "[extend]\npath = 'base.toml'\n[[rules]]\nid = 'acme-pin'\npath = '^etc/.*[.]yaml$'\n\
               [[rules]]\nid = 'key-file'\npath = '[.]p12$'\n";
    folder.put("base.toml", base);
    folder.put("own.toml", own);
    folder.put(
        "wrong.toml",
        "[[rules]]\nid = 'acme-pin'\nregex = '(a)\\1'\n",
    );
    folder.put("round.toml", "[extend]\npath = 'round.toml'\n");
    folder.put("lost.toml", "[extend]\npath = 'absent.toml'\n");
    folder.put("etc/a.yaml", "pin: 204816\n");
    folder.put("etc/b.txt", "pin: 204816\n");
    folder.put("etc/c.p12", "any text");
    let output = redact_in(&folder.0, &["--config", "own.toml", "etc"], b"");
    let expected = "==> etc/a.yaml <==\npin: [REDACTED-SECRET]\n\
                    ==> etc/b.txt <==\npin: 204816\n\
                    ==> etc/c.p12 <==\n[REDACTED-SECRET]\n";
    assert_eq!(text(&output.stdout), expected);
    let stdin = |config: &str| redact_in(&folder.0, &["--config", config], b"pin: 204816");
    assert_eq!(stdin("own.toml").stdout, b"pin: 204816");
    assert_eq!(stdin("base.toml").stdout, b"pin: [REDACTED-SECRET]");
    let lines = ["--config", "own.toml", "--jsonl", "etc/d.p12"];
    folder.put("etc/d.p12", json!({"text": "clean"}).to_string());
    let line: Value = serde_json::from_slice(&redact_in(&folder.0, &lines, b"").stdout).unwrap();
    assert_eq!(line["redacted"], "clean");
    let table = [
        (
            "wrong.toml",
            "redact: wrong.toml: field `rules.regex` has an escape",
        ),
        (
            "round.toml",
            "redact: round.toml: gitleaks configuration extends a configuration",
        ),
        ("lost.toml", "redact: lost.toml: absent.toml: cannot read"),
        ("absent.toml", "redact: absent.toml: cannot read"),
    ];
    for (file, expected) in table {
        let output = stdin(file);
        assert_eq!(output.status.code(), Some(2));
        let error = text(&output.stderr);
        assert!(error.starts_with(expected), "{error}");
    }
}
