//! Both sides of what real products contradict each other in, each as a policy of its own,
//! and how they behave.

use confidant::consent::{Age, ConsentFacts, Signals};
use confidant::decision::ClauseId;
use confidant::policy::{
    Announced, AttestationKind, ChangeChannel, Disclosing, FaultCode, Function, Policy, PolicyDoc,
    RecipientRole, RedactionMode, Redactions, RouteMode, Sending, Sink, StoredAs,
};
use confidant::redact::Redactor;
use confidant::retention::{Events, Holds, Record, Status, Trigger};
use confidant::rights::RequestKind;
use confidant::taxonomy::{DataCategory, DataStore, Processor, Purpose};
use confidant::time::Moment;
use confidant::visibility;

use super::BASE;

/// A policy in which some text took the place of other text.
fn text(edits: &[(&str, &str)], add: &str) -> String {
    let mut text = BASE.to_owned();
    for (old, new) in edits {
        assert!(text.contains(old), "not in the text: {old}");
        text = text.replacen(old, new, 1);
    }
    text + "\n" + add
}

fn policy(edits: &[(&str, &str)], add: &str) -> Policy {
    let doc = PolicyDoc::from_toml(&text(edits, add)).unwrap_or_else(|faults| panic!("{faults}"));
    doc.compile().unwrap_or_else(|faults| panic!("{faults}"))
}

fn refused(edits: &[(&str, &str)], add: &str) -> Vec<FaultCode> {
    let faults = PolicyDoc::from_toml(&text(edits, add)).and_then(|doc| doc.compile());
    let faults = faults.expect_err("it compiles");
    faults.iter().map(confidant::policy::Fault::code).collect()
}

fn at(text: &str) -> Moment {
    format!("{text}T00:00:00Z").parse().unwrap()
}

fn category(name: &str) -> DataCategory {
    DataCategory::new(name).unwrap()
}

fn purpose(name: &str) -> Purpose {
    Purpose::new(name).unwrap()
}

fn processor(name: &str) -> Processor {
    Processor::new(name).unwrap()
}

fn adult() -> Signals {
    Signals::new().age(Age::Years(40))
}

fn may(policy: &Policy, purpose: &str, category: &str) -> bool {
    let (purpose, category) = (self::purpose(purpose), self::category(category));
    let verdict = policy.consent().decide(
        &ConsentFacts::none(),
        (&purpose, &category),
        at("2026-06-01"),
        adult(),
    );
    verdict.is_allow()
}

/// By when a record is gone, where it was made on 1 January 2026 and more happened since.
fn due(policy: &Policy, name: &str, events: &[(Trigger, &str)]) -> (Status, Option<String>) {
    let category = category(name);
    let created = at("2026-01-01");
    let mut all = Events::created(created)
        .at(Trigger::LastModified, created)
        .at(Trigger::LastActive, created);
    for (trigger, date) in events {
        all = all.at(*trigger, at(date));
    }
    let record = Record::new(&category, all);
    let verdict = policy
        .retention()
        .evaluate(&record, &Holds::none(), at("2026-03-02"));
    let due = verdict.due_by().map(|at| at.to_string()[..10].to_owned());
    (verdict.status(), due)
}

fn by(policy: &Policy, name: &str, events: &[(Trigger, &str)]) -> Option<String> {
    due(policy, name, events).1
}

const TRAINING: &str = "[purpose.training]\nverdict = \"prohibited\"";

#[test]
fn training_on_what_users_write() {
    let sinks = "[redaction.training]\nmode = 'redact'\ndetectors = ['secrets', 'personal']\n";
    let trains = policy(
        &[(
            TRAINING,
            "[purpose.training]\nverdict = \"permitted\"\nbasis = \"legitimate_interest\"\ninterest = \"Better answers\"\ncategories = [\"note\"]",
        )],
        sinks,
    );
    assert!(may(&trains, "training", "note"));
    let counts = policy(
        &[(
            TRAINING,
            "[purpose.training]\nverdict = \"permitted\"\nbasis = \"legitimate_interest\"\ninterest = \"Better answers\"\naggregates_only = true\ncategories = [\"count\"]",
        )],
        sinks,
    );
    assert!(may(&counts, "training", "count") && !may(&counts, "training", "note"));
    let never = policy(&[], "");
    assert!(!may(&never, "training", "note") && !may(&never, "training", "count"));
    let silent = refused(&[(&format!("{TRAINING}\n"), "")], "");
    assert_eq!(silent, [FaultCode::RequiredPurposeMissing]);
}

