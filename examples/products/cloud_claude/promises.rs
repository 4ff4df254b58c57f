//! What is tried for each promise of Cloud Claude.

use std::time::Duration;

use confidant::policy::conformance::{Generated, Trial};
use confidant::policy::{ChangeChannel, Disclosure, DisclosureGround, FieldValue, Sink, StoredAs};
use confidant::retention::{Status, Trigger};
use confidant::rights::RequestKind;

use crate::checks::documents::{Says, by, says};
use crate::checks::models::{CARD, PAT};
use crate::checks::sharing::What;
use crate::checks::{
    consent, documents, endings, legs, mail, measured, models, retention, rights, roles, ruled_out,
    secrets, sharing, staff,
};
use crate::world::{Fallible, World};

const CLOSED: &[(Trigger, &str)] = &[(Trigger::AccountClosed, "2026-07-01")];
const ASKED: &[(Trigger, &str)] = &[
    (Trigger::DeletionRequested, "2026-07-01"),
    (Trigger::AccountClosed, "2026-07-01"),
];

/// Tries one promise, and returns whether there is anything to try.
pub(crate) async fn check(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "CC-04" | "CC-09" | "CC-14" | "CC-15" | "CC-17" | "CC-21" | "CC-22" | "CC-47" | "CC-53"
        | "CC-62" => declared(world, id, t),
        "CC-01" | "CC-03" | "CC-34" | "CC-54" | "CC-60" => ruled_out(world, id, t).await,
        "CC-02" | "CC-05" | "CC-06" | "CC-08" | "CC-25" | "CC-31" | "CC-48" | "CC-49" | "CC-55" => {
            sealed(world, id, t).await
        }
        "CC-07" | "CC-10" | "CC-11" | "CC-12" | "CC-13" | "CC-18" | "CC-57" => {
            counted(world, id, t).await
        }
        "CC-16" | "CC-29" | "CC-30" | "CC-32" | "CC-33" | "CC-59" => shared(world, id, t).await,
        "CC-23" | "CC-24" => asked_of_models(world, id, t).await,
        "CC-26" | "CC-27" | "CC-28" | "CC-51" => seen_by_staff(world, id, t).await,
        "CC-35" | "CC-36" | "CC-37" | "CC-38" | "CC-39" | "CC-40" | "CC-41" | "CC-44" | "CC-58" => {
            kept(world, id, t).await
        }
        "CC-42" | "CC-43" | "CC-45" => requested(world, id, t).await,
        "CC-50" => documents::claim_attested(world, t, "own-hosting", "2027-01-10"),
        "CC-52" => documents::claim_attested(world, t, "edge-tls", "2027-01-10"),
        "CC-19" => {
            let of = ["account", "conversation", "usage"];
            consent::prohibited(world, t, &["sale"], &of, ("service", "account")).await
        }
        "CC-20" => {
            let of = ["account", "usage"];
            let purposes = ["advertising", "ad_profiling"];
            consent::prohibited(world, t, &purposes, &of, ("service", "account")).await
        }
        "CC-46" => mail::unsubscribed(world, t, "account", true).await,
        "CC-56" => one_cookie(world, t),
        "CC-61" => {
            let asks = ("marketing", "account");
            consent::accepted_by_use(world, t, asks, ("service", "account")).await
        }
        _ => Ok(false),
    }
}

