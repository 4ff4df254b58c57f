//! Decisions against a naive evaluator, and the properties that must hold of them.

use proptest::prelude::*;

use super::*;
use crate::decision::{ClauseId, Effect};
use crate::taxonomy::{
    DataCategory, Jurisdiction, LawfulBasis, ObligationState, Obligor, Processor, Purpose,
};
use crate::time::{Moment, Period, Rounding};

fn at(seconds: i64) -> Moment {
    Moment::from_unix_seconds(seconds).unwrap()
}

fn purpose(name: &str) -> Purpose {
    Purpose::new(name).unwrap()
}

fn category(name: &str) -> DataCategory {
    DataCategory::new(name).unwrap()
}

fn clause(id: &str) -> ClauseId {
    ClauseId::new(id).unwrap()
}

const PURPOSES: [&str; 11] = [
    "banned",
    "training",
    "old",
    "service",
    "security",
    "marketing",
    "sale",
    "mail",
    "claims",
    "training.finetune",
    "marketing.mail",
];

fn rules(conflict: GpcConflict) -> ConsentRules {
    let rule = |name: &str, basis| {
        PurposeRule::on_basis(purpose(name), basis, clause(name)).category(category("chat"))
    };
    let notice = |version: &str, digest, covers: &[&str]| {
        let notice = Notice::new(version).text("en", digest).unwrap();
        covers
            .iter()
            .fold(notice, |notice, name| notice.covers(purpose(name)))
    };
    ConsentRules::builder()
        .purpose(PurposeRule::prohibited(purpose("banned"), clause("banned")))
        .purpose(rule("training", LawfulBasis::Consent).min_age(16, clause("age-16")))
        .purpose(rule("old", LawfulBasis::Consent).valid_for(Period::seconds(20)))
        .purpose(rule("service", LawfulBasis::Contract))
        .purpose(
            rule("security", LawfulBasis::LegitimateInterest).objection(ObjectionEffect::Review),
        )
        .purpose(rule("marketing", LawfulBasis::LegitimateInterest).direct_marketing())
        .purpose(
            rule("sale", LawfulBasis::Consent)
                .sale_or_sharing()
                .opt_out(clause("sale-out")),
        )
        .purpose(rule("mail", LawfulBasis::Contract).messages(MessageClass::Transactional))
        .purpose(rule("claims", LawfulBasis::LegalClaim))
        .purpose(rule("training.finetune", LawfulBasis::Consent))
        .purpose(rule("marketing.mail", LawfulBasis::LegitimateInterest))
        .notice(notice(
            "v1",
            [1; 32],
            &["training", "old", "training.finetune"],
        ))
        .notice(notice(
            "v2",
            [2; 32],
            &["training", "old", "sale", "training.finetune"],
        ))
        .min_age(13, clause("age-13"))
        .gpc(conflict, clause("gpc"))
        .build()
        .unwrap()
}