#[test]
fn how_soon_a_request_deletes() {
    let request = [(Trigger::DeletionRequested, "2026-03-01")];
    let week = policy(&[], "");
    assert_eq!(by(&week, "note", &request).as_deref(), Some("2026-03-08"));
    let month = policy(&[("delete_by = \"P7D\"", "delete_by = \"P30D\"")], "");
    assert_eq!(by(&month, "note", &request).as_deref(), Some("2026-03-31"));
    let word = refused(&[("delete_by = \"P7D\"", "delete_by = \"on request\"")], "");
    assert_eq!(word, [FaultCode::DeadlineWithoutNumber]);
    // A legal duty stands against it, and the verdict says so.
    let (status, until) = due(&week, "bill", &request);
    assert_eq!(
        (status, until.as_deref()),
        (Status::Restrict, Some("2033-01-01"))
    );
}

#[test]
fn seven_days_against_thirty() {
    let policy = policy(&[], "");
    let closed = (Trigger::AccountClosed, "2026-03-01");
    let asked = (Trigger::DeletionRequested, "2026-03-01");
    assert_eq!(
        by(&policy, "note", &[closed]).as_deref(),
        Some("2026-03-31")
    );
    assert_eq!(
        by(&policy, "note", &[closed, asked]).as_deref(),
        Some("2026-03-08")
    );
}

#[test]
fn wind_down_against_seven_years_of_bills() {
    let down = |yields: &str| {
        format!(
            "[[retention]]\nid = 'R-down'\ncategories = ['bill']\ntrigger = 'service_wind_down'\ndelete_by = 'P30D'\naction = 'delete'\n{yields}"
        )
    };
    assert_eq!(refused(&[], &down("")), [FaultCode::RetentionConflict]);
    let event = [(Trigger::ServiceWindDown, "2026-03-01")];
    let kept = policy(&[], &down("yields_to = ['R-bill']\n"));
    let (status, until) = due(&kept, "bill", &event);
    assert_eq!(
        (status, until.as_deref()),
        (Status::Keep, Some("2033-01-01"))
    );
    let gone = policy(
        &[(
            "id = \"R-bill\"\n",
            "id = \"R-bill\"\nyields_to = [\"R-down\"]\n",
        )],
        &down(""),
    );
    assert_eq!(by(&gone, "bill", &event).as_deref(), Some("2026-03-31"));
}

#[test]
fn the_log_of_accesses_has_a_retention_of_its_own() {
    let own = "categories = [\"consent_log\", \"audit_log\", \"rights_records\"]\ntrigger";
    let without = "categories = [\"consent_log\", \"rights_records\"]\ntrigger";
    let codes = refused(&[(own, without)], "");
    assert!(
        codes.contains(&FaultCode::OwnRecordsWithoutRetention),
        "{codes:?}"
    );
    let with = policy(&[], "");
    let (status, _) = due(
        &with,
        "audit_log",
        &[(Trigger::DeletionRequested, "2026-03-01")],
    );
    assert_eq!(status, Status::Restrict);
}

#[test]
fn logs_roll_or_stay_with_the_account() {
    let rolling = policy(&[], "");
    assert_eq!(by(&rolling, "usage", &[]).as_deref(), Some("2026-04-01"));
    let staying = policy(
        &[(
            "id = \"R-usage\"\ncategories = [\"usage\"]\ntrigger = \"created\"\ndelete_by = \"P90D\"",
            "id = \"R-usage\"\ncategories = [\"usage\"]\ntrigger = \"account_closed\"\ndelete_by = \"P90D\"",
        )],
        "[[retention]]\nid = 'R-active'\ncategories = ['usage']\nkeep_while = 'account_active'\nbasis = 'contract'\npurposes = ['analytics']\n",
    );
    assert_eq!(due(&staying, "usage", &[]), (Status::Keep, None));
    let closed = [(Trigger::AccountClosed, "2026-03-01")];
    assert_eq!(
        by(&staying, "usage", &closed).as_deref(),
        Some("2026-05-30")
    );
    // "As needed" is neither.
    let endless = refused(&[("delete_by = \"P90D\"", "delete_by = \"as needed\"")], "");
    assert!(endless.contains(&FaultCode::UnboundedWord));
}