fn declared(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    use Generated::{Notice, RecipientList, RecordOfProcessing};
    let words: &[Says] = match id {
        "CC-04" => &[
            says(
                Notice,
                "Source, container configuration, domains and history of deployments",
            ),
            says(Notice, "Build and container logs"),
            by(
                Notice,
                "Values of environment variables: stored encrypted",
                "Values of environment variables",
                "Other values",
                "Other values: stored encrypted",
            ),
        ],
        "CC-09" | "CC-15" => &[says(RecordOfProcessing, "Understanding requests better")],
        "CC-14" => &[says(RecordOfProcessing, "Running the service")],
        "CC-17" => &[says(
            RecordOfProcessing,
            "Detecting abuse and limiting rates",
        )],
        "CC-21" => &[
            by(
                Notice,
                "Anthropic gets",
                "\"Anthropic\"",
                "\"Another party\"",
                "Another party gets",
            ),
            says(RecipientList, "Anthropic"),
        ],
        "CC-22" => &[by(
            Notice,
            "Its own terms govern what it does: https://www.anthropic.com/privacy",
            "https://www.anthropic.com/privacy",
            "https://else.test/privacy",
            "Its own terms govern what it does: https://else.test/privacy",
        )],
        "CC-47" => &[says(Notice, "The data protection authority where you live")],
        "CC-53" => &[by(
            Notice,
            "Report security problems to security@cloudclaude.test",
            "security@cloudclaude.test",
            "else@else.test",
            "Report security problems to else@else.test",
        )],
        _ => &[by(
            Notice,
            "contact@cloudclaude.test",
            "contact@cloudclaude.test",
            "else@else.test",
            "else@else.test",
        )],
    };
    documents::declared(world, t, words)?;
    if id == "CC-22" {
        let claim = "Nothing that you write is kept by the model provider: zero retention.";
        let found = world.policy.lint_notice(claim, world.now());
        let caught = found
            .iter()
            .any(|one| one.code().as_str() == "zero-retention-claim");
        t.shown(
            "a notice that claims more than the provider does is found out",
            caught,
        );
    }
    Ok(true)
}

const PARTY: &str = "name = \"Somebody\"\nrole = \"processor\"\npurposes = [\"service\"]\ncategories = [\"account\"]\nregions = [\"eu\"]\nrequires = [\"dpa\"]\n";

async fn ruled_out(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    let attested = "[[attestation]]\nid = \"x-dpa\"\nprocessor = \"x\"\nkind = \"dpa\"\nissued = 2026-01-10\nexpires = 2028-01-10\nevidence = \"sha256:9999999999999999999999999999999999999999999999999999999999999999\"\nchecked_by = \"legal\"\n";
    let party = |function: &str| {
        format!("[processor.x]\nfunctions = [\"{function}\"]\n{PARTY}\n{attested}")
    };
    let support = party("support");
    match id {
        "CC-01" => {
            let host = party("storage");
            let store = "[store.cloud]\nkind = \"database\"\noperator = \"processor\"\nprocessor = \"stripe\"\nregion = \"us\"\n[category.more]\nform = \"raw\"\nstore_on = [\"cloud\"]\n[[retention]]\nid = \"more\"\ncategories = [\"more\"]\ntrigger = \"created\"\ndelete_by = \"P1D\"\naction = \"delete\"\n";
            let own = store.replace(
                "operator = \"processor\"\nprocessor = \"stripe\"\nregion = \"us\"",
                "operator = \"controller\"\nregion = \"eu\"",
            );
            ruled_out::clause(
                world,
                t,
                ("a database of one's own", &own),
                &[
                    ("a database at a third party", "forbidden-store", store),
                    ("a party that stores data", "forbidden-processor", &host),
                ],
            )
        }
        "CC-03" => {
            let sign_in = party("identity");
            let fits = ("a party that answers questions", support.as_str());
            ruled_out::clause(
                world,
                t,
                fits,
                &[(
                    "a party that signs users in",
                    "forbidden-processor",
                    &sign_in,
                )],
            )
        }
        "CC-34" => {
            let analytics = party("analytics");
            let script = "[cookie.tag]\nkind = \"script\"\nclass = \"analytics\"\npurpose = \"analytics\"\nuntil = \"session\"\n";
            ruled_out::clause(
                world,
                t,
                ("a party that answers questions", support.as_str()),
                &[
                    (
                        "a party that analyses use",
                        "forbidden-processor",
                        &analytics,
                    ),
                    ("a script that does", "forbidden-cookie", script),
                ],
            )?;
            let may = ["cloudclaude.test", "api.anthropic.com"];
            sharing::hosts(world, t, &may, &["in.analytics.test", "cdn.tags.test"]).await
        }
        "CC-54" => {
            let cookie = |class: &str| {
                format!(
                    "[cookie.x]\nkind = \"cookie\"\nclass = \"{class}\"\npurpose = \"service\"\ndomain = \"cloudclaude.test\"\nmax_age = \"PT1H\"\n"
                )
            };
            let (fits, tracks) = (cookie("functional"), cookie("tracking"));
            ruled_out::clause(
                world,
                t,
                ("a cookie for preferences", &fits),
                &[
                    ("a cookie that follows users", "forbidden-cookie", &tracks),
                    (
                        "one for marketing",
                        "forbidden-cookie",
                        &cookie("marketing"),
                    ),
                ],
            )
        }
        _ => {
            documents::needs(
                world,
                t,
                (
                    "a document that was updated after it took effect",
                    "version-not-newest",
                ),
                &[("last_updated = 2026-04-22", "last_updated = 2026-05-22")],
            )?;
            documents::needs(
                world,
                t,
                (
                    "a document that is older than its newest notice",
                    "version-not-newest",
                ),
                &[(
                    "effective = 2026-04-22\nlast_updated = 2026-04-22",
                    "effective = 2026-04-01\nlast_updated = 2026-04-01",
                )],
            )?;
            Ok(true)
        }
    }
}

