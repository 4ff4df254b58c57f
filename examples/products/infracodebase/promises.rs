//! What is tried for each promise of Infracodebase.

use std::time::{Duration, Instant};

use confidant::consent::{ConsentState, Event};
use confidant::guard::{Conversation, RoutePolicy as _, Turn};
use confidant::model::testing::{MockAnswer, MockReply};
use confidant::model::{CallContext, ChatModel as _, ModelErrorKind};
use confidant::policy::conformance::{Generated, Trial};
use confidant::policy::{
    ChangeChannel, Disclosure, DisclosureGround, FieldValue, Policy, Sink, StoredAs,
};
use confidant::retention::{Disposition, Status, Trigger};
use confidant::rights::RequestKind;
use confidant::taxonomy::Region;

use crate::checks::documents::{Says, by, says};
use crate::checks::sharing::What;
use crate::checks::{
    consent, documents, measured, models, retention, rights, secrets, sharing, sight,
};
use crate::world::{Fallible, World};

const GIVEN: Event = Event::Consent(ConsentState::Given);
const CLOSED: &[(Trigger, &str)] = &[(Trigger::AccountClosed, "2026-07-01")];
const ASKED: &[(Trigger, &str)] = &[(Trigger::DeletionRequested, "2026-07-01")];

/// What a deletion has to reach: code, files, diagrams, conversations, assessments,
/// workflows, rulesets and secrets.
const EIGHT: [&str; 8] = [
    "customer_data.code",
    "customer_data.file",
    "customer_data.diagram",
    "conversation",
    "customer_data.assessment",
    "customer_data.workflow",
    "customer_data.ruleset",
    "secret",
];

/// Tries one promise, and returns whether there is anything to try.
pub(crate) async fn check(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "IC-01" | "IC-03" | "IC-04" | "IC-05" | "IC-09" | "IC-12" | "IC-13" | "IC-14" | "IC-15"
        | "IC-20" | "IC-61" | "IC-81" | "IC-83" | "IC-91" => declared(world, id, t),
        "IC-29" | "IC-34" | "IC-52" | "IC-54" | "IC-55" | "IC-79" => attested(world, id, t),
        "IC-06" | "IC-36" | "IC-49" | "IC-50" | "IC-51" => secret(world, id, t).await,
        "IC-16" | "IC-24" | "IC-27" | "IC-28" | "IC-30" | "IC-31" | "IC-32" | "IC-48" => {
            model(world, id, t).await
        }
        "IC-41" | "IC-42" | "IC-43" | "IC-44" | "IC-45" | "IC-46" | "IC-47" | "IC-53" | "IC-78" => {
            seen(world, id, t).await
        }
        "IC-17" | "IC-18" | "IC-56" | "IC-57" | "IC-58" | "IC-59" | "IC-60" | "IC-62" | "IC-63"
        | "IC-87" => kept(world, id, t).await,
        "IC-64" | "IC-65" | "IC-66" | "IC-68" | "IC-70" | "IC-71" | "IC-72" | "IC-73" | "IC-75"
        | "IC-76" | "IC-84" | "IC-85" => asked(world, id, t).await,
        "IC-07" | "IC-10" | "IC-11" | "IC-33" | "IC-35" | "IC-37" | "IC-38" | "IC-39" | "IC-40"
        | "IC-77" | "IC-80" | "IC-82" | "IC-88" | "IC-89" => shared(world, id, t).await,
        _ => used(world, id, t).await,
    }
}