#[test]
fn addresses_are_raw_or_under_a_pseudonym() {
    let device = |form: &str| {
        format!(
            "[category.device]\n{form}\nstore_on = ['primary']\n[[retention]]\nid = 'R-device'\ncategories = ['device']\ntrigger = 'created'\ndelete_by = 'P90D'\naction = 'delete'\n"
        )
    };
    let (name, store) = (category("device"), DataStore::new("primary").unwrap());
    let raw = policy(&[], &device("form = 'raw'"));
    assert!(raw.keep(&name, StoredAs::Raw, &store).is_allow());
    let hashed = policy(&[], &device("form = 'pseudonym'\npseudonym = 'session'"));
    assert!(!hashed.keep(&name, StoredAs::Raw, &store).is_allow());
    assert!(hashed.keep(&name, StoredAs::Pseudonym, &store).is_allow());
    let elsewhere = DataStore::new("backup").unwrap();
    assert!(
        !hashed
            .keep(&name, StoredAs::Pseudonym, &elsewhere)
            .is_allow()
    );
    assert!(
        !hashed
            .keep(&category("card"), StoredAs::Sealed, &store)
            .is_allow()
    );
    assert!(
        !hashed
            .keep(&category("shoe"), StoredAs::Sealed, &store)
            .is_allow()
    );
}

const IDENTITY: &str = "[processor.clerk]\nname = 'Clerk'\nrole = 'processor'\nfunctions = ['identity']\npurposes = ['service']\ncategories = ['account']\nregions = ['eu']\nrequires = ['dpa']\n[[attestation]]\nid = 'A-clerk'\nprocessor = 'clerk'\nkind = 'dpa'\nissued = '2026-01-01'\nexpires = '2027-01-01'\nevidence = 'sha256:7777777777777777777777777777777777777777777777777777777777777777'\nchecked_by = 'legal'\n";

#[test]
fn who_signs_people_in() {
    let theirs = policy(&[], IDENTITY);
    let clerk = theirs.router().recipient(&processor("clerk")).unwrap();
    assert_eq!(clerk.functions(), [Function::Identity]);
    let nobody = [(
        "functions = [\"advertising\"]",
        "functions = [\"advertising\", \"identity\"]",
    )];
    assert_eq!(refused(&nobody, IDENTITY), [FaultCode::ForbiddenProcessor]);
    let _ours = policy(&nobody, "");
}

#[test]
fn sessions_are_recorded_or_recording_is_ruled_out() {
    let recorder = IDENTITY
        .replace("identity", "session_recording")
        .replace("clerk", "recorder")
        .replace(
            "purposes = ['service']",
            "purposes = ['session_recording']\nenvironments = ['production']",
        );
    let add = format!(
        "{recorder}[purpose.session_recording]\nverdict = 'permitted'\nbasis = 'legitimate_interest'\ninterest = 'Finding faults'\ncategories = ['account']\nenvironments = ['production']\n"
    );
    let records = policy(&[], &add);
    let (purpose, account) = (purpose("session_recording"), category("account"));
    let eu = confidant::taxonomy::Region::new("eu").unwrap();
    let what = Disclosing::new(&purpose, &account).region(&eu);
    let now = at("2026-06-01");
    let to = processor("recorder");
    assert!(
        records
            .router()
            .disclose(&to, &what.environment("production"), now)
            .is_allow()
    );
    assert!(
        !records
            .router()
            .disclose(&to, &what.environment("staging"), now)
            .is_allow()
    );
    assert!(
        !records.router().disclose(&to, &what, now).is_allow(),
        "unknown environment"
    );
    let ruled_out = [(
        "functions = [\"advertising\"]",
        "functions = [\"session_recording\"]",
    )];
    assert_eq!(refused(&ruled_out, &add), [FaultCode::ForbiddenProcessor]);
}