async fn sealed(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "CC-02" => {
            documents::fields(world, t, "account", &["email", "persona"], "date_of_birth")?;
            const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Sealed, StoredAs::Redacted];
            measured::kept_as(
                world,
                t,
                "account.password",
                StoredAs::Hashed,
                BAD,
                "primary",
            )
            .await
        }
        "CC-05" => {
            const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Redacted, StoredAs::Pseudonym];
            measured::kept_as(world, t, "secret", StoredAs::Sealed, BAD, "primary").await?;
            secrets::write_only(world, t).await
        }
        "CC-06" => {
            secrets::put(world, "CC-06-env", secrets::TOKEN, "site").await?;
            let line = format!(
                "app booted with DATABASE_PASSWORD={} on port 8080",
                secrets::TOKEN
            );
            ruled_out::replaced(
                world,
                t,
                Sink::Log,
                &line,
                &[secrets::TOKEN],
                "on port 8080",
            )
        }
        "CC-08" => {
            const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Sealed];
            for of in ["conversation", "intent_log"] {
                measured::kept_as(world, t, of, StoredAs::Redacted, BAD, "primary").await?;
            }
            let text = format!("deploy with {PAT} please");
            t.refused(
                "a request with a token is stored as it is",
                &world.admits(Sink::Store, &text)?,
            );
            ruled_out::replaced(world, t, Sink::Store, &text, &[PAT], "please")
        }
        "CC-25" => secrets::tenant_bound(world, t).await,
        "CC-31" => {
            const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Sealed, StoredAs::Redacted];
            let card = crate::world::category("card")?;
            for form in BAD {
                let kept = world
                    .policy
                    .keep(&card, *form, &crate::world::store("primary")?);
                t.refused(&format!("a card number as {form:?}"), &kept);
            }
            let text = format!("pay with {CARD} today");
            ruled_out::replaced(world, t, Sink::Store, &text, &[CARD], "today")
        }
        "CC-48" => {
            const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Sealed];
            measured::kept_as(
                world,
                t,
                "account.password",
                StoredAs::Hashed,
                BAD,
                "primary",
            )
            .await?;
            documents::needs(
                world,
                t,
                (
                    "a document that keeps passwords encrypted",
                    "password-not-hashed",
                ),
                &[(
                    "form = \"hashed\"\npassword = true",
                    "form = \"sealed\"\npassword = true",
                )],
            )?;
            Ok(true)
        }
        "CC-49" => {
            const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Redacted];
            measured::kept_as(world, t, "secret", StoredAs::Sealed, BAD, "primary").await?;
            secrets::algorithm(world, t).await
        }
        _ => {
            const BAD: &[StoredAs] = &[StoredAs::Raw];
            measured::kept_as(world, t, "session_token", StoredAs::Sealed, BAD, "browser").await?;
            let may_not = [
                What::new("anthropic", "ai_features", "session_token").region("us"),
                What::new("mailer", "service", "session_token").region("eu"),
                What::new("stripe", "billing", "session_token").region("us"),
            ];
            sharing::disclosed(world, t, &[], &may_not).await?;
            let line = "GET / HTTP/1.1, authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.dBjftJeZ4CVPmB92K27uhbUJU1p1r7wW1gFWFOEjXkc";
            let logged = world.redactor(Sink::Log)?.redact(line);
            let clean = !logged
                .as_str()
                .contains("dBjftJeZ4CVPmB92K27uhbUJU1p1r7wW1gFWFOEjXkc");
            t.shown("a log line does not hold the token", clean);
            Ok(true)
        }
    }
}

