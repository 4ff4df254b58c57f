//! Compilation of a gitleaks configuration to rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use regex_syntax::hir::Hir;

use super::document::{
    AllowEntry, Condition, Document, MAX_ALLOW_LISTS, RegexTarget, RuleEntry, of_list,
};
use super::fields::Flaw;
use super::syntax::translate;
use crate::Error;
use crate::redact::custom::allow_list::is_rule_id;
use crate::redact::custom::rule_set::compile::built_in;
use crate::redact::custom::rule_set::conditions::{Conditions, Exemption, Required, Target};
use crate::redact::custom::rule_set::literals::Literals;
use crate::redact::custom::rule_set::pattern;
use crate::redact::custom::rule_set::pattern::{AllowPattern, Group, Pattern};
use crate::redact::custom::rule_set::rule::{ANCHOR_LEN, UserForm, UserRule};
use crate::redact::custom::rule_set::set::RuleSet;
use crate::redact::finding::{Kind, RuleId};

/// The greatest length of a match in bytes.
const MOST: usize = 8192;
const MAX_KEYWORDS: usize = 1024;
const MAX_EXPRESSIONS: usize = 1024;
const MAX_STOPWORDS: usize = 16_384;
const MAX_STOPWORD: usize = 1024;
const CONFIDENCE: u8 = 80;

/// The exemptions of a rule.
type Lists = Vec<Arc<Exemption>>;

pub(super) fn compile(document: &Document) -> Result<RuleSet, Error> {
    let extend = &document.extend;
    if extend.path.is_some() || extend.url.is_some() {
        let what = "gitleaks configuration extends a configuration that was not provided";
        return Err(Error::config(what));
    }
    let lists = document.rules.iter().map(|rule| rule.allow.len());
    if document.allow.len() + lists.sum::<usize>() > MAX_ALLOW_LISTS {
        let what = "number of allow-lists in a gitleaks configuration";
        return Err(Error::limit(what, MAX_ALLOW_LISTS as u64));
    }
    let (here, elsewhere): (Vec<_>, Vec<_>) = document
        .rules
        .iter()
        .partition(|rule| rule.regex.is_some() || rule.path.is_some());
    let mut global = Global::new(document, &here)?;
    // A default rule of gitleaks with additions only. They apply to the built-in rule
    // with the same id, if there is one.
    for rule in elsewhere {
        let of_rule = |error: Error| error.with_id(&rule.id);
        if !extend.use_default {
            let flaw = Flaw::new("rules.regex", "is missing, as is `rules.path`");
            return Err(of_rule(flaw.into()));
        }
        let own = exemptions(&rule.allow, RULE_FIELDS).map_err(of_rule)?;
        if let Some(id) = built_in(&rule.id) {
            global
                .built_in
                .extend(own.into_iter().map(|list| (Some(id), list)));
        }
    }
    let regexes: BTreeSet<&str> = here
        .iter()
        .filter(|rule| rule.regex.is_some())
        .map(|rule| rule.id.as_str())
        .collect();
    let rules = here.iter().map(|rule| {
        let compiled = compile_rule(rule, &global, &regexes);
        compiled
            .map(Arc::new)
            .map_err(|error| error.with_id(&rule.id))
    });
    let rules = rules.collect::<Result<Vec<_>, _>>()?;
    let disabled = if extend.use_default {
        extend
            .disabled
            .iter()
            .filter_map(|id| built_in(id))
            .collect()
    } else {
        BTreeSet::new()
    };
    RuleSet::imported(rules, disabled, global.built_in)
}

/// The allow-lists of the whole configuration, by the rules that they apply to.
struct Global<'d> {
    all: Lists,
    rules: BTreeMap<&'d str, Lists>,
    built_in: Vec<(Option<&'static str>, Arc<Exemption>)>,
}