#[test]
fn many_cookies_or_one_short_one() {
    let counting = "[cookie.visits]\nkind = 'cookie'\nclass = 'analytics'\npurpose = 'analytics'\nmax_age = 'P1Y'\n";
    let many = policy(&[], counting);
    assert!(
        many.cookies()
            .check("visits=1; Max-Age=31536000")
            .is_allow()
    );
    let strict = [(
        "cookies = [\"tracking\"]",
        "cookies = [\"tracking\", \"analytics\"]",
    )];
    assert_eq!(refused(&strict, counting), [FaultCode::ForbiddenCookie]);
    let one = policy(
        &[
            strict[0],
            (
                "max_age = \"PT8H\"",
                "max_age = \"PT1H\"\ndomain = \"notes.test\"\nsecure = true",
            ),
        ],
        "",
    );
    let flags = "Secure; HttpOnly; SameSite=Lax";
    for (header, fits) in [
        (format!("sid=a; Max-Age=3600; {flags}"), true),
        (format!("sid=a; {flags}; Domain=app.notes.test"), true),
        (format!("sid=a; Max-Age=3601; {flags}"), false),
        (
            format!("sid=a; Expires=Fri, 01 Jan 2027 00:00:00 GMT; {flags}"),
            false,
        ),
        (
            format!("sid=a; {flags}; Domain=notes.test.evil.test"),
            false,
        ),
        (format!("sid=a; {flags}; Domain=evilnotes.test"), false),
        ("sid=a; Max-Age=60".to_owned(), false),
        (format!("visits=1; {flags}"), false),
        (format!("sid=; Max-Age=0; {flags}"), true),
        ("nonsense".to_owned(), false),
    ] {
        assert_eq!(one.cookies().check(&header).is_allow(), fits, "{header}");
    }
}

#[test]
fn a_model_provider_is_a_processor_and_not_a_third_party() {
    let policy = policy(&[], "");
    let now = at("2026-06-01");
    let (service, note) = (purpose("service"), category("note"));
    let us = confidant::taxonomy::Region::new("us").unwrap();
    let what = Disclosing::new(&service, &note).region(&us);
    let roles = |name: &str| policy.router().recipient(&processor(name)).unwrap().role();
    assert_eq!(roles("llm"), RecipientRole::Processor);
    assert_eq!(roles("pay"), RecipientRole::IndependentController);
    assert_eq!(roles("own_model"), RecipientRole::CustomerContract);
    assert!(
        policy
            .router()
            .disclose(&processor("llm"), &what, now)
            .is_allow()
    );
    // What users write goes to nobody else.
    for other in ["pay", "mail", "nobody"] {
        let decision = policy.router().disclose(&processor(other), &what, now);
        assert!(!decision.is_allow(), "{other}");
    }
    let share = [(
        "purposes = [\"billing\"]\ncategories = [\"card\", \"bill\"]",
        "purposes = [\"billing\"]\ncategories = [\"card\", \"bill\", \"note\"]",
    )];
    assert_eq!(refused(&share, ""), [FaultCode::PurposeOfUnlisted]);
}

#[test]
fn what_a_provider_must_have_shown() {
    let (service, notes) = (purpose("service"), [category("note")]);
    let region = confidant::taxonomy::Region::new("us").unwrap();
    let sending = Sending::new(&service, &notes).region(&region);
    let route = |policy: &Policy, now: &str| {
        let (_, decision) = policy
            .router()
            .choose(RouteMode::Platform, &sending, at(now));
        decision
    };
    // No training is enough here, until the very day on which it lapses.
    let no_training = policy(&[], "");
    assert!(route(&no_training, "2026-12-31").is_allow());
    assert!(!route(&no_training, "2027-01-01").is_allow());
    assert!(
        !route(&no_training, "2025-12-31").is_allow(),
        "not issued yet"
    );
    // Nothing kept is asked for: without it, it does not compile; with it, it must count.
    let zero = (
        "requires = [\"dpa\", \"no_training\"]",
        "requires = [\"dpa\", \"zero_retention\"]",
    );
    assert_eq!(refused(&[zero], ""), [FaultCode::AttestationMissing]);
    let shown = "[[attestation]]\nid = 'A-zero'\nprocessor = 'llm'\nkind = 'zero_retention'\nissued = '2026-01-01'\nexpires = '2026-07-01'\nevidence = 'sha256:8888888888888888888888888888888888888888888888888888888888888888'\nchecked_by = 'legal'\n";
    let keeps_nothing = policy(&[zero], shown);
    assert!(route(&keeps_nothing, "2026-06-30").is_allow());
    let lapsed = route(&keeps_nothing, "2026-07-01");
    assert!(lapsed.to_string().contains("nothing is kept"), "{lapsed}");
    // The provider's own policy governs: no claim may be made.
    let theirs = policy(
        &[(
            "requires = [\"dpa\", \"no_training\"]",
            "requires = []\ngoverned_by = \"https://provider.test/privacy\"",
        )],
        "",
    );
    assert!(route(&theirs, "2030-01-01").is_allow());
    let claim = "Nothing you write is kept by the model provider: zero retention.";
    let codes = |policy: &Policy| {
        let found = policy.lint_notice(claim, at("2026-06-01"));
        found
            .iter()
            .any(|finding| finding.code().as_str() == "zero-retention-claim")
    };
    assert!(codes(&theirs) && !codes(&keeps_nothing));
}

