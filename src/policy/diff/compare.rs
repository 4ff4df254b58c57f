//! Compares the keys of clauses by their rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::Direction::{self, Weakening};
use super::keys::{PRESENCES, ROWS, Row, Rule};
use super::{Differ, longer_or_shorter};
use crate::policy::document::{Document, Material, PeriodText, Section, all_clauses};
use crate::policy::source::Step;

/// The clauses of a document by section and place, each with its id and as a table. The
/// place of a clause in a list is its id.
type Clauses = BTreeMap<(Section, String), (String, Value)>;

pub(super) fn compare(differ: &mut Differ<'_>) {
    let (old, new) = (clauses(differ.old), clauses(differ.new));
    for (place, (id, after)) in &new {
        match old.get(place) {
            Some((_, before)) => rows(differ, (place.0, id), before, after),
            None => presence(differ, (place.0, id), true),
        }
    }
    for (place, (id, _)) in old.iter().filter(|(place, _)| !new.contains_key(*place)) {
        presence(differ, (place.0, id), false);
    }
}

fn clauses(document: &Document) -> Clauses {
    let Ok(whole) = serde_json::to_value(document) else {
        return Clauses::new();
    };
    let mut found = Clauses::new();
    for clause in all_clauses(document) {
        let (mut value, mut place) = (Some(&whole), String::new());
        for step in clause.path.steps() {
            value = value.and_then(|value| match step {
                Step::Key(key) => value.get(&**key),
                Step::Index(index) => value.get(*index),
            });
            place.push('/');
            match step {
                Step::Key(key) => place.push_str(key),
                Step::Index(_) => place.push_str(&clause.id),
            }
        }
        if let Some(value) = value {
            let of_clause = (clause.id.into_owned(), value.clone());
            found.insert((clause.section, place), of_clause);
        }
    }
    found
}

fn presence(differ: &mut Differ<'_>, at: (Section, &str), came: bool) {
    let (section, id) = at;
    // A fork clause lets what can be seen be copied; the others of its section forbid.
    let (direction, what) = if id == "visibility.fork" {
        match came {
            true => (Weakening, "what can be seen may be forked"),
            false => (Weakening.reversed(), "nothing may be forked"),
        }
    } else if section == Section::Visibility {
        match came {
            true => (Weakening.reversed(), "forbids from now on"),
            false => return,
        }
    } else {
        let mut all = PRESENCES.iter();
        let Some(presence) = all.find(|presence| presence.section == section) else {
            return;
        };
        if came { presence.new } else { presence.gone }
    };
    let material = material(section).filter(|_| direction == Weakening);
    differ.note_of(section, id, direction, what, None, material);
}

fn rows(differ: &mut Differ<'_>, at: (Section, &str), old: &Value, new: &Value) {
    for row in ROWS.iter().filter(|row| row.section == at.0) {
        let (before, after) = (old.get(row.key), new.get(row.key));
        if before == after {
            continue;
        }
        let none = Value::Null;
        let values = (before.unwrap_or(&none), after.unwrap_or(&none));
        self::row(differ, at, row, values);
    }
}

