//! Changes of categories, stores, purposes, retention and places.

use super::Differ;
use super::Direction::{Neutral, Strengthening, Weakening};
use crate::policy::document::{
    Action, Category, Form, Material, Objection, Purpose, Retention, Section, Verdict,
};

pub(super) fn compare(differ: &mut Differ<'_>) {
    categories(differ);
    stores(differ);
    purposes(differ);
    retention(differ);
    place(differ);
}

/// How much a form shows.
const fn shows(form: Option<Form>) -> u8 {
    match form {
        Some(Form::Never) => 0,
        Some(Form::Aggregate) => 1,
        Some(Form::Hashed) => 2,
        Some(Form::Sealed) => 3,
        Some(Form::Pseudonym) => 4,
        Some(Form::Redacted) => 5,
        Some(Form::Raw) | None => 6,
    }
}

fn categories(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    for name in new.category.keys() {
        let id = clause(
            "category",
            name,
            new.category.get(name).and_then(|own| own.id.as_ref()),
        );
        let at = (Section::Category, &*id);
        if !old.category.contains_key(name) {
            let kept = new.form_of(name) != Some(Form::Never);
            let direction = if kept { Weakening } else { Neutral };
            let material = kept.then_some(Material::Category);
            differ.note_of(
                at.0,
                at.1,
                direction,
                "category is new",
                Some(name),
                material,
            );
            continue;
        }
        differ.rank(
            at,
            (shows(old.form_of(name)), shows(new.form_of(name))),
            (
                "is stored in a form that shows more",
                "is stored in a form that shows less",
            ),
            Weakening,
            Some(Material::Protection),
        );
        differ.list(
            at,
            (old.stores_of(name), new.stores_of(name)),
            ("is kept in another store", "is no longer kept in a store"),
            Weakening,
            None,
        );
        let fields = |category: Option<&Category>| -> Vec<String> {
            category.map_or_else(Vec::new, |own| own.fields.keys().cloned().collect())
        };
        let (before, after) = (
            fields(old.category.get(name)),
            fields(new.category.get(name)),
        );
        differ.list(
            at,
            (&before, &after),
            ("has another field", "lost a field"),
            Weakening,
            Some(Material::Category),
        );
        let group =
            |own: Option<&Category>| own.and_then(|own| own.anonymous_from).unwrap_or_default();
        differ.rank(
            at,
            (group(old.category.get(name)), group(new.category.get(name))),
            ("groups are larger", "groups are smaller"),
            Strengthening,
            Some(Material::Protection),
        );
    }
    for (name, own) in &old.category {
        if !new.category.contains_key(name) {
            let id = clause("category", name, own.id.as_ref());
            differ.note_of(
                Section::Category,
                &id,
                Strengthening,
                "category is gone",
                Some(name),
                None,
            );
        }
    }
}

fn stores(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    for (name, store) in &new.store {
        let id = clause("store", name, store.id.as_ref());
        let at = (Section::Store, &*id);
        match old.store.get(name) {
            None => {}
            Some(before) => {
                differ.period(
                    at,
                    (
                        before.expires_within.as_ref(),
                        store.expires_within.as_ref(),
                    ),
                    (
                        "what was deleted stays longer",
                        "what was deleted goes sooner",
                    ),
                    Weakening,
                    Some(Material::Retention),
                );
                if before.operator != store.operator || before.processor != store.processor {
                    let material = Some(Material::Processor);
                    differ.note_of(
                        at.0,
                        at.1,
                        Weakening,
                        "is run by somebody else",
                        None,
                        material,
                    );
                }
                if before.region != store.region {
                    let region = store.region.as_deref();
                    let material = Some(Material::Region);
                    differ.note_of(at.0, at.1, Weakening, "stands elsewhere", region, material);
                }
            }
        }
    }
}