fn declared(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    use Generated::{CookieTable, Notice, RecipientList, RecordOfProcessing, RetentionSchedule};
    let words: &[Says] = match id {
        "IC-01" => &[
            says(Notice, "Infracodebase Inc."),
            by(
                Notice,
                "and last updated 2026-05.",
                "last_updated = \"2026-05\"",
                "last_updated = \"2026-05-01\"",
                "and last updated 2026-05-01",
            ),
        ],
        "IC-03" => &[says(Notice, "Enterprises, teams and roles of members")],
        "IC-04" => &[
            says(Notice, "Infrastructure code"),
            says(Notice, "Configuration"),
            says(Notice, "Diagrams"),
            says(Notice, "Documents"),
            says(Notice, "Workflow definitions"),
            says(Notice, "Rulesets that code is evaluated against"),
        ],
        "IC-05" => &[
            says(
                Notice,
                "Conversations with the agent, its use of tools among them",
            ),
            says(Notice, "Token counts and credits"),
        ],
        "IC-09" => &[says(Notice, "Messages to support")],
        "IC-12" => &[says(
            Notice,
            "IP addresses, browsers, operating systems and device identifiers",
        )],
        "IC-13" => &[says(Notice, "Server logs, errors and performance figures")],
        "IC-14" => &[says(Notice, "Running the service and making it better")],
        "IC-15" => &[says(
            RecordOfProcessing,
            "Transactions, subscriptions and credits",
        )],
        "IC-20" => &[says(Notice, "Answering questions and requests")],
        "IC-61" => &[
            says(RetentionSchedule, "Stripe"),
            says(RecipientList, "Stripe"),
        ],
        "IC-81" => &[by(
            CookieTable,
            "| session | cookie | essential",
            "[cookie.session]",
            "[cookie.seance]",
            "| seance | cookie | essential",
        )],
        "IC-83" => &[says(
            Notice,
            "Cookies can be managed in the settings of the browser",
        )],
        _ => &[by(
            Notice,
            "privacy@infracodebase.test",
            "privacy@infracodebase.test",
            "else@else.test",
            "else@else.test",
        )],
    };
    documents::declared(world, t, words)?;
    match id {
        "IC-01" => documents::needs(
            world,
            t,
            ("a document that names no controller", "missing-key"),
            &[("controller = \"Infracodebase Inc.\"\n", "")],
        )?,
        "IC-13" => {
            let leak = format!("request failed: token={}", models::PAT);
            let decision = world.admits(Sink::Log, &leak)?;
            t.shown(
                "a log line that holds a token is not written as it is",
                !decision.is_allow(),
            );
        }
        "IC-61" => retention::processor_managed(world, t, "payment")?,
        "IC-91" => documents::needs(
            world,
            t,
            ("a document without a contact", "missing-key"),
            &[("contact = \"privacy@infracodebase.test\"\n", "")],
        )?,
        _ => {}
    }
    Ok(true)
}

fn attested(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    let to_model = |t: &mut Trial, attestation, expires| {
        documents::processor_attested(
            world,
            t,
            What::new("anthropic", "ai_features", "conversation").region("us"),
            attestation,
            expires,
        )
    };
    match id {
        "IC-29" => {
            to_model(t, "anthropic-no-training", "2027-01-10")?;
            to_model(t, "anthropic-purpose", "2027-01-10")
        }
        "IC-34" => {
            for (what, attestation) in [
                (What::new("azure", "service", "account"), "azure-dpa"),
                (
                    What::new("clerk", "service", "account").field("email"),
                    "clerk-dpa",
                ),
                (
                    What::new("anthropic", "ai_features", "conversation"),
                    "anthropic-dpa",
                ),
                (
                    What::new("logrocket", "session_recording", "account").field("email"),
                    "logrocket-dpa",
                ),
                (
                    What::new("resend", "support", "account").field("email"),
                    "resend-dpa",
                ),
            ] {
                let what = what.region("us");
                documents::processor_attested(world, t, what, attestation, "2028-01-10")?;
            }
            Ok(true)
        }
        "IC-52" => documents::claim_attested(world, t, "own-mfa", "2027-01-10"),
        "IC-54" => documents::claim_attested(world, t, "own-assessment", "2027-01-10"),
        "IC-55" => {
            documents::claim_attested(world, t, "own-network", "2027-01-10")?;
            documents::claim_attested(world, t, "own-waf", "2027-01-10")
        }
        _ => to_model(t, "anthropic-scc", "2027-01-10"),
    }
}

async fn secret(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "IC-06" => secrets::write_only(world, t).await,
        "IC-36" => {
            secrets::connection(
                world,
                t,
                "github",
                "workspace_git",
                Some("workspace"),
                "training",
            )
            .await
        }
        "IC-49" => {
            const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Redacted];
            measured::kept_as(world, t, "customer_data", StoredAs::Sealed, BAD, "primary").await?;
            secrets::algorithm(world, t).await
        }
        "IC-50" => {
            secrets::own_keys(world, t).await?;
            secrets::tenant_bound(world, t).await
        }
        _ => secrets::logged(world, t).await,
    }
}