async fn counted(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "CC-07" => measured::listed_alone(
            world,
            t,
            "request",
            &[
                ("action", FieldValue::Word("deploy")),
                ("outcome", FieldValue::Word("done")),
                ("tokens", FieldValue::Number(512.0)),
            ],
            &[
                (
                    "action",
                    FieldValue::Word("please deploy my shop with the key from yesterday"),
                ),
                ("email", FieldValue::Account("ada@mail.test")),
                ("prompt", FieldValue::Word("hello")),
            ],
        ),
        "CC-10" => {
            measured::listed_alone(
                world,
                t,
                "page",
                &[
                    ("name", FieldValue::Word("billing")),
                    ("at", FieldValue::Time(world.now())),
                ],
                &[("referrer", FieldValue::Word("https://a.test/"))],
            )?;
            measured::goes_to(world, t, "page", None, "anthropic").await
        }
        "CC-11" => {
            const BAD: &[StoredAs] = &[StoredAs::Raw];
            measured::kept_as(world, t, "usage", StoredAs::Pseudonym, BAD, "primary").await?;
            let email = [("email", FieldValue::Account("ada@mail.test"))];
            let taken = measured::taken(world, "page", &email)? == Some(1);
            t.refused("an event with an e-mail address", &taken);
            measured::apart(world, t, "session", "analytics", "abuse").await?;
            measured::rotates(
                world,
                t,
                "session",
                "analytics",
                ("2026-07-02", "2026-07-03"),
            )
            .await?;
            Ok(true)
        }
        "CC-12" => {
            const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Sealed, StoredAs::Hashed];
            measured::kept_as(
                world,
                t,
                "request_meta",
                StoredAs::Pseudonym,
                BAD,
                "primary",
            )
            .await?;
            measured::address(t, "abuse")?;
            measured::rotates(world, t, "ip", "abuse", ("2026-06-06", "2026-07-06")).await?;
            Ok(true)
        }
        "CC-13" => {
            measured::apart(world, t, "ip", "abuse", "analytics").await?;
            let bad = ["service", "analytics", "training", "marketing"];
            consent::bound(world, t, "request_meta", "abuse", &bad, &[]).await
        }
        "CC-18" => measured::in_groups(world, t, 20).await,
        _ => measured::apart(world, t, "visitor", "analytics", "service").await,
    }
}

async fn shared(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "CC-16" => sharing::delivers(world, t, "mailer", &["essential"], &["marketing", "digest"]),
        "CC-29" => {
            let may = [What::new("anthropic", "ai_features", "conversation").region("us")];
            let may_not = [
                What::new("anthropic", "ai_features", "secret").region("us"),
                What::new("anthropic", "marketing", "conversation").region("us"),
                What::new("mailer", "service", "conversation").region("eu"),
                What::new("stripe", "billing", "conversation").region("us"),
                What::new("somebody", "service", "conversation").region("us"),
            ];
            sharing::disclosed(world, t, &may, &may_not).await
        }
        "CC-30" => {
            let what = What::new("mailer", "service", "message_head").region("eu");
            let may = [what.field("recipient"), what.field("subject")];
            sharing::disclosed(world, t, &may, &[what.field("body"), what]).await
        }
        "CC-32" => grounds(world, t).await,
        "CC-33" => {
            let weaker = ("delete_by = \"P90D\"", "delete_by = \"P2Y\"");
            endings::transferred(
                world,
                t,
                "account",
                "2026-06-01",
                "2026-06-15",
                Some(weaker),
            )
            .await
        }
        _ => sharing::announced(
            world,
            t,
            "2026-05-10",
            ChangeChannel::Email,
            "2026-05-24",
            ChangeChannel::Posting,
        ),
    }
}

