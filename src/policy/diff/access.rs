//! Changes of who sees what, of rights, of notices and of limits of age.

use super::Differ;
use super::Direction::{Strengthening, Weakening};
use crate::policy::document::{Actions, Document, Level, Material, Section, SignalConflict};

pub(super) fn compare(differ: &mut Differ<'_>) {
    visibility(differ);
    rights(differ);
    notice(differ);
    limits(differ);
    incident(differ);
}

fn visibility(differ: &mut Differ<'_>) {
    let old = differ.old.visibility.clone().unwrap_or_default();
    let new = differ.new.visibility.clone().unwrap_or_default();
    let actions = |own: Option<&Actions>| own.map_or_else(Vec::new, |own| own.actions.clone());
    let mut pairs = vec![
        (
            "visibility.owner".to_owned(),
            actions(old.owner.as_ref()),
            actions(new.owner.as_ref()),
        ),
        (
            "visibility.internal".to_owned(),
            actions(old.internal.as_ref()),
            actions(new.internal.as_ref()),
        ),
        (
            "visibility.public".to_owned(),
            actions(old.public.as_ref()),
            actions(new.public.as_ref()),
        ),
    ];
    let names: std::collections::BTreeSet<_> = old.role.keys().chain(new.role.keys()).collect();
    for name in names {
        let id = format!("visibility.role.{name}");
        pairs.push((id, actions(old.role.get(name)), actions(new.role.get(name))));
    }
    for (id, before, after) in pairs {
        // What owners may do with what is theirs is a promise to them.
        let gained = match id.as_str() {
            "visibility.owner" => Strengthening,
            _ => Weakening,
        };
        differ.list(
            (Section::Role, &id),
            (&before, &after),
            ("may do more", "may do less"),
            gained,
            Some(Material::Protection),
        );
    }
    for (name, staff) in &new.staff {
        let id = staff
            .id
            .clone()
            .unwrap_or_else(|| format!("visibility.staff.{name}"));
        let at = (Section::Staff, &*id);
        let material = Some(Material::Protection);
        let Some(before) = old.staff.get(name) else {
            differ.note_of(
                at.0,
                at.1,
                Weakening,
                "staff may look for another reason",
                Some(name),
                material,
            );
            continue;
        };
        differ.list(
            at,
            (&before.categories, &staff.categories),
            (
                "staff may look at another category",
                "staff may no longer look at a category",
            ),
            Weakening,
            material,
        );
        differ.list(
            at,
            (&before.actions, &staff.actions),
            ("staff may do more", "staff may do less"),
            Weakening,
            material,
        );
        differ.period(
            at,
            (before.max_duration.as_ref(), staff.max_duration.as_ref()),
            ("grants last longer", "grants last less long"),
            Weakening,
            material,
        );
    }
    for (name, staff) in &old.staff {
        if !new.staff.contains_key(name) {
            let id = staff
                .id
                .clone()
                .unwrap_or_else(|| format!("visibility.staff.{name}"));
            differ.note(
                Section::Staff,
                &id,
                Strengthening,
                "staff may no longer look for a reason",
            );
        }
    }
    for deny in &old.deny {
        if !new.deny.iter().any(|other| other.id == deny.id) {
            let id = deny.id.as_deref().unwrap_or_default();
            let material = Some(Material::Protection);
            differ.note_of(
                Section::Visibility,
                id,
                Weakening,
                "no longer forbids",
                None,
                material,
            );
        }
    }
    // A gate from a lower level on catches more.
    let gate = |own: Option<&crate::policy::document::Gate>| match own.and_then(|gate| gate.from) {
        Some(Level::Private) => 3,
        Some(Level::Internal) => 2,
        Some(Level::Public) => 1,
        None => 0,
    };
    differ.rank(
        (Section::Gate, "visibility.gate"),
        (gate(old.gate.as_ref()), gate(new.gate.as_ref())),
        (
            "scans more before it is published",
            "scans less before it is published",
        ),
        Strengthening,
        Some(Material::Protection),
    );
}