impl<'d> Global<'d> {
    fn new(document: &'d Document, here: &[&RuleEntry]) -> Result<Self, Error> {
        let ids: BTreeSet<&str> = here.iter().map(|rule| rule.id.as_str()).collect();
        let use_default = document.extend.use_default;
        let mut global = Self {
            all: Vec::new(),
            rules: BTreeMap::new(),
            built_in: Vec::new(),
        };
        let lists = exemptions(&document.allow, GLOBAL_FIELDS)?;
        for ((entry, list), number) in document.allow.iter().zip(lists).zip(1..) {
            if entry.rules.is_empty() {
                global.all.push(list.clone());
                if use_default {
                    global.built_in.push((None, list));
                }
                continue;
            }
            for id in &entry.rules {
                if ids.contains(id.as_str()) {
                    global.rules.entry(id).or_default().push(list.clone());
                } else if !use_default {
                    let flaw = Flaw::new("allowlists.targetRules", "names an unknown rule");
                    let refused = of_list(flaw, number);
                    // An invalid id may contain anything, so the error must not quote
                    // it.
                    return Err(if is_rule_id(id) {
                        refused.with_id(id)
                    } else {
                        refused
                    });
                }
                if use_default && let Some(id) = built_in(id) {
                    global.built_in.push((Some(id), list.clone()));
                }
            }
        }
        Ok(global)
    }
}

fn compile_rule(
    entry: &RuleEntry,
    global: &Global<'_>,
    regexes: &BTreeSet<&str>,
) -> Result<UserRule, Error> {
    if RuleId::RESERVED.contains(&entry.id.as_str()) {
        return Err(Flaw::new("rules.id", "is that of a built-in rule").into());
    }
    let entropy = entry.entropy.unwrap_or_default();
    if !(0.0..=8.0).contains(&entropy) {
        return Err(Flaw::new("rules.entropy", "is outside 0 to 8").into());
    }
    let keywords = keywords(&entry.keywords)?;
    let own = exemptions(&entry.allow, RULE_FIELDS)?;
    let targeted = global.rules.get(entry.id.as_str());
    let path = entry.path.as_ref();
    let mut conditions = Conditions {
        path: match path {
            Some(path) => list("rules.path", std::slice::from_ref(path), true)?,
            None => None,
        },
        allow: own
            .into_iter()
            .chain(targeted.into_iter().flatten().cloned())
            .chain(global.all.iter().cloned())
            .collect(),
        keywords: Vec::new(),
        required: Vec::new(),
        silent: entry.skip_report,
    };
    for required in &entry.required {
        if !regexes.contains(required.id.as_str()) {
            let what = "does not name a rule with an expression";
            return Err(Flaw::new("rules.required.id", what).into());
        }
        conditions.required.push(Required {
            id: required.id.as_str().into(),
            lines: required.lines,
            columns: required.columns,
        });
    }
    let form = match &entry.regex {
        None => UserForm::File,
        Some(regex) => {
            let hir = expression("rules.regex", regex)?;
            if pattern::is_empty(&hir) {
                let what = "matches the empty text or can never match";
                return Err(Flaw::new("rules.regex", what).into());
            }
            let (anchors, holds) = anchors(&hir, &keywords);
            if !holds {
                conditions.keywords = keywords;
            }
            let pattern = rule_pattern(&hir, &anchors, entry.secret_group.unwrap_or_default())?;
            UserForm::Pattern {
                keywords: anchors,
                pattern,
            }
        }
    };
    let description = entry.description.as_deref().unwrap_or(&entry.id);
    Ok(UserRule {
        id: entry.id.as_str().into(),
        kind: Kind::Secret,
        description: description.into(),
        provider: None,
        form,
        confidence: CONFIDENCE,
        // The value must exceed the threshold, not just reach it.
        entropy: (entropy > 0.0).then(|| entropy.next_up()),
        replaces: None,
        examples: Vec::new(),
        counter_examples: Vec::new(),
        conditions: Some(Box::new(conditions)),
    })
}

fn rule_pattern(hir: &Hir, anchors: &[Vec<u8>], group: usize) -> Result<Pattern, Flaw> {
    if hir
        .properties()
        .minimum_len()
        .is_some_and(|least| least > MOST)
    {
        let what = "cannot match within 8192 bytes";
        return Err(Flaw::new("rules.regex", what));
    }
    let groups = hir.properties().explicit_captures_len();
    let group = match group {
        0 => Group::First,
        number if number <= groups => Group::Number(number),
        _ => {
            let what = "exceeds the number of groups in the expression";
            return Err(Flaw::new("rules.secretGroup", what));
        }
    };
    Pattern::of(hir, anchors, Some(group), MOST)
        .map(|pattern| pattern.gated(hir, anchors))
        .map_err(|_| Flaw::new("rules.regex", "is too large when compiled"))
}

