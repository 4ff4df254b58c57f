//! Compiled policies: what is required of them, what they deny, how they differ.

use confidant::consent::{ConsentFacts, Signals};
use confidant::decision::ClauseId;
use confidant::policy::{
    CoverageStatus, Direction, Disclosing, Disclosure, DisclosureGround, FaultCode, FieldValue,
    Material, Policy, PolicyDoc, Promise, PromiseClass, Proof, ProofKind, Requirements, Revealing,
    RouteMode, Sending, Sink, StoredAs,
};
use confidant::redact::{Key, KnownValues};
use confidant::retention::{Events, Holds, Record, Status};
use confidant::rights::RequestKind;
use confidant::taxonomy::{
    Classified, DataCategory, DataStore, Processor, Purpose, RecordType, Region,
};
use confidant::time::Moment;

use super::BASE;

fn compile(text: &str) -> Policy {
    let doc = PolicyDoc::from_toml(text).unwrap_or_else(|faults| panic!("{faults}"));
    doc.compile().unwrap_or_else(|faults| panic!("{faults}"))
}

fn vary(edits: &[(&str, &str)]) -> Policy {
    let mut text = BASE.to_owned();
    for (old, new) in edits {
        assert!(text.contains(old), "not in the text: {old}");
        text = text.replacen(old, new, 1);
    }
    compile(&text)
}

fn now() -> Moment {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

#[test]
fn a_policy_that_failed_to_load_denies_everything() {
    let policy = Policy::deny_all().unwrap();
    assert!(policy.denies_all() && policy.clauses().is_empty());
    let (service, note) = (
        Purpose::new("service").unwrap(),
        DataCategory::new("note").unwrap(),
    );
    let adult = Signals::new();
    let verdict = policy
        .consent()
        .decide(&ConsentFacts::none(), (&service, &note), now(), adult);
    assert!(!verdict.is_allow());
    let record = Record::new(&note, Events::created(now()));
    let verdict = policy.retention().evaluate(&record, &Holds::none(), now());
    assert_eq!(verdict.status(), Status::Unknown);
    assert!(!verdict.may_act(), "nothing is erased");
    let llm = Processor::new("llm").unwrap();
    let router = policy.router();
    assert!(
        !router
            .disclose(&llm, &Disclosing::new(&service, &note), now())
            .is_allow()
    );
    let notes = [note.clone()];
    let sending = Sending::new(&service, &notes);
    assert!(
        !router
            .choose(RouteMode::Platform, &sending, now())
            .1
            .is_allow()
    );
    assert!(!router.reach("api.provider.test").is_allow());
    assert!(!policy.redaction().admit(Sink::Egress, &[], true).is_allow());
    assert!(
        !policy
            .vault()
            .reveal(Revealing::Machine("deploy"))
            .is_allow()
    );
    assert!(policy.telemetry().admit("open", []).is_none());
    assert!(!policy.telemetry().analyse(Some(1_000)).is_allow());
    assert!(!policy.pseudonyms().decide("session", &service).is_allow());
    assert!(!policy.cookies().check("sid=a").is_allow());
    let law = Disclosure::new(DisclosureGround::LegalRequest, &note).case_reference("C-1");
    assert!(!policy.disclosures().decide(&law, now()).is_allow());
    assert!(!policy.announcement().activate(None, now()).is_allow());
    let store = DataStore::new("primary").unwrap();
    assert!(!policy.keep(&note, StoredAs::Sealed, &store).is_allow());
    assert!(!policy.rights().offers(RequestKind::Access));
    assert!(policy.visibility().action("view").is_none());
}

struct Note;

impl Classified for Note {
    const CATEGORY: &'static str = "note";
    const STORES: &'static [&'static str] = &["primary", "backup"];
}

struct Stray;

impl Classified for Stray {
    const CATEGORY: &'static str = "note";
    const STORES: &'static [&'static str] = &["primary", "shelf"];
}

struct Usage;

impl Classified for Usage {
    const CATEGORY: &'static str = "usage";
    const STORES: &'static [&'static str] = &["backup"];
}

struct Unknown;

impl Classified for Unknown {
    const CATEGORY: &'static str = "shoe_size";
    const STORES: &'static [&'static str] = &["primary"];
}