fn rights(differ: &mut Differ<'_>) {
    let old = differ.old.rights.clone().unwrap_or_default();
    let new = differ.new.rights.clone().unwrap_or_default();
    let material = Some(Material::Right);
    for (kind, before) in &old.kind {
        let id = before
            .id
            .clone()
            .unwrap_or_else(|| format!("rights.kind.{kind}"));
        let at = (Section::Right, &*id);
        let Some(now) = new.kind.get(kind) else {
            differ.note_of(
                at.0,
                at.1,
                Weakening,
                "right is gone",
                Some(kind.as_str()),
                material,
            );
            continue;
        };
        differ.period(
            at,
            (before.deadline.as_ref(), now.deadline.as_ref()),
            ("is answered later", "is answered sooner"),
            Weakening,
            material,
        );
        differ.list(
            at,
            (&before.categories, &now.categories),
            ("reaches another category", "no longer reaches a category"),
            Strengthening,
            material,
        );
        differ.flag(
            at,
            (before.self_service, now.self_service),
            ("can be done by oneself", "can no longer be done by oneself"),
            Strengthening,
            material,
        );
    }
    for (kind, now) in &new.kind {
        if !old.kind.contains_key(kind) {
            let id = now
                .id
                .clone()
                .unwrap_or_else(|| format!("rights.kind.{kind}"));
            let name = Some(kind.as_str());
            differ.note_of(
                Section::Right,
                &id,
                Strengthening,
                "right is new",
                name,
                None,
            );
        }
    }
}

fn notice(differ: &mut Differ<'_>) {
    let old = differ.old.notice.clone().unwrap_or_default();
    let new = differ.new.notice.clone().unwrap_or_default();
    let at = (Section::Notice, "notice");
    let material = Some(Material::Right);
    differ.period(
        at,
        (old.lead.as_ref(), new.lead.as_ref()),
        (
            "changes are announced earlier",
            "changes are announced later",
        ),
        Strengthening,
        material,
    );
    differ.flag(
        at,
        (old.gate, new.gate),
        (
            "changes wait for proof of the notice",
            "changes no longer wait for proof of the notice",
        ),
        Strengthening,
        material,
    );
    let words = |document: &[crate::policy::document::ChangeChannel]| -> Vec<String> {
        document
            .iter()
            .map(|channel| channel.as_str().to_owned())
            .collect()
    };
    // One of them is enough, so another one weakens.
    differ.list(
        at,
        (&words(&old.channels), &words(&new.channels)),
        (
            "may be announced by another channel",
            "is no longer announced by a channel",
        ),
        Weakening,
        material,
    );
}

fn limits(differ: &mut Differ<'_>) {
    let age = |document: &Document| document.age.as_ref().and_then(|age| age.minimum);
    let (old, new) = (age(differ.old), age(differ.new));
    differ.rank(
        (Section::Age, "age"),
        (old.unwrap_or_default(), new.unwrap_or_default()),
        ("is for older users", "is for younger users"),
        Strengthening,
        Some(Material::Protection),
    );
    let signal = |document: &Document| document.signal.get("gpc").cloned();
    let at = (Section::Signal, "signal.gpc");
    let material = Some(Material::Right);
    match (signal(differ.old), signal(differ.new)) {
        (Some(_), None) => {
            differ.note_of(
                at.0,
                at.1,
                Weakening,
                "signal no longer counts",
                None,
                material,
            );
        }
        (None, Some(_)) => differ.note(at.0, at.1, Strengthening, "signal counts from now on"),
        (Some(old), Some(new)) => {
            differ.list(
                at,
                (&old.purposes, &new.purposes),
                (
                    "opts out of another purpose",
                    "no longer opts out of a purpose",
                ),
                Strengthening,
                material,
            );
            let wins = |conflict| conflict != Some(SignalConflict::LaterConsent);
            differ.flag(
                at,
                (wins(old.conflict), wins(new.conflict)),
                ("goes before consents", "gives way to later consents"),
                Strengthening,
                material,
            );
        }
        (None, None) => {}
    }
}

fn incident(differ: &mut Differ<'_>) {
    let old = differ.old.incident.clone().unwrap_or_default();
    let new = differ.new.incident.clone().unwrap_or_default();
    let at = (Section::Incident, "incident");
    let words = |fields: &[crate::policy::document::IncidentField]| -> Vec<String> {
        fields
            .iter()
            .map(|field| field.as_str().to_owned())
            .collect()
    };
    differ.list(
        at,
        (&words(&old.fields), &words(&new.fields)),
        (
            "the notice of a breach says more",
            "the notice of a breach says less",
        ),
        Strengthening,
        Some(Material::Right),
    );
    for (before, now) in old.clock.iter().zip(&new.clock) {
        differ.period(
            at,
            (
                before.subjects_within.as_ref(),
                now.subjects_within.as_ref(),
            ),
            (
                "data subjects are told later",
                "data subjects are told sooner",
            ),
            Weakening,
            Some(Material::Right),
        );
        differ.period(
            at,
            (
                before.authority_within.as_ref(),
                now.authority_within.as_ref(),
            ),
            (
                "the authority is told later",
                "the authority is told sooner",
            ),
            Weakening,
            None,
        );
    }
}