/// Returns the words to search for around the matches of an expression, and whether
/// every match contains one of the keywords.
fn anchors(hir: &Hir, keywords: &[Vec<u8>]) -> (Vec<Vec<u8>>, bool) {
    let literals = Literals::new(hir);
    let holds = keywords.is_empty() || literals.lead(keywords).is_some();
    let own = literals.anchors().unwrap_or_default();
    // Up to six bytes, a longer word is rarer.
    let worth = |words: &[Vec<u8>]| words.iter().map(|word| word.len().min(6)).min();
    let given = worth(keywords).filter(|&worth| holds && worth >= 2);
    if given >= worth(&own) && given.is_some() {
        (keywords.to_vec(), holds)
    } else {
        (own, holds)
    }
}

fn keywords(words: &[String]) -> Result<Vec<Vec<u8>>, Flaw> {
    let fits = |word: &String| (1..=ANCHOR_LEN).contains(&word.len());
    if words.len() > MAX_KEYWORDS || !words.iter().all(fits) {
        let what = "must have at most 1024 entries, each of 1 to 64 bytes";
        return Err(Flaw::new("rules.keywords", what));
    }
    let words: BTreeSet<Vec<u8>> = words
        .iter()
        .map(|word| word.to_ascii_lowercase().into_bytes())
        .collect();
    Ok(words.into_iter().collect())
}

/// The field names of an allow-list.
#[derive(Clone, Copy)]
struct AllowFields {
    paths: &'static str,
    regexes: &'static str,
    stopwords: &'static str,
}

const GLOBAL_FIELDS: AllowFields = AllowFields {
    paths: "allowlists.paths",
    regexes: "allowlists.regexes",
    stopwords: "allowlists.stopwords",
};

const RULE_FIELDS: AllowFields = AllowFields {
    paths: "rules.allowlists.paths",
    regexes: "rules.allowlists.regexes",
    stopwords: "rules.allowlists.stopwords",
};

fn exemptions(entries: &[AllowEntry], fields: AllowFields) -> Result<Lists, Error> {
    let numbered = entries.iter().zip(1..);
    let list = |(entry, number)| {
        let compiled = exemption(entry, fields).map(Arc::new);
        compiled.map_err(|flaw| of_list(flaw, number))
    };
    numbered.map(list).collect()
}

fn exemption(entry: &AllowEntry, fields: AllowFields) -> Result<Exemption, Flaw> {
    let words = &entry.stopwords;
    let fits = |word: &String| (1..=MAX_STOPWORD).contains(&word.len());
    if words.len() > MAX_STOPWORDS || !words.iter().all(fits) {
        let what = "must have at most 16384 entries, each of 1 to 1024 bytes";
        return Err(Flaw::new(fields.stopwords, what));
    }
    let stopwords = (!words.is_empty()).then(|| {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(words);
        automaton.map_err(|_| Flaw::new(fields.stopwords, "is too large in total"))
    });
    Ok(Exemption {
        all: entry.condition == Condition::And,
        commits: entry.commits,
        paths: list(fields.paths, &entry.paths, false)?,
        target: match entry.target {
            RegexTarget::Line => Target::Line,
            RegexTarget::Match => Target::Match,
            RegexTarget::Secret => Target::Value,
        },
        patterns: list(fields.regexes, &entry.regexes, false)?,
        stopwords: stopwords.transpose()?,
    })
}

/// Returns a pattern that matches any of these expressions, or `None` if there are
/// none.
fn list(
    field: &'static str,
    expressions: &[String],
    may_be_empty: bool,
) -> Result<Option<AllowPattern>, Flaw> {
    if expressions.len() > MAX_EXPRESSIONS {
        return Err(Flaw::new(field, "has more than 1024 expressions"));
    }
    let parsed = expressions.iter().map(|go| {
        let hir = expression(field, go)?;
        if !may_be_empty && pattern::is_empty(&hir) {
            let what = "has an expression that matches the empty text and therefore everything";
            return Err(Flaw::new(field, what));
        }
        Ok(hir)
    });
    let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
    AllowPattern::of(&parsed).map_err(|_| Flaw::new(field, "is too large when compiled"))
}

fn expression(field: &'static str, go: &str) -> Result<Hir, Flaw> {
    let translated = translate(go).map_err(|error| Flaw {
        field,
        what: error.what,
        at: error.at,
    })?;
    pattern::parse_text(&translated)
        .map_err(|_| Flaw::new(field, "has an expression that does not parse"))
}