async fn model(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "IC-16" => {
            models::routed(
                world,
                t,
                "platform",
                ("ai_features", &["conversation"]),
                &[
                    ("service", &["conversation"]),
                    ("training", &["conversation"]),
                ],
                "us",
                None,
            )
            .await
        }
        "IC-24" => {
            models::routed(
                world,
                t,
                "platform",
                (
                    "ai_features",
                    &[
                        "conversation",
                        "customer_data.code",
                        "customer_data.file",
                        "customer_data.ruleset",
                        "customer_data.workflow",
                        "preferences",
                    ],
                ),
                &[
                    ("ai_features", &["billing"]),
                    ("ai_features", &["secret"]),
                    ("ai_features", &["conversation", "account"]),
                    ("ai_features", &[]),
                ],
                "us",
                None,
            )
            .await?;
            secrets::put(world, "IC-24-known", secrets::TOKEN, "site").await?;
            models::redacted(
                world,
                t,
                "anthropic",
                &[models::PAT, models::CARD, secrets::TOKEN],
            )
            .await
        }
        "IC-27" => in_flight(world, t).await,
        "IC-28" => models::one_provider(world, t, "anthropic", "openai").await,
        "IC-30" => models::planned(world, t, "own", "enterprise", "team").await,
        "IC-31" => models::customers_contract(world, t, "own_model").await,
        "IC-32" => models::no_fallback(world, t, "enterprise").await,
        _ => models::https_only(world, t, "anthropic"),
    }
}

/// Plain text lasts as long as the work on it: what was used is gone with it, and a route
/// names the longest time.
async fn in_flight(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism("vault", "values that are wiped when the work on them ends");
    let secret = secrets::put(world, "IC-27-key", secrets::TOKEN, "site").await?;
    let (purpose, scope) = (
        confidant::vault::SecretPurpose::new("deploy")?,
        confidant::vault::Scope::new("site")?,
    );
    let usage = confidant::vault::SecretUse::new(&purpose).scope(&scope);
    let caller = secrets::machine("deploy")?;
    let used = world
        .vault
        .use_with(&caller, &secret, usage, <[u8]>::len)
        .await;
    t.permitted("the value is there while it is used", &used);
    world.vault.disable(&caller, &secret).await?;
    let again = world
        .vault
        .use_with(&caller, &secret, usage, <[u8]>::len)
        .await;
    t.refused("a value that was used before is taken from a cache", &again);
    t.mechanism("guard", "the longest time of a call, by its route");
    let model = world.platform_model("anthropic", &world.provider.address())?;
    let routes = world.routes(&world.policy, &["conversation"])?;
    let longest = routes.max_time(model.descriptor(), &world.guard()?, world.now());
    t.shown(
        &format!("a call may take {longest:?}"),
        longest == Some(Duration::from_secs(300)),
    );
    // The same with a second, so that nobody waits for five minutes.
    let quick = world.varied(&[("max_in_flight = \"PT5M\"", "max_in_flight = \"PT1S\"")])?;
    let quick = quick.map_err(|faults| faults.to_string())?;
    let router = world.platform_router_of(&quick, "anthropic")?;
    let (caller, context) = (world.asker()?, CallContext::new());
    let ask = async || {
        let talk = Conversation::new()?;
        let answer = router.generate(
            Turn::new(&caller, &talk).context(&context),
            models::user("hello"),
        );
        Ok::<_, confidant::Error>(answer.await.map(drop).map_err(|error| error.kind()))
    };
    let says = MockAnswer::text("hello").by_model("claude-sonnet-5");
    world.provider.answer(says);
    t.permitted("a call that is answered at once", &ask().await?.is_ok());
    world.provider.reply(MockReply::hang());
    let begun = Instant::now();
    let late = ask().await?;
    t.refused("a call that is never answered goes on", &late.is_ok());
    t.shown(
        "it ended as one that took too long, about a second after it began",
        late == Err(ModelErrorKind::Timeout) && begun.elapsed() < Duration::from_secs(30),
    );
    Ok(true)
}