#[test]
fn record_types_are_held_against_the_document() {
    let doc = PolicyDoc::from_toml(BASE).unwrap();
    let records = [
        RecordType::of::<Note>(),
        RecordType::of::<Stray>(),
        RecordType::of::<Usage>(),
        RecordType::of::<Unknown>(),
    ];
    let faults = doc
        .compile_against(&Requirements::new().records(&records))
        .unwrap_err();
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault.code(), fault.name().unwrap()))
        .collect();
    for expected in [
        (FaultCode::RecordUndeclared, "shelf"),
        (FaultCode::RecordUndeclared, "shoe_size"),
        (FaultCode::RecordStoredElsewhere, "backup"),
        (FaultCode::RecordMissing, "account"),
        (FaultCode::RecordMissing, "bill"),
        (FaultCode::RecordMissing, "token"),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    let own = [
        "consent_log",
        "audit_log",
        "rights_records",
        "card",
        "count",
        "note",
    ];
    assert!(
        !found
            .iter()
            .any(|(code, name)| *code == FaultCode::RecordMissing && own.contains(name))
    );
}

#[test]
fn promises_are_carried_and_none_is_made_up() {
    let text = BASE.replace(
        "id = \"R-usage\"",
        "id = \"R-usage\"\npromise = [\"P-1\", \"P-9\"]",
    );
    let doc = PolicyDoc::from_toml(&text).unwrap();
    let promises = ["P-1", "P-2"].map(|id| Promise::new(id, PromiseClass::Evaluated).unwrap());
    let faults = doc
        .compile_against(&Requirements::new().promises_of(promises))
        .unwrap_err();
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault.code(), fault.name().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            (FaultCode::PromiseWithoutClause, "P-2"),
            (FaultCode::UnknownPromise, "P-9"),
        ]
    );
}