/// What the page says, step by step and without any index: the reference.
fn reference(
    conflict: GpcConflict,
    receipts: &[ConsentReceipt],
    name: &str,
    category: &str,
    now: Moment,
    signals: Signals,
) -> Effect {
    let of_level = |level: &str, receipt: &ConsentReceipt| {
        receipt.purposes.contains(&purpose(level)) && receipt.at <= now
    };
    let mine = |receipt: &&ConsentReceipt| of_level(name, receipt);
    // What takes away counts for everything below.
    let levels: Vec<&str> = match name.split_once('.') {
        Some((above, _)) => vec![name, above],
        None => vec![name],
    };
    let last_in = |level: &str, of: &dyn Fn(&ConsentReceipt) -> bool| -> Option<ConsentReceipt> {
        let mine = |receipt: &&ConsentReceipt| of_level(level, receipt);
        let all = receipts.iter().filter(mine).filter(|receipt| of(receipt));
        let key = |receipt: &ConsentReceipt| {
            let expires = receipt.expires.unwrap_or(Moment::MAX);
            (
                receipt.at,
                receipt.event.rank(),
                std::cmp::Reverse(expires),
                receipt.id,
            )
        };
        all.max_by_key(|receipt| key(receipt)).cloned()
    };
    let last = |of: &dyn Fn(&ConsentReceipt) -> bool| last_in(name, of);
    if name == "banned" || !PURPOSES.contains(&name) {
        return Effect::Deny;
    }
    if category != "chat" && !category.starts_with("chat.") {
        return Effect::Deny;
    }
    let by_consent = ["training", "old", "sale", "training.finetune"].contains(&name);
    let limit = if name == "training" { 16 } else { 13 };
    match signals.age {
        Age::Years(years) if years < limit => return Effect::Deny,
        Age::Unknown if by_consent => return Effect::Deny,
        _ => {}
    }
    if name != "claims" {
        let whole = receipts.iter().filter(|receipt| {
            receipt.purposes.is_empty()
                && receipt.at <= now
                && matches!(receipt.event, Event::Restricted | Event::RestrictionLifted)
        });
        let whole = whole.max_by_key(|receipt| (receipt.at, receipt.event.rank(), receipt.id));
        let is = |receipt: Option<&ConsentReceipt>| {
            receipt.is_some_and(|receipt| receipt.event == Event::Restricted)
        };
        let about = |receipt: &ConsentReceipt| {
            matches!(receipt.event, Event::Restricted | Event::RestrictionLifted)
        };
        if is(whole)
            || levels
                .iter()
                .any(|level| is(last_in(level, &about).as_ref()))
        {
            return Effect::Deny;
        }
    }
    let about = |receipt: &ConsentReceipt| {
        matches!(
            receipt.event,
            Event::Objected | Event::ObjectionOverridden | Event::ObjectionLifted
        )
    };
    for level in &levels {
        let event = last_in(level, &about).map(|receipt| receipt.event);
        let stops = match name {
            "training" | "old" | "sale" | "training.finetune" | "marketing.mail" => {
                event == Some(Event::Objected)
            }
            "marketing" => matches!(event, Some(Event::Objected | Event::ObjectionOverridden)),
            _ => false,
        };
        if stops {
            return Effect::Deny;
        }
    }
    let consent = last(&|receipt| matches!(receipt.event, Event::Consent(_)));
    let consented = |receipt: &ConsentReceipt| {
        let digest = receipt.notice.as_ref().map(|notice| notice.digest()[0]);
        let covered = match name {
            "sale" => digest == Some(2),
            _ => matches!(digest, Some(1 | 2)),
        };
        let lasts = name != "old"
            || now
                < Period::seconds(20)
                    .after(receipt.at, Rounding::Back)
                    .unwrap();
        matches!(
            receipt.event,
            Event::Consent(ConsentState::Given | ConsentState::Renewed)
        ) && receipt.expires.is_none_or(|expires| now < expires)
            && covered
            && lasts
    };
    let overrules = |signal: &ConsentReceipt| {
        conflict == GpcConflict::LaterConsentWins
            && name == "sale"
            && signal.signal.is_some()
            && consent
                .as_ref()
                .is_some_and(|consent| consent.at > signal.at && consented(consent))
    };
    // An opt-out stands that nothing took back since, and that no consent overruled.
    let can = !["service", "mail", "claims"].contains(&name);
    for level in &levels {
        let all = || receipts.iter().filter(|receipt| of_level(level, receipt));
        let stands = |out: &ConsentReceipt| {
            let lifted = all().any(|other| other.event == Event::OptOutLifted && other.at > out.at);
            out.event == Event::OptedOut && !lifted && !overrules(out)
        };
        if can && all().any(stands) {
            return Effect::Deny;
        }
    }
    let taken = |consent: &ConsentReceipt| {
        use ConsentState::{Invalidated, Refused, Revoked, Withdrawn};

        let takes = |receipt: &ConsentReceipt| {
            matches!(
                receipt.event,
                Event::Consent(Invalidated | Refused | Revoked | Withdrawn)
            )
        };
        let mut since = receipts.iter().filter(|receipt| receipt.at >= consent.at);
        since.any(|receipt| {
            takes(receipt) && levels[1..].iter().any(|above| of_level(above, receipt))
        })
    };
    if name == "sale" && signals.gpc == Gpc::On {
        let mut signals: Vec<_> = receipts
            .iter()
            .filter(mine)
            .filter(|receipt| receipt.event == Event::OptedOut && receipt.signal.is_some())
            .collect();
        signals.sort_by_key(|receipt| receipt.at);
        if !signals.first().is_some_and(|signal| overrules(signal)) {
            return Effect::Deny;
        }
    }
    if !by_consent || consent.is_some_and(|consent| consented(&consent) && !taken(&consent)) {
        Effect::Allow
    } else {
        Effect::Deny
    }
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Consent(ConsentState::Given)),
        1 => Just(Event::Consent(ConsentState::Renewed)),
        2 => Just(Event::Consent(ConsentState::Withdrawn)),
        1 => prop::sample::select(&ConsentState::ALL[..]).prop_map(Event::Consent),
        1 => Just(Event::Objected),
        1 => Just(Event::ObjectionOverridden),
        1 => Just(Event::ObjectionLifted),
        1 => Just(Event::OptedOut),
        1 => Just(Event::OptOutLifted),
        1 => Just(Event::Restricted),
        2 => Just(Event::RestrictionLifted),
        1 => Just(Event::PolicyAccepted),
    ]
}

prop_compose! {
    fn receipts()(
        event in events(),
        names in prop::sample::subsequence(&PURPOSES[..], 1..4),
        when in 0_i64..40,
        expires in prop::option::weighted(0.3, 1_i64..30),
        notice in 1_u8..4,
        signal in any::<bool>(),
        whole in prop::bool::weighted(0.3),
        id in any::<[u8; 16]>(),
    ) -> ConsentReceipt {
        let restricts = matches!(event, Event::Restricted | Event::RestrictionLifted);
        let names = if restricts && whole { vec![] } else { names };
        let version = format!("v{notice}");
        let mut receipt = NewReceipt::new(event, names.into_iter().map(purpose), at(when))
            .notice(NoticeRef::new(&version, "en", [notice; 32]).unwrap())
            .method("test")
            .withdrawal_route("x")
            .reason("grounds")
            .id(ReceiptId::from_bytes(id));
        if let Some(expires) = expires.filter(|_| matches!(event, Event::Consent(_))) {
            receipt = receipt.expires(at(when + expires));
        }
        if event == Event::OptedOut && signal {
            receipt = receipt.signal(b"1").actor(Actor::Software);
        }
        if event == Event::ObjectionOverridden {
            receipt = receipt.actor(Actor::Controller);
        }
        receipt.into_receipt(at(100)).unwrap()
    }
}

