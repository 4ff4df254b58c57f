//! Changes of who else gets data, and of how it is protected.

use super::Differ;
use super::Direction::{Neutral, Strengthening, Weakening};
use super::data::clause;
use crate::policy::document::{
    AttestationKind, Cookie, CookieClass, DetectorWord, Lifetime, Material, Processor,
    RecipientRole, RedactionMode, Reveal, RouteMode, Section,
};

pub(super) fn compare(differ: &mut Differ<'_>) {
    processors(differ);
    routes(differ);
    lost_routes(differ);
    disclosures(differ);
    forbid(differ);
    redaction(differ);
    vault(differ);
    telemetry(differ);
    pseudonyms(differ);
    cookies(differ);
}

fn words<T: Copy>(list: &[T], word: impl Fn(T) -> &'static str) -> Vec<String> {
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
