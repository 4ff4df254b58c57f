//! A gitleaks configuration with every field read and nothing compiled.

use std::collections::{BTreeMap, BTreeSet};

use toml::Table;

use super::fields::{Fields, Flaw};
use crate::Error;
use crate::error::RuleCause;

const MAX_DOCUMENT: usize = 4 << 20;
pub(super) const MAX_RULES: usize = 2048;
pub(super) const MAX_ALLOW_LISTS: usize = 1024;
const MAX_ID: usize = 128;

#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    pub(super) extend: Extend,
    pub(super) rules: Vec<RuleEntry>,
    pub(super) allow: Vec<AllowEntry>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Extend {
    pub(super) path: Option<String>,
    pub(super) url: Option<String>,
    pub(super) use_default: bool,
    pub(super) disabled: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub(super) struct RuleEntry {
    pub(super) id: String,
    pub(super) description: Option<String>,
    pub(super) path: Option<String>,
    pub(super) regex: Option<String>,
    pub(super) secret_group: Option<usize>,
    pub(super) entropy: Option<f64>,
    pub(super) keywords: Vec<String>,
    pub(super) skip_report: bool,
    pub(super) allow: Vec<AllowEntry>,
    pub(super) required: Vec<RequiredEntry>,
}

#[derive(Clone, Debug)]
pub(super) struct RequiredEntry {
    pub(super) id: String,
    pub(super) lines: Option<usize>,
    pub(super) columns: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RegexTarget {
    Line,
    Match,
    Secret,
}

#[derive(Clone, Debug)]
pub(super) struct AllowEntry {
    pub(super) condition: Condition,
    /// Whether the list names commits, which texts do not have.
    pub(super) commits: bool,
    pub(super) paths: Vec<String>,
    pub(super) target: RegexTarget,
    pub(super) regexes: Vec<String>,
    pub(super) stopwords: Vec<String>,
    /// For a list of the whole configuration: the rules that it applies to.
    pub(super) rules: Vec<String>,
}

pub(super) fn read(toml: &str) -> Result<Document, Error> {
    if toml.len() > MAX_DOCUMENT {
        let what = "size of a gitleaks configuration";
        return Err(Error::limit(what, MAX_DOCUMENT as u64));
    }
    let table: Table = toml::from_str(toml).map_err(|error| {
        let refused = Error::config("gitleaks configuration is not TOML");
        // The parser's message may quote the document.
        match error.span() {
            Some(span) => refused.at_byte(span.start),
            None => refused,
        }
    })?;
    let mut fields = Fields::new("configuration", table)?;
    for name in ["title", "description", "minVersion"] {
        fields.text(name)?;
    }
    let extend = match fields.table("extend")? {
        Some(fields) => extend(fields)?,
        None => Extend::default(),
    };
    let entries = fields.tables("rules")?;
    if entries.len() > MAX_RULES {
        let what = "number of rules in a gitleaks configuration";
        return Err(Error::limit(what, MAX_RULES as u64));
    }
    let mut rules: Vec<RuleEntry> = Vec::with_capacity(entries.len());
    let mut places = BTreeMap::new();
    for (fields, number) in entries.into_iter().zip(1..) {
        let rule = rule(fields, number)?;
        // If two rules have the same id, gitleaks uses the later one.
        match places
            .get(&rule.id)
            .and_then(|&at: &usize| rules.get_mut(at))
        {
            Some(earlier) => *earlier = rule,
            None => {
                places.insert(rule.id.clone(), rules.len());
                rules.push(rule);
            }
        }
    }
    let allow = allow_lists(&mut fields, "allowlist", "allowlists")?;
    fields.end()?;
    Ok(Document {
        extend,
        rules,
        allow,
    })
}

fn extend(mut fields: Fields) -> Result<Extend, Flaw> {
    let extend = Extend {
        path: fields.text("extend.path")?,
        url: fields.text("extend.url")?,
        use_default: fields.truth("extend.useDefault")?,
        disabled: fields.texts("extend.disabledRules")?.into_iter().collect(),
    };
    fields.end()?;
    if extend.path.is_some() && extend.use_default {
        let what = "cannot be combined with `extend.useDefault`";
        return Err(Flaw::new("extend.path", what));
    }
    Ok(extend)
}

fn rule(mut fields: Fields, number: usize) -> Result<RuleEntry, Error> {
    let id = fields.text("rules.id")?.filter(|id| {
        id.len() <= MAX_ID && !id.trim().is_empty() && !id.chars().any(char::is_control)
    });
    let Some(id) = id else {
        let what = "must have an id of 1 to 128 bytes without control characters";
        return Err(RuleCause::Number { number, what }.into());
    };
    let read = |mut fields: Fields| {
        let rule = RuleEntry {
            description: fields.text("rules.description")?,
            path: fields.text("rules.path")?,
            regex: fields.text("rules.regex")?,
            secret_group: fields.count("rules.secretGroup")?,
            entropy: fields.number("rules.entropy")?,
            keywords: fields.texts("rules.keywords")?,
            skip_report: fields.truth("rules.skipReport")?,
            allow: allow_lists(&mut fields, "rules.allowlist", "rules.allowlists")?,
            required: required(&mut fields)?,
            id: id.clone(),
        };
        fields.texts("rules.tags")?;
        fields.end()?;
        Ok(rule)
    };
    read(fields).map_err(|error: Error| error.with_id(&id))
}

fn required(fields: &mut Fields) -> Result<Vec<RequiredEntry>, Flaw> {
    let entries = fields.tables("rules.required")?;
    let entry = |mut fields: Fields| {
        let missing = Flaw::new("rules.required.id", "is missing");
        let entry = RequiredEntry {
            id: fields.text("rules.required.id")?.ok_or(missing)?,
            lines: fields.count("rules.required.withinLines")?,
            columns: fields.count("rules.required.withinColumns")?,
        };
        fields.end()?;
        Ok(entry)
    };
    entries.into_iter().map(entry).collect()
}

/// Returns the allow-lists of a rule or of the configuration. `old` is the name of
/// the field that contains a single list.
fn allow_lists(
    fields: &mut Fields,
    old: &'static str,
    new: &'static str,
) -> Result<Vec<AllowEntry>, Error> {
    let mut entries = fields.tables(new)?;
    if let Some(one) = fields.table(old)? {
        if !entries.is_empty() {
            let what = "cannot be combined with the list that replaced it";
            return Err(Flaw::new(old, what).into());
        }
        entries.push(one);
    }
    let global = new == "allowlists";
    let entry =
        |(fields, number)| allow(fields, global).map_err(|flaw: Flaw| of_list(flaw, number));
    entries.into_iter().zip(1..).map(entry).collect()
}

/// Returns the error for the allow-list with this number.
pub(super) fn of_list(flaw: Flaw, number: usize) -> Error {
    let Flaw { field, what, at } = flaw;
    let error = Error::from(RuleCause::AllowField {
        number,
        field,
        what,
    });
    match at {
        Some(at) => error.at_byte(at),
        None => error,
    }
}

fn allow(mut fields: Fields, global: bool) -> Result<AllowEntry, Flaw> {
    fields.text("description")?;
    let condition = match fields
        .text("condition")?
        .map(|text| text.to_ascii_uppercase())
    {
        None => Condition::Or,
        Some(text) => match text.as_str() {
            "AND" | "&&" => Condition::And,
            "OR" | "||" => Condition::Or,
            _ => return Err(Flaw::new("condition", "is neither `AND` nor `OR`")),
        },
    };
    let target = match fields.text("regexTarget")?.as_deref() {
        None | Some("secret") => RegexTarget::Secret,
        Some("match") => RegexTarget::Match,
        Some("line") => RegexTarget::Line,
        Some(_) => {
            let what = "is neither `secret`, `match` nor `line`";
            return Err(Flaw::new("regexTarget", what));
        }
    };
    let entry = AllowEntry {
        condition,
        commits: !fields.texts("commits")?.is_empty(),
        paths: fields.texts("paths")?,
        target,
        regexes: fields.texts("regexes")?,
        stopwords: fields.texts("stopwords")?,
        rules: if global {
            fields.texts("targetRules")?
        } else {
            Vec::new()
        },
    };
    fields.end()?;
    let lists = [&entry.paths, &entry.regexes, &entry.stopwords];
    if !entry.commits && lists.iter().all(|list| list.is_empty()) {
        let what = "is missing, as are `paths`, `regexes` and `stopwords`";
        return Err(Flaw::new("commits", what));
    }
    Ok(entry)
}