async fn seen(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    let all = [Some("member"), Some("colleague"), Some("stranger"), None];
    match id {
        "IC-41" => sight::changed_by_owner(world, t).await,
        "IC-42" => {
            let may = [Some("owner"), Some("member")];
            sight::level(world, t, "private", "view", &may, &all[1..]).await
        }
        "IC-43" => {
            let may = [Some("owner"), Some("colleague")];
            sight::level(
                world,
                t,
                "internal",
                "view",
                &may,
                &[Some("member"), Some("stranger"), None],
            )
            .await
        }
        "IC-44" => sight::public(world, t, false).await,
        "IC-45" => sight::published(world, t, false).await,
        "IC-46" => sight::public(world, t, true).await,
        "IC-47" => sight::published(world, t, true).await,
        "IC-53" => {
            sight::level(world, t, "private", "view", &[Some("member")], &[None]).await?;
            sight::level_again(
                world,
                t,
                "private",
                "edit",
                &[Some("owner")],
                &[Some("member")],
            )
            .await
        }
        _ => {
            sight::staff(world, t, "support", 4).await?;
            documents::declared(
                world,
                t,
                &[says(
                    Generated::RecordOfProcessing,
                    "Support out of office hours",
                )],
            )
        }
    }
}

async fn kept(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "IC-17" => {
            retention::while_active(world, t, "conversation", "2026-10-01")?;
            let may_not = [Some("stranger"), None];
            sight::level(world, t, "private", "view", &[Some("owner")], &may_not).await
        }
        "IC-18" => retention::derived(
            world,
            t,
            "customer_data.code",
            "customer_data.assessment",
            "2026-07-31",
        ),
        "IC-56" => retention::while_active(world, t, "customer_data.code", "2026-10-01"),
        "IC-57" => retention::due(
            world,
            t,
            "customer_data.code",
            retention::events("2026-06-10", CLOSED)?,
            "2026-07-31",
        ),
        "IC-58" => {
            retention::due(
                world,
                t,
                "customer_data.file",
                retention::events("2026-06-10", ASKED)?,
                "2026-07-31",
            )?;
            retention::held(world, t, "customer_data.file").await?;
            Ok(true)
        }
        "IC-59" => {
            for of in EIGHT {
                retention::due(
                    world,
                    t,
                    of,
                    retention::events("2026-06-10", ASKED)?,
                    "2026-07-31",
                )?;
            }
            let all: Vec<&str> = EIGHT.into_iter().chain(["provider_copy"]).collect();
            retention::everywhere(world, t, &all, |of| match of {
                "secret" => Disposition::CryptoShred,
                _ => Disposition::Delete,
            })
            .await?;
            Ok(true)
        }
        "IC-60" => retention::due(
            world,
            t,
            "account",
            retention::events("2026-06-10", CLOSED)?,
            "2026-07-31",
        ),
        "IC-62" => retention::due(
            world,
            t,
            "logs",
            retention::events("2026-06-10", &[])?,
            "2026-09-08",
        ),
        "IC-63" => export_first(world, t).await,
        _ => {
            let found = [(Trigger::ChildDataFound, "2026-07-01")];
            retention::due(
                world,
                t,
                "account",
                retention::events("2026-06-10", &found)?,
                "2026-07-04",
            )?;
            retention::due(
                world,
                t,
                "conversation",
                retention::events("2026-06-10", &found)?,
                "2026-07-04",
            )
        }
    }
}

/// Before the data of a closed account goes, its user is told and can have it.
async fn export_first(world: &World, t: &mut Trial) -> Fallible<bool> {
    use confidant::retention::{Holds, NoticeState, Record};
    let of = crate::world::category("customer_data.code")?;
    let events = retention::events("2026-06-10", CLOSED)?;
    let told = retention::day("2026-07-23")?;
    let at = retention::day("2026-07-30")?.saturating_add(world.policy.retention().skew());
    t.mechanism("retention", "notice before an erasure");
    let mut seen = [false; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        let record = Record::new(&of, events)
            .tenant(crate::world::TENANT)
            .noticed(told);
        let now = world.retention_clock(now);
        let verdict = world
            .policy
            .retention()
            .evaluate(&record, &Holds::none(), now);
        *seen = verdict.notice() == NoticeState::Given && verdict.may_act();
    }
    t.boundary(
        "a week after the notice it may go",
        at,
        &seen,
        &[false, true, true],
    );
    let silent = Record::new(&of, events).tenant(crate::world::TENANT);
    let verdict = world
        .policy
        .retention()
        .evaluate(&silent, &Holds::none(), at);
    t.shown("without the notice it may not", !verdict.may_act());
    rights::bundle(world, t, RequestKind::Portability, "customer_data.code").await?;
    Ok(true)
}