#[test]
fn coverage_is_honest() {
    let text = BASE
        .replace(
            "id = \"R-usage\"",
            "id = \"R-usage\"\npromise = [\"P-retention\"]",
        )
        .replace(
            "id = \"F-1\"",
            "id = \"F-1\"\npromise = [\"P-fact\", \"P-empty\"]",
        )
        .replace("id = \"C-waf\"", "id = \"C-waf\"\npromise = [\"P-waf\"]")
        .replace("[purpose.sale]", "[purpose.sale]\npromise = [\"P-sale\"]");
    let policy = compile(&text);
    let promise = |id, class| Promise::new(id, class).unwrap();
    let promises = [
        promise("P-retention", PromiseClass::Evaluated),
        promise("P-fact", PromiseClass::Declared),
        promise("P-empty", PromiseClass::Enforced),
        promise("P-waf", PromiseClass::Attested),
        promise("P-sale", PromiseClass::Enforced),
        promise("P-nowhere", PromiseClass::Declared),
    ];
    let clause = ClauseId::new("R-usage").unwrap();
    let proof = Proof::new(clause, ProofKind::Run, "nightly", Some(now()));
    let status = |now| {
        let coverage = policy.coverage(&promises, std::slice::from_ref(&proof), now);
        coverage
            .rows()
            .iter()
            .map(|row| row.status())
            .collect::<Vec<_>>()
    };
    let expected = [
        CoverageStatus::Evaluated,
        CoverageStatus::Declared,
        CoverageStatus::NotEnforced,
        CoverageStatus::AttestedOnly,
        CoverageStatus::Enforced,
        CoverageStatus::NotEnforced,
    ];
    assert_eq!(status(now()), expected);
    // What was attested lapses.
    let later = status("2027-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(later[3], CoverageStatus::NotEnforced);
    let coverage = policy.coverage(&promises, &[proof], now());
    let gaps: Vec<_> = coverage
        .gaps()
        .map(|row| row.promise().id().as_str())
        .collect();
    assert_eq!(gaps, ["P-empty", "P-nowhere"]);
    let text = coverage.to_string();
    assert!(
        text.contains("! P-empty: not enforced (promised: enforced)"),
        "{text}"
    );
    assert!(
        text.contains("run `nightly` of 2026-06-01T00:00:00Z"),
        "{text}"
    );
    let json = coverage.to_json();
    assert_eq!(json[3]["status"], "attested only");
    assert_eq!(json[0]["clauses"][0]["module"], "retention");
}

#[test]
fn nothing_changes_between_a_policy_and_itself() {
    let policy = compile(BASE);
    let diff = policy.diff_since(&policy);
    assert!(diff.changes().is_empty() && diff.notice().is_none());
    assert!(diff.lapses().is_empty() && diff.due().is_empty() && !diff.weakens());
}

/// Each edit weakens; undone, it strengthens.
#[test]
fn a_weakening_undone_is_a_strengthening() {
    let base = compile(BASE);
    for (old, new, what, material) in [
        (
            "delete_by = \"P90D\"",
            "delete_by = \"P120D\"",
            "deletes later",
            Some(Material::Retention),
        ),
        (
            "keep_for = \"P7Y\"",
            "keep_for = \"P10Y\"",
            "keeps longer",
            Some(Material::Retention),
        ),
        (
            "action = \"delete\"",
            "action = \"restrict\"",
            "acts less thoroughly",
            Some(Material::Retention),
        ),
        (
            "[purpose.service]\nverdict = \"permitted\"\nbasis = \"contract\"\ncategories = [\"account\", \"note\", \"token\"]",
            "[purpose.service]\nverdict = \"permitted\"\nbasis = \"contract\"\ncategories = [\"account\", \"note\", \"token\", \"usage\"]",
            "may use another category",
            Some(Material::Purpose),
        ),
        (
            "regions = [\"eu\"]\nrequires = [\"dpa\"]",
            "regions = [\"eu\", \"us\"]\ntransfer = \"dpf\"\nrequires = [\"dpa\"]",
            "processes in another region",
            Some(Material::Region),
        ),
        (
            "requires = [\"dpa\", \"no_training\"]",
            "requires = [\"dpa\"]",
            "must show less",
            Some(Material::Protection),
        ),
        (
            "fields = { account = [\"email\"] }\n",
            "",
            "gets all fields of a category",
            Some(Material::Processor),
        ),
        (
            "detectors = [\"secrets\", \"personal\"]",
            "detectors = [\"secrets\"]",
            "looks for less",
            Some(Material::Protection),
        ),
        (
            "mode = \"block\"",
            "mode = \"redact\"",
            "catches less",
            Some(Material::Protection),
        ),
        (
            "key_per_secret = true",
            "key_per_secret = false",
            "secrets share keys",
            Some(Material::Protection),
        ),
        (
            "reveal = \"machine_only\"",
            "reveal = \"owner\"",
            "owners see secrets again",
            Some(Material::Protection),
        ),
        (
            "min_group = 20",
            "min_group = 5",
            "looks at smaller groups",
            Some(Material::Protection),
        ),
        (
            "rotate = \"P1D\"",
            "rotate = \"P30D\"",
            "keys last longer",
            Some(Material::Protection),
        ),
        (
            "max_age = \"PT8H\"",
            "max_age = \"P8D\"",
            "lasts longer",
            Some(Material::Cookie),
        ),
        (
            "cookies = [\"tracking\"]",
            "cookies = []",
            "no longer rules out a class of cookies",
            Some(Material::Cookie),
        ),
        (
            "third_party_storage = true",
            "third_party_storage = false",
            "no longer rules out storage by others",
            Some(Material::Processor),
        ),
        (
            "[visibility.public]\nactions = [\"view\", \"fork\"]",
            "[visibility.public]\nactions = [\"view\", \"fork\", \"edit\"]",
            "may do more",
            Some(Material::Protection),
        ),
        (
            "max_duration = \"PT4H\"",
            "max_duration = \"PT8H\"",
            "grants last longer",
            Some(Material::Protection),
        ),
        (
            "[rights.kind.correction]\ndeadline = \"P20D\"",
            "[rights.kind.correction]\ndeadline = \"P30D\"",
            "is answered later",
            Some(Material::Right),
        ),
        (
            "lead = \"P14D\"",
            "lead = \"P7D\"",
            "changes are announced later",
            Some(Material::Right),
        ),
        (
            "minimum = 16",
            "minimum = 13",
            "is for younger users",
            Some(Material::Protection),
        ),
        (
            "fields = [\"nature\", \"categories\", \"measures\", \"contact\"]",
            "fields = [\"nature\", \"categories\", \"measures\"]",
            "the notice of a breach says less",
            Some(Material::Right),
        ),
        (
            "case_reference = true\napprovers = 2",
            "case_reference = true",
            "needs less",
            Some(Material::Protection),
        ),
        (
            "region = \"eu\"\nexpires_within = \"P35D\"",
            "region = \"eu\"\nexpires_within = \"P60D\"",
            "what was deleted stays longer",
            Some(Material::Retention),
        ),
    ] {
        // Some edits begin from a text that the base does not have.
        let start = match old {
            old if BASE.contains(old) => BASE.to_owned(),
            old => BASE.replacen(new, old, 1),
        };
        let before = if start == BASE {
            base.clone()
        } else {
            compile(&start)
        };
        let after = compile(&start.replacen(old, new, 1));
        let forth = after.diff_since(&before);
        let change = forth.changes().iter().find(|change| change.what() == what);
        let change = change.unwrap_or_else(|| panic!("{what}: {forth}"));
        assert_eq!(
            (change.direction(), change.material()),
            (Direction::Weakening, material),
            "{what}"
        );
        assert!(forth.weakens());
        let back = before.diff_since(&after);
        assert!(!back.weakens(), "{what}: {back}");
        assert!(!back.changes().is_empty(), "{what}");
        assert!(back.notice().is_none(), "{what}");
    }
}

#[test]
fn a_diff_says_whom_to_tell_and_what_falls_due() {
    let old = compile(BASE);
    let new = vary(&[
        ("delete_by = \"P90D\"", "delete_by = \"P120D\""),
        ("delete_by = \"P30D\"", "delete_by = \"P14D\""),
        ("effective = \"2026-05-01\"", "effective = \"2026-09-01\""),
        (
            "last_updated = \"2026-05-01\"",
            "last_updated = \"2026-09-01\"",
        ),
        // The lead of the version before counts.
        ("lead = \"P14D\"", "lead = \"P1D\""),
        (
            "[purpose.news]\nverdict = \"consent\"\ncategories = [\"account\"]",
            "[purpose.news]\nverdict = \"consent\"\ncategories = [\"account\", \"usage\"]",
        ),
        (
            "digest = \"sha256:5555555555555555555555555555555555555555555555555555555555555555\"",
            "digest = \"sha256:9999999999999999999999999999999999999999999999999999999999999999\"",
        ),
    ]);
    let diff = new.diff_since(&old);
    let notice = diff.notice().unwrap();
    assert_eq!(notice.by().to_string(), "2026-08-18T00:00:00Z");
    assert_eq!(notice.channels().len(), 2);
    let lapses: Vec<_> = diff
        .lapses()
        .iter()
        .map(|lapse| (lapse.purpose(), lapse.why()))
        .collect();
    assert_eq!(
        lapses,
        [
            (
                "news",
                "consents on a text that no longer covers the purpose"
            ),
            ("news", "consents were given for fewer categories"),
        ]
    );
    let due: Vec<_> = diff
        .due()
        .iter()
        .map(|due| {
            (
                due.category(),
                due.trigger(),
                due.periods(),
                due.reaches_existing(),
            )
        })
        .collect();
    assert!(
        due.contains(&("usage", "created", (Some("P90D"), Some("P120D")), false)),
        "{due:?}"
    );
    assert!(
        due.contains(&("note", "account_closed", (Some("P30D"), Some("P14D")), true)),
        "{due:?}"
    );
    let text = diff.to_string();
    assert!(
        text.contains("tell: data subjects by 2026-08-18T00:00:00Z, by email or posting"),
        "{text}"
    );
    assert_eq!(diff.to_json()["weakens"], true);
}

#[test]
fn events_keep_to_their_list() {
    let policy = compile(BASE);
    let telemetry = policy.telemetry();
    let fields = [
        ("page", FieldValue::Word("settings")),
        ("ms", FieldValue::Number(12.5)),
        ("ms", FieldValue::Number(13.0)),
        ("mail", FieldValue::Account("jo@mail.test")),
        ("page2", FieldValue::Word("x")),
    ];
    let admitted = telemetry.admit("open", fields).unwrap();
    assert_eq!((admitted.fields().len(), admitted.dropped()), (2, 3));
    let text = [("page", FieldValue::Word("what I wrote to a friend"))];
    assert_eq!(
        telemetry.admit("open", text).unwrap().dropped(),
        1,
        "no free text"
    );
    assert!(telemetry.admit("close", []).is_none());
    assert!(telemetry.analyse(Some(20)).is_allow() && !telemetry.analyse(Some(19)).is_allow());
    assert!(!telemetry.analyse(None).is_allow());
    let mail = Processor::new("mail").unwrap();
    assert!(telemetry.decide("open", None, None).is_allow());
    assert!(!telemetry.decide("open", Some(&mail), None).is_allow());
}

#[test]
fn disclosures_need_what_their_clause_asks_for() {
    let policy = vary(&[(
        "case_reference = true",
        "case_reference = true\napprovers = 2\nnotify_before = \"P14D\"",
    )]);
    let account = DataCategory::new("account").unwrap();
    let whole = Disclosure::new(DisclosureGround::LegalRequest, &account)
        .case_reference("C-1")
        .approved_by(&["ann", "bob"])
        .announced("2026-05-01T00:00:00Z".parse().unwrap());
    let decide = |what: &Disclosure<'_>| policy.disclosures().decide(what, now()).is_allow();
    assert!(decide(&whole));
    assert!(!decide(&whole.case_reference("  ")));
    assert!(
        !decide(&whole.approved_by(&["ann", "ann"])),
        "one person twice"
    );
    assert!(!decide(
        &whole.announced("2026-05-25T00:00:00Z".parse().unwrap())
    ));
    let note = DataCategory::new("note").unwrap();
    assert!(!decide(
        &Disclosure::new(DisclosureGround::LegalRequest, &note).case_reference("C-1")
    ));
    assert!(!decide(
        &Disclosure::new(DisclosureGround::Safety, &account).reason("fire")
    ));
}

#[test]
fn recipients_get_fields_and_not_more() {
    let policy = compile(BASE);
    let (service, account) = (
        Purpose::new("service").unwrap(),
        DataCategory::new("account").unwrap(),
    );
    let mail = Processor::new("mail").unwrap();
    let eu = Region::new("eu").unwrap();
    let nowhere = Disclosing::new(&service, &account);
    let what = nowhere.region(&eu);
    let decide = |what: &Disclosing<'_>| policy.router().disclose(&mail, what, now()).is_allow();
    assert!(decide(&what.field("email")));
    assert!(!decide(&what.field("name")));
    assert!(!decide(&nowhere.field("email")), "nobody said where");
    assert!(
        !decide(&what),
        "a whole category that is given out by field"
    );
}

#[test]
fn a_generated_notice_claims_no_more_than_its_policy() {
    for text in [
        BASE,
        include_str!("../../examples/policies/cloud-claude.toml"),
    ] {
        let policy = compile(text);
        let notice = policy.notice();
        let findings = policy.lint_notice(&notice, now());
        assert!(findings.is_empty(), "{findings:?}\n{notice}");
        for page in [
            policy.record_of_processing(),
            policy.retention_schedule(),
            policy.recipient_list(),
            policy.cookie_table(),
            policy.registers(),
        ] {
            assert!(page.starts_with("# ") && page.len() > 40, "{page}");
        }
        assert!(policy.gpc_json().unwrap().contains("\"gpc\""));
    }
}

#[test]
fn a_notice_that_claims_more_is_found_out() {
    let policy = compile(BASE);
    let contact = "Ask privacy@notes.test. Version 2026-05-01. We use a model provider, a mail provider and a payment provider.";
    let codes = |claim: &str| {
        let findings = policy.lint_notice(&format!("{contact}\n{claim}"), now());
        findings
            .iter()
            .map(|finding| (finding.code().as_str(), finding.line()))
            .collect::<Vec<_>>()
    };
    assert!(codes("").is_empty(), "{:?}", codes(""));
    for (claim, code) in [
        ("Usage data is deleted after 60 days.", "period-claim"),
        ("Usage data is deleted after sixty days.", "period-claim"),
        ("We delete your data promptly.", "vague-deadline"),
        ("We keep your data as long as necessary.", "vague-deadline"),
        ("We work with OpenAI.", "recipient-not-listed"),
        ("We are SOC 2 certified.", "certification-claim"),
        ("We are HIPAA ready.", "certification-claim"),
        (
            "Zero retention at our model provider.",
            "zero-retention-claim",
        ),
        ("We guarantee that your data is safe.", "absolute-claim"),
        (
            "We never share your data with third parties.",
            "never-claim",
        ),
        ("We use no cookies.", "cookie-claim"),
    ] {
        assert_eq!(codes(claim), [(code, 2)], "{claim}");
    }
    for claim in [
        "Usage data is deleted after 90 days.",
        "Bills are kept for seven years.",
        "We never sell your data.",
        "We do not train on your data.",
        "We are not SOC 2 certified.",
        "Requests are answered within thirty days.",
    ] {
        assert!(codes(claim).is_empty(), "{claim}: {:?}", codes(claim));
    }
    let trains = vary(&[(
        "[purpose.training]\nverdict = \"prohibited\"",
        "[redaction.training]\nmode = \"redact\"\ndetectors = [\"secrets\"]\n\n[purpose.training]\nverdict = \"permitted\"\nbasis = \"legitimate_interest\"\ninterest = \"Better answers\"\ncategories = [\"note\"]",
    )]);
    let found = trains.lint_notice(&format!("{contact}\nWe never train on your data."), now());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code().as_str(), "never-claim");
    // Without contact, version and recipients it is no notice.
    let bare: Vec<_> = policy
        .lint_notice("Hello.", now())
        .iter()
        .map(|finding| finding.code().as_str())
        .collect();
    assert_eq!(bare, ["no-contact", "recipient-not-named", "version-claim"]);
}