fn signals() -> impl Strategy<Value = Signals> {
    let ages = prop_oneof![
        1 => Just(Age::Unknown),
        6 => prop::sample::select(vec![12, 13, 15, 16, 40]).prop_map(Age::Years)
    ];
    (ages, prop::bool::weighted(0.3)).prop_map(|(age, on)| {
        let gpc = if on { Gpc::On } else { Gpc::Off };
        Signals::new().gpc(gpc).age(age)
    })
}

fn conflicts() -> impl Strategy<Value = GpcConflict> {
    prop_oneof![
        Just(GpcConflict::SignalWins),
        Just(GpcConflict::LaterConsentWins)
    ]
}

const CATEGORIES: [&str; 3] = ["chat", "chat.intent_log", "account"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn it_decides_as_the_reference_does(
        conflict in conflicts(),
        receipts in prop::collection::vec(receipts(), 0..8),
        now in 0_i64..60,
        signals in signals(),
    ) {
        let rules = rules(conflict);
        let facts = ConsentFacts::new(receipts.clone());
        for name in PURPOSES.into_iter().chain(["undeclared"]) {
            for kind in CATEGORIES {
                let (wanted, kind_of) = (purpose(name), category(kind));
                let verdict = rules.decide(&facts, (&wanted, &kind_of), at(now), signals);
                let expected = reference(conflict, &receipts, name, kind, at(now), signals);
                prop_assert_eq!(verdict.effect(), expected, "{} {} {:?}", name, kind, verdict.why());
                // The long form says the same, with the clause of the short one.
                let decision = rules.explain(&facts, (&wanted, &kind_of), at(now), signals);
                prop_assert_eq!(decision.effect(), expected);
                let reason = decision.reasons().next().unwrap();
                prop_assert_eq!(reason.why(), verdict.why().as_str());
                prop_assert_eq!(reason.clause(), rules.clause(verdict));
            }
        }
    }

    #[test]
    fn what_takes_away_never_permits(
        conflict in conflicts(),
        receipts in prop::collection::vec(receipts(), 0..8),
        extra in receipts().prop_filter("it gives", |extra| extra.event.is_restrictive()),
        now in 0_i64..60,
        signals in signals(),
    ) {
        // A signal that is recorded late shows that a consent came after the one that the
        // request carries.
        let shows = extra.signal.is_some();
        let signals = if shows { signals.gpc(Gpc::Off) } else { signals };
        let rules = rules(conflict);
        let before = ConsentFacts::new(receipts.clone());
        let after = ConsentFacts::new(receipts.into_iter().chain([extra]).collect());
        for name in PURPOSES {
            let decide = |facts| {
                rules.decide(facts, (&purpose(name), &category("chat")), at(now), signals).is_allow()
            };
            prop_assert!(decide(&before) || !decide(&after), "{}", name);
        }
    }

    #[test]
    fn the_order_of_receipts_does_not_matter(
        receipts in prop::collection::vec(receipts(), 0..8).prop_flat_map(|receipts| {
            (Just(receipts.clone()), Just(receipts).prop_shuffle())
        }),
        now in 0_i64..60,
        signals in signals(),
    ) {
        let rules = rules(GpcConflict::LaterConsentWins);
        let (one, other) = (ConsentFacts::new(receipts.0), ConsentFacts::new(receipts.1));
        for name in PURPOSES {
            let decide = |facts| {
                rules.explain(facts, (&purpose(name), &category("chat")), at(now), signals)
            };
            prop_assert_eq!(decide(&one), decide(&other));
        }
    }

    /// Non-discrimination: whoever uses their rights is served as before.
    #[test]
    fn using_rights_changes_nothing_about_the_service(
        receipts in prop::collection::vec(receipts(), 0..8),
        now in 0_i64..60,
        signals in signals(),
    ) {
        let rules = rules(GpcConflict::SignalWins);
        let restricts = |receipt: &ConsentReceipt| {
            matches!(receipt.event, Event::Restricted | Event::RestrictionLifted)
        };
        let receipts: Vec<_> = receipts.into_iter().filter(|one| !restricts(one)).collect();
        let facts = ConsentFacts::new(receipts);
        for name in ["service", "mail"] {
            let decide = |facts, signals| {
                rules.decide(facts, (&purpose(name), &category("chat")), at(now), signals)
            };
            let plain = Signals { gpc: Gpc::Off, ..signals };
            prop_assert_eq!(decide(&facts, signals), decide(&ConsentFacts::none(), plain));
        }
    }
}

