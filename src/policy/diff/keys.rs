//! What a change of each remaining key means: one row a key, compared by what it holds.

use Direction::{Neutral, Strengthening, Weakening};
use Rule::{Earlier, Flag, Lead, List, Map, Most, Number, Other, Period, Rank, Set, Within};

use super::Direction;
use crate::policy::document::Section;

/// How two values of a key are compared. A direction says what more of it means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// A flag that is set.
    Flag(Direction),
    /// A list that gains.
    List(Direction),
    /// A list of what something is limited to: an empty one limits nothing. The direction
    /// says what a wider limit means.
    Within(Direction),
    /// A period that is longer; none at all is the longest.
    Period(Direction),
    /// A period before an event that is longer; none at all is the shortest.
    Lead(Direction),
    /// A number that is higher; none at all is the lowest.
    Number(Direction),
    /// A number that is higher; none at all is the highest.
    Most(Direction),
    /// A date that is earlier.
    Earlier(Direction),
    /// A word further along in the list; none at all is the last of all.
    Rank(&'static [&'static str], Direction),
    /// A table whose values are words or numbers: one further along, or higher.
    Map(&'static [&'static str], Direction),
    /// Something that is stated where nothing was. Another value weakens.
    Set(Direction),
    /// Another value than before.
    Other(Direction),
}

/// What a change of a key means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) section: Section,
    pub(super) key: &'static str,
    pub(super) rule: Rule,
    /// What is said when there is more of it, and when there is less.
    pub(super) says: (&'static str, &'static str),
}