fn row(differ: &mut Differ<'_>, at: (Section, &str), row: &Row, values: (&Value, &Value)) {
    let material = material(at.0);
    let (old, new) = values;
    let order = |order: Ordering, differ: &mut Differ<'_>, more: Direction| {
        let (direction, what) = match order {
            Ordering::Less => (more, row.says.0),
            Ordering::Greater => (more.reversed(), row.says.1),
            Ordering::Equal => return,
        };
        let material = material.filter(|_| direction == Weakening);
        differ.note_of(at.0, at.1, direction, what, None, material);
    };
    match row.rule {
        Rule::Flag(more) => order(flag(old).cmp(&flag(new)), differ, more),
        Rule::List(more) => differ.list(at, (&texts(old), &texts(new)), row.says, more, material),
        Rule::Within(wider) => {
            let (old, new) = (texts(old), texts(new));
            match (old.is_empty(), new.is_empty()) {
                (false, true) => order(Ordering::Less, differ, wider),
                (true, false) => order(Ordering::Greater, differ, wider),
                _ => differ.list(at, (&old, &new), row.says, wider, material),
            }
        }
        Rule::Period(more) => {
            let (old, new) = (period(old), period(new));
            order(longer_or_shorter(old.as_ref(), new.as_ref()), differ, more);
        }
        Rule::Lead(more) => {
            let (old, new) = (period(old), period(new));
            let by = match (&old, &new) {
                (Some(_), Some(_)) => longer_or_shorter(old.as_ref(), new.as_ref()),
                _ => old.is_some().cmp(&new.is_some()),
            };
            order(by, differ, more);
        }
        Rule::Number(more) => order(old.as_u64().cmp(&new.as_u64()), differ, more),
        Rule::Most(more) => {
            let number = |value: &Value| value.as_u64().unwrap_or(u64::MAX);
            order(number(old).cmp(&number(new)), differ, more);
        }
        // Dates as text are in the order of time.
        Rule::Earlier(more) => order(new.as_str().cmp(&old.as_str()), differ, more),
        Rule::Rank(words, more) => {
            order(rank(old, words).cmp(&rank(new, words)), differ, more);
        }
        Rule::Map(words, more) => map(differ, at, row, values, (words, more)),
        Rule::Set(more) => match (old.is_null(), new.is_null()) {
            (true, false) => order(Ordering::Less, differ, more),
            (false, true) => order(Ordering::Greater, differ, more),
            // Neither says less than the other, so the worse is supposed.
            _ if more == Weakening => order(Ordering::Less, differ, more),
            _ => order(Ordering::Greater, differ, more),
        },
        Rule::Other(direction) => {
            if !old.is_null() && !new.is_null() {
                order(Ordering::Less, differ, direction);
            }
        }
    }
}

/// Compares what stands in both tables; names that come and go are lists of their own.
fn map(
    differ: &mut Differ<'_>,
    at: (Section, &str),
    row: &Row,
    values: (&Value, &Value),
    by: (&[&str], Direction),
) {
    let (words, more) = by;
    let (Some(old), Some(new)) = (values.0.as_object(), values.1.as_object()) else {
        return;
    };
    let by_number = words.is_empty();
    for (name, after) in new {
        let order = match old.get(name) {
            Some(before) if by_number => before.as_u64().cmp(&after.as_u64()),
            Some(before) => rank(before, words).cmp(&rank(after, words)),
            // A number of one's own goes before the one for all.
            None if by_number => Ordering::Greater,
            None => continue,
        };
        let (direction, what) = match order {
            Ordering::Less => (more, row.says.0),
            Ordering::Greater => (more.reversed(), row.says.1),
            Ordering::Equal => continue,
        };
        let material = material(at.0).filter(|_| direction == Weakening);
        differ.note_of(at.0, at.1, direction, what, Some(name), material);
    }
    if by_number {
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            let (direction, what) = (more.reversed(), row.says.1);
            let material = material(at.0).filter(|_| direction == Weakening);
            differ.note_of(at.0, at.1, direction, what, Some(name), material);
        }
    }
}

fn flag(value: &Value) -> bool {
    value.as_bool().unwrap_or_default()
}

fn period(value: &Value) -> Option<PeriodText> {
    serde_json::from_value(value.clone()).ok()
}

fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Where a word stands in a list; what is not in it comes last.
fn rank(value: &Value, words: &[&str]) -> usize {
    let place = value
        .as_str()
        .and_then(|text| words.iter().position(|word| *word == text));
    place.unwrap_or(words.len())
}

/// What sort of change a weakening of a section is.
const fn material(section: Section) -> Option<Material> {
    Some(match section {
        Section::Category | Section::Event => Material::Category,
        Section::Purpose | Section::TrainingSource | Section::AutomatedDecision => {
            Material::Purpose
        }
        Section::Retention | Section::Hold | Section::Brakes | Section::Store => {
            Material::Retention
        }
        Section::Processor | Section::Route | Section::Credential | Section::Flow => {
            Material::Processor
        }
        Section::Place | Section::Transfer => Material::Region,
        Section::Cookie => Material::Cookie,
        Section::Right
        | Section::Rights
        | Section::Complaint
        | Section::Consent
        | Section::Notice
        | Section::Message
        | Section::Signal
        | Section::Incident
        | Section::AiDisclosure => Material::Right,
        _ => Material::Protection,
    })
}