#[test]
fn a_signal_that_a_consent_overrules_covers_up_no_opt_out() {
    let rules = rules(GpcConflict::LaterConsentWins);
    let out = |when| NewReceipt::new(Event::OptedOut, [purpose("sale")], at(when)).method("form");
    let signal = |when| out(when).signal(b"1").actor(Actor::Software);
    let decide = |receipts| {
        let facts = facts(receipts);
        rules.decide(
            &facts,
            (&purpose("sale"), &category("chat")),
            at(50),
            adult(),
        )
    };
    for receipts in [
        vec![out(10), given("sale", 30)],
        vec![out(10), signal(20), given("sale", 30)],
        vec![out(10), signal(10), given("sale", 30)],
        vec![
            signal(5),
            out(10),
            signal(15),
            signal(20),
            given("sale", 30),
        ],
    ] {
        assert_eq!(decide(receipts).why(), Why::OptedOut);
    }
    assert!(decide(vec![signal(20), given("sale", 30)]).is_allow());
}

#[test]
fn what_takes_away_counts_for_what_stands_below() {
    let decide = |receipts, name| {
        let rules = rules(GpcConflict::SignalWins);
        let facts = facts(receipts);
        let verdict = rules.decide(&facts, (&purpose(name), &category("chat")), at(50), adult());
        (verdict.why(), facts.consent(&purpose(name), at(50)))
    };
    let new = |event, name| NewReceipt::new(event, [purpose(name)], at(20)).method("form");
    let tuned = || given("training.finetune", 10);
    for (event, why) in [
        (Event::Objected, Why::Objected),
        (Event::OptedOut, Why::OptedOut),
        (Event::Restricted, Why::Restricted),
    ] {
        let receipts = vec![tuned(), new(event, "training")];
        assert_eq!(decide(receipts, "training.finetune").0, why);
        // Not the other way round, and not for what only begins the same.
        let receipts = vec![given("training", 10), new(event, "training.finetune")];
        assert_eq!(decide(receipts, "training").0, Why::Consented);
        let receipts = vec![new(event, "market")];
        assert_eq!(decide(receipts, "marketing").0, Why::Basis);
    }
    let withdrawn = || new(Event::Consent(ConsentState::Withdrawn), "training");
    let state = ConsentState::Withdrawn;
    assert_eq!(
        decide(vec![tuned(), withdrawn()], "training.finetune"),
        (Why::NotConsented(state), state)
    );
    // Whoever consents anew consents, and a consent above gives nothing.
    let anew = given("training.finetune", 30);
    assert_eq!(
        decide(vec![tuned(), withdrawn(), anew], "training.finetune").0,
        Why::Consented
    );
    let above = vec![tuned(), withdrawn(), given("training", 30)];
    assert_eq!(decide(above, "training.finetune").1, state);
    let unknown = ConsentState::Unknown;
    assert_eq!(
        decide(vec![given("training", 10)], "training.finetune"),
        (Why::NotConsented(unknown), unknown)
    );
}

#[test]
fn who_gets_data_for_what_stands_below_owes_as_well() {
    let week = Period::days(7);
    let labeller = Processor::new("labeller").unwrap();
    let rule = PurposeRule::by_consent(purpose("training.finetune"), clause("tune"))
        .category(category("chat"))
        .recipient(labeller, week, clause("labeller"));
    let rules = ConsentRules::builder().purpose(rule).build().unwrap();
    let owed = rules.obligations([&purpose("training")], at(0)).unwrap();
    assert_eq!(owed.len(), 1);
    rules.check_opt_out(&purpose("training")).unwrap();
    let below = purpose("training.finetune.more");
    assert!(rules.obligations([&below], at(0)).unwrap().is_empty());
    assert!(rules.check_opt_out(&below).is_err());
}

#[test]
fn what_takes_away_is_never_too_early_and_a_controller_lifts_nothing() {
    let new = |event| NewReceipt::new(event, [purpose("sale")], at(20)).method("form");
    for event in [
        Event::Objected,
        Event::OptedOut,
        Event::Restricted,
        Event::Consent(ConsentState::Withdrawn),
    ] {
        let receipt = new(event).into_receipt(at(19)).unwrap();
        assert_eq!(
            (receipt.at, receipt.received),
            (at(19), at(19)),
            "{event:?}"
        );
    }
    assert!(given("sale", 20).into_receipt(at(19)).is_err());
    for event in [Event::OptOutLifted, Event::ObjectionLifted] {
        assert!(new(event).into_receipt(at(19)).is_err());
        new(event).into_receipt(at(20)).unwrap();
        let by = |actor| new(event).actor(actor).into_receipt(at(20));
        by(Actor::Agent).unwrap();
        assert_eq!(
            by(Actor::Controller).unwrap_err().kind(),
            crate::ErrorKind::Config
        );
        // What stands in a store already is read as it is.
        new(event).actor(Actor::Controller).check().unwrap();
    }
}

#[test]
fn one_signal_is_about_no_more_purposes_than_a_receipt_has() {
    let build = |count| {
        let rules = (0..count).map(|number| {
            let id = format!("sale-{number}");
            let rule = PurposeRule::by_consent(purpose(&id), clause(&id));
            rule.category(category("chat")).sale_or_sharing()
        });
        let builder = ConsentRules::builder().gpc(GpcConflict::SignalWins, clause("gpc"));
        rules.fold(builder, ConsentRulesBuilder::purpose).build()
    };
    build(NewReceipt::MAX_PURPOSES).unwrap();
    let error = build(NewReceipt::MAX_PURPOSES + 1).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Limit);
}