const fn allows(verdict: Option<Verdict>) -> u8 {
    match verdict {
        None | Some(Verdict::Prohibited) => 0,
        Some(Verdict::Consent) => 1,
        Some(Verdict::Permitted) => 2,
    }
}

fn purposes(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    for (name, purpose) in &new.purpose {
        let id = clause("purpose", name, purpose.id.as_ref());
        match old.purpose.get(name) {
            None => {
                let (direction, what) = match allows(purpose.verdict) {
                    0 => (Strengthening, "purpose is ruled out"),
                    _ => (Weakening, "purpose is new"),
                };
                let material = (direction == Weakening).then_some(Material::Purpose);
                differ.note_of(Section::Purpose, &id, direction, what, Some(name), material);
            }
            Some(before) => self::purpose(differ, &id, before, purpose),
        }
    }
    for (name, purpose) in &old.purpose {
        if new.purpose.contains_key(name) {
            continue;
        }
        let id = clause("purpose", name, purpose.id.as_ref());
        let (direction, what) = match allows(purpose.verdict) {
            // What no clause permits is denied all the same, and no promise stands.
            0 => (Weakening, "purpose is no longer ruled out"),
            _ => (Strengthening, "purpose is gone"),
        };
        let material = (direction == Weakening).then_some(Material::Purpose);
        differ.note_of(Section::Purpose, &id, direction, what, Some(name), material);
    }
}

fn purpose(differ: &mut Differ<'_>, id: &str, old: &Purpose, new: &Purpose) {
    let at = (Section::Purpose, id);
    let material = Some(Material::Purpose);
    differ.rank(
        at,
        (allows(old.verdict), allows(new.verdict)),
        ("more is permitted", "less is permitted"),
        Weakening,
        material,
    );
    differ.list(
        at,
        (&old.categories, &new.categories),
        ("may use another category", "may no longer use a category"),
        Weakening,
        material,
    );
    if old.basis != new.basis && old.verdict == new.verdict {
        differ.note_of(
            at.0,
            at.1,
            Weakening,
            "rests on another basis",
            None,
            material,
        );
    }
    differ.flag(
        at,
        (old.aggregates_only, new.aggregates_only),
        ("uses aggregates alone", "uses more than aggregates"),
        Strengthening,
        material,
    );
    differ.flag(
        at,
        (old.opt_out, new.opt_out),
        (
            "can be opted out of by signals",
            "can no longer be opted out of by signals",
        ),
        Strengthening,
        Some(Material::Right),
    );
    let reviews = |purpose: &Purpose| purpose.objection == Some(Objection::Review);
    differ.flag(
        at,
        (reviews(old), reviews(new)),
        (
            "an objection is reviewed first",
            "an objection stops it at once",
        ),
        Weakening,
        Some(Material::Right),
    );
    differ.rank(
        at,
        (
            old.minimum_age.unwrap_or_default(),
            new.minimum_age.unwrap_or_default(),
        ),
        ("is for older users", "is for younger users"),
        Strengthening,
        Some(Material::Protection),
    );
    differ.period(
        at,
        (old.consent_valid.as_ref(), new.consent_valid.as_ref()),
        ("consent lasts longer", "consent lasts less long"),
        Weakening,
        material,
    );
}

const fn strength(action: Option<Action>) -> u8 {
    match action {
        Some(Action::CryptoShred) => 5,
        Some(Action::Delete) => 4,
        Some(Action::Anonymise) => 3,
        Some(Action::Restrict) => 2,
        Some(Action::Review) => 1,
        Some(Action::ProcessorManaged) | None => 0,
    }
}