#[test]
fn redaction_before_the_model_or_not() {
    let secret = "key AKIAQ3EGRIZJ7OWLMXUV";
    let findings = Redactor::default().scan(secret.as_bytes());
    let admits = |redactions: &Redactions, replaced| {
        redactions
            .admit(Sink::Egress, &findings, replaced)
            .is_allow()
    };
    let on = policy(&[], "");
    assert!(!admits(on.redaction(), false) && admits(on.redaction(), true));
    let rule = on.redaction().get(Sink::Egress).unwrap();
    assert!(
        !rule
            .redactor()
            .redact(secret)
            .as_str()
            .contains("AKIAQ3EGRIZJ7OWLMXUV")
    );
    let egress = "[redaction.egress]\nmode = \"redact\"\ndetectors = [\"secrets\"]";
    let silent = refused(&[(egress, "[redaction.egress]\nmode = \"off\"")], "");
    assert_eq!(silent, [FaultCode::RedactionOffWithoutReason]);
    let off = policy(
        &[(
            egress,
            "[redaction.egress]\nmode = \"off\"\nreason = \"The model must see what it audits\"",
        )],
        "",
    );
    assert_eq!(
        off.redaction().get(Sink::Egress).unwrap().mode(),
        RedactionMode::Off
    );
    assert!(admits(off.redaction(), false));
    // A sink without a clause takes nothing.
    assert!(!off.redaction().admit(Sink::Recorder, &[], true).is_allow());
}

#[test]
fn the_least_age() {
    let decide = |policy: &Policy, age| {
        let (service, note) = (purpose("service"), category("note"));
        let signals = Signals::new().age(age);
        let rules = policy.consent();
        rules
            .decide(
                &ConsentFacts::none(),
                (&service, &note),
                at("2026-06-01"),
                signals,
            )
            .is_allow()
    };
    let sixteen = policy(&[], "");
    assert!(!decide(&sixteen, Age::Years(15)) && decide(&sixteen, Age::Years(16)));
    let thirteen = policy(&[("minimum = 16", "minimum = 13")], "");
    assert!(!decide(&thirteen, Age::Years(12)) && decide(&thirteen, Age::Years(15)));
    let none = policy(
        &[(
            "[age]\nminimum = 16\nunknown = \"minor\"\n\n[age.jurisdiction]\nGB = 13\n",
            "",
        )],
        "",
    );
    assert!(decide(&none, Age::Years(10)));
}

#[test]
fn how_changes_are_announced() {
    let sent = |date: &str, channel| Announced::new(at(date), channel, [1; 32]);
    let gated = policy(&[("lead = \"P14D\"", "lead = \"P14D\"\ngate = true")], "");
    let announcement = gated.announcement();
    assert_eq!(announcement.notice_by(), Some(at("2026-04-17")));
    let now = at("2026-05-01");
    assert!(!announcement.activate(None, now).is_allow());
    let mail = |date| sent(date, ChangeChannel::Email);
    assert!(
        announcement
            .activate(Some(&mail("2026-04-17")), now)
            .is_allow()
    );
    assert!(
        !announcement
            .activate(Some(&mail("2026-04-18")), now)
            .is_allow()
    );
    let other = sent("2026-04-01", ChangeChannel::InService);
    assert!(
        !announcement.activate(Some(&other), now).is_allow(),
        "a channel that is not listed"
    );
    assert!(
        !announcement
            .activate(Some(&mail("2026-04-01")), at("2026-04-30"))
            .is_allow()
    );
    // Posting is enough, and nothing waits.
    let posted = policy(
        &[(
            "channels = [\"email\", \"posting\"]",
            "channels = [\"email\", \"posting\"]",
        )],
        "",
    );
    assert!(posted.announcement().activate(None, now).is_allow());
    let vague = refused(&[("lead = \"P14D\"", "lead = \"reasonable\"")], "");
    assert_eq!(vague, [FaultCode::DeadlineWithoutNumber]);
}