/// A value of the vault is asked for where a clause relies on the vault alone.
#[test]
fn known_values_are_kept_out_by_themselves() {
    for (mode, replaced, admitted) in [
        ("redact", false, false),
        ("redact", true, true),
        ("block", true, false),
    ] {
        let clause = format!("[redaction.egress]\nmode = \"{mode}\"\nknown_values = true");
        let policy = vary(&[(
            "[redaction.egress]\nmode = \"redact\"\ndetectors = [\"secrets\"]",
            &clause,
        )]);
        let rule = policy.redaction().get(Sink::Egress).unwrap();
        let known = KnownValues::new(Key::generate().unwrap());
        known.insert("horse-4711-staple").unwrap();
        let redactor = rule.builder().known_values(known).build().unwrap();
        let found = redactor.scan(b"it is horse-4711-staple there");
        assert_eq!(found.len(), 1);
        let decision = policy.redaction().admit(Sink::Egress, &found, replaced);
        assert_eq!(decision.is_allow(), admitted, "{mode} {replaced}");
    }
}

/// The limit of the nearest category decides, and the whole holds all of its parts.
#[test]
fn fields_are_limited_category_by_category() {
    let fields = "fields = { account = [\"email\"] }";
    let nested = "[category.\"account.password\"]\nform = \"hashed\"";
    let with_card = format!(
        "[category.\"account.card\"]\nform = \"raw\"\nfields = {{ last4 = \"optional\" }}\n\n{nested}"
    );
    let both = "fields = { account = [\"email\"], \"account.card\" = [\"last4\"] }";
    let one = "fields = { \"account.card\" = [\"last4\"] }";
    let decide = |limits: &str, of: &str, field: Option<&str>| {
        let policy = vary(&[(nested, &with_card), (fields, limits)]);
        let (service, of) = (
            Purpose::new("service").unwrap(),
            DataCategory::new(of).unwrap(),
        );
        let eu = Region::new("eu").unwrap();
        let what = Disclosing::new(&service, &of).region(&eu);
        let what = field.map_or(what, |field| what.field(field));
        let mail = Processor::new("mail").unwrap();
        policy.router().disclose(&mail, &what, now()).is_allow()
    };
    assert!(decide(both, "account.card", Some("last4")));
    assert!(!decide(both, "account.card", Some("email")));
    assert!(decide(both, "account", Some("email")));
    assert!(!decide(one, "account", None), "it holds the card");
    assert!(!decide(one, "account.card", None));
    assert!(decide(one, "account", Some("email")));
}