fn given(name: &str, when: i64) -> NewReceipt {
    NewReceipt::consent(ConsentState::Given, [purpose(name)], at(when))
        .notice(NoticeRef::new("v2", "en", [2; 32]).unwrap())
        .method("form")
        .withdrawal_route("x")
}

fn facts(receipts: Vec<NewReceipt>) -> ConsentFacts {
    let receipts = receipts
        .into_iter()
        .map(|one| one.into_receipt(at(1000)).unwrap());
    ConsentFacts::new(receipts.collect())
}

fn adult() -> Signals {
    Signals::new().age(Age::Years(30))
}

fn why(receipts: Vec<NewReceipt>, name: &str, now: i64) -> Why {
    let rules = rules(GpcConflict::SignalWins);
    let facts = facts(receipts);
    rules
        .decide(
            &facts,
            (&purpose(name), &category("chat")),
            at(now),
            adult(),
        )
        .why()
}

#[test]
fn an_expired_grant_never_permits() {
    let soon = || given("training", 10).expires(at(20));
    assert_eq!(why(vec![soon()], "training", 19), Why::Consented);
    assert_eq!(why(vec![soon()], "training", 20), Why::ConsentExpired);
    // Neither does an older one that would last longer come back.
    let older = given("training", 5).expires(at(500));
    assert_eq!(
        why(vec![older, soon()], "training", 20),
        Why::ConsentExpired
    );
    // The rule's own time ends it too, whatever the receipt says.
    let long = given("old", 10).expires(at(500));
    assert_eq!(why(vec![long.clone()], "old", 29), Why::Consented);
    assert_eq!(why(vec![long], "old", 30), Why::ConsentExpired);
    // An expiry that was recorded as a state.
    let expired = NewReceipt::consent(ConsentState::Expired, [purpose("training")], at(30));
    let all = vec![given("training", 10), expired.method("job")];
    assert_eq!(
        why(all, "training", 30),
        Why::NotConsented(ConsentState::Expired)
    );
    // Nor does it carry into an export.
    let rules = rules(GpcConflict::SignalWins);
    let facts = facts(vec![soon()]);
    let receipt = |now| {
        rules.permitting_receipt(
            &facts,
            (&purpose("training"), &category("chat")),
            at(now),
            adult(),
        )
    };
    assert!(receipt(19).is_some() && receipt(20).is_none());
}

#[test]
fn in_a_tie_the_withdrawal_wins() {
    for state in [
        ConsentState::Withdrawn,
        ConsentState::Revoked,
        ConsentState::Refused,
        ConsentState::Invalidated,
    ] {
        let ended = NewReceipt::consent(state, [purpose("training")], at(10)).method("form");
        for all in [
            vec![given("training", 10), ended.clone()],
            vec![ended.clone(), given("training", 10)],
        ] {
            assert_eq!(why(all, "training", 10), Why::NotConsented(state));
        }
    }
}

#[test]
fn going_on_after_a_change_is_no_consent() {
    let used = NewReceipt::new(Event::PolicyAccepted, [purpose("training")], at(10))
        .notice(NoticeRef::new("v2", "en", [2; 32]).unwrap())
        .method("use");
    let unknown = Why::NotConsented(ConsentState::Unknown);
    assert_eq!(why(vec![used], "training", 20), unknown);
}

#[test]
fn a_consent_counts_on_a_notice_that_covers_the_purpose() {
    let on = |version, language, digest| {
        given("sale", 10).notice(NoticeRef::new(version, language, digest).unwrap())
    };
    assert_eq!(
        why(vec![on("v2", "en", [2; 32])], "sale", 10),
        Why::Consented
    );
    for (version, language, digest) in [
        ("v1", "en", [1; 32]),
        ("v2", "en", [3; 32]),
        ("v1", "en", [2; 32]),
        ("v2", "de", [2; 32]),
    ] {
        assert_eq!(
            why(vec![on(version, language, digest)], "sale", 10),
            Why::NoticeOutdated
        );
    }
}

#[test]
fn what_cannot_be_read_denies() {
    let rules = rules(GpcConflict::SignalWins);
    let facts = ConsentFacts::unavailable();
    for name in PURPOSES {
        let verdict = rules.decide(&facts, (&purpose(name), &category("chat")), at(0), adult());
        assert!(!verdict.is_allow(), "{name}");
    }
}

