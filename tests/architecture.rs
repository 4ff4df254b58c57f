//! Rules about the source itself: who may use whom, how long a file may be,
//! and where `unsafe` may stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module may name itself and the modules above it.
const ORDER: &[&str] = &[
    "error",
    "pointer",
    "id",
    "file_id",
    "new_file",
    "secret",
    "host",
    "blocking",
    "http",
    "mac",
    "key_file",
    "random",
    "secret_key",
    "hash",
    "time",
    "codec",
    "decision",
    "taxonomy",
    "store",
    "redact",
    "seal",
    "audit",
    "vault",
    "pseudonym",
    "retention",
    "consent",
    "visibility",
    "rights",
    "records",
    "policy",
    "model",
    "guard",
    "manual",
];

/// The same for the rooms and the files of larger modules.
const ROOMS: &[(&str, &[&str])] = &[
    (
        "audit",
        &[
            "drive",
            "entry",
            "caller",
            "plain",
            "tree",
            "turn",
            "key",
            "subject",
            "note",
            "checkpoint",
            "backend",
            "batch",
            "proof",
            "memory",
            "verify",
            "files",
            "stored",
            "anchor",
            "log",
            "trail",
            "tiles",
        ],
    ),
    (
        "vault",
        &[
            "env_file",
            "fault",
            "purpose",
            "secret_ref",
            "reveal_policy",
            "rewrapped",
            "new_secret",
            "record",
            "ledger",
            "tenants",
            "vault",
            "builder",
            "find",
            "rewrap_secrets",
            "trail",
            "info",
            "lifecycle",
            "open",
            "verify",
            "connection",
            "export",
            "known",
            "pages",
            "reveal",
            "rewrap",
            "put",
        ],
    ),
    (
        "retention",
        &[
            "name",
            "disposition",
            "trigger",
            "clause",
            "proof",
            "record",
            "hold",
            "order",
            "holds",
            "rules",
            "verdict",
            "schedule",
            "evaluate",
            "explain",
            "history",
            "plan",
            "brakes",
            "builder",
            "format",
            "keeper",
            "progress",
            "authentic",
            "hold_record",
            "told",
            "hold_book",
            "outbox",
            "rewritten",
            "stores",
            "executor",
            "restart",
            "executor_builder",
            "found",
            "own_records",
            "run_record",
            "sweeper",
            "sweeper_builder",
            "vault_secrets",
        ],
    ),
    (
        "consent",
        &[
            "state",
            "receipt",
            "mark",
            "record",
            "key",
            "chain",
            "facts",
            "ledger",
            "check",
            "export",
            "signals",
            "rules",
            "ruled_ledger",
            "decide",
            "admission",
            "dpv",
            "erase_due",
        ],
    ),
    (
        "visibility",
        &[
            "name",
            "level",
            "verdict",
            "policy",
            "context",
            "version",
            "interner",
            "facts",
            "asker",
            "decide",
            "explain",
            "fact_record",
            "fact_book",
            "fork",
            "listing",
            "publication",
            "scan",
            "staff",
        ],
    ),
    (
        "rights",
        &[
            "kind",
            "row",
            "table",
            "breach",
            "request_id",
            "intake",
            "step",
            "rules",
            "request",
            "bundle",
            "record",
            "register",
            "check_log",
            "correct_clock",
            "correction",
            "deadline",
            "drp",
            "machine",
            "plan",
            "rewritten",
            "wind_down",
        ],
    ),
    (
        "policy",
        &[
            "position",
            "codes",
            "fault",
            "source",
            "document",
            "span",
            "announcement",
            "canonical",
            "requirements",
            "policy_doc",
            "check",
            "recipient",
            "places",
            "router",
            "cookies",
            "disclosures",
            "redactions",
            "telemetry",
            "vault_rules",
            "stated",
            "policy",
            "oversight",
            "compile",
            "conformance",
            "coverage",
            "decision_log",
            "diff",
            "flows",
            "lint",
            "render",
            "schema",
            "storage",
        ],
    ),
    (
        "redact",
        &[
            "finding", "text", "builtin", "operator", "engine", "custom", "redactor", "restore",
            "stream", "json", "tracing",
        ],
    ),
    (
        "redact::engine",
        &[
            "hit",
            "overlaps",
            "tables",
            "prefilter",
            "judge",
            "syntax",
            "decode",
            "matchers",
            "scan",
            "tools",
        ],
    ),
    (
        "redact::engine::scan",
        &[
            "marks", "progress", "pass", "run", "values", "decoded", "driver",
        ],
    ),
];