#[test]
fn what_can_be_taken_along() {
    let all = policy(
        &[],
        "[rights.kind.portability]\ndeadline = 'P30D'\ncategories = ['note', 'account']\n",
    );
    assert!(all.rights().offers(RequestKind::Portability));
    assert!(
        all.notice()
            .contains("Your data in a common format: we answer within 30 days.")
    );
    let local = policy(
        &[],
        "[rights.kind.portability]\nself_service = true\nclient_side = true\ncategories = ['note']\n",
    );
    assert!(
        local
            .notice()
            .contains("Your data in a common format: you can do it yourself")
    );
    let none = policy(&[], "");
    assert!(!none.rights().offers(RequestKind::Portability));
    assert!(!none.notice().contains("in a common format"));
}

#[test]
fn who_takes_payments() {
    let managed = "[[retention]]\nid = 'R-pay'\ncategories = ['bill']\naction = 'processor_managed'\nprocessor = 'pay'\n";
    let merchant = policy(&[], managed);
    assert!(
        merchant
            .retention_schedule()
            .contains("kept by A payment provider by its own rules")
    );
    let ours = [(
        "role = \"independent_controller\"\nfunctions = [\"payment\"]\npurposes = [\"billing\"]\ncategories = [\"card\", \"bill\"]",
        "role = \"processor\"\nfunctions = [\"payment\"]\npurposes = [\"billing\"]\ncategories = [\"bill\"]\ngoverned_by = \"https://pay.test/terms\"",
    )];
    assert_eq!(
        refused(&ours, managed),
        [FaultCode::ProcessorManagesOwnData]
    );
    let ours = policy(&ours, "");
    assert_eq!(
        ours.router().recipient(&processor("pay")).unwrap().role(),
        RecipientRole::Processor
    );
}

#[test]
fn where_data_lives() {
    let (service, notes) = (purpose("service"), [category("note")]);
    let region = |name| confidant::taxonomy::Region::new(name).unwrap();
    let (us, eu) = (region("us.east"), region("eu"));
    let pinned = policy(&[], "");
    let route = pinned
        .router()
        .route(&ClauseId::new("platform").unwrap())
        .unwrap();
    let sending = Sending::new(&service, &notes);
    let decide = |sending: &Sending<'_>| pinned.router().decide(route, sending, at("2026-06-01"));
    assert!(decide(&sending.region(&us)).is_allow());
    assert!(!decide(&sending.region(&eu)).is_allow());
    assert!(!decide(&sending).is_allow(), "unknown region");
    // The customer's own account, with the customer's own credential.
    let bound = policy(
        &[(
            "id = \"own\"\nmode = \"customer\"",
            "id = \"own\"\nmode = \"customer\"\ndestination_bound = true",
        )],
        "",
    );
    let choose = |sending: &Sending<'_>| {
        bound
            .router()
            .choose(RouteMode::Customer, sending, at("2026-06-01"))
            .1
    };
    assert!(!choose(&sending).is_allow());
    assert!(choose(&sending.own_destination()).is_allow());
}

#[test]
fn a_route_of_the_customer_never_falls_back_to_ours() {
    let (service, notes) = (purpose("service"), [category("account")]);
    let policy = policy(&[], "");
    // Whatever the customer's route refuses, no route of the platform stands in.
    let sending = Sending::new(&service, &notes);
    let (route, decision) = policy
        .router()
        .choose(RouteMode::Customer, &sending, at("2026-06-01"));
    assert!(route.is_none() && !decision.is_allow());
    for route in policy
        .router()
        .routes()
        .iter()
        .filter(|route| route.mode() == RouteMode::Customer)
    {
        for fallback in route.fallback() {
            let other = policy.router().route(fallback).unwrap();
            assert_eq!(other.mode(), RouteMode::Customer);
        }
    }
    let codes = refused(
        &[(
            "id = \"own\"\nmode = \"customer\"",
            "id = \"own\"\nmode = \"customer\"\nfallback = [\"platform\"]",
        )],
        "",
    );
    assert_eq!(codes, [FaultCode::CustomerRouteFallsBack]);
}