#[test]
fn a_decision_names_what_lost() {
    let rules = rules(GpcConflict::LaterConsentWins);
    let object = NewReceipt::new(Event::Objected, [purpose("security")], at(5)).method("form");
    let signal = NewReceipt::new(Event::OptedOut, [purpose("sale")], at(5));
    let signal = signal.method("header.sec-gpc").signal(b"1");
    let facts = facts(vec![object, signal, given("sale", 10)]);
    let explain = |name, now, signals| {
        let decision = rules.explain(
            &facts,
            (&purpose(name), &category("chat")),
            at(now),
            signals,
        );
        decision.to_string()
    };
    assert_eq!(
        explain("security", 20, Signals::new()),
        "allow: `security` (the purpose rests on a basis other than consent); \
         lost: deny by `security` (an objection is under review)"
    );
    assert_eq!(
        explain("sale", 20, adult().gpc(Gpc::On)),
        "allow: `sale` (the data subject consented); \
         lost: deny by `gpc` (a consent was given after Global Privacy Control)"
    );
    assert_eq!(
        explain("sale", 7, adult().gpc(Gpc::On)),
        "deny: `sale-out` (the data subject opted out); \
         lost: deny by `gpc` (the request carries Global Privacy Control), \
         deny by `sale` (no consent is known)"
    );
    assert_eq!(
        explain("training", 7, Signals::new().age(Age::Years(15))),
        "deny: `age-16` (the data subject is too young); lost: deny by `training` (no consent is known)"
    );
    assert_eq!(
        explain("service", 7, Signals::new().age(Age::Years(12))),
        "deny: `age-13` (the data subject is too young); \
         lost: allow by `service` (the purpose rests on a basis other than consent)"
    );
}

#[test]
fn one_may_object_to_what_rests_on_a_legitimate_interest() {
    let rules = rules(GpcConflict::SignalWins);
    let verdict = |name| {
        rules.decide(
            &ConsentFacts::none(),
            (&purpose(name), &category("chat")),
            at(0),
            adult(),
        )
    };
    assert!(verdict("security").may_object() && verdict("marketing").may_object());
    assert!(!verdict("service").may_object() && !verdict("claims").may_object());
    assert!(size_of::<ConsentVerdict>() <= 8);
}

#[test]
fn a_recipient_owes_once_and_by_the_earliest_deadline() {
    let recipient = |name, days, id| {
        let recipient = Processor::new(name).unwrap();
        (recipient, Period::days(days), clause(id))
    };
    let rule = |name, recipients: [(Processor, Period, ClauseId); 2]| {
        let rule = PurposeRule::by_consent(purpose(name), clause(name)).category(category("chat"));
        recipients
            .into_iter()
            .fold(rule, |rule, (who, within, clause)| {
                rule.recipient(who, within, clause)
            })
    };
    let rules = ConsentRules::builder()
        .purpose(rule(
            "a",
            [recipient("x", 7, "a-x"), recipient("y", 30, "a-y")],
        ))
        .purpose(rule(
            "b",
            [recipient("x", 3, "b-x"), recipient("z", 1, "b-z")],
        ))
        .build()
        .unwrap();
    let [a, b] = ["a", "b"].map(purpose);
    let owed = rules.obligations([&a, &b], at(0)).unwrap();
    let owed: Vec<_> = owed
        .iter()
        .map(|one| {
            let Obligor::Processor(who) = one.who() else {
                panic!()
            };
            assert_eq!(one.state(at(0)), ObligationState::Pending);
            (who.as_str(), one.by(), one.clause().as_str())
        })
        .collect();
    let day = |days: i64| at(days * 86_400);
    assert_eq!(
        owed,
        [
            ("x", day(3), "b-x"),
            ("y", day(30), "a-y"),
            ("z", day(1), "b-z")
        ]
    );
    let unknown = purpose("unknown");
    assert!(rules.obligations([&unknown], at(0)).unwrap().is_empty());
    assert!(rules.obligations([&a], Moment::MAX).is_err());
}

#[test]
fn rules_that_contradict_themselves_are_refused() {
    let rule = |basis| {
        let rule = PurposeRule::on_basis(purpose("p"), basis, clause("c"));
        rule.category(category("chat"))
    };
    let built = |rule: PurposeRule| ConsentRules::builder().purpose(rule).build();
    built(rule(LawfulBasis::Consent)).unwrap();
    for (name, broken) in [
        (
            "no category",
            built(PurposeRule::by_consent(purpose("p"), clause("c"))),
        ),
        (
            "sale without gpc",
            built(rule(LawfulBasis::Consent).sale_or_sharing()),
        ),
        (
            "consent to transactional",
            built(rule(LawfulBasis::Consent).messages(MessageClass::Transactional)),
        ),
        (
            "opt-out of transactional",
            built(
                rule(LawfulBasis::Contract)
                    .messages(MessageClass::Transactional)
                    .opt_out(clause("o")),
            ),
        ),
        (
            "validity without consent",
            built(rule(LawfulBasis::Contract).valid_for(Period::days(1))),
        ),
        (
            "no validity",
            built(rule(LawfulBasis::Consent).valid_for(Period::ZERO)),
        ),
        (
            "review of marketing",
            built(
                rule(LawfulBasis::LegitimateInterest)
                    .direct_marketing()
                    .objection(ObjectionEffect::Review),
            ),
        ),
        (
            "two rules",
            ConsentRules::builder()
                .purpose(rule(LawfulBasis::Consent))
                .purpose(rule(LawfulBasis::Contract))
                .build(),
        ),
        (
            "no text",
            ConsentRules::builder().notice(Notice::new("v1")).build(),
        ),
        (
            "covers nothing known",
            ConsentRules::builder()
                .notice(
                    Notice::new("v1")
                        .text("en", [1; 32])
                        .unwrap()
                        .covers(purpose("p")),
                )
                .build(),
        ),
        (
            "one digest twice",
            ConsentRules::builder()
                .notice(
                    Notice::new("v1")
                        .text("en", [1; 32])
                        .unwrap()
                        .text("de", [1; 32])
                        .unwrap(),
                )
                .build(),
        ),
    ] {
        assert_eq!(
            broken.unwrap_err().kind(),
            crate::ErrorKind::Config,
            "{name}"
        );
    }
}

