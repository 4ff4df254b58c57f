//! The TOML document before it is checked.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) version: Option<u32>,
    #[serde(default)]
    pub(super) disable: Vec<String>,
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<RuleEntry>,
    #[serde(default, rename = "allow")]
    pub(super) allow: Vec<AllowEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleEntry {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) provider: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) replaces: Option<String>,
    pub(super) token: Option<TokenEntry>,
    pub(super) pattern: Option<String>,
    pub(super) keywords: Option<Vec<String>>,
    pub(super) group: Option<GroupEntry>,
    pub(super) max_len: Option<u32>,
    pub(super) entropy: Option<f64>,
    pub(super) confidence: Option<u32>,
    #[serde(default)]
    pub(super) examples: Vec<String>,
    #[serde(default)]
    pub(super) counter_examples: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenEntry {
    pub(super) prefixes: Vec<String>,
    pub(super) body: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum GroupEntry {
    Name(String),
    Number(u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AllowEntry {
    pub(super) reason: String,
    #[serde(default)]
    pub(super) values: Vec<String>,
    #[serde(default)]
    pub(super) prefixes: Vec<String>,
    #[serde(default)]
    pub(super) stopwords: Vec<String>,
    #[serde(default)]
    pub(super) patterns: Vec<String>,
    #[serde(default)]
    pub(super) target: Target,
    #[serde(default)]
    pub(super) rules: Vec<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Target {
    Line,
    #[default]
    Value,
}