/// Modules whose files may still name each other in a circle.
const CIRCLES_LEFT: &[&str] = &["guard", "model", "redact"];

const MAX_CODE_LINES: usize = 600;
/// Tables of rules may be as long as there are rules.
const TABLES: &str = "redact/builtin/families";
const UNSAFE_ALLOWED_IN: &str = "redact/engine/prefilter";

/// One source file below `src`, without its comments.
struct Source {
    path: PathBuf,
    code: String,
}

impl Source {
    /// The modules from the crate's root to this file.
    fn module(&self) -> Vec<String> {
        let path = self.path.with_extension("");
        let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
        parts
            .filter(|part| part != "mod" && part != "lib")
            .collect()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let code = without_comments(&fs::read_to_string(&path).unwrap());
                let path = path.strip_prefix(&root).unwrap().to_owned();
                sources.push(Source { path, code });
            }
        }
    }
    assert!(sources.len() > 10, "the sources were not found");
    sources
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| match line.find("//") {
        // `://` is an address in a string.
        Some(at) if !line[..at].ends_with(':') => &line[..at],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The words (paths in braces one by one) that follow `path` in the code.
fn named_after<'c>(code: &'c str, path: &str) -> Vec<&'c str> {
    let mut named = Vec::new();
    for (at, _) in code.match_indices(path) {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + path.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            named.push(first_word(rest));
            continue;
        };
        let mut depth = 1;
        let mut start = 0;
        for (at, byte) in group.bytes().enumerate() {
            if depth == 1 && matches!(byte, b',' | b'}') {
                named.push(first_word(group[start..at].trim_start()));
                start = at + 1;
            }
            depth += i32::from(byte == b'{') - i32::from(byte == b'}');
            if depth == 0 {
                break;
            }
        }
    }
    named.retain(|word| !word.is_empty());
    named
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*');
    &text[..end.unwrap_or(text.len())]
}

/// The modules at the crate's root that code at `depth` below it names.
fn modules_named(code: &str, depth: usize) -> Vec<&str> {
    rooms_named(code, "crate::", depth, ORDER, &[])
}

/// The rooms of the module at `path` that code at `depth` below it names, by themselves
/// or by a name that the module passes on from them.
fn rooms_named<'c>(
    code: &'c str,
    path: &str,
    depth: usize,
    rooms: &[&str],
    passed: &[(&'c str, &'c str)],
) -> Vec<&'c str> {
    let mut named = named_after(code, path);
    // More than one level up from a module's file, or more inside its tests.
    for up in depth..depth + 3 {
        let path = "super::".repeat(up);
        named.extend(named_after(code, &path));
    }
    for word in &mut named {
        if !rooms.contains(word) {
            let from = passed.iter().find(|(name, _)| name == word);
            *word = from.map_or(*word, |(_, room)| *room);
        }
    }
    named.retain(|word| rooms.contains(word) || *word == "*");
    named
}

/// The names that a module passes on from the modules in it, each with the one it is from.
fn passed_on(code: &str) -> Vec<(&str, &str)> {
    let mut passed = Vec::new();
    for statement in code.split(';') {
        let Some((before, path)) = statement.rsplit_once("use ") else {
            continue;
        };
        let visible = before.trim_end();
        if !(visible.ends_with("pub") || visible.ends_with(')')) {
            continue;
        }
        let path = path.strip_prefix("self::").unwrap_or(path);
        let Some((room, names)) = path.split_once("::") else {
            continue;
        };
        let names = names.trim_matches(['{', '}']).split(',');
        let names = names.map(|name| name.rsplit(" as ").next().unwrap().trim());
        passed.extend(
            names
                .filter(|name| !name.is_empty())
                .map(|name| (name, room)),
        );
    }
    passed
}

