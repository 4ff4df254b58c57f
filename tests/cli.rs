//! The examples as programs: the output, reports and exit codes of `redact`, and what
//! the agent's server and the logs see.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use serde_json::{Value, json};

const KEY: &str = "AKIAQ3EGRIZJ7OWLMXUV";

/// The built `redact` example.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| example("redact", "examples/redact", "json,redact,rules,serde"))
}

/// A built example: beside this test's own folder, where `cargo test` puts it;
/// built on the spot where that is missing or older than its sources, as it is
/// when only this test was asked for.
fn example(name: &str, source: &str, features: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().unwrap().parent().unwrap();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let program = profile.join("examples").join(file);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut build = Command::new(env!("CARGO"));
    build
        .args([
            "build",
            "--quiet",
            "--example",
            name,
            "--features",
            features,
        ])
        .arg("--manifest-path")
        .arg(root.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        build.arg("--release");
    }
    let built = fs::metadata(&program).and_then(|file| file.modified()).ok();
    let sources = newest(&root.join("src")).max(newest(&root.join(source)));
    if built < sources {
        assert!(build.status().unwrap().success());
    }
    program
}

/// When a file below `directory` was last changed.
fn newest(directory: &Path) -> Option<SystemTime> {
    if directory.is_file() {
        return directory.metadata().unwrap().modified().ok();
    }
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
    let finding = |start: usize| {
        json!({
            "rule": "aws-access-key-id", "kind": "APIKEY", "category": "secret",
            "start": start, "end": start + 20, "confidence": 95, "validation": "format",
            "fingerprint": null, "encodings": [],
        })
    };
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
    assert_eq!(report["counts"], json!({"APIKEY": 2}));
    let rule = &report["rules"]["aws-access-key-id"];
    assert_eq!(rule["count"], 2);
    let bytes = report["bytes"].as_f64().unwrap();
    assert!((rule["per_mb"].as_f64().unwrap() - 2e6 / bytes).abs() < 0.001);
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
        assert_eq!(result["level"], "error");
        assert_eq!(result["baselineState"], "new");
        let fingerprint = result["partialFingerprints"]["confidant/v1"].as_str();
        assert_eq!(fingerprint.unwrap().len(), 16);
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

#[test]
fn what_ignore_files_leave_out_is_counted_and_can_be_read() {
    let folder = Folder::tree();
    let output = redact_in(&folder.0, &["src"], b"");
    assert!(text(&output.stderr).contains("1 files were left out"));
    assert!(!text(&output.stdout).contains("==> src/ignored.txt"));
    let report = redact_in(&folder.0, &["--report", "json", "src"], b"");
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(
        (&report["ignored"], &report["files"]),
        (&json!(1), &json!(4))
    );

    let output = redact_in(&folder.0, &["--no-ignore", "src"], b"");
    assert!(!text(&output.stderr).contains("left out"));
    assert!(text(&output.stdout).contains("==> src/ignored.txt"));
    assert!(!text(&output.stdout).contains(KEY));
}

#[test]
fn findings_below_the_minimum_confidence_do_not_count() {
    let input = "password=hunter2xyz";
    assert_eq!(redact(&["--check"], input).status.code(), Some(1));
    let high = redact(&["--check", "--min-confidence", "100"], input);
    assert_eq!((high.status.code(), text(&high.stdout)), (Some(0), input));
    let wrong = redact(&["--min-confidence", "101"], input);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn accepted_findings_pass_the_check_and_new_ones_do_not() {
    let folder = Folder::tree();
    let check = |args: &[&str]| redact_in(&folder.0, args, b"");
    let written = check(&["--check", "--write-baseline", "base.json", "src"]);
    assert_eq!(written.status.code(), Some(1));
    assert!(!folder.read("base.json").contains(KEY));
    let accepted = check(&["--check", "--baseline", "base.json", "src"]);
    assert_eq!(accepted.status.code(), Some(0));
    assert!(
        !text(&accepted.stdout).contains(KEY),
        "it is redacted all the same"
    );
    let sarif = check(&["--report", "sarif", "--baseline", "base.json", "src"]);
    let log: Value = serde_json::from_slice(&sarif.stdout).unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        assert_eq!(result["baselineState"], "unchanged");
        assert_eq!(result["suppressions"][0]["kind"], "external");
    }

    folder.put("src/new.txt", format!("{KEY}\n"));
    let new = check(&["--check", "--baseline", "base.json", "src"]);
    assert_eq!(new.status.code(), Some(1));
    let report = check(&["--report", "json", "--baseline", "base.json", "src"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["accepted"], 2);
    for wrong in ["absent.json", "src/z.txt"] {
        assert_eq!(check(&["--baseline", wrong, "src"]).status.code(), Some(2));
    }
}

#[cfg(unix)]
#[test]
fn copies_and_replacements_keep_the_mode_of_the_file() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::tree();
    let path = folder.0.join("src/z.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let mode = |path: &str| {
        let metadata = fs::metadata(folder.0.join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    redact_in(&folder.0, &["--output", "out", "src"], b"");
    assert_eq!(mode("out/z.txt"), 0o640);
    redact_in(&folder.0, &["--in-place", "src"], b"");
    assert!(!folder.read("src/z.txt").contains(KEY));
    assert_eq!(mode("src/z.txt"), 0o640);
}

#[test]
fn an_output_that_nobody_reads_is_no_error() {
    let folder = Folder::new();
    folder.put(
        "big.txt",
        "all clear and nothing to see here\n".repeat(200_000),
    );
    for args in [
        &["big.txt"][..],
        &["--check", "big.txt"],
        &["--report", "json", "."],
    ] {
        let mut child = Command::new(program())
            .args(args)
            .current_dir(&folder.0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(text(&output.stderr), "", "{args:?}");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
    }
}

#[test]
fn files_of_json_stay_json() {
    let folder = Folder::new();
    let nested = json!({"arguments": json!({"password": "fV9s-Rk2\"xLq7", "n": 1}).to_string()});
    folder.put(
        "a.json",
        format!("{{\"password\": 83920174,\n \"x\": {nested}}}\n"),
    );
    folder.put(
        "b.jsonl",
        format!("{nested}\nnot json {KEY}\n{{\"password\":83920174}}\n"),
    );
    folder.put("c.json", format!("no json {KEY}"));
    let report = redact_in(&folder.0, &["--report", "json", "."], b"");
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let places: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            (
                finding["file"].as_str().unwrap(),
                finding["line"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("a.json", 1),
        ("a.json", 2),
        ("b.jsonl", 1),
        ("b.jsonl", 2),
        ("b.jsonl", 3),
        ("c.json", 1),
    ];
    assert_eq!(places, expected);
    let output = redact_in(&folder.0, &["--in-place", "."], b"");
    assert_eq!(output.status.code(), Some(0));
    let file: Value = serde_json::from_str(&folder.read("a.json")).unwrap();
    assert_eq!(file["password"], "[REDACTED-PASSWORD]");
    let inner: Value = serde_json::from_str(file["x"]["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(inner, json!({"password": "[REDACTED-PASSWORD]", "n": 1}));
    let lines = folder.read("b.jsonl");
    assert!(
        lines.ends_with("not json [REDACTED-APIKEY]\n{\"password\":\"[REDACTED-PASSWORD]\"}\n")
    );
    assert_eq!(folder.read("c.json"), "no json [REDACTED-APIKEY]");
}

#[test]
fn an_agent_of_three_turns_sends_no_value_and_shows_all() {
    let program = example("agent", "examples/agent", "json,redact");
    let output = Command::new(program).output().unwrap();
    let out = text(&output.stdout);
    assert!(output.status.success(), "{out}{}", text(&output.stderr));
    // Three turns and one more request for the result of the tool.
    assert_eq!(out.matches("in 4 requests: not seen").count(), 5, "{out}");
    assert!(!out.contains("SEEN"), "{out}");
    for line in out.lines().filter(|line| line.starts_with("model: ")) {
        assert!(
            !line.contains("[TOKEN-R23G40WT]") || line.contains("What is in"),
            "{line}"
        );
        assert!(!line.contains("[PASSWORD-"), "{line}");
    }
    assert!(out.contains("you said “Deploy with ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA"));
}

#[cfg(feature = "tracing")]
#[test]
fn logs_with_every_kind_of_field_show_no_value() {
    let program = example("logging", "examples/logging.rs", "redact,tracing");
    let output = Command::new(program).output().unwrap();
    let out = text(&output.stdout);
    assert!(output.status.success(), "{out}{}", text(&output.stderr));
    for part in [
        "fV9s", "R'k2", "x}L", "q7]", "#z", "letmein", "108, 101", "4711", "ghp_",
    ] {
        let at = out.lines().find(|line| line.contains(part));
        assert_eq!(at, None, "{part}");
    }
    for word in [
        "text",
        "debug",
        "pretty struct",
        "ann",
        "attempts",
        "refused",
        "in the message",
    ] {
        assert!(out.matches(word).count() >= 3, "{word}: {out}");
    }
}
