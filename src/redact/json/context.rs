//! What the structure says of each string and number: its name, whether it is masked,
//! and whether it must stay.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::document::{Document, Member, Node};
use super::table::Columns;
use crate::redact::custom::{FieldNames, JsonPaths, Step, may_be_secret};
use crate::redact::finding::Kind;
use crate::redact::text::part_of_str;

/// What is known of a string or number from its place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Leaf<'d> {
    /// The number of the token.
    pub(super) token: usize,
    /// The name of the value: its key, or what stands in for it.
    pub(super) name: Option<&'d str>,
    /// Whether the canonical form does not show the name right before the value.
    pub(super) lifted: bool,
    /// The kind of value that the whole leaf is by its name alone.
    pub(super) mask: Option<Kind>,
    /// Whether the value must stay as it is.
    pub(super) exempt: bool,
}

/// Names that say nothing of their values, which are named by what is around them.
const CARRIERS: &[&str] = &[
    "b",
    "current",
    "default",
    "defaultvalue",
    "n",
    "new",
    "newvalue",
    "ns",
    "old",
    "oldvalue",
    "parametervalue",
    "plaintext",
    "raw",
    "s",
    "ss",
    "string",
    "stringvalue",
    "v",
    "val",
    "value",
    "values",
];

/// The greatest length in bytes of a name that counts for more values than its own. Of a
/// longer one, the end counts.
const MAX_NAME: usize = 256;

/// Members that name the value of the member beside them.
pub(super) const NAMES: &[&str] = &[
    "field",
    "header",
    "k",
    "key",
    "name",
    "parameterkey",
    "parametername",
    "variable",
];

/// Members that describe in words what the value beside them is.
const DESCRIPTIONS: &[&str] = &[
    "element",
    "id",
    "label",
    "locator",
    "placeholder",
    "prompt",
    "question",
    "selector",
    "target",
    "title",
    "type",
    "xpath",
];

/// Members with what somebody has typed, or the answer to a question.
const ANSWERS: &[&str] = &[
    "answer", "content", "fill", "input", "keys", "response", "stdin", "text", "typed",
];

/// Members with what a resource has made.
const RESULTS: &[&str] = &["result"];

/// The greatest length of a description and of an answer that are read together.
const MAX_DESCRIPTION: usize = 128;

/// Members of an object that say something about the passwords in it.
const ABOUT: &[&str] = &[
    "algorithm",
    "created",
    "date",
    "description",
    "error",
    "expires",
    "format",
    "hash",
    "help",
    "hint",
    "host",
    "id",
    "label",
    "message",
    "name",
    "pattern",
    "placeholder",
    "policy",
    "reason",
    "regex",
    "title",
    "type",
    "updated",
    "url",
    "validation",
    "version",
];

/// Members of a JSON schema.
const SCHEMA: &[&str] = &["$ref", "$schema", "allOf", "anyOf", "oneOf", "properties"];

/// The types of JSON schemas.
const TYPES: &[&str] = &[
    "array", "boolean", "integer", "null", "number", "object", "string",
];

/// Members of a schema that hold a value.
const SAMPLES: &[&str] = &["const", "default", "example", "examples", "value"];

pub(super) fn is(name: &str, list: &[&str]) -> bool {
    list.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// Returns the end of a name, which is all that is read of it for each of many values.
pub(super) fn end_of(name: &str) -> &str {
    let mut from = name.len().saturating_sub(MAX_NAME);
    while !name.is_char_boundary(from) {
        from += 1;
    }
    part_of_str(name, from..name.len())
}

/// Returns whether an object under this name holds passwords: `{"passwords": {"ann": "x"}}`.
fn holds_passwords(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["passw", "passphrase", "pwd"]
        .iter()
        .any(|word| name.contains(word))
}

/// Returns the name of a secret in a description: `Password field`, `input[type=password]`.
fn described(text: &str) -> Option<&str> {
    if text.len() > MAX_DESCRIPTION {
        return None;
    }
    let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
    let words = || text.split(|char| !is_part(char));
    let password = words().find(|word| holds_passwords(word));
    // `API key` is two words.
    let two = || {
        let lists = text.split(|char| !is_part(char) && char != ' ');
        let mut lists = lists.filter(|list| list.trim().split(' ').count() == 2);
        lists.find(|list| may_be_secret(list))
    };
    let one = || words().find(|word| may_be_secret(word));
    password.or_else(two).or_else(one).map(str::trim)
}

/// Returns the name of the argument of a command that comes next, if `text` is a flag:
/// `["--password", "x"]`.
fn flag_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (name.len() > 2 && name.bytes().all(is_part)).then_some(name)
}

/// Returns whether a text is the name of a type in a schema.
pub(super) fn is_type(text: &str) -> bool {
    TYPES.contains(&text)
}