async fn asked(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    let de = Some("DE");
    match id {
        "IC-64" => {
            rights::bundle(world, t, RequestKind::Access, "conversation").await?;
            rights::answered_by(
                world,
                t,
                RequestKind::Access,
                "2026-07-01",
                de,
                "2026-07-31",
            )
        }
        "IC-65" => {
            rights::corrected(world, t).await?;
            rights::answered_by(
                world,
                t,
                RequestKind::Correction,
                "2026-07-01",
                de,
                "2026-07-31",
            )
        }
        "IC-66" => {
            rights::deletion_plan(
                world,
                t,
                "customer_data.code",
                "billing",
                "2026-07-31",
                "2033-06-10",
            )?;
            retention::kept(
                world,
                t,
                "billing",
                retention::events("2026-06-10", ASKED)?,
                "2033-06-10",
                Status::Restrict,
                Status::Overdue,
            )
        }
        "IC-68" => {
            rights::bundle(world, t, RequestKind::Portability, "customer_data.code").await?;
            let (on, due) = ("2026-07-01", "2026-07-31");
            rights::answered_by(world, t, RequestKind::Portability, on, de, due)
        }
        "IC-70" => {
            rights::answered_by(
                world,
                t,
                RequestKind::Access,
                "2026-07-01",
                de,
                "2026-07-31",
            )?;
            rights::answered_by(
                world,
                t,
                RequestKind::Correction,
                "2026-02-01",
                de,
                "2026-03-01",
            )
        }
        "IC-71" => rights::strictest(world, t, "2026-07-01", "2026-07-31"),
        "IC-72" => {
            documents::declared(
                world,
                t,
                &[
                    says(
                        Generated::RecordOfProcessing,
                        "Conversations with the agent",
                    ),
                    says(Generated::RecordOfProcessing, "Anthropic"),
                    says(Generated::RecipientList, "LogRocket"),
                ],
            )?;
            let may = [What::new("resend", "support", "account")
                .field("email")
                .region("us")];
            let may_not = [What::new("resend", "support", "billing").region("us")];
            sharing::disclosed(world, t, &may, &may_not).await?;
            let places = world.places_of("decision.disclosure").await?;
            t.shown(
                "disclosures that were asked for are in the log",
                !places.is_empty(),
            );
            Ok(true)
        }
        "IC-73" => rights::answered_by(
            world,
            t,
            RequestKind::Deletion,
            "2026-07-01",
            Some("US-CA"),
            "2026-07-31",
        ),
        "IC-75" => {
            rights::no_discrimination(
                world,
                t,
                ("ai_features", "conversation"),
                ("training", "conversation"),
            )
            .await
        }
        "IC-76" => rights::identified(world, t),
        "IC-84" => {
            rights::breach(world, t, "DE", Some("2026-08-04"), "2026-08-08")?;
            rights::breach(world, t, "US-CA", None, "2026-08-31")
        }
        _ => rights::breach_notice(world, t, "customer_data.file").await,
    }
}