/// What an attestation is about counts, and a transfer ends with what it rests on.
#[test]
fn attestations_count_for_their_regions_and_their_time() {
    let to_llm = |edits: &[(&str, &str)], region: &str, now: Moment| {
        let policy = vary(edits);
        let (service, note) = (
            Purpose::new("service").unwrap(),
            DataCategory::new("note").unwrap(),
        );
        let region = Region::new(region).unwrap();
        let what = Disclosing::new(&service, &note).region(&region);
        let llm = Processor::new("llm").unwrap();
        policy.router().disclose(&llm, &what, now).is_allow()
    };
    let about = |regions: &str| {
        let kind = "id = \"A-llm-dpa\"\nprocessor = \"llm\"\nkind = \"dpa\"";
        let two = (
            "regions = [\"us\"]\nrequires",
            "regions = [\"us\", \"eu\"]\nrequires",
        );
        let with = format!("{kind}\nregions = {regions}");
        to_llm(&[two, (kind, &with)], "us", now())
    };
    assert!(about("[\"us\"]") && about("[]") && !about("[\"eu\"]"));
    let scc = "[[attestation]]\nid = \"A-llm-scc\"\nprocessor = \"llm\"\nkind = \"scc\"\n\
               issued = \"2026-01-01\"\nexpires = \"2026-06-02\"\nchecked_by = \"legal\"\n\
               evidence = \"sha256:7777777777777777777777777777777777777777777777777777777777777777\"\n\n\
               [[attestation]]\nid = \"A-llm-training\"";
    let edits = [
        ("transfer = \"adequacy\"", "transfer = \"scc\""),
        ("[[attestation]]\nid = \"A-llm-training\"", scc),
    ];
    let lapses: Moment = "2026-06-02T00:00:00Z".parse().unwrap();
    let before = lapses.saturating_sub(std::time::Duration::from_secs(1));
    assert!(to_llm(&edits, "us", before));
    assert!(!to_llm(&edits, "us", lapses));
}