fn retention(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    let of = |rules: &'_ [Retention], id: &Option<String>| {
        rules.iter().find(|rule| rule.id == *id).cloned()
    };
    for rule in &new.retention {
        let id = rule.id.clone().unwrap_or_default();
        match of(&old.retention, &rule.id) {
            None => {
                let (direction, what) = match rule.delete_by.is_some() {
                    true => (Strengthening, "deletes what no clause of this id did"),
                    false => (Weakening, "keeps what no clause of this id did"),
                };
                let material = (direction == Weakening).then_some(Material::Retention);
                differ.note_of(Section::Retention, &id, direction, what, None, material);
            }
            Some(before) => self::rule(differ, &id, &before, rule),
        }
    }
    for rule in &old.retention {
        if of(&new.retention, &rule.id).is_some() {
            continue;
        }
        let id = rule.id.clone().unwrap_or_default();
        let (direction, what) = match rule.delete_by.is_some() {
            true => (Weakening, "no longer deletes"),
            false => (Strengthening, "no longer keeps"),
        };
        let material = (direction == Weakening).then_some(Material::Retention);
        differ.note_of(Section::Retention, &id, direction, what, None, material);
    }
}

fn rule(differ: &mut Differ<'_>, id: &str, old: &Retention, new: &Retention) {
    let at = (Section::Retention, id);
    let material = Some(Material::Retention);
    differ.period(
        at,
        (old.delete_by.as_ref(), new.delete_by.as_ref()),
        ("deletes later", "deletes sooner"),
        Weakening,
        material,
    );
    // No keep bound at all is the shortest.
    let keeps = |rule: &Retention| rule.keep_for.is_some() || rule.keep_while.is_some();
    match (keeps(old), keeps(new)) {
        (false, true) => differ.note_of(at.0, at.1, Weakening, "keeps from now on", None, material),
        (true, false) => differ.note(at.0, at.1, Strengthening, "keeps no longer"),
        (true, true) => differ.period(
            at,
            (old.keep_for.as_ref(), new.keep_for.as_ref()),
            ("keeps longer", "keeps less long"),
            Weakening,
            material,
        ),
        (false, false) => {}
    }
    differ.rank(
        at,
        (
            strength(old.action.or(old.then)),
            strength(new.action.or(new.then)),
        ),
        ("acts more thoroughly", "acts less thoroughly"),
        Strengthening,
        material,
    );
    let reach = if new.delete_by.is_some() {
        Strengthening
    } else {
        Weakening
    };
    differ.list(
        at,
        (&old.categories, &new.categories),
        ("is about another category", "is no longer about a category"),
        reach,
        material,
    );
    differ.list(
        at,
        (&old.except, &new.except),
        ("excepts another category", "no longer excepts a category"),
        if new.delete_by.is_some() {
            Weakening
        } else {
            Strengthening
        },
        material,
    );
    differ.list(
        at,
        (&old.yields_to, &new.yields_to),
        ("yields to another clause", "no longer yields to a clause"),
        if new.delete_by.is_some() {
            Weakening
        } else {
            Strengthening
        },
        material,
    );
    if old.trigger != new.trigger {
        differ.note_of(
            at.0,
            at.1,
            Weakening,
            "runs from another event",
            None,
            material,
        );
    }
}

fn place(differ: &mut Differ<'_>) {
    let regions = |document: &crate::policy::document::Document| -> Vec<String> {
        document
            .place
            .as_ref()
            .map_or_else(Vec::new, |place| place.regions.clone())
    };
    let (old, new) = (regions(differ.old), regions(differ.new));
    differ.list(
        (Section::Place, "place"),
        (&old, &new),
        (
            "data may be in another region",
            "data may no longer be in a region",
        ),
        Weakening,
        Some(Material::Region),
    );
    let (old, new) = (differ.old.hold.as_ref(), differ.new.hold.as_ref());
    if let (Some(old), Some(new)) = (old, new) {
        differ.flag(
            (Section::Hold, "hold"),
            (old.four_eyes, new.four_eyes),
            ("two persons override a hold", "one person overrides a hold"),
            Strengthening,
            None,
        );
    }
}

/// Returns the id of a clause in a named table.
pub(super) fn clause(section: &str, name: &str, id: Option<&String>) -> String {
    id.map_or_else(|| format!("{section}.{name}"), Clone::clone)
}