#[test]
fn staff_may_look_or_not() {
    let sees = |policy: &Policy| {
        let mut facts = visibility::VisibilityFacts::new(policy.visibility().clone());
        let since = at("2026-01-01");
        let owner = facts.add_principal("owner", since).unwrap();
        let staff = facts.add_principal("staff", since).unwrap();
        let new = visibility::NewResource::new("w")
            .owner(owner)
            .category(category("note"));
        let resource = facts.add_resource(new, since).unwrap();
        let reason = visibility::ReasonKind::new("incident").unwrap();
        let scope = visibility::StaffScope::Resource(resource);
        let until = at("2026-06-01")
            .checked_add(std::time::Duration::from_secs(3_600))
            .unwrap();
        let grant = visibility::StaffGrant::builder("g-1")
            .principal(staff)
            .reason(reason)
            .ticket("T-1")
            .scope(scope)
            .during(at("2026-06-01")..until)
            .build()
            .unwrap();
        let granted = facts.grant(&grant).is_ok();
        let view = policy.visibility().action("view").unwrap();
        let context = visibility::AccessContext::default()
            .with(
                policy.visibility(),
                &visibility::Attribute::new("mfa").unwrap(),
                true,
            )
            .unwrap();
        let now = at("2026-06-01")
            .checked_add(std::time::Duration::from_secs(60))
            .unwrap();
        let verdict = facts.verdict(staff.with(&context), view, resource, now);
        let later = facts.verdict(staff.with(&context), view, resource, at("2026-06-02"));
        assert!(!later.is_allow(), "an expired grant");
        assert!(
            !verdict.is_allow(),
            "nothing is permitted before it is in the log"
        );
        let why = facts.explain(staff.with(&context), view, resource, now);
        granted
            && why
                .to_string()
                .contains("would be allowed if the grant were in the audit log")
    };
    assert!(sees(&policy(&[], "")));
    let none = policy(
        &[(
            "[visibility.staff.incident]\nactions = [\"view\"]\ncategories = [\"note\"]\nmax_duration = \"PT4H\"\n",
            "",
        )],
        "",
    );
    assert!(!sees(&none));
}

#[test]
fn passwords_are_hashed() {
    let hashed = policy(&[], "");
    let (name, store) = (
        category("account.password"),
        DataStore::new("primary").unwrap(),
    );
    assert!(hashed.keep(&name, StoredAs::Hashed, &store).is_allow());
    assert!(!hashed.keep(&name, StoredAs::Sealed, &store).is_allow());
    assert!(hashed.notice().contains("stored as a hash"));
    let encrypted = [(
        "[category.\"account.password\"]\nform = \"hashed\"",
        "[category.\"account.password\"]\nform = \"sealed\"",
    )];
    assert_eq!(refused(&encrypted, ""), [FaultCode::PasswordNotHashed]);
}

#[test]
fn one_can_opt_out_of_a_sale_that_never_happens() {
    let policy = policy(&[], "");
    assert!(!may(&policy, "sale", "note"));
    assert!(policy.consent().check_opt_out(&purpose("sale")).is_ok());
    assert_eq!(
        policy.gpc_json().map(|json| json.contains("true")),
        Some(true)
    );
    // Without a signal that is mapped to it, an opt-out that is offered does not compile.
    let codes = refused(&[("[signal.gpc]\npurposes = [\"sale\"]\n", "")], "");
    assert_eq!(codes, [FaultCode::OptOutWithoutSignal]);
    let only_denied = self::policy(
        &[
            ("[signal.gpc]\npurposes = [\"sale\"]\n", ""),
            (
                "verdict = \"prohibited\"\nopt_out = true",
                "verdict = \"prohibited\"",
            ),
        ],
        "",
    );
    assert!(!may(&only_denied, "sale", "note"));
    assert!(only_denied.gpc_json().is_none());
}

#[test]
fn attestations_of_every_kind_have_a_word() {
    for kind in AttestationKind::ALL {
        assert!(!kind.as_str().is_empty());
    }
}