async fn shared(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "IC-07" => {
            t.mechanism("redact", "detector of card numbers at every sink");
            let card = format!("card {}", models::CARD);
            t.refused(
                "a card number in a store",
                &world.admits(Sink::Store, &card)?,
            );
            t.permitted(
                "a note in a store",
                &world.admits(Sink::Store, "card ending in 1111")?,
            );
            let never = world.policy.keep(
                &crate::world::category("card")?,
                StoredAs::Sealed,
                &crate::world::store("primary")?,
            );
            t.refused("a record of the category `card`, even sealed", &never);
            Ok(true)
        }
        "IC-10" => measured::listed_alone(
            world,
            t,
            "feature",
            &[
                ("name", FieldValue::Word("diagram")),
                ("ms", FieldValue::Number(12.0)),
            ],
            &[
                ("email", FieldValue::Account("ada@mail.test")),
                ("prompt", FieldValue::Word("hello")),
            ],
        ),
        "IC-11" => {
            let what = What::new("logrocket", "session_recording", "account").region("us");
            let may = [
                what.field("name"),
                what.field("email"),
                what.field("created"),
            ];
            let may_not = [
                what.field("bio"),
                what.field("name").environment("staging"),
                What::new("logrocket", "session_recording", "conversation").region("us"),
            ];
            sharing::disclosed(world, t, &may, &may_not).await?;
            let leak = format!("typed {} and ann@acme-mail.com", models::PAT);
            let redacted = world
                .redactor(Sink::Recorder)?
                .redact(&leak)
                .as_str()
                .to_owned();
            let clean = !redacted.contains(models::PAT) && !redacted.contains("ann@");
            t.shown("a recording holds neither tokens nor addresses", clean);
            let given = consent::facts(world, &[(GIVEN, &["session_recording"])])?;
            for (place, records) in [("production", true), ("staging", false), ("", false)] {
                let signals = consent::grown_up().environment(place);
                let decision = world
                    .may_use(&given, "session_recording", "recording", signals)
                    .await?;
                match records {
                    true => t.permitted("a recording in production", &decision),
                    false => t.refused(&format!("a recording in `{place}`"), &decision),
                };
            }
            consent::withdrawn(world, t, "session_recording", "recording").await
        }
        "IC-33" => grounds(world, t, true).await,
        "IC-35" => {
            documents::declared(
                world,
                t,
                &[
                    says(Generated::RecipientList, "Microsoft Azure"),
                    says(Generated::RecipientList, "Clerk"),
                    says(Generated::RecipientList, "Stripe"),
                    says(Generated::RecipientList, "Anthropic"),
                    says(Generated::RecipientList, "GitHub"),
                    says(Generated::RecipientList, "LogRocket"),
                    says(Generated::RecipientList, "Resend"),
                ],
            )?;
            sharing::hosts(
                world,
                t,
                &[
                    "api.clerk.test",
                    "api.stripe.test",
                    "api.anthropic.com",
                    "r.logrocket.test",
                ],
                &["api.tracker.test", "api.openai.com"],
            )
            .await
        }
        "IC-37" => sharing::delivers(
            world,
            t,
            "resend",
            &["transactional"],
            &["marketing", "policy_update"],
        ),
        "IC-38" => grounds(world, t, false).await,
        "IC-39" => {
            sharing::ground(
                world,
                t,
                "logs",
                &[
                    ("to protect rights, with a reason", true, |of| {
                        Disclosure::new(DisclosureGround::ProtectRights, of).reason("a threat")
                    }),
                    ("to protect rights, without one", false, |of| {
                        Disclosure::new(DisclosureGround::ProtectRights, of)
                    }),
                    ("for somebody's safety, without one", false, |of| {
                        Disclosure::new(DisclosureGround::Safety, of).reason(" ")
                    }),
                ],
            )
            .await
        }
        "IC-40" => sharing::handed_over(world, t, "account", "2026-06-01", "2026-06-15").await,
        "IC-77" | "IC-80" => regions(world, id, t).await,
        "IC-82" => {
            documents::declared(
                world,
                t,
                &[by(
                    Generated::CookieTable,
                    "| recorder | script | recording",
                    "[cookie.recorder]",
                    "[cookie.watcher]",
                    "| watcher | script | recording",
                )],
            )?;
            sharing::cookies(
                world,
                t,
                &["session=1; Domain=infracodebase.test; Secure; HttpOnly; SameSite=Lax"],
                &[
                    "recorder=1; Domain=infracodebase.test; Secure; HttpOnly; SameSite=Lax",
                    "tracker=1; Domain=infracodebase.test; Secure; HttpOnly; SameSite=Lax",
                ],
            )?;
            let did: &[(Event, &[&str])] = &[(GIVEN, &["session_recording"])];
            consent::bound(
                world,
                t,
                "recording",
                "session_recording",
                &["analytics"],
                did,
            )
            .await
        }
        "IC-88" => {
            documents::needs(
                world,
                t,
                ("a document without a version", "missing-key"),
                &[("version = \"2026-05-01\"\ncontroller", "controller")],
            )?;
            sharing::announced(
                world,
                t,
                "2026-05-10",
                ChangeChannel::Posting,
                "2026-05-11",
                ChangeChannel::InService,
            )
        }
        _ => sharing::announced(
            world,
            t,
            "2026-05-10",
            ChangeChannel::Email,
            "2026-05-11",
            ChangeChannel::InService,
        ),
    }
}

