//! Every clause of a document, with its id and its place.

use std::borrow::Cow;

use super::Document;
use crate::policy::source::Path;

macro_rules! sections {
    ($($(#[$docs:meta])* $name:ident = $text:literal,)*) => {
        /// The part of a document in which a clause stands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Section {
            $($(#[$docs])* $name,)*
        }

        impl Section {
            /// Every section.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the word used in documents, such as `retention`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

sections! {
    /// Where a machine is met, and how people are told.
    AiDisclosure = "ai_disclosure",
    /// Age limits.
    Age = "age",
    /// Dated evidence.
    Attestation = "attestation",
    /// What is written to the audit log.
    Audit = "audit",
    /// Decisions that a machine makes.
    AutomatedDecision = "automated_decision",
    /// What stops a deletion run.
    Brakes = "brakes",
    /// A category of data.
    Category = "category",
    /// A claim that needs evidence.
    Claim = "claim",
    /// An authority to complain to.
    Complaint = "complaint",
    /// How consent is taken.
    Consent = "consent",
    /// Cookies.
    Cookie = "cookie",
    /// Credentials of other services.
    Credential = "credential",
    /// Disclosures for other reasons.
    Disclosure = "disclosure",
    /// An event that may be measured.
    Event = "event",
    /// A statement that nothing enforces.
    Fact = "fact",
    /// A way that data takes.
    Flow = "flow",
    /// What is ruled out.
    Forbid = "forbid",
    /// The scan before something is published.
    Gate = "gate",
    /// Legal holds.
    Hold = "hold",
    /// What happens after a breach.
    Incident = "incident",
    /// Classes of messages.
    Message = "message",
    /// How changes are announced.
    Notice = "notice",
    /// Where data may be.
    Place = "place",
    /// The header.
    Policy = "policy",
    /// A party that data is disclosed to.
    Processor = "processor",
    /// Pseudonyms.
    Pseudonym = "pseudonym",
    /// A purpose.
    Purpose = "purpose",
    /// What is redacted.
    Redaction = "redaction",
    /// A rule of retention.
    Retention = "retention",
    /// A right.
    Right = "right",
    /// All rights together.
    Rights = "rights",
    /// A role.
    Role = "role",
    /// A way to a model.
    Route = "route",
    /// A signal of browsers.
    Signal = "signal",
    /// Access by staff.
    Staff = "staff",
    /// A place where data is kept.
    Store = "store",
    /// What may be measured.
    Telemetry = "telemetry",
    /// What a model was trained on.
    TrainingSource = "training_source",
    /// A transfer between regions.
    Transfer = "transfer",
    /// How data travels.
    Transport = "transport",
    /// How secrets are kept.
    Vault = "vault",
    /// Who may see what.
    Visibility = "visibility",
}

/// A clause with its id and its place.
#[derive(Clone, Debug)]
pub(in crate::policy) struct Clause<'d> {
    pub(in crate::policy) section: Section,
    /// Its own id, or that of its place.
    pub(in crate::policy) id: Cow<'d, str>,
    /// Whether it states an id of its own.
    pub(in crate::policy) has_id: bool,
    pub(in crate::policy) promises: &'d [String],
    pub(in crate::policy) path: Path,
}

/// Collects the clauses of a document.
struct Collector<'d> {
    clauses: Vec<Clause<'d>>,
}

impl<'d> Collector<'d> {
    fn add(
        &mut self,
        section: Section,
        path: Path,
        place: impl FnOnce() -> String,
        id: Option<&'d String>,
        promises: &'d [String],
    ) {
        self.clauses.push(Clause {
            section,
            has_id: id.is_some(),
            id: id.map_or_else(|| Cow::Owned(place()), |id| Cow::Borrowed(id.as_str())),
            promises,
            path,
        });
    }
}

/// Returns every clause, in the order of the sections.
pub(in crate::policy) fn all_clauses(document: &Document) -> Vec<Clause<'_>> {
    let root = Path::default();
    let mut to = Collector {
        clauses: Vec::new(),
    };
    macro_rules! one {
        ($section:ident, $field:ident) => {
            if let Some(clause) = &document.$field {
                let key = stringify!($field);
                let place = || key.to_owned();
                let (id, promises) = (clause.id.as_ref(), &clause.promise);
                to.add(Section::$section, root.then(key), place, id, promises);
            }
        };
    }
    macro_rules! named {
        ($section:ident, $field:ident) => {
            for (name, clause) in &document.$field {
                let key = stringify!($field);
                let name = name_of(name);
                let path = root.then(key).then(name);
                let place = || format!("{key}.{name}");
                let (id, promises) = (clause.id.as_ref(), &clause.promise);
                to.add(Section::$section, path, place, id, promises);
            }
        };
    }
    macro_rules! listed {
        ($section:ident, $field:ident) => {
            for (index, clause) in document.$field.iter().enumerate() {
                let key = stringify!($field);
                let path = root.then(key).then(index);
                let place = || format!("{key}.{}", index + 1);
                let (id, promises) = (clause.id.as_ref(), &clause.promise);
                to.add(Section::$section, path, place, id, promises);
            }
        };
    }
    one!(Policy, policy);
    named!(Category, category);
    named!(Store, store);
    named!(Purpose, purpose);
    listed!(Retention, retention);
    one!(Hold, hold);
    one!(Brakes, brakes);
    named!(Processor, processor);
    listed!(Attestation, attestation);
    listed!(Disclosure, disclosure);
    listed!(Route, route);
    listed!(Transfer, transfer);
    one!(Place, place);
    one!(Forbid, forbid);
    named!(Redaction, redaction);
    one!(Vault, vault);
    named!(Credential, credential);
    one!(Transport, transport);
    one!(Telemetry, telemetry);
    named!(Pseudonym, pseudonym);
    one!(Visibility, visibility);
    one!(Rights, rights);
    one!(Consent, consent);
    one!(Notice, notice);
    named!(Message, message);
    one!(Age, age);
    named!(Signal, signal);
    named!(Cookie, cookie);
    one!(Incident, incident);
    one!(Audit, audit);
    listed!(Claim, claim);
    listed!(Fact, fact);
    listed!(Flow, flow);
    listed!(AiDisclosure, ai_disclosure);
    listed!(TrainingSource, training_source);
    listed!(AutomatedDecision, automated_decision);
    nested(document, &mut to);
    to.clauses
}

/// Adds the clauses that stand in sections of others.
fn nested<'d>(document: &'d Document, to: &mut Collector<'d>) {
    let root = Path::default();
    if let Some(telemetry) = &document.telemetry {
        for (name, event) in &telemetry.event {
            let path = root.then("telemetry").then("event").then(name.as_str());
            let place = || format!("telemetry.event.{name}");
            let (id, promises) = (event.id.as_ref(), &event.promise);
            to.add(Section::Event, path, place, id, promises);
        }
    }
    if let Some(visibility) = &document.visibility {
        let root = root.then("visibility");
        for (name, role) in &visibility.role {
            let path = root.then("role").then(name.as_str());
            let place = || format!("visibility.role.{name}");
            let (id, promises) = (role.id.as_ref(), &role.promise);
            to.add(Section::Role, path, place, id, promises);
        }
        for (name, staff) in &visibility.staff {
            let path = root.then("staff").then(name.as_str());
            let place = || format!("visibility.staff.{name}");
            let (id, promises) = (staff.id.as_ref(), &staff.promise);
            to.add(Section::Staff, path, place, id, promises);
        }
        for (index, deny) in visibility.deny.iter().enumerate() {
            let path = root.then("deny").then(index);
            let place = || format!("visibility.deny.{}", index + 1);
            let (id, promises) = (deny.id.as_ref(), &deny.promise);
            to.add(Section::Visibility, path, place, id, promises);
        }
        macro_rules! one {
            ($section:ident, $field:ident) => {
                if let Some(clause) = &visibility.$field {
                    let place = || concat!("visibility.", stringify!($field)).to_owned();
                    let (id, promises) = (clause.id.as_ref(), &clause.promise);
                    let path = root.then(stringify!($field));
                    to.add(Section::$section, path, place, id, promises);
                }
            };
        }
        one!(Role, owner);
        one!(Role, internal);
        one!(Role, public);
        one!(Gate, gate);
        one!(Visibility, fork);
    }
    if let Some(rights) = &document.rights {
        for (kind, right) in &rights.kind {
            let path = root.then("rights").then("kind").then(kind.as_str());
            let place = || format!("rights.kind.{kind}");
            let (id, promises) = (right.id.as_ref(), &right.promise);
            to.add(Section::Right, path, place, id, promises);
        }
        for (index, clock) in rights.clock.iter().enumerate() {
            let path = root.then("rights").then("clock").then(index);
            let place = || format!("rights.clock.{}", index + 1);
            let (id, promises) = (clock.id.as_ref(), &clock.promise);
            to.add(Section::Rights, path, place, id, promises);
        }
        for (index, complaint) in rights.complaint.iter().enumerate() {
            let path = root.then("rights").then("complaint").then(index);
            let place = || format!("rights.complaint.{}", index + 1);
            let (id, promises) = (complaint.id.as_ref(), &complaint.promise);
            to.add(Section::Complaint, path, place, id, promises);
        }
    }
    if let Some(notice) = &document.notice {
        for (index, version) in notice.version.iter().enumerate() {
            let path = root.then("notice").then("version").then(index);
            let place = || format!("notice.version.{}", index + 1);
            let (id, promises) = (version.id.as_ref(), &version.promise);
            to.add(Section::Notice, path, place, id, promises);
        }
    }
    if let Some(incident) = &document.incident {
        for (index, clock) in incident.clock.iter().enumerate() {
            let path = root.then("incident").then("clock").then(index);
            let place = || format!("incident.clock.{}", index + 1);
            let (id, promises) = (clock.id.as_ref(), &clock.promise);
            to.add(Section::Incident, path, place, id, promises);
        }
    }
}

/// Lets names of tables be texts or words.
trait Name {
    fn name(&self) -> &str;
}

impl Name for String {
    fn name(&self) -> &str {
        self
    }
}

impl Name for super::Sink {
    fn name(&self) -> &str {
        self.as_str()
    }
}

fn name_of(name: &impl Name) -> &str {
    name.name()
}
