//! The public names of the crate, listed so that a change is seen.
//!
//! `CONFIDANT_WRITE_NAMES=1 cargo test public_names` writes the list anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const LIST: &str = "tests/data/public_names.txt";

/// A module's file, and its text.
struct Module {
    path: PathBuf,
    text: String,
}

impl Module {
    fn at(path: PathBuf) -> Option<Self> {
        let text = fs::read_to_string(&path).ok()?;
        Some(Self { path, text })
    }

    /// The module of this name that the file declares.
    fn child(&self, name: &str) -> Option<Self> {
        let stem = self.path.file_stem()?.to_str()?;
        let folder = self.path.parent()?;
        let folder = match stem {
            "mod" | "lib" => folder.to_owned(),
            _ => folder.join(stem),
        };
        Self::at(folder.join(format!("{name}.rs")))
            .or_else(|| Self::at(folder.join(name).join("mod.rs")))
    }

    /// What follows `start` at the beginning of a line, up to the next `;`.
    fn statements(&self, start: &str) -> Vec<String> {
        let text = format!("\n{}", self.text);
        let start = format!("\n{start}");
        let shown = text
            .match_indices(&start)
            .filter(|(at, _)| !text[..*at].ends_with("#[doc(hidden)]"));
        let found = shown.filter_map(|(at, _)| {
            let rest = &text[at + start.len()..];
            Some(rest[..rest.find(';')?].to_owned())
        });
        found.collect()
    }
}

/// The names that a path of `use` brings, each with the modules it comes through.
fn used(path: &str) -> Vec<(Vec<String>, String)> {
    let Some((head, group)) = path.split_once('{') else {
        let (path, alias) = match path.split_once(" as ") {
            Some((path, alias)) => (path, Some(alias)),
            None => (path, None),
        };
        let mut parts: Vec<String> = path.split("::").map(|p| p.trim().to_owned()).collect();
        let name = parts.pop().unwrap();
        return vec![(parts, alias.map_or(name, str::to_owned))];
    };
    let parts: Vec<String> = head
        .split("::")
        .filter(|part| !part.is_empty())
        .map(|part| part.trim().to_owned())
        .collect();
    let names = group.trim_end().trim_end_matches('}').split(',');
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| (parts.clone(), name.to_owned())).collect()
}

/// Adds the public names of a module, with those of its public modules.
fn list(module: &Module, path: &str, names: &mut BTreeMap<String, String>) {
    for kind in [
        "struct", "enum", "trait", "fn", "const", "type", "async fn", "const fn",
    ] {
        for line in module.text.lines() {
            let Some(rest) = line.strip_prefix("pub ").and_then(|l| l.strip_prefix(kind)) else {
                continue;
            };
            let Some(rest) = rest.strip_prefix(' ') else {
                continue;
            };
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = rest[..end.unwrap_or(rest.len())].to_owned();
            if name != "fn" {
                names.insert(format!("{path}::{name}"), kind.to_owned());
            }
        }
    }
    for statement in module.statements("pub use ") {
        for (parts, name) in used(&statement) {
            names.insert(
                format!("{path}::{name}"),
                format!("{}::{name}", parts.join("::")),
            );
        }
    }
    for name in module.statements("pub mod ") {
        let path = format!("{path}::{name}");
        names.insert(path.clone(), "mod".to_owned());
        if let Some(child) = module.child(&name) {
            list(&child, &path, names);
        }
    }
}

/// The names of public methods, by what has them.
type Methods = BTreeMap<String, Vec<String>>;

/// The public methods that a macro gives to the type that it is called with, and the
/// macros that a file calls, each with the type.
fn given(text: &str) -> (Methods, Vec<(String, String)>) {
    let (mut methods, mut calls) = (Methods::new(), Vec::new());
    let (mut defined, mut called) = (None, None);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("macro_rules! ") {
            defined = name.strip_suffix(" {").map(str::to_owned);
        } else if line.starts_with('}') {
            defined = None;
        }
        if let Some(name) = &defined
            && let Some((_, rest)) = line.split_once(" pub fn ")
            && let Some(end) = rest.find(['(', '<'])
        {
            let own = methods.entry(name.clone()).or_default();
            own.push(rest[..end].to_owned());
        }
        let rest = match line.split_once("!(") {
            Some((name, rest)) if name.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                called = Some(name.to_owned());
                rest
            }
            _ => line,
        };
        let rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with("///") {
            continue;
        }
        if let Some(name) = called.take() {
            let end = rest.find(|c: char| !c.is_alphanumeric());
            let owner = &rest[..end.unwrap_or(rest.len())];
            calls.push((name, owner.to_owned()));
        }
    }
    (methods, calls)
}