#[test]
fn one_cannot_opt_out_of_transactional_messages() {
    let rules = rules(GpcConflict::SignalWins);
    for (name, possible) in [
        ("mail", false),
        ("service", false),
        ("marketing", true),
        ("banned", true),
        ("sale", true),
    ] {
        assert_eq!(
            rules.check_opt_out(&purpose(name)).is_ok(),
            possible,
            "{name}"
        );
    }
    assert_eq!(
        rules.purpose_of(MessageClass::Transactional),
        Some(&purpose("mail"))
    );
    assert_eq!(rules.purpose_of(MessageClass::Marketing), None);
    let out = NewReceipt::new(Event::OptedOut, [purpose("mail")], at(5)).method("form");
    assert_eq!(why(vec![out], "mail", 10), Why::Basis);
}

#[test]
fn records_have_what_the_profile_asks_for() {
    let rules = rules(GpcConflict::SignalWins);
    let withdrawn = NewReceipt::consent(ConsentState::Withdrawn, [purpose("training")], at(20));
    let first = given("training", 10)
        .expires(at(90))
        .id(ReceiptId::from_bytes([1; 16]));
    let second = withdrawn
        .method("settings")
        .id(ReceiptId::from_bytes([2; 16]));
    let out = NewReceipt::new(Event::OptedOut, [purpose("sale")], at(5)).method("form");
    let facts = facts(vec![second, first, out]);
    let profile = DpvProfile::new("acme").name("Acme Inc.").purpose(
        purpose("training"),
        DpvPurpose::new(DpvTerm::new("dpv:ServiceImprovement").label("Train models"))
            .kept_for(Period::years(1)),
    );
    assert!(
        profile.records(&rules, &facts, "user-17").is_err(),
        "the category is not described"
    );
    let profile = profile.category(
        category("chat"),
        DpvTerm::new("pd:Communication").label("Chats"),
    );
    assert!(
        profile.records(&rules, &facts, "user-17").is_err(),
        "nobody to write to"
    );
    let profile = profile.contact("privacy@acme.test");
    let records = profile.records(&rules, &facts, "user-17").unwrap();
    assert_eq!(records.len(), 2);
    for (record, state) in records
        .iter()
        .zip(["dpv:ConsentGiven", "dpv:ConsentWithdrawn"])
    {
        for field in [
            "dct:conformsTo",
            "dct:created",
            "dct:creator",
            "dct:language",
            "dpv:hasIdentifier",
            "dpv:hasDataSubject",
            "dpv:hasProcess",
            "dpv:hasEntity",
            "dpv:hasNotice",
        ] {
            assert!(record.get(field).is_some(), "{field}");
        }
        let process = &record["dpv:hasProcess"][0];
        for field in [
            "dpv:hasPurpose",
            "dpv:hasPersonalData",
            "dpv:hasProcessing",
            "dpv:hasDataController",
            "dpv:hasDataSource",
            "dpv:hasStorageCondition",
            "dpv:hasRecipient",
            "dpv:hasLegalBasis",
        ] {
            assert!(process.get(field).is_some(), "{field}");
        }
        let status = &process["dpv:hasConsentStatus"][0];
        assert_eq!(status["@type"][0], state);
        for field in [
            "dpv:isIndicatedAtTime",
            "dpv:isExercisedAt",
            "dpv:hasDuration",
        ] {
            assert!(status.get(field).is_some(), "{field}");
        }
        for recipient in process["dpv:hasRecipient"].as_array().unwrap() {
            assert!(
                record["dpv:hasEntity"]
                    .get(recipient.as_str().unwrap())
                    .is_some()
            );
        }
    }
    assert_eq!(
        records[1]["dpv:isAfter"][0],
        records[0]["dpv:hasIdentifier"]
    );
    assert_eq!(records[1]["dpv:hasNotice"], records[0]["dpv:hasNotice"]);
}

#[test]
fn a_record_says_how_long_a_consent_lasts_and_nothing_of_a_withdrawal() {
    let rules = rules(GpcConflict::SignalWins);
    let profile = DpvProfile::new("acme")
        .name("Acme Inc.")
        .contact("privacy@acme.test")
        .purpose(
            purpose("old"),
            DpvPurpose::new(DpvTerm::new("dpv:Purpose").label("Old")),
        )
        .purpose(
            purpose("training"),
            DpvPurpose::new(DpvTerm::new("dpv:Purpose").label("Train")),
        )
        .category(
            category("chat"),
            DpvTerm::new("pd:Communication").label("Chats"),
        );
    let duration = |receipt| {
        let records = profile.records(&rules, &facts(vec![receipt]), "user-17");
        let record = records.unwrap().remove(0);
        record["dpv:hasProcess"][0]["dpv:hasConsentStatus"][0]["dpv:hasDuration"].clone()
    };
    let until = |seconds| {
        serde_json::json!({
            "@type": ["dpv:UntilTimeDuration"],
            "rdf:value": at(seconds).to_string(),
        })
    };
    // The rule lets a consent last for 20 seconds.
    assert_eq!(duration(given("old", 10)), until(30));
    assert_eq!(duration(given("old", 10).expires(at(25))), until(25));
    assert_eq!(duration(given("old", 10).expires(at(90))), until(30));
    assert_eq!(duration(given("training", 10).expires(at(90))), until(90));
    assert_eq!(duration(given("training", 10))["rdf:value"], "withdrawal");
    let withdrawn = NewReceipt::consent(ConsentState::Withdrawn, [purpose("old")], at(10));
    let unknown = serde_json::json!({"@type": ["dpv:IndeterminateDuration"]});
    assert_eq!(duration(withdrawn.method("form")), unknown);
}

