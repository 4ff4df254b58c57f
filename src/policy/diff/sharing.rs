//! Changes of who else gets data.

use super::Differ;
use super::Direction::{Neutral, Strengthening, Weakening};
use super::data::clause;
use crate::policy::document::{
    AttestationKind, CookieClass, Material, Processor, RecipientRole, RouteMode, Section,
};

pub(super) fn compare(differ: &mut Differ<'_>) {
    processors(differ);
    routes(differ);
    lost_routes(differ);
    disclosures(differ);
    forbid(differ);
}

pub(super) fn words<T: Copy>(list: &[T], word: impl Fn(T) -> &'static str) -> Vec<String> {
    list.iter().map(|entry| word(*entry).to_owned()).collect()
}

const fn distance(role: Option<RecipientRole>) -> u8 {
    match role {
        Some(RecipientRole::CustomerContract) => 0,
        Some(RecipientRole::Processor) | None => 1,
        Some(RecipientRole::SubProcessor) => 2,
        Some(RecipientRole::IndependentController) => 3,
    }
}

fn processors(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    let material = Some(Material::Processor);
    for (name, processor) in &new.processor {
        let id = clause("processor", name, processor.id.as_ref());
        match old.processor.get(name) {
            None => {
                differ.note_of(
                    Section::Processor,
                    &id,
                    Weakening,
                    "recipient is new",
                    Some(name),
                    material,
                );
            }
            Some(before) => self::processor(differ, &id, before, processor),
        }
    }
    for (name, processor) in &old.processor {
        if !new.processor.contains_key(name) {
            let id = clause("processor", name, processor.id.as_ref());
            differ.note_of(
                Section::Processor,
                &id,
                Strengthening,
                "recipient is gone",
                Some(name),
                None,
            );
        }
    }
    for attestation in &old.attestation {
        let mut kept = new.attestation.iter();
        if !kept
            .any(|other| other.kind == attestation.kind && other.processor == attestation.processor)
        {
            let id = attestation.id.as_deref().unwrap_or_default();
            let protection = Some(Material::Protection);
            differ.note_of(
                Section::Attestation,
                id,
                Weakening,
                "is no longer attested",
                None,
                protection,
            );
        }
    }
}

fn processor(differ: &mut Differ<'_>, id: &str, old: &Processor, new: &Processor) {
    let at = (Section::Processor, id);
    let material = Some(Material::Processor);
    differ.rank(
        at,
        (distance(old.role), distance(new.role)),
        (
            "acts less on our instructions",
            "acts more on our instructions",
        ),
        Weakening,
        material,
    );
    differ.list(
        at,
        (&old.categories, &new.categories),
        ("gets another category", "no longer gets a category"),
        Weakening,
        material,
    );
    differ.list(
        at,
        (&old.purposes, &new.purposes),
        ("serves another purpose", "no longer serves a purpose"),
        Weakening,
        material,
    );
    differ.list(
        at,
        (&old.regions, &new.regions),
        (
            "processes in another region",
            "no longer processes in a region",
        ),
        Weakening,
        Some(Material::Region),
    );
    let requires = |own: &Processor| words(&own.requires, AttestationKind::as_str);
    differ.list(
        at,
        (&requires(old), &requires(new)),
        ("must show more", "must show less"),
        Strengthening,
        Some(Material::Protection),
    );
    for (category, fields) in &old.fields {
        match new.fields.get(category) {
            None => differ.note_of(
                at.0,
                at.1,
                Weakening,
                "gets all fields of a category",
                Some(category),
                material,
            ),
            Some(now) => differ.list(
                at,
                (fields, now),
                ("gets another field", "no longer gets a field"),
                Weakening,
                material,
            ),
        }
    }
    for category in new.fields.keys() {
        if !old.fields.contains_key(category) && old.categories.contains(category) {
            let what = "gets some fields of a category alone";
            differ.note_of(at.0, at.1, Strengthening, what, Some(category), None);
        }
    }
    differ.flag(
        at,
        (old.keeps_nothing, new.keeps_nothing),
        ("keeps nothing", "may keep something"),
        Strengthening,
        Some(Material::Retention),
    );
    differ.period(
        at,
        (old.acts_within.as_ref(), new.acts_within.as_ref()),
        ("acts later on withdrawals", "acts sooner on withdrawals"),
        Weakening,
        Some(Material::Right),
    );
}

fn routes(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    for route in &new.route {
        let id = route.id.as_deref().unwrap_or_default();
        let at = (Section::Route, id);
        let Some(before) = old.route.iter().find(|other| other.id == route.id) else {
            differ.note(at.0, at.1, Neutral, "route is new");
            continue;
        };
        differ.list(
            at,
            (&before.categories, &route.categories),
            ("takes another category", "no longer takes a category"),
            Weakening,
            Some(Material::Processor),
        );
        let requires = |kinds: &[AttestationKind]| words(kinds, AttestationKind::as_str);
        differ.list(
            at,
            (&requires(&before.requires), &requires(&route.requires)),
            ("asks for more", "asks for less"),
            Strengthening,
            Some(Material::Protection),
        );
        differ.flag(
            at,
            (before.no_store, route.no_store),
            (
                "asks that nothing is kept",
                "no longer asks that nothing is kept",
            ),
            Strengthening,
            Some(Material::Protection),
        );
        differ.flag(
            at,
            (before.destination_bound, route.destination_bound),
            (
                "leads to the credential's own account alone",
                "may lead to other accounts",
            ),
            Strengthening,
            Some(Material::Protection),
        );
    }
}

/// Says what is lost with the routes that are gone: those on a customer's own contract are
/// a promise to the customer.
fn lost_routes(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    for route in &old.route {
        if new.route.iter().any(|other| other.id == route.id) {
            continue;
        }
        let direction = match route.mode {
            Some(RouteMode::Customer) => Weakening,
            _ => Neutral,
        };
        let material = (direction == Weakening).then_some(Material::Right);
        let id = route.id.as_deref().unwrap_or_default();
        differ.note_of(
            Section::Route,
            id,
            direction,
            "route is gone",
            None,
            material,
        );
    }
}

fn disclosures(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    for disclosure in &new.disclosure {
        let id = disclosure.id.as_deref().unwrap_or_default();
        let at = (Section::Disclosure, id);
        let Some(before) = old
            .disclosure
            .iter()
            .find(|other| other.id == disclosure.id)
        else {
            continue;
        };
        differ.list(
            at,
            (&before.categories, &disclosure.categories),
            (
                "discloses another category",
                "no longer discloses a category",
            ),
            Weakening,
            Some(Material::Processor),
        );
    }
}

fn forbid(differ: &mut Differ<'_>) {
    let old = differ.old.forbid.clone().unwrap_or_default();
    let new = differ.new.forbid.clone().unwrap_or_default();
    let at = (Section::Forbid, "forbid");
    differ.list(
        at,
        (
            &words(&old.functions, |function| function.as_str()),
            &words(&new.functions, |function| function.as_str()),
        ),
        (
            "rules out another function",
            "no longer rules out a function",
        ),
        Strengthening,
        Some(Material::Processor),
    );
    differ.list(
        at,
        (
            &words(&old.cookies, CookieClass::as_str),
            &words(&new.cookies, CookieClass::as_str),
        ),
        (
            "rules out another class of cookies",
            "no longer rules out a class of cookies",
        ),
        Strengthening,
        Some(Material::Cookie),
    );
    differ.flag(
        at,
        (old.third_party_storage, new.third_party_storage),
        (
            "rules out storage by others",
            "no longer rules out storage by others",
        ),
        Strengthening,
        Some(Material::Processor),
    );
}
