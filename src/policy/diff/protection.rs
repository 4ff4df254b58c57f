//! Changes of how data is protected: redaction, the vault, telemetry, pseudonyms, cookies.

use super::Differ;
use super::Direction::{Strengthening, Weakening};
use super::data::clause;
use super::sharing::words;
use crate::policy::document::{
    Cookie, DetectorWord, Lifetime, Material, RedactionMode, Reveal, Section,
};

pub(super) fn compare(differ: &mut Differ<'_>) {
    redaction(differ);
    vault(differ);
    telemetry(differ);
    pseudonyms(differ);
    cookies(differ);
}

const fn catches(mode: Option<RedactionMode>) -> u8 {
    match mode {
        Some(RedactionMode::Block) => 3,
        Some(RedactionMode::Redact) => 2,
        Some(RedactionMode::Waive) => 1,
        Some(RedactionMode::Off) | None => 0,
    }
}

fn redaction(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    let material = Some(Material::Protection);
    for (sink, before) in &old.redaction {
        let id = clause("redaction", sink.as_str(), before.id.as_ref());
        let at = (Section::Redaction, &*id);
        let Some(now) = new.redaction.get(sink) else {
            differ.note_of(
                at.0,
                at.1,
                Weakening,
                "sink is no longer redacted",
                None,
                material,
            );
            continue;
        };
        differ.rank(
            at,
            (catches(before.mode), catches(now.mode)),
            ("catches more", "catches less"),
            Strengthening,
            material,
        );
        differ.list(
            at,
            (
                &words(&before.detectors, DetectorWord::as_str),
                &words(&now.detectors, DetectorWord::as_str),
            ),
            ("looks for more", "looks for less"),
            Strengthening,
            material,
        );
        differ.flag(
            at,
            (before.known_values, now.known_values),
            (
                "looks for the vault's values",
                "no longer looks for the vault's values",
            ),
            Strengthening,
            material,
        );
    }
    for (sink, now) in &new.redaction {
        if !old.redaction.contains_key(sink) {
            let id = clause("redaction", sink.as_str(), now.id.as_ref());
            differ.note(
                Section::Redaction,
                &id,
                Strengthening,
                "sink is redacted from now on",
            );
        }
    }
}

fn vault(differ: &mut Differ<'_>) {
    let old = differ.old.vault.clone().unwrap_or_default();
    let new = differ.new.vault.clone().unwrap_or_default();
    let at = (Section::Vault, "vault");
    let material = Some(Material::Protection);
    for (flags, says) in [
        (
            (old.key_per_secret, new.key_per_secret),
            ("every secret has a key of its own", "secrets share keys"),
        ),
        (
            (old.tenant_bound, new.tenant_bound),
            (
                "what is sealed is bound to its tenant",
                "what is sealed is not bound to its tenant",
            ),
        ),
        (
            (old.audited, new.audited),
            (
                "every use is in the audit log",
                "uses are not in the audit log",
            ),
        ),
    ] {
        differ.flag(at, flags, says, Strengthening, material);
    }
    differ.flag(
        at,
        (
            old.reveal == Some(Reveal::Owner),
            new.reveal == Some(Reveal::Owner),
        ),
        ("owners see secrets again", "nobody sees secrets again"),
        Weakening,
        material,
    );
    differ.list(
        at,
        (&old.uses, &new.uses),
        ("another use reveals", "a use no longer reveals"),
        Weakening,
        material,
    );
}

fn telemetry(differ: &mut Differ<'_>) {
    let old = differ.old.telemetry.clone().unwrap_or_default();
    let new = differ.new.telemetry.clone().unwrap_or_default();
    let at = (Section::Telemetry, "telemetry");
    differ.list(
        at,
        (&old.processors, &new.processors),
        ("goes to another processor", "no longer goes to a processor"),
        Weakening,
        Some(Material::Processor),
    );
    differ.rank(
        at,
        (
            old.min_group.unwrap_or_default(),
            new.min_group.unwrap_or_default(),
        ),
        ("looks at larger groups alone", "looks at smaller groups"),
        Strengthening,
        Some(Material::Protection),
    );
    differ.flag(
        at,
        (old.per_subject, new.per_subject),
        (
            "looks at single persons",
            "no longer looks at single persons",
        ),
        Weakening,
        Some(Material::Purpose),
    );
    for (name, event) in &new.event {
        let id = event
            .id
            .clone()
            .unwrap_or_else(|| format!("telemetry.event.{name}"));
        let at = (Section::Event, &*id);
        let Some(before) = old.event.get(name) else {
            continue;
        };
        let fields = |own: &crate::policy::document::Event| -> Vec<String> {
            own.fields.keys().cloned().collect()
        };
        differ.list(
            at,
            (&fields(before), &fields(event)),
            ("has another field", "lost a field"),
            Weakening,
            Some(Material::Category),
        );
    }
}

fn pseudonyms(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    for (name, now) in &new.pseudonym {
        let Some(before) = old.pseudonym.get(name) else {
            continue;
        };
        let id = clause("pseudonym", name, now.id.as_ref());
        let at = (Section::Pseudonym, &*id);
        differ.period(
            at,
            (before.rotate.as_ref(), now.rotate.as_ref()),
            ("keys last longer", "keys last less long"),
            Weakening,
            Some(Material::Protection),
        );
        differ.list(
            at,
            (&before.purposes, &now.purposes),
            ("serves another purpose", "no longer serves a purpose"),
            Weakening,
            Some(Material::Purpose),
        );
    }
}

/// How long a cookie lasts: for a session, for a stated period, or for good.
const fn lasts(cookie: &Cookie) -> u8 {
    match (cookie.until, &cookie.max_age) {
        (Some(Lifetime::Session), None) => 0,
        (_, Some(_)) => 1,
        (Some(Lifetime::Cleared) | None, None) => 2,
    }
}

fn cookies(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    let material = Some(Material::Cookie);
    for (name, cookie) in &new.cookie {
        let id = clause("cookie", name, cookie.id.as_ref());
        let at = (Section::Cookie, &*id);
        let Some(before) = old.cookie.get(name) else {
            differ.note_of(at.0, at.1, Weakening, "cookie is new", Some(name), material);
            continue;
        };
        differ.rank(
            at,
            (before.class, cookie.class),
            ("serves a less needed end", "serves a more needed end"),
            Weakening,
            material,
        );
        let says = ("lasts longer", "lasts less long");
        if lasts(before) == lasts(cookie) {
            let periods = (before.max_age.as_ref(), cookie.max_age.as_ref());
            differ.period(at, periods, says, Weakening, material);
        } else {
            let ranks = (lasts(before), lasts(cookie));
            differ.rank(at, ranks, says, Weakening, material);
        }
    }
    for (name, cookie) in &old.cookie {
        if !new.cookie.contains_key(name) {
            let id = clause("cookie", name, cookie.id.as_ref());
            differ.note_of(
                Section::Cookie,
                &id,
                Strengthening,
                "cookie is gone",
                Some(name),
                None,
            );
        }
    }
}