#[test]
fn a_disclosure_goes_to_the_recipient_of_its_clause() {
    let clause = "ground = \"legal_request\"\ncategories = [\"account\"]";
    let named = format!("{clause}\nprocessor = \"mail\"");
    let policy = vary(&[(clause, &named)]);
    let account = DataCategory::new("account").unwrap();
    let (mail, llm) = (
        Processor::new("mail").unwrap(),
        Processor::new("llm").unwrap(),
    );
    let what = Disclosure::new(DisclosureGround::LegalRequest, &account).case_reference("C-1");
    let decide = |what: &Disclosure<'_>| policy.disclosures().decide(what, now()).is_allow();
    assert!(decide(&what.to(&mail)));
    assert!(!decide(&what.to(&llm)) && !decide(&what));
}

/// An attested promise is a gap once its attestation has lapsed, whatever else carries it.
#[test]
fn a_lapsed_attestation_is_a_gap_beside_other_clauses() {
    let carried = |key: &str| format!("{key}\npromise = [\"P-1\"]");
    let (dpa, llm) = ("id = \"A-llm-dpa\"", "name = \"A model provider\"");
    let policy = vary(&[(dpa, &carried(dpa)), (llm, &carried(llm))]);
    let promise = Promise::new("P-1", PromiseClass::Attested).unwrap();
    let promises = [promise];
    let gaps = |now: &str| {
        let coverage = policy.coverage(&promises, &[], now.parse().unwrap());
        coverage.gaps().count()
    };
    assert_eq!(gaps("2026-12-31T23:59:59Z"), 0);
    assert_eq!(gaps("2027-01-01T00:00:00Z"), 1);
}