/// What a clause that came or went means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presence {
    pub(super) section: Section,
    pub(super) new: (Direction, &'static str),
    pub(super) gone: (Direction, &'static str),
}

const fn row(
    section: Section,
    key: &'static str,
    rule: Rule,
    more: &'static str,
    less: &'static str,
) -> Row {
    Row {
        section,
        key,
        rule,
        says: (more, less),
    }
}

const fn presence(
    section: Section,
    new: (Direction, &'static str),
    gone: (Direction, &'static str),
) -> Presence {
    Presence { section, new, gone }
}

const STRENGTH: &[&str] = &[
    "crypto_shred",
    "delete",
    "anonymise",
    "restrict",
    "review",
    "processor_managed",
];

const KINDS: &[&str] = &[
    "flag",
    "number",
    "time",
    "word",
    "id",
    "pseudonym",
    "account",
];

/// The clauses whose coming and going no other part of the comparison notes.
#[rustfmt::skip]
pub(super) const PRESENCES: &[Presence] = &[
    presence(Section::AiDisclosure, (Neutral, "machine is disclosed"), (Weakening, "machine is no longer disclosed")),
    presence(Section::Audit, (Strengthening, "the audit log has rules"), (Weakening, "the audit log has no rules")),
    presence(Section::AutomatedDecision, (Weakening, "a machine decides"), (Strengthening, "a machine no longer decides")),
    presence(Section::Brakes, (Strengthening, "deletion runs have brakes"), (Weakening, "deletion runs have no brakes")),
    presence(Section::Claim, (Strengthening, "more is claimed"), (Weakening, "less is claimed")),
    presence(Section::Complaint, (Strengthening, "answers name an authority"), (Weakening, "answers no longer name an authority")),
    presence(Section::Consent, (Strengthening, "consent has rules"), (Weakening, "consent has no rules")),
    presence(Section::Credential, (Weakening, "another credential is kept"), (Strengthening, "a credential is no longer kept")),
    presence(Section::Disclosure, (Weakening, "ground is new"), (Strengthening, "ground is gone")),
    presence(Section::Event, (Weakening, "event is new"), (Strengthening, "event is gone")),
    presence(Section::Fact, (Neutral, "fact is stated"), (Weakening, "fact is no longer stated")),
    presence(Section::Flow, (Weakening, "data takes another way"), (Strengthening, "data no longer takes a way")),
    presence(Section::Hold, (Strengthening, "holds have rules"), (Weakening, "holds have no rules")),
    presence(Section::Incident, (Strengthening, "a breach has another clock"), (Weakening, "a breach has a clock less")),
    presence(Section::Message, (Neutral, "class of messages is new"), (Neutral, "class of messages is gone")),
    presence(Section::Pseudonym, (Neutral, "pseudonym is new"), (Neutral, "pseudonym is gone")),
    presence(Section::Rights, (Weakening, "a clock goes before that of the law"), (Neutral, "a clock no longer goes before that of the law")),
    presence(Section::Store, (Neutral, "store is new"), (Neutral, "store is gone")),
    presence(Section::Telemetry, (Weakening, "use is measured"), (Strengthening, "use is no longer measured")),
    presence(Section::TrainingSource, (Weakening, "a model was trained on more"), (Neutral, "source of training is no longer listed")),
    presence(Section::Transfer, (Weakening, "transfer is new"), (Strengthening, "transfer is gone")),
    presence(Section::Vault, (Strengthening, "secrets have rules"), (Weakening, "secrets have no rules")),
];

/// The keys that no other part of the comparison looks at.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row(Section::AiDisclosure, "told", Other(Weakening), "people are told otherwise", ""),
    row(Section::AutomatedDecision, "decision", Other(Weakening), "something else is decided", ""),
    row(Section::Consent, "withdraw_at", Set(Strengthening), "consent is withdrawn somewhere", "consent is withdrawn elsewhere or nowhere"),
    row(Section::Fact, "statement", Other(Neutral), "states something else", ""),
    row(Section::Purpose, "description", Other(Neutral), "is described otherwise", ""),
    row(Section::Age, "unknown", Rank(&["minor", "adult"], Weakening), "an unknown age is taken for an adult's", "an unknown age is taken for a minor's"),
    row(Section::Age, "jurisdiction", Map(&[], Strengthening), "is for older users there", "is for younger users there"),
    row(Section::AiDisclosure, "marking", Set(Strengthening), "what it makes is marked", "what it makes is marked otherwise or not"),
    row(Section::AiDisclosure, "surfaces", List(Strengthening), "is disclosed on another surface", "is no longer disclosed on a surface"),
    row(Section::Audit, "actions", List(Strengthening), "another action is written", "an action is no longer written"),
    row(Section::Audit, "readers", List(Weakening), "another role may read it", "a role may no longer read it"),
    row(Section::Audit, "decisions", Flag(Strengthening), "decisions are written", "decisions are no longer written"),
    row(Section::AutomatedDecision, "human_review", Flag(Strengthening), "a person can be asked", "no person can be asked"),
    row(Section::AutomatedDecision, "opt_out", Flag(Strengthening), "can be opted out of", "can no longer be opted out of"),
    row(Section::AutomatedDecision, "categories", List(Weakening), "uses another category", "no longer uses a category"),
    row(Section::AutomatedDecision, "logic", Other(Weakening), "is made otherwise", ""),
    row(Section::Brakes, "max_jump", Period(Weakening), "the clock may jump further", "the clock may jump less far"),
    row(Section::Brakes, "max_percent", Most(Weakening), "a run may act on more", "a run may act on less"),
    row(Section::Category, "derived_from", List(Strengthening), "takes over the deadlines of another category", "no longer takes over the deadlines of a category"),
    row(Section::Category, "password", Flag(Strengthening), "is guarded as a password", "is no longer guarded as a password"),
    row(Section::Category, "card", Flag(Strengthening), "is guarded as a card number", "is no longer guarded as a card number"),
    row(Section::Category, "special", Flag(Strengthening), "counts as special", "no longer counts as special"),
    row(Section::Category, "pseudonym", Other(Weakening), "is kept under another pseudonym", ""),
    row(Section::Category, "surfaces", List(Weakening), "is collected on another surface", "is no longer collected on a surface"),
    row(Section::Category, "source", Set(Weakening), "comes from elsewhere", "comes from the data subject"),
    row(Section::Category, "fields", Map(&["optional", "required"], Weakening), "field must be given", "field may be left out"),
    row(Section::Claim, "requires", List(Strengthening), "claim needs more", "claim needs less"),
    row(Section::Complaint, "jurisdictions", List(Strengthening), "authority is named in another jurisdiction", "authority is no longer named in a jurisdiction"),
    row(Section::Consent, "valid", Period(Weakening), "consent lasts longer", "consent lasts less long"),
    row(Section::Consent, "processors_within", Period(Weakening), "processors act later on withdrawals", "processors act sooner on withdrawals"),
    row(Section::Consent, "keep_opt_outs", Flag(Strengthening), "opt-outs are kept", "opt-outs are no longer kept"),
    row(Section::Consent, "reaches_derived", Flag(Strengthening), "withdrawals reach what was made from the data", "withdrawals no longer reach what was made from the data"),
    row(Section::Consent, "exports", Set(Strengthening), "withdrawals reach training exports", "withdrawals reach training exports otherwise or not"),
    row(Section::Cookie, "kind", Other(Weakening), "is kept elsewhere in the browser", ""),
    row(Section::Cookie, "domain", Other(Weakening), "is sent to another domain", ""),
    row(Section::Cookie, "purpose", Other(Weakening), "serves another purpose", ""),
    row(Section::Cookie, "processor", Set(Weakening), "belongs to a processor", "no longer belongs to a processor"),
    row(Section::Cookie, "secure", Flag(Strengthening), "is kept from scripts and plain HTTP", "is no longer kept from scripts and plain HTTP"),
    row(Section::Credential, "purposes", List(Weakening), "serves another purpose", "no longer serves a purpose"),
    row(Section::Credential, "scope", Set(Strengthening), "is used within a scope", "is used within another scope or none"),
    row(Section::Credential, "on_disconnect", Rank(STRENGTH, Weakening), "disconnecting does less", "disconnecting does more"),
    row(Section::Credential, "user_managed", Flag(Strengthening), "users make and revoke it", "users no longer make and revoke it"),
    row(Section::Credential, "category", Other(Weakening), "is of another category", ""),
    row(Section::Credential, "processor", Other(Weakening), "belongs to another processor", ""),
    row(Section::Disclosure, "approvers", Number(Strengthening), "needs more", "needs less"),
    row(Section::Disclosure, "case_reference", Flag(Strengthening), "needs more", "needs less"),
    row(Section::Disclosure, "recorded_reason", Flag(Strengthening), "needs more", "needs less"),
    row(Section::Disclosure, "same_commitments", Flag(Strengthening), "needs more", "needs less"),
    row(Section::Disclosure, "notify_before", Lead(Strengthening), "is announced earlier", "is announced later or not"),
    row(Section::Disclosure, "ground", Other(Weakening), "rests on another ground", ""),
    row(Section::Disclosure, "processor", Other(Weakening), "goes to another recipient", ""),
    row(Section::Event, "identity", Rank(&["none", "pseudonym", "account"], Weakening), "says more about who", "says less about who"),
    row(Section::Event, "fields", Map(KINDS, Weakening), "field says more", "field says less"),
    row(Section::Event, "processors", List(Weakening), "goes to another processor", "no longer goes to a processor"),
    row(Section::Event, "surfaces", List(Weakening), "arises on another surface", "no longer arises on a surface"),
    row(Section::Event, "category", Other(Weakening), "is kept under another category", ""),
    row(Section::Event, "purpose", Other(Weakening), "serves another purpose", ""),
    row(Section::Brakes, "skew", Period(Weakening), "clocks may differ more", "clocks may differ less"),
    row(Section::Cookie, "domain", Set(Strengthening), "cookie goes to a domain", "cookie goes to another domain or to any"),
    row(Section::Flow, "category", Other(Weakening), "another category takes the way", ""),
    row(Section::Flow, "from", Other(Weakening), "begins elsewhere", ""),
    row(Section::Flow, "to", Other(Weakening), "leads elsewhere", ""),
    row(Section::Gate, "max_scan_age", Period(Weakening), "a scan may be older", "a scan must be newer"),
    row(Section::Gate, "never_waived", List(Strengthening), "another finding cannot be waived", "a finding can be waived"),
    row(Section::Gate, "rule_set", Set(Strengthening), "a scan uses stated rules", "a scan uses other rules"),
    row(Section::Hold, "review_within", Period(Weakening), "holds are reviewed later", "holds are reviewed sooner"),
    row(Section::Hold, "placed_by", List(Weakening), "another role may place holds", "a role may no longer place holds"),
    row(Section::Hold, "restarts_clock", Flag(Weakening), "a released hold begins periods anew", "a released hold leaves periods alone"),
    row(Section::Incident, "channels", List(Strengthening), "a breach is told by another channel", "a breach is no longer told by a channel"),
    row(Section::Incident, "report_to", Set(Strengthening), "weaknesses can be reported", "weaknesses are reported elsewhere or nowhere"),
    row(Section::Incident, "jurisdictions", Within(Strengthening), "clock holds in another jurisdiction", "clock no longer holds in a jurisdiction"),
    row(Section::Message, "essential", Flag(Weakening), "cannot be refused", "is no longer essential"),
    row(Section::Message, "opt_out", Flag(Strengthening), "can be refused by a link", "can no longer be refused by a link"),
    row(Section::Message, "purpose", Other(Weakening), "serves another purpose", ""),
    row(Section::Notice, "material", Within(Strengthening), "another change is announced", "a change is no longer announced"),
    row(Section::Notice, "acceptance_by_use", Flag(Weakening), "use counts as acceptance", "use no longer counts as acceptance"),
    row(Section::Place, "default", Other(Weakening), "data is elsewhere by default", ""),
    row(Section::Place, "third_countries", List(Strengthening), "another region needs a mechanism", "a region no longer needs a mechanism"),
    row(Section::Place, "tenant_may_narrow", Flag(Strengthening), "tenants may agree on fewer regions", "tenants may no longer agree on fewer regions"),
    row(Section::Place, "customer_held", Flag(Strengthening), "data is kept with the customer", "data is no longer kept with the customer"),
    row(Section::Policy, "controller", Other(Weakening), "somebody else decides about the data", ""),
    row(Section::Policy, "jurisdictions", List(Strengthening), "is written for another jurisdiction", "is no longer written for a jurisdiction"),
    row(Section::Policy, "security_contact", Set(Strengthening), "security reports have a contact", "security reports have another contact or none"),
    row(Section::Policy, "unknown_location", Set(Strengthening), "an unknown place takes the strictest rules", "an unknown place no longer takes the strictest rules"),
    row(Section::Processor, "name", Other(Weakening), "is another party", ""),
    row(Section::Processor, "functions", List(Weakening), "does something else too", "no longer does something"),
    row(Section::Processor, "environments", Within(Weakening), "is used in another environment", "is no longer used in an environment"),
    row(Section::Processor, "messages", List(Weakening), "delivers another class of messages", "no longer delivers a class of messages"),
    row(Section::Processor, "hosts", List(Weakening), "is reached at another host", "is no longer reached at a host"),
    row(Section::Processor, "governed_by", Set(Weakening), "acts by its own terms", "no longer acts by its own terms"),
    row(Section::Processor, "keeps_for", Period(Weakening), "keeps data longer", "keeps data less long"),
    row(Section::Processor, "scope", Set(Strengthening), "reaches a scope alone", "reaches more than a scope"),
    row(Section::Processor, "transfer", Other(Weakening), "transfer rests on another mechanism", ""),
    row(Section::Processor, "under", Other(Weakening), "works for another processor", ""),
    row(Section::Pseudonym, "of", Other(Weakening), "stands for something else", ""),
    row(Section::Pseudonym, "prefix_preserving", Flag(Weakening), "shows which addresses are close", "no longer shows which addresses are close"),
    row(Section::Purpose, "environments", Within(Weakening), "is done in another environment", "is no longer done in an environment"),
    row(Section::Purpose, "user_initiated", Flag(Strengthening), "is done when a user asks alone", "is done without a user's asking"),
    row(Section::Purpose, "binds_categories", Flag(Strengthening), "users see and change what is used", "users no longer see and change what is used"),
    row(Section::Redaction, "names", Flag(Strengthening), "looks at names of resources", "no longer looks at names of resources"),
    row(Section::Redaction, "advice", Set(Strengthening), "users are advised", "users are advised otherwise or not"),
    row(Section::Redaction, "wording", Set(Weakening), "is promised with a reserve", "is promised without a reserve"),
    row(Section::Retention, "basis", Other(Weakening), "keeps on another basis", ""),
    row(Section::Retention, "keep_while", Other(Weakening), "keeps while something else lasts", ""),
    row(Section::Retention, "then_within", Period(Weakening), "acts later when keeping is over", "acts sooner when keeping is over"),
    row(Section::Retention, "into", Other(Weakening), "becomes another category", ""),
    row(Section::Retention, "processor", Other(Weakening), "is managed by another processor", ""),
    row(Section::Retention, "notify_before", Lead(Strengthening), "gives notice earlier", "gives notice later or not"),
    row(Section::Retention, "offer_export", Flag(Strengthening), "offers an export before", "offers no export before"),
    row(Section::Retention, "for_existing_data", Flag(Weakening), "holds for data that is there already", "holds for new data alone"),
    row(Section::Retention, "purposes", List(Weakening), "keeps for another purpose", "no longer keeps for a purpose"),
    row(Section::Right, "extendable", Flag(Weakening), "can be extended", "can no longer be extended"),
    row(Section::Right, "client_side", Flag(Weakening), "reaches a user's own device alone", "reaches more than a user's own device"),
    row(Section::Right, "confirm", Flag(Strengthening), "is confirmed", "is no longer confirmed"),
    row(Section::Right, "sticky", Flag(Strengthening), "survives a later import", "does not survive a later import"),
    row(Section::Right, "stores", List(Strengthening), "waits for another store", "no longer waits for a store"),
    row(Section::Right, "secrets", Rank(&["names_only", "omitted"], Weakening), "says less about secrets", "says more about secrets"),
    row(Section::Right, "jurisdictions", Within(Strengthening), "exists in another jurisdiction", "no longer exists in a jurisdiction"),
    row(Section::Rights, "identity", Rank(&["always", "unless_signed_in", "never"], Weakening), "fewer must show who they are", "more must show who they are"),
    row(Section::Rights, "requesters", List(Strengthening), "somebody else may ask too", "somebody may no longer ask"),
    row(Section::Rights, "partial", Flag(Strengthening), "partial answers say what is refused", "partial answers no longer say what is refused"),
    row(Section::Rights, "everywhere", Flag(Strengthening), "rights are the same everywhere", "rights depend on the place"),
    row(Section::Rights, "no_discrimination", Flag(Strengthening), "using a right changes nothing", "using a right may change something"),
    row(Section::Rights, "access_since", Earlier(Strengthening), "access reaches further back", "access reaches less far back"),
    row(Section::Rights, "at_risk", Lead(Strengthening), "requests at risk show earlier", "requests at risk show later"),
    row(Section::Rights, "deadline", Period(Weakening), "clock runs longer", "clock runs less long"),
    row(Section::Rights, "extension", Lead(Weakening), "clock can be extended further", "clock can be extended less far"),
    row(Section::Rights, "acknowledge", Period(Weakening), "receipt is acknowledged later", "receipt is acknowledged sooner"),
    row(Section::Rights, "start", List(Weakening), "clock waits for more", "clock waits for less"),
    row(Section::Rights, "stops_for_clarification", Flag(Weakening), "clock stops for clarification", "clock no longer stops for clarification"),
    row(Section::Route, "regions", Within(Weakening), "goes to another region", "no longer goes to a region"),
    row(Section::Route, "purposes", List(Weakening), "serves another purpose", "no longer serves a purpose"),
    row(Section::Route, "plans", Within(Weakening), "is open to another plan", "is no longer open to a plan"),
    row(Section::Route, "fallback", List(Weakening), "falls back to another route", "no longer falls back to a route"),
    row(Section::Route, "redact_stream", Flag(Strengthening), "answers are redacted while they stream", "answers are no longer redacted while they stream"),
    row(Section::Route, "max_in_flight", Period(Weakening), "may be under way longer", "may be under way less long"),
    row(Section::Route, "mode", Other(Weakening), "uses another contract", ""),
    row(Section::Route, "processor", Other(Weakening), "leads to another provider", ""),
    row(Section::Signal, "confirm", Flag(Strengthening), "is confirmed to the user", "is no longer confirmed to the user"),
    row(Section::Store, "immutable", Flag(Weakening), "cannot be deleted from one by one", "can be deleted from one by one"),
    row(Section::Telemetry, "environments", Within(Weakening), "is taken in another environment", "is no longer taken in an environment"),
    row(Section::Telemetry, "category", Other(Weakening), "is kept under another category", ""),
    row(Section::TrainingSource, "personal", Flag(Weakening), "has personal data in it", "has no personal data in it"),
    row(Section::TrainingSource, "categories", List(Weakening), "has another category in it", "no longer has a category in it"),
    row(Section::TrainingSource, "since", Earlier(Weakening), "was collected from an earlier date on", "was collected from a later date on"),
    row(Section::TrainingSource, "until", Other(Weakening), "was collected until another date", ""),
    row(Section::Transfer, "from", Other(Weakening), "begins elsewhere", ""),
    row(Section::Transfer, "to", Other(Weakening), "leads elsewhere", ""),
    row(Section::Transfer, "mechanism", Other(Weakening), "rests on another mechanism", ""),
    row(Section::Transfer, "processor", Other(Weakening), "goes to another processor", ""),
    row(Section::Transport, "min_tls", Rank(&["1.3", "1.2"], Weakening), "an older version of TLS will do", "a newer version of TLS is needed"),
    row(Section::Transport, "hosts", List(Weakening), "another host may be reached", "a host may no longer be reached"),
    row(Section::Transport, "closed", Flag(Strengthening), "hosts outside the lists are refused", "hosts outside the lists are no longer refused"),
    row(Section::Vault, "algorithms", List(Weakening), "another algorithm may seal", "an algorithm may no longer seal"),
    row(Section::Vault, "passwords", Rank(&["never", "hashed"], Weakening), "passwords are kept as hashes", "passwords are no longer kept"),
    row(Section::Vault, "rotate_within", Period(Weakening), "keys are renewed later", "keys are renewed sooner"),
    row(Section::Vault, "max_plaintext", Period(Weakening), "plain text stays longer", "plain text stays less long"),
    row(Section::Visibility, "default", Rank(&["private", "internal", "public"], Weakening), "what is new is seen by more", "what is new is seen by fewer"),
    row(Section::Visibility, "categories", List(Strengthening), "guards another category", "no longer guards a category"),
    row(Section::Visibility, "on", Other(Weakening), "forbids by something else", ""),
    row(Section::Visibility, "attribute", Other(Weakening), "forbids by another attribute", ""),
    row(Section::Visibility, "unless", Flag(Strengthening), "forbids unless it is true", "forbids when it is true"),
    row(Section::Visibility, "actions", Within(Strengthening), "forbids another action", "no longer forbids an action"),
    row(Section::Visibility, "spares_staff", Flag(Weakening), "spares staff", "no longer spares staff"),
];