fn rank(order: &[&str], module: &str) -> Option<usize> {
    order.iter().position(|known| *known == module)
}

/// The modules that are compiled for tests alone, or for tests and tools.
fn test_modules(sources: &[Source]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for source in sources {
        let conditions = ["test", "any(test, confidant_tools)"];
        let visible = ["", "pub(crate) ", "pub(super) "];
        for (condition, visibility) in conditions
            .into_iter()
            .flat_map(|condition| visible.map(|visibility| (condition, visibility)))
        {
            let declaration = format!("#[cfg({condition})]\n{visibility}mod ");
            for declared in named_after(&source.code, &declaration) {
                let mut module = source.module();
                module.push(declared.to_owned());
                found.push(module);
            }
        }
    }
    found
}

#[test]
fn a_module_names_only_those_above_it() {
    let mut broken = Vec::new();
    for source in sources() {
        let module = source.module();
        let Some(root) = module.first() else {
            continue;
        };
        let own = rank(ORDER, root).unwrap_or_else(|| panic!("{root} has no place in the order"));
        for named in named_after(&source.code, "crate::") {
            assert_ne!(named, "*", "{}: names everything", source.path.display());
        }
        for named in modules_named(&source.code, module.len()) {
            if rank(ORDER, named).is_some_and(|rank| rank > own) {
                broken.push(format!("{} names {named}", source.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_room_names_only_those_above_it() {
    let sources = sources();
    let tests = test_modules(&sources);
    let mut broken = Vec::new();
    for (path, order) in ROOMS {
        let prefix: Vec<_> = path.split("::").collect();
        let root = sources.iter().find(|source| source.module() == prefix);
        let passed = passed_on(&root.unwrap_or_else(|| panic!("no module {path}")).code);
        let mut seen = Vec::new();
        for source in &sources {
            let module = source.module();
            if module.len() <= prefix.len() || module.iter().zip(&prefix).any(|(a, b)| a != b) {
                continue;
            }
            if tests.iter().any(|test| module.starts_with(test)) {
                continue;
            }
            let room = &module[prefix.len()];
            let own = rank(order, room).unwrap_or_else(|| panic!("{room} has no place in {path}"));
            seen.push(own);
            let code = source
                .code
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap();
            let depth = module.len() - prefix.len();
            let path = format!("crate::{path}::");
            for named in rooms_named(code, &path, depth, order, &passed) {
                if rank(order, named).is_some_and(|rank| rank > own) {
                    broken.push(format!("{} names {named}", source.path.display()));
                }
            }
        }
        assert!((0..order.len()).all(|room| seen.contains(&room)), "{path}");
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The paths that code in `module` names, from the crate's root on, with those in braces
/// one by one.
fn paths_named(code: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    let mut paths = BTreeSet::new();
    for (at, _) in code.match_indices("::") {
        let before = &code[..at];
        let begin = before.rfind(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
        let path = &before[begin.map_or(0, |begin| begin + 1)..];
        let ups = path.matches("super").count();
        let root = match path {
            "crate" => &[],
            "self" => module,
            _ if path.split("::").all(|word| word == "super") && ups <= module.len() => {
                &module[..module.len() - ups]
            }
            _ => continue,
        };
        add_paths(&code[at + 2..], root, &mut paths);
    }
    paths
}

/// Adds the paths with which `rest` goes on from `root`, and every one that leads there.
fn add_paths(rest: &str, root: &[String], paths: &mut BTreeSet<Vec<String>>) {
    let rest = rest.trim_start();
    let Some(group) = rest.strip_prefix('{') else {
        let word = first_word(rest);
        if word.is_empty() {
            return;
        }
        let path: Vec<_> = root.iter().cloned().chain([word.to_owned()]).collect();
        paths.insert(path.clone());
        if let Some(more) = rest[word.len()..].strip_prefix("::") {
            add_paths(more, &path, paths);
        }
        return;
    };
    let (mut depth, mut start) = (1, 0);
    for (at, byte) in group.bytes().enumerate() {
        if depth == 1 && matches!(byte, b',' | b'}') {
            add_paths(&group[start..at], root, paths);
            start = at + 1;
        }
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        if depth == 0 {
            return;
        }
    }
}

/// Which file names which, by their modules. A name that a module passes on leads to the
/// file that it is from.
fn files_named(sources: &[(Vec<String>, String)]) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let mut from = BTreeMap::new();
    for (module, code) in sources {
        for (name, room) in passed_on(code) {
            let mut path = module.clone();
            path.push(name.to_owned());
            let mut target = module.clone();
            target.push(room.to_owned());
            from.insert(path, target);
        }
    }
    let modules: BTreeSet<_> = sources.iter().map(|(module, _)| module.clone()).collect();
    let file = |path: &Vec<String>| {
        let mut path = path.clone();
        while !modules.contains(&path) {
            match from.get(&path) {
                Some(room) => path = room.clone(),
                None => {
                    path.pop()?;
                }
            }
        }
        Some(path)
    };
    let named = |(module, code): &(Vec<String>, String)| {
        let paths = paths_named(code, module);
        // A path names the last file on it, and none of those that lead there.
        let last = paths.iter().filter(|path| {
            let goes_on = |longer: &&Vec<String>| longer.len() > path.len();
            let mut longer = paths.range((*path).clone()..).filter(goes_on);
            !longer.next().is_some_and(|next| next.starts_with(path))
        });
        let files = last.filter_map(file).filter(|named| named != module);
        (module.clone(), files.collect())
    };
    sources.iter().map(named).collect()
}

/// The files that lie on circles: each leads back to itself.
fn on_circles(named: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> BTreeSet<String> {
    let leads_back = |start: &Vec<String>| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<_> = named[start].iter().collect();
        while let Some(next) = open.pop() {
            if next == start {
                return true;
            }
            if seen.insert(next) {
                open.extend(named.get(next).into_iter().flatten());
            }
        }
        false
    };
    let circles = named.keys().filter(|start| leads_back(start));
    circles.map(|module| module.join("::")).collect()
}

#[test]
fn no_files_name_each_other_in_a_circle() {
    let sources = sources();
    let tests = test_modules(&sources);
    let files: Vec<_> = sources
        .iter()
        .map(|source| (source.module(), &source.code))
        .filter(|(module, _)| {
            let left = module
                .first()
                .is_some_and(|root| CIRCLES_LEFT.contains(&&**root));
            !left && !tests.iter().any(|test| module.starts_with(test))
        })
        .map(|(module, code)| {
            let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
            (module, code.to_owned())
        })
        .collect();
    let circles = on_circles(&files_named(&files));
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_circle_is_seen_through_names_that_are_passed_on() {
    let circles = |files: &[(&str, &str)]| {
        let split = |path: &str| path.split("::").map(str::to_owned).collect();
        let files: Vec<_> = files
            .iter()
            .map(|(path, code)| (split(path), (*code).to_owned()))
            .collect();
        on_circles(&files_named(&files))
    };
    let room = (
        "room",
        "mod a;\nmod b;\npub use a::One;\npub(crate) use b::{Two, three};",
    );
    let one = ("room::a", "use super::Two;");
    assert!(circles(&[room, one, ("room::b", "use crate::other::One;")]).is_empty());
    for back in [
        "use super::One;",
        "use super::{One};",
        "fn f() -> crate::room::a::Deep {}",
        "use crate::{error::Error, room::{a::{self, Deep}}};",
    ] {
        let found = circles(&[room, one, ("room::b", back)]);
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["room::a", "room::b"],
            "{back}"
        );
    }
    // A module that works with what a file below it has, which works with the module.
    let works = (
        "top",
        "mod low;\nuse self::low::Low;\npub(super) const LIMIT: u8 = 1;",
    );
    let found = circles(&[works, ("top::low", "use super::LIMIT;")]);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["top", "top::low"]);
    assert!(circles(&[works, ("top::low", "use crate::Error;")]).is_empty());
}

/// The files that ask whether a reader lacked text after a window. All others read on
/// and leave the question to these: see the documentation of `redact::engine`.
const ASK_FOR_MORE_TEXT: &[&str] = &[
    "redact/custom/rule_set/find.rs",
    "redact/engine/scan/driver.rs",
    "redact/redactor/scanner.rs",
];

#[test]
fn few_files_ask_whether_text_was_missing() {
    let sources = sources();
    let tests = test_modules(&sources);
    let mut asking: Vec<_> = sources
        .iter()
        .filter(|source| {
            let module = source.module();
            let code = source.code.split("#[cfg(test)]\nmod tests {").next();
            !tests.iter().any(|test| module.starts_with(test))
                && code.unwrap().contains(".take_short()")
        })
        .map(|source| source.path.to_str().unwrap().replace('\\', "/"))
        .collect();
    asking.sort_unstable();
    assert_eq!(asking, ASK_FOR_MORE_TEXT);
}

#[test]
fn names_are_seen_in_every_way_to_write_them() {
    for (code, depth, expected) in [
        ("use crate::seal::Envelope;", 2, vec!["seal"]),
        (
            "use crate::{error::Error, time::{Clock, Moment}, seal};",
            2,
            vec!["error", "time", "seal"],
        ),
        ("fn f() -> crate::guard::Guard {", 1, vec!["guard"]),
        ("use super::super::policy::Policy;", 2, vec!["policy"]),
        (
            "use super::super::{audit, rights::Request};",
            2,
            vec!["audit", "rights"],
        ),
        ("use super::{\n    model::Role,\n};", 1, vec!["model"]),
        (
            "mod tests { use super::super::super::model; }",
            2,
            vec!["model"],
        ),
        ("use super::store::Rows;", 2, vec![]),
        (
            "use other::crate::seal; let supercrate::seal = 1;",
            1,
            vec![],
        ),
        ("use crate::Error;", 1, vec![]),
    ] {
        assert_eq!(modules_named(code, depth), expected, "{code}");
    }
    let code = without_comments("/// See [`x`](crate::seal).\nlet a = 1; // crate::audit");
    assert!(modules_named(&code, 1).is_empty());
}

#[test]
fn names_that_are_passed_on_lead_to_their_room() {
    let code = "mod a;\n#[cfg(test)]\nmod tests;\npub use a::{One, Two as Other};\n\
                #[cfg(x)]\npub(crate) use b::three;\nuse c::Four;\nfn f() {}";
    let passed = passed_on(code);
    assert_eq!(passed, [("One", "a"), ("Other", "a"), ("three", "b")]);
    let code = "use super::{Other, c};\nuse crate::room::three;";
    let rooms = |path| rooms_named(code, path, 1, &["a", "b", "c"], &passed);
    assert_eq!(rooms("crate::room::"), ["b", "a", "c"]);
}

#[test]
fn a_file_can_be_held_in_mind() {
    let long = |source: &Source| {
        let tests = source.module().last().is_some_and(|name| name == "tests");
        let code = source
            .code
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap();
        let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
        let table = source.path.starts_with(TABLES);
        (lines > MAX_CODE_LINES && !table && !tests)
            .then(|| format!("{}: {lines} lines", source.path.display()))
    };
    let long: Vec<_> = sources().iter().filter_map(long).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn unsafe_stands_in_one_place_only() {
    let unsafe_in = |source: &Source| {
        let mut words = source
            .code
            .split(|c: char| !c.is_alphanumeric() && c != '_');
        let found = words.any(|word| word == "unsafe" || word == "unsafe_code");
        found && !source.path.starts_with(UNSAFE_ALLOWED_IN)
    };
    let broken: Vec<_> = sources().into_iter().filter(unsafe_in).collect();
    let broken: Vec<_> = broken.iter().map(|source| &source.path).collect();
    assert!(broken.is_empty(), "{broken:?}");
}