/// The closed list of grounds: one that is listed with all that it needs, and others.
async fn grounds(world: &World, t: &mut Trial, unlisted: bool) -> Fallible<bool> {
    sharing::ground(
        world,
        t,
        "account",
        &[
            (
                "a legal request with its case and two approvals",
                true,
                |of| {
                    Disclosure::new(DisclosureGround::LegalRequest, of)
                        .case_reference("case:17")
                        .approved_by(&["ann", "bob"])
                },
            ),
            ("a legal request without a case", false, |of| {
                Disclosure::new(DisclosureGround::LegalRequest, of).approved_by(&["ann", "bob"])
            }),
            (
                "a legal request that one person approved twice",
                false,
                |of| {
                    Disclosure::new(DisclosureGround::LegalRequest, of)
                        .case_reference("case:17")
                        .approved_by(&["ann", "ann"])
                },
            ),
        ],
    )
    .await?;
    if unlisted {
        sharing::ground(
            world,
            t,
            "account",
            &[("a ground that is not listed", false, |of| {
                Disclosure::new(DisclosureGround::UserDirection, of)
            })],
        )
        .await?;
        consent::prohibited(world, t, &["sale"], &["account"], ("service", "account")).await?;
    }
    let places = world.places_of("decision.ground").await?;
    t.shown("each is in the log", !places.is_empty());
    Ok(true)
}

/// Where data may be: by default, and where a tenant has agreed on other regions.
async fn regions(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    let [us, eu, india] = [Region::new("us")?, Region::new("eu")?, Region::new("in")?];
    t.mechanism("policy", "regions, by default and by agreement");
    let ask = async |region: &Region, agreed: &[Region]| -> Fallible<_> {
        let inputs = format!("{region} {agreed:?}");
        let (region, agreed) = (region.clone(), agreed.to_vec());
        let make = move |policy: &Policy, _| policy.places().decide(&region, &agreed);
        world.made("place", &inputs, world.now(), make).await
    };
    if id == "IC-77" {
        t.permitted("data in the US, by default", &ask(&us, &[]).await?);
        for region in [&eu, &india] {
            let decision = ask(region, &[]).await?;
            t.refused(
                &format!("data in `{region}` that nobody agreed on"),
                &decision,
            );
        }
        for table in world.text.split("\n[store.").skip(1) {
            let table = table.split("\n[").next().unwrap_or_default();
            let line = table
                .lines()
                .find_map(|line| line.strip_prefix("region = "));
            let (Some(region), Some((name, _))) = (line, table.split_once(']')) else {
                continue;
            };
            let region = Region::new(region.trim_matches('"'))?;
            let decision = ask(&region, &[]).await?;
            t.permitted(&format!("what is in the store `{name}`"), &decision);
        }
        let what = What::new("azure", "service", "customer_data.code");
        let may_not = [what.region("in"), what];
        return sharing::disclosed(world, t, &[what.region("us")], &may_not).await;
    }
    let agreed = [eu.clone()];
    t.permitted(
        "data in the EU, as the tenant agreed",
        &ask(&eu, &agreed).await?,
    );
    t.refused("data in the US then", &ask(&us, &agreed).await?);
    let outside = [Region::new("jp")?];
    t.refused(
        "an agreement on a region that the policy does not list",
        &world.policy.places().agree(&outside),
    );
    t.mechanism("guard", "regions that a tenant has agreed on");
    let says = || MockAnswer::text("hello").by_model("claude-sonnet-5");
    for (agreed, may) in [
        (vec![us.clone()], true),
        (vec![eu], false),
        (outside.to_vec(), false),
    ] {
        let routes = world.routes(&world.policy, &["conversation"])?;
        let router = world.platform_router_by(routes.agreed(agreed.clone()), "anthropic")?;
        let before = world.provider.count();
        if may {
            world.provider.answer(says());
        }
        let talk = Conversation::new()?;
        let (caller, context) = (world.asker()?, CallContext::new());
        let answer = router
            .generate(
                Turn::new(&caller, &talk).context(&context),
                models::user("hello"),
            )
            .await;
        let sent = world.provider.count() > before;
        let what = format!("a request of a tenant that agreed on {agreed:?}, to a model in the US");
        match may {
            true => t.permitted(&what, &(answer.is_ok() && sent)),
            false => t.refused(&what, &(answer.is_ok() || sent)),
        };
    }
    let narrower = world.varied(&[("tenant_may_narrow = true\n", "")])?;
    let narrower = narrower.map_err(|faults| faults.to_string())?;
    t.refused(
        "an agreement where the policy lets tenants agree on nothing",
        &narrower.places().agree(&[us]),
    );
    documents::refused(
        t,
        (
            "a transfer to a region outside the policy",
            "undeclared-region",
        ),
        &world.varied(&[(
            "regions = [\"us\", \"eu\", \"in\"]",
            "regions = [\"us\", \"eu\"]",
        )])?,
    );
    Ok(true)
}