/// Returns what is known of each string and number. `outer` is what is known of the
/// string that holds the document, or nothing.
pub(super) fn leaves<'d>(
    document: &'d Document<'_>,
    outer: Leaf<'d>,
    fields: Option<&FieldNames>,
    paths: &JsonPaths,
) -> Vec<Leaf<'d>> {
    let mut walk = Walk {
        document,
        fields,
        paths,
        path: Vec::new(),
        cells: HashMap::new(),
        made: None,
        leaves: Vec::with_capacity(document.tokens.len()),
    };
    walk.node(
        &document.root,
        Leaf {
            lifted: true,
            ..outer
        },
    );
    walk.leaves
}

/// The members of an object, and the names and texts of those that are strings, which are
/// only read if a path asks for one.
#[derive(Default)]
struct Beside<'d> {
    members: &'d [Member],
    texts: OnceCell<HashSet<(&'d str, &'d str)>>,
}

struct Walk<'d, 'o> {
    document: &'d Document<'d>,
    fields: Option<&'o FieldNames>,
    paths: &'o JsonPaths,
    path: Vec<Step<'d>>,
    /// The names of the values of tables, by their tokens.
    cells: HashMap<usize, &'d str>,
    /// What the type of an object around says of its results, as in the state of
    /// Terraform.
    made: Option<&'d str>,
    leaves: Vec<Leaf<'d>>,
}

