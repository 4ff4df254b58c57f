//! What the structure says of each string and number: its name, whether it is masked,
//! and whether it must stay.

use super::document::{Document, Member, Node, Sort};
use crate::redact::custom::{FieldNames, JsonPaths, Step, may_be_secret};
use crate::redact::finding::Kind;

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

/// Members that name the value of the member beside them.
const NAMES: &[&str] = &[
    "field",
    "header",
    "k",
    "key",
    "name",
    "parameterkey",
    "parametername",
    "variable",
];

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

fn is(name: &str, list: &[&str]) -> bool {
    list.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// Returns whether an object under this name holds passwords: `{"passwords": {"ann": "x"}}`.
fn holds_passwords(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["passw", "passphrase", "pwd"]
        .iter()
        .any(|word| name.contains(word))
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

struct Walk<'d, 'o> {
    document: &'d Document<'d>,
    fields: Option<&'o FieldNames>,
    paths: &'o JsonPaths,
    path: Vec<Step<'d>>,
    leaves: Vec<Leaf<'d>>,
}

impl<'d> Walk<'d, '_> {
    // The recursion is bounded by the nesting of the document.
    fn node(&mut self, node: &'d Node, known: Leaf<'d>) {
        match node {
            Node::Word(_) => {}
            Node::Leaf(token) => self.leaves.push(Leaf {
                token: *token,
                ..known
            }),
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
        let mut name = None;
        for (number, node) in nodes.iter().enumerate() {
            let exempt = self.enter(Step::Item, &[], known.exempt);
            let paired = self.pair(nodes).filter(|_| number == 1);
            let mask = paired
                .filter(|_| listed)
                .and_then(|name| self.fields?.kind(name));
            let paired = paired.filter(|name| mask.is_some() || may_be_secret(name));
            let known = Leaf {
                name: paired.or(name).or(known.name),
                lifted: true,
                exempt,
                mask: mask.or(known.mask),
                ..known
            };
            match node {
                Node::Array(nodes) => self.array(nodes, known, are_pairs),
                node => self.node(node, known),
            }
            name = self.string(node).and_then(flag_name);
            self.path.pop();
        }
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
        masked.or(secret).or(last.map(|(_, text)| text))
    }

    fn object(&mut self, members: &'d [Member], known: Leaf<'d>) {
        let beside = self.beside(members);
        let is_schema = known.mask.is_some() && self.is_schema(members);
        for (key, node) in members {
            let key = self.document.text(*key);
            let exempt = self.enter(Step::Member(key), members, known.exempt);
            let lifted = is(key, CARRIERS);
            let around = if lifted { beside.or(known.name) } else { None };
            let owner = known
                .name
                .filter(|name| holds_passwords(name) && !may_be_secret(key) && !is(key, ABOUT));
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
                    name: Some(name),
                    lifted: around.is_some(),
                    mask,
                    exempt,
                },
            );
            self.path.pop();
        }
    }

    /// Adds a step to the path. Returns whether what it leads to must stay.
    fn enter(&mut self, step: Step<'d>, members: &'d [Member], exempt: bool) -> bool {
        self.path.push(step);
        if exempt || self.paths.is_empty() {
            return exempt;
        }
        self.paths.contains(&self.path, |name, text| {
            members.iter().any(|(key, node)| {
                self.document.text(*key) == name && self.string(node) == Some(text)
            })
        })
    }

    fn string(&self, node: &Node) -> Option<&'d str> {
        let Node::Leaf(token) = node else { return None };
        let token = self.document.tokens.get(*token)?;
        (token.sort == Sort::String).then_some(&*token.text)
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