async fn grounds(world: &World, t: &mut Trial) -> Fallible<bool> {
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
            ("a legal request that one person approved", false, |of| {
                Disclosure::new(DisclosureGround::LegalRequest, of)
                    .case_reference("case:17")
                    .approved_by(&["ann"])
            }),
            ("for somebody's safety, with a reason", true, |of| {
                Disclosure::new(DisclosureGround::Safety, of).reason("a fire")
            }),
            ("for somebody's safety, without one", false, |of| {
                Disclosure::new(DisclosureGround::Safety, of)
            }),
            ("to protect rights, which is not listed", false, |of| {
                Disclosure::new(DisclosureGround::ProtectRights, of).reason("a threat")
            }),
        ],
    )
    .await
}

async fn asked_of_models(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    if id == "CC-23" {
        const URL: &str = "postgres://shop:s3cr3t-Fj83kq0aZ@db.internal:5432/shop";
        models::redacted(world, t, "anthropic", &[PAT, URL]).await?;
        legs::batched(world, t, PAT, CARD).await?;
        documents::needs(
            world,
            t,
            (
                "a document that looks for nothing before the model",
                "redaction-without-detector",
            ),
            &[(
                "detectors = [\"secrets\", \"api_keys\", \"tokens\", \"connection_strings\", \"cards\"]\nknown_values = true",
                "detectors = []",
            )],
        )?;
        return Ok(true);
    }
    t.mechanism("redact", "advice of the sink");
    let rule = world
        .policy
        .redaction()
        .get(Sink::Egress)
        .ok_or("no clause on egress")?;
    let advised = |text: &str| -> Fallible<bool> {
        let found = world.redactor(Sink::Egress)?.scan(text.as_bytes());
        let asks = found.iter().any(|finding| rule.asks_for(finding));
        Ok(asks && rule.advice() == Some("put-it-in-the-vault"))
    };
    let secret = advised(&format!("use {PAT}"))?;
    t.permitted("a credential in a chat brings the advice", &secret);
    t.refused("a chat without one does", &advised("list my sites")?);
    // A password that no detector knows brings the advice from the second on in which it is
    // in the store of environment values, and there it is better off.
    t.mechanism("vault", "values that redactors know of");
    let chat = format!("log in with {}", secrets::LATER);
    let before = advised(&chat)?;
    world.clock.advance(Duration::from_secs(1))?;
    let at = world.now();
    let kept = secrets::put(world, "CC-24-env", secrets::LATER, "site").await?;
    let then = advised(&chat)?;
    world.clock.advance(Duration::from_secs(1))?;
    let seen = [before, then, advised(&chat)?];
    t.boundary("a chat brings the advice", at, &seen, &[false, true, true]);
    world
        .vault
        .shred(&secrets::machine("deploy")?, &kept)
        .await?;
    Ok(true)
}

async fn seen_by_staff(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "CC-26" => {
            for (reason, hours) in [("incident", 4), ("health_check", 1), ("patching", 4)] {
                staff::for_a_reason(world, t, reason, "logs", hours, None).await?;
            }
            Ok(true)
        }
        "CC-27" => {
            staff::for_a_reason(world, t, "support", "deployment", 4, Some("conversation")).await
        }
        "CC-28" => staff::for_a_reason(world, t, "incident", "deployment", 4, Some("secret")).await,
        _ => roles::audit_readers(world, t, "deployment", "operator").await,
    }
}