impl<'d> Walk<'d, '_> {
    // The recursion is bounded by the nesting of the document.
    fn node(&mut self, node: &'d Node, known: Leaf<'d>) {
        match node {
            Node::Word(_) => {}
            Node::Leaf(token) => {
                let mut leaf = Leaf {
                    token: *token,
                    ..known
                };
                if let Some(&name) = self.cells.get(token) {
                    let own = self.fields.and_then(|fields| fields.kind(name));
                    leaf.mask = leaf.mask.or(own);
                    (leaf.name, leaf.lifted) = (Some(name), true);
                }
                self.leaves.push(leaf);
            }
            Node::Array(nodes) => self.array(nodes, known, false),
            Node::Object(members) => self.object(members, known),
        }
    }

    /// `listed` says whether the array is one of a list of pairs.
    fn array(&mut self, nodes: &'d [Node], known: Leaf<'d>, listed: bool) {
        let are_pairs = nodes.iter().all(|node| {
            let Node::Array(nodes) = node else {
                return false;
            };
            self.pair(nodes).is_some()
        });
        let columns = Columns::of_rows(self.document, nodes, |name| self.counts(name));
        if let Some(columns) = columns {
            columns.name_rows(nodes, &mut self.cells);
        }
        let is_flat = self.is_flat_list(nodes);
        let mut name = None;
        for (number, node) in nodes.iter().enumerate() {
            let exempt = self.enter(Step::Item, &Beside::default(), known.exempt);
            let paired = self.pair(nodes).filter(|_| number == 1);
            let mask = paired
                .filter(|_| listed)
                .and_then(|name| self.fields?.kind(name));
            let paired = paired.filter(|name| mask.is_some() || may_be_secret(name));
            let known = Leaf {
                name: paired.map(end_of).or(name).or(known.name),
                lifted: true,
                exempt,
                mask: mask.or(known.mask),
                ..known
            };
            match node {
                Node::Array(nodes) => self.array(nodes, known, are_pairs),
                node => self.node(node, known),
            }
            let text = self.string(node);
            let own = text.filter(|name| is_flat && number % 2 == 0 && may_be_secret(name));
            name = text.and_then(flag_name).or(own).map(end_of);
            self.path.pop();
        }
    }

    /// Returns whether an array is a list of names, each with its value behind it, as
    /// `rawHeaders` are: `["host","a.io","x-api-key","x"]`.
    fn is_flat_list(&self, nodes: &[Node]) -> bool {
        let is_name = |name: &str| {
            let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !name.is_empty() && name.bytes().all(part)
        };
        nodes.len() > 2
            && nodes.len().is_multiple_of(2)
            && nodes.iter().step_by(2).all(|node| {
                let name = self.string(node);
                name.is_some_and(is_name)
            })
            && nodes.iter().any(|node| {
                let text = self.string(node);
                text.is_some_and(|text| !is_name(text) || text.contains('-'))
            })
    }

    /// Returns the name in an array that is a name and a value: `["x-api-key", "x"]`.
    fn pair(&self, nodes: &[Node]) -> Option<&'d str> {
        let [name, Node::Leaf(_)] = nodes else {
            return None;
        };
        self.string(name)
    }

    /// Returns what the members of an object say of the name of the value beside them.
    /// Of several names, the one that denotes a secret counts, whatever the order.
    fn beside(&self, members: &'d [Member]) -> Option<&'d str> {
        let mut last: Option<(&str, &str)> = None;
        let (mut masked, mut secret) = (None, None);
        for (key, node) in members {
            let key = self.document.text(*key);
            let Some(text) = self.string(node).filter(|_| is(key, NAMES)) else {
                continue;
            };
            if self
                .fields
                .is_some_and(|fields| fields.kind(text).is_some())
            {
                masked = masked.max(Some(text));
            }
            if may_be_secret(text) {
                secret = secret.max(Some(text));
            }
            // Of members with one name, readers take the last.
            if last.is_none_or(|(known, _)| key <= known) {
                last = Some((key, text));
            }
        }
        let name = masked.or(secret).or(last.map(|(_, text)| text));
        name.map(end_of)
    }

    /// Returns what a description among the members of an object says of the answer
    /// beside it.
    fn described(&self, members: &'d [Member]) -> Option<&'d str> {
        let has_answer = |(key, node): &Member| {
            let key = self.document.text(*key);
            self.string(node).is_some() && (is(key, ANSWERS) || is(key, CARRIERS))
        };
        if !members.iter().any(has_answer) {
            return None;
        }
        let names = members.iter().filter_map(|(key, node)| {
            let key = self.document.text(*key);
            let text = self.string(node).filter(|_| is(key, DESCRIPTIONS))?;
            let name = described(text)?;
            // Tokens of languages have types, too.
            (key != "type" || holds_passwords(name)).then_some(name)
        });
        names.max()
    }

    /// Returns whether a name says something of values that are not beside it.
    fn counts(&self, name: &str) -> bool {
        let is_masked = |fields: &FieldNames| fields.kind(name).is_some();
        may_be_secret(name) || self.fields.is_some_and(is_masked)
    }

    fn object(&mut self, members: &'d [Member], known: Leaf<'d>) {
        let beside = self.beside(members);
        let is_schema = known.mask.is_some() && self.is_schema(members);
        if let Some(columns) = Columns::of_object(self.document, members, |name| self.counts(name))
        {
            columns.name_members(self.document, members, &mut self.cells);
        }
        let texts = Beside {
            members,
            texts: OnceCell::new(),
        };
        let described = self.described(members);
        let made = self.made;
        self.made = self.made_by(members).or(made);
        let owner = known.name.filter(|name| holds_passwords(name));
        for (key, node) in members {
            let key = self.document.text(*key);
            let exempt = self.enter(Step::Member(key), &texts, known.exempt);
            let lifted = is(key, CARRIERS);
            let around = if lifted {
                let counts = beside.filter(|name| self.counts(name));
                counts.or(described).or(beside).or(known.name)
            } else {
                let made = self.made.filter(|_| is(key, RESULTS));
                made.or(described).filter(|_| {
                    let text = self
                        .string(node)
                        .filter(|_| is(key, ANSWERS) || is(key, RESULTS));
                    text.is_some_and(|text| text.len() <= MAX_DESCRIPTION)
                })
            };
            let owner = owner.filter(|_| !may_be_secret(key) && !is(key, ABOUT));
            let around = around.or(owner);
            let name = around.unwrap_or(key);
            let inherited = known.mask.filter(|_| !is_schema || is(key, SAMPLES));
            let own = self
                .fields
                .map(|fields| (fields.kind(name), fields.is_left_out(key)));
            let mask = match own {
                Some((_, true)) | None => None,
                Some((own, false)) => own.or(inherited),
            };
            self.node(
                node,
                Leaf {
                    token: 0,
                    name: Some(end_of(name)),
                    lifted: around.is_some(),
                    mask,
                    exempt,
                },
            );
            self.path.pop();
        }
        self.made = made;
    }

    /// Returns the type among the members of an object that says that it is a password.
    fn made_by(&self, members: &'d [Member]) -> Option<&'d str> {
        let types = members.iter().filter_map(|(key, node)| {
            let of_type = is(self.document.text(*key), &["type", "resource_type"]);
            self.string(node).filter(|_| of_type)
        });
        let passwords = types.filter(|text| text.len() <= MAX_DESCRIPTION);
        passwords.filter(|text| holds_passwords(text)).max()
    }

    /// Adds a step to the path. Returns whether what it leads to must stay.
    fn enter(&mut self, step: Step<'d>, beside: &Beside<'d>, exempt: bool) -> bool {
        self.path.push(step);
        if exempt || self.paths.is_empty() {
            return exempt;
        }
        let texts = || beside.texts.get_or_init(|| self.texts(beside.members));
        self.paths
            .contains(&self.path, |name, text| texts().contains(&(name, text)))
    }

    /// Returns the members that are strings: their names and texts.
    fn texts(&self, members: &'d [Member]) -> HashSet<(&'d str, &'d str)> {
        let members = members.iter();
        let texts =
            members.filter_map(|(key, node)| Some((self.document.text(*key), self.string(node)?)));
        texts.collect()
    }

    fn string(&self, node: &Node) -> Option<&'d str> {
        self.document.string(node)
    }

    fn is_schema(&self, members: &[Member]) -> bool {
        members.iter().any(|(key, node)| {
            let key = self.document.text(*key);
            let typed = || match node {
                Node::Array(nodes) => nodes
                    .iter()
                    .all(|node| self.string(node).is_some_and(is_type)),
                node => self.string(node).is_some_and(is_type),
            };
            SCHEMA.contains(&key) || (key == "type" && typed())
        })
    }
}