async fn used(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "IC-02" => documents::fields(
            world,
            t,
            "account",
            &["name", "email", "created", "bio"],
            "date_of_birth",
        ),
        "IC-08" => {
            consent::bound(
                world,
                t,
                "preferences",
                "personalisation",
                &["training", "analytics", "billing"],
                &[],
            )
            .await
        }
        "IC-19" => {
            t.mechanism("consent", "classes of messages");
            let may_not = ["marketing", "policy_update"];
            sharing::delivers(world, t, "resend", &["transactional"], &may_not)?;
            let out = world
                .policy
                .consent()
                .check_opt_out(&crate::world::purpose("service")?);
            t.rejected("an opt-out of what the service needs", &out);
            Ok(true)
        }
        "IC-21" => {
            let did: &[(Event, &[&str])] = &[(GIVEN, &["session_recording"])];
            consent::serves_alone(world, t, "recording", "session_recording", did).await?;
            // Whoever may see other things gets none of it, and its own processor gets it for
            // nothing else.
            let own = What::new("logrocket", "session_recording", "recording").region("us");
            let may_not = [
                What::new("logrocket", "analytics", "recording").region("us"),
                What::new("logrocket", "session_recording", "conversation").region("us"),
                What::new("anthropic", "ai_features", "recording").region("us"),
                What::new("clerk", "service", "recording").region("us"),
            ];
            sharing::disclosed(world, t, &[own], &may_not).await?;
            let now = world.now();
            let model = world
                .may_send(
                    "platform",
                    "ai_features",
                    &["recording"],
                    Some("us"),
                    None,
                    now,
                )
                .await?;
            t.refused("a model gets it", &model);
            // A training set takes in nobody's.
            consent::export_of_nobody(world, t, "training", "recording").await
        }
        "IC-22" => consent::objection(world, t, "security", "device", false).await,
        "IC-23" => {
            consent::not_withdrawable(world, t, "legal_obligation", "billing", "training").await
        }
        "IC-25" => {
            let of = ["conversation", "customer_data.code", "preferences"];
            consent::prohibited(world, t, &["training"], &of, ("service", "conversation")).await?;
            consent::export_refused(world, t, "conversation").await?;
            Ok(true)
        }
        "IC-26" => {
            let of = ["account", "conversation", "usage", "device"];
            consent::prohibited(world, t, &["sale", "sharing"], &of, ("service", "account")).await
        }
        "IC-67" => {
            consent::objection(world, t, "analytics", "usage", true).await?;
            rights::answered_by(
                world,
                t,
                RequestKind::Objection,
                "2026-07-01",
                Some("DE"),
                "2026-07-31",
            )
        }
        "IC-69" => consent::withdrawn(world, t, "session_recording", "recording").await,
        "IC-74" => consent::opted_out(world, t, "sale").await,
        "IC-86" => consent::of_age(world, t, 16, "service", "account").await,
        "IC-90" => {
            consent::accepted_by_use(
                world,
                t,
                ("session_recording", "recording"),
                ("service", "account"),
            )
            .await
        }
        _ => Ok(false),
    }
}