/// The public methods of each type, by the blocks of all files.
fn methods() -> Methods {
    let (mut of_macros, mut calls) = (Methods::new(), Vec::new());
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut methods = Methods::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let (own, called) = given(&text);
            for (name, own) in own {
                of_macros.entry(name).or_default().extend(own);
            }
            calls.extend(called);
            let mut owner = String::new();
            for line in text.lines() {
                if let Some(head) = line.strip_prefix("impl") {
                    let head = head.trim_end_matches(" {");
                    let head = head.split(" where").next().unwrap();
                    let own = match head.strip_prefix('<') {
                        Some(rest) => rest.split_once("> ").map_or("", |(_, own)| own),
                        None => head.trim_start(),
                    };
                    let is_inherent = !head.contains(" for ");
                    let end = own.find(|c: char| !c.is_alphanumeric() && c != '_');
                    owner = match is_inherent {
                        true => own[..end.unwrap_or(own.len())].to_owned(),
                        false => String::new(),
                    };
                } else if !line.starts_with(' ') && !line.is_empty() && !line.starts_with('}') {
                    owner.clear();
                }
                let Some(rest) = line.strip_prefix("    pub ") else {
                    continue;
                };
                let rest = rest
                    .trim_start_matches("const ")
                    .trim_start_matches("async ");
                if let Some(rest) = rest.strip_prefix("fn ")
                    && !owner.is_empty()
                {
                    let end = rest.find(['(', '<']).unwrap_or(rest.len());
                    let own = methods.entry(owner.clone()).or_default();
                    own.push(rest[..end].to_owned());
                }
            }
        }
    }
    for (name, owner) in calls {
        let given = of_macros.get(&name).cloned().unwrap_or_default();
        methods.entry(owner).or_default().extend(given);
    }
    methods
}

#[test]
fn public_names_are_those_of_the_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeMap::new();
    list(
        &Module::at(root.join("src/lib.rs")).unwrap(),
        "confidant",
        &mut names,
    );
    let methods = methods();
    let mut text = String::new();
    for name in names.keys() {
        text.push_str(name);
        text.push('\n');
        let own = name.rsplit("::").next().unwrap();
        let mut own = methods.get(own).cloned().unwrap_or_default();
        own.sort();
        own.dedup();
        for method in own {
            text.push_str(&format!("    {method}\n"));
        }
    }
    let path = root.join(LIST);
    if std::env::var_os("CONFIDANT_WRITE_NAMES").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let listed = fs::read_to_string(&path).expect("the list of public names is missing");
    let [added, gone] = [(&text, &listed), (&listed, &text)].map(|(new, old)| {
        let old: Vec<_> = old.lines().collect();
        let lines = new.lines().filter(|line| !old.contains(line));
        lines.map(str::to_owned).collect::<Vec<_>>()
    });
    assert!(
        text == listed,
        "public names changed: {added:#?} are new, {gone:#?} are gone"
    );
}

/// A public type or trait has a name of its own, so that the name alone says which is
#[test]
fn no_public_name_is_used_twice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeMap::new();
    list(
        &Module::at(root.join("src/lib.rs")).unwrap(),
        "confidant",
        &mut names,
    );
    let mut places = BTreeMap::<_, Vec<_>>::new();
    for path in names.keys() {
        let (module, name) = path.rsplit_once("::").expect("a path");
        if name.starts_with(char::is_uppercase) {
            places.entry(name).or_default().push(module);
        }
    }
    assert!(
        places.len() > 500,
        "this is not the crate: {}",
        places.len()
    );
    places.retain(|_, modules| modules.len() > 1);
    assert!(places.is_empty(), "names in several modules: {places:#?}");
}