#[test]
fn what_is_done_in_an_environment_is_done_in_no_other() {
    let rule = |names: &[&'static str]| {
        let rule = PurposeRule::on_basis(purpose("scan"), LawfulBasis::Contract, clause("scan"));
        let rule = rule
            .category(category("chat"))
            .environments(names.iter().copied());
        ConsentRules::builder().purpose(rule).build().unwrap()
    };
    let ask = |rules: &ConsentRules, signals: Signals| {
        let (scan, chat) = (purpose("scan"), category("chat"));
        rules.decide(&ConsentFacts::none(), (&scan, &chat), at(1_000), signals)
    };
    let rules = rule(&["production", "sixteen-bytes-ab"]);
    for listed in ["production", "sixteen-bytes-ab"] {
        assert!(ask(&rules, Signals::new().environment(listed)).is_allow());
    }
    let others = [
        "",
        "staging",
        "Production",
        "production\0",
        "sixteen-bytes-abc",
    ];
    for other in others.map(|name| Signals::new().environment(name)) {
        assert_eq!(ask(&rules, other).why(), Why::OtherEnvironment);
    }
    assert_eq!(ask(&rules, Signals::new()).why(), Why::OtherEnvironment);
    // A rule of which no name can be named is kept nowhere, and not everywhere.
    let nowhere = rule(&["sixteen-bytes-abc"]);
    let named = Signals::new().environment("sixteen-bytes-abc");
    assert_eq!(ask(&nowhere, named).why(), Why::OtherEnvironment);
}

#[test]
fn the_least_age_depends_on_the_place_and_an_unknown_one_on_the_highest() {
    let area = |code: &str| Jurisdiction::new(code).unwrap();
    let rules = |minor: bool| {
        let rule = PurposeRule::on_basis(purpose("scan"), LawfulBasis::Contract, clause("scan"));
        let rules = ConsentRules::builder()
            .purpose(rule.category(category("chat")))
            .min_age(14, clause("age"))
            .min_age_in(area("EU"), 15)
            .min_age_in(area("DE"), 16)
            .min_age_in(area("GB"), 13);
        match minor {
            true => rules.unknown_age_is_minor().build().unwrap(),
            false => rules.build().unwrap(),
        }
    };
    let ask = |rules: &ConsentRules, signals: Signals| {
        let (scan, chat) = (purpose("scan"), category("chat"));
        rules.decide(&ConsentFacts::none(), (&scan, &chat), at(1_000), signals)
    };
    let by_place = rules(false);
    for (place, least) in [
        (None, 16),
        (Some("DE"), 16),
        (Some("FR"), 15),
        (Some("GB"), 13),
        (Some("UK"), 13),
        (Some("NO"), 15),
        (Some("BR"), 14),
    ] {
        let of = |years: u8| {
            let signals = Signals::new().age(Age::Years(years));
            place.map_or(signals, |place| signals.lives_in(area(place)))
        };
        assert_eq!(
            ask(&by_place, of(least - 1)).why(),
            Why::TooYoung,
            "{place:?}"
        );
        assert!(ask(&by_place, of(least)).is_allow(), "{place:?}");
    }
    assert!(ask(&by_place, Signals::new()).is_allow());
    assert_eq!(ask(&rules(true), Signals::new()).why(), Why::AgeUnknown);
    // Two names of one country are one area.
    let twice = ConsentRules::builder()
        .min_age_in(area("GB"), 13)
        .min_age_in(area("UK"), 16);
    assert_eq!(twice.build().unwrap_err().kind(), crate::ErrorKind::Config);
}

#[test]
fn what_only_users_begin_needs_their_request() {
    let rule = PurposeRule::on_basis(purpose("scan"), LawfulBasis::Contract, clause("scan"))
        .category(category("chat"))
        .user_initiated();
    let rules = ConsentRules::builder().purpose(rule).build().unwrap();
    let ask = |signals: Signals| {
        rules.decide(
            &ConsentFacts::none(),
            (&purpose("scan"), &category("chat")),
            at(1_000),
            signals,
        )
    };
    for unasked in [Signals::new(), Signals::new().begun_by(" ")] {
        let verdict = ask(unasked);
        assert_eq!(
            (verdict.is_allow(), verdict.why()),
            (false, Why::NotBegunByUser)
        );
        assert_eq!(rules.clause(verdict), Some(&clause("scan")));
    }
    assert!(ask(Signals::new().begun_by("request-17")).is_allow());
}