/// What may be deleted on request is deleted category by category.
#[test]
fn a_right_to_deletion_reaches_every_category() {
    let all = "categories = [\"*\"]\ntrigger = \"deletion_requested\"";
    assert!(BASE.contains(all) || BASE.contains("deletion_requested"));
    let some = BASE.replacen(
        all,
        "categories = [\"note\"]\ntrigger = \"deletion_requested\"",
        1,
    );
    let doc = PolicyDoc::from_toml(&some).unwrap();
    let faults = doc.faults();
    let late = faults
        .iter()
        .find(|fault| fault.code() == FaultCode::DeletionLaterThanRight)
        .unwrap();
    assert!(late.to_string().contains("account"), "{late}");
    for action in ["review", "restrict"] {
        let text = BASE.replacen(
            "trigger = \"deletion_requested\"\ndelete_by = \"P7D\"\naction = \"delete\"",
            &format!(
                "trigger = \"deletion_requested\"\ndelete_by = \"P7D\"\naction = \"{action}\""
            ),
            1,
        );
        assert_ne!(text, BASE);
        let faults = PolicyDoc::from_toml(&text).unwrap().faults();
        let mut codes = faults.iter().map(confidant::policy::Fault::code);
        assert!(
            codes.any(|code| code == FaultCode::DeletionLaterThanRight),
            "{action}"
        );
    }
}