async fn kept(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    let closed = retention::events("2026-06-10", CLOSED)?;
    let made = retention::events("2026-06-10", &[])?;
    match id {
        "CC-35" => {
            retention::due(world, t, "account", closed, "2026-07-31")?;
            retention::due(world, t, "secret", closed, "2026-07-31")
        }
        "CC-36" => retention::due(world, t, "logs", made, "2026-09-08"),
        "CC-37" => {
            retention::due(world, t, "intent_log", made, "2026-09-08")?;
            retention::due(world, t, "conversation", made, "2026-09-08")
        }
        "CC-38" => {
            let at = retention::day("2026-09-08")?;
            retention::anonymised(world, t, "intent_log", made, at, 20).await?;
            retention::due(world, t, "intent_log", made, "2026-09-08")?;
            measured::anonymous(t, 20)?;
            let of = ["conversation", "intent_log"];
            for of in of {
                let facts = confidant::consent::ConsentFacts::none();
                let decision = world
                    .may_use(&facts, "training", of, consent::grown_up())
                    .await?;
                t.refused(&format!("`{of}` itself for models"), &decision);
            }
            Ok(true)
        }
        "CC-39" => retention::due(world, t, "usage", made, "2027-06-10"),
        "CC-40" => {
            let asked = retention::events("2026-06-10", ASKED)?;
            retention::kept(
                world,
                t,
                "billing",
                asked,
                "2033-06-10",
                Status::Restrict,
                Status::Overdue,
            )?;
            // A leap day that seven years on is none: kept up to the day after.
            let leap = retention::events("2024-02-29", &[])?;
            retention::kept(
                world,
                t,
                "billing",
                leap,
                "2031-03-01",
                Status::Keep,
                Status::Due,
            )
        }
        "CC-41" => {
            let ends = ("account", "2026-12-31");
            endings::wound_down(world, t, "CC-41", "2026-12-01", ends, "billing")
        }
        "CC-44" => {
            let asked = retention::events("2026-06-10", ASKED)?;
            retention::due(world, t, "account", asked, "2026-07-08")?;
            let both = ["account", "conversation"];
            retention::everywhere(world, t, &both, |_| {
                confidant::retention::Disposition::Delete
            })
            .await?;
            retention::held(world, t, "account").await?;
            Ok(true)
        }
        _ => {
            let found = [(Trigger::ChildDataFound, "2026-07-01")];
            let found = retention::events("2026-06-10", &found)?;
            for of in ["account", "conversation", "secret", "usage"] {
                retention::due(world, t, of, found, "2026-07-04")?;
            }
            retention::nothing_outlives(
                world,
                t,
                found,
                "2026-07-05",
                &[
                    "aggregate",
                    "billing",
                    "audit_log",
                    "consent_log",
                    "rights_records",
                ],
            )?;
            retention::everywhere(world, t, &["account", "conversation"], |_| {
                confidant::retention::Disposition::Delete
            })
            .await?;
            consent::of_age(world, t, 13, "service", "account").await?;
            consent::too_young_to_consent(world, t, 12, "marketing", "account").await
        }
    }
}

async fn requested(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    let (on, from, due) = ("2026-07-01", Some("DE"), "2026-07-31");
    match id {
        "CC-42" => {
            rights::bundle(world, t, RequestKind::Access, "conversation").await?;
            rights::answered_by(world, t, RequestKind::Access, on, from, due)
        }
        "CC-43" => {
            rights::corrected(world, t).await?;
            rights::answered_by(world, t, RequestKind::Correction, on, from, due)
        }
        _ => {
            rights::bundle(world, t, RequestKind::Portability, "account").await?;
            rights::answered_by(world, t, RequestKind::Portability, on, from, due)
        }
    }
}

/// The one cookie, for as long and as far as it was promised.
fn one_cookie(world: &World, t: &mut Trial) -> Fallible<bool> {
    sharing::cookies(
        world,
        t,
        &["oauth_state=1; Domain=cloudclaude.test; Max-Age=3600; Secure; HttpOnly; SameSite=Lax"],
        &[
            "oauth_state=1; Domain=cloudclaude.test; Max-Age=3601; Secure; HttpOnly; SameSite=Lax",
            "oauth_state=1; Domain=example.test; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
            "oauth_state=1; Domain=cloudclaude.test; Max-Age=60",
            "token=1; Domain=cloudclaude.test; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
            "visits=1; Domain=cloudclaude.test; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
        ],
    )
}
