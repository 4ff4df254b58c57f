//! What is tried for each promise of Kratys.

use confidant::consent::ConsentFacts;
use confidant::policy::conformance::{Generated, Trial};
use confidant::policy::{ChangeChannel, FieldValue, Sink, StoredAs};
use confidant::retention::{Disposition, Status, Trigger};
use confidant::rights::RequestKind;

use crate::checks::documents::{Says, by, says};
use crate::checks::models::{CARD, PAT};
use crate::checks::sharing::What;
use crate::checks::{
    consent, documents, keys, measured, models, retention, rights, roles, ruled_out, secrets,
    sharing,
};
use crate::world::{Fallible, World};

const CLOSED: &[(Trigger, &str)] = &[(Trigger::AccountClosed, "2026-07-01")];
const ASKED: &[(Trigger, &str)] = &[(Trigger::DeletionRequested, "2026-07-01")];

/// Tries one promise, and returns whether there is anything to try.
pub(crate) async fn check(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "KR-04" | "KR-07" | "KR-10" | "KR-12" | "KR-13" | "KR-14" | "KR-17" | "KR-18" | "KR-30" => {
            declared(world, id, t)
        }
        "KR-01" | "KR-03" => written(world, id, t),
        "KR-02" | "KR-05" | "KR-06" | "KR-19" | "KR-20" | "KR-25" | "KR-28" => {
            credentials(world, id, t).await
        }
        "KR-08" => metadata_only(world, t),
        "KR-09" => no_card(world, t),
        "KR-11" => asked_for(world, t).await,
        "KR-15" => before_the_model(world, t).await,
        "KR-16" => as_needed(world, t).await,
        "KR-21" => two_providers(world, t).await,
        "KR-22" => {
            let of = ["account", "project", "conversation"];
            consent::prohibited(world, t, &["sale"], &of, ("service", "account")).await
        }
        "KR-23" => {
            retention::while_active(world, t, "project", "2026-10-01")?;
            let closed = retention::events("2026-06-10", CLOSED)?;
            retention::due(world, t, "account", closed, "2026-07-31")
        }
        "KR-24" => with_named_exceptions(world, t).await,
        "KR-26" => {
            let (may, may_not) = (
                [("owner", "view"), ("holder", "view")],
                [
                    ("holder", "edit"),
                    ("holder", "deploy"),
                    ("stranger", "view"),
                    ("anybody", "view"),
                ],
            );
            roles::may(world, t, "project", Some("collaborator"), &may, &may_not).await
        }
        "KR-27" => {
            rights::strictest(world, t, "2026-07-01", "2026-07-31")?;
            let from = Some("US-CA");
            rights::answered_by(
                world,
                t,
                RequestKind::Deletion,
                "2026-07-01",
                from,
                "2026-07-31",
            )?;
            by_place(world, t)
        }
        "KR-29" => {
            documents::needs(
                world,
                t,
                (
                    "reasonable steps, without a number",
                    "deadline-without-number",
                ),
                &[("lead = \"P14D\"", "lead = \"reasonable\"")],
            )?;
            sharing::announced(
                world,
                t,
                "2026-05-10",
                ChangeChannel::Email,
                "2026-05-24",
                ChangeChannel::Posting,
            )
        }
        _ => Ok(false),
    }
}

fn declared(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    use Generated::{Notice, RecipientList, RecordOfProcessing, RetentionSchedule};
    let words: &[Says] = match id {
        "KR-04" | "KR-17" => &[says(Notice, "Clerk"), says(RecipientList, "Clerk")],
        "KR-07" => &[
            says(Notice, "Projects, deployments and activity"),
            says(Notice, "Results of scans"),
            says(Notice, "Lines that containers and servers log"),
        ],
        "KR-10" => &[says(RecordOfProcessing, "Running the service")],
        "KR-12" => &[says(
            RecordOfProcessing,
            "Subscriptions, and the prevention of abuse",
        )],
        "KR-13" => &[says(
            RecordOfProcessing,
            "Messages about the account and the service",
        )],
        "KR-14" => &[says(
            RecordOfProcessing,
            "Reliability, performance and security",
        )],
        "KR-18" => &[
            says(RecipientList, "LemonSqueezy"),
            says(RetentionSchedule, "LemonSqueezy"),
        ],
        _ => &[by(
            Notice,
            "privacy@kratys.test",
            "privacy@kratys.test",
            "else@else.test",
            "else@else.test",
        )],
    };
    documents::declared(world, t, words)?;
    match id {
        "KR-07" => {
            let line = format!("GET /deploy?token={PAT} 200");
            let logged = world.redactor(Sink::Log)?.redact(&line);
            let clean = !logged.as_str().contains(PAT) && logged.as_str().contains("200");
            t.shown("a line that a container logs is without its token", clean);
        }
        "KR-18" => retention::processor_managed(world, t, "billing")?,
        _ => {}
    }
    Ok(true)
}

/// Nothing was left to be filled in, and nothing is claimed that nobody has shown.
fn written(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    if id == "KR-01" {
        for (what, edit) in [
            (
                "a date that was left to be filled in",
                ("last_updated = \"2026-05-01\"", "last_updated = \"[DATE]\""),
            ),
            (
                "a contact that was left to be filled in",
                (
                    "\ncontact = \"privacy@kratys.test\"",
                    "\ncontact = \"[CONTACT EMAIL]\"",
                ),
            ),
        ] {
            documents::needs(world, t, (what, "placeholder"), &[edit])?;
        }
        return Ok(true);
    }
    t.mechanism("policy", "claims, and the lint of a published notice");
    let lint = |claim: &str| {
        let found = world.policy.lint_notice(claim, world.now());
        found
            .iter()
            .any(|one| one.code().as_str() == "certification-claim")
    };
    t.permitted(
        "a notice that claims no certification",
        &!lint("We are not SOC 2 certified."),
    );
    t.refused("one that claims SOC 2", &!lint("We are SOC 2 certified."));
    t.refused(
        "one that claims ISO 27001",
        &!lint("We are ISO 27001 certified."),
    );
    let notice = world.policy.notice();
    t.shown("the generated notice claims none", !lint(&notice));
    let claim = (
        "requires = [\"soc2\", \"iso27001\"]\ndisclaimed = true",
        "requires = [\"soc2\"]",
    );
    documents::refused(
        t,
        ("a document that claims SOC 2", "claim-without-attestation"),
        &world.varied(&[claim])?,
    );
    Ok(true)
}

async fn credentials(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Redacted];
    match id {
        "KR-02" => {
            documents::fields(world, t, "account", &["email", "clerk_id"], "phone")?;
            measured::kept_as(world, t, "secret", StoredAs::Sealed, BAD, "primary").await?;
            secrets::until_disconnected(world, t).await
        }
        "KR-05" => {
            let (name, for_what) = ("github", "operations");
            let scope = Some("connected_repositories");
            secrets::connection(world, t, name, for_what, scope, "training").await
        }
        "KR-06" => {
            measured::kept_as(world, t, "secret", StoredAs::Sealed, BAD, "primary").await?;
            secrets::own_keys(world, t).await
        }
        "KR-19" => {
            let good = ("operations", Some("customer_account"));
            let bad = [
                ("operations", Some("our_account")),
                ("operations", None),
                ("ai_features", Some("customer_account")),
            ];
            keys::bound(world, t, "digitalocean", good, &bad).await?;
            keys::scoped(world, t, "deploy", "do:account-81", "do:account-7").await?;
            Ok(true)
        }
        "KR-20" => {
            keys::scoped(world, t, "git", "repo:ada/shop", "repo:ada/diary").await?;
            let good = ("operations", Some("connected_repositories"));
            keys::bound(
                world,
                t,
                "github",
                good,
                &[("operations", Some("every_repository"))],
            )
            .await
        }
        "KR-25" => {
            secrets::write_only(world, t).await?;
            secrets::tenant_bound(world, t).await?;
            let may_not = [("stranger", "view"), ("anybody", "view")];
            roles::may(world, t, "secret", None, &[("owner", "view")], &may_not).await
        }
        _ => {
            let scope = Some("customer_account");
            secrets::connection(world, t, "digitalocean", "operations", scope, "service").await?;
            let told = !world.places_of("connection.disconnect").await?.is_empty();
            t.shown("the audit log tells of it", told);
            Ok(true)
        }
    }
}

/// The cost of models is measured by numbers, so that no content can be put in.
fn metadata_only(world: &World, t: &mut Trial) -> Fallible<bool> {
    measured::listed_alone(
        world,
        t,
        "ai_cost",
        &[
            ("input_tokens", FieldValue::Number(512.0)),
            ("output_tokens", FieldValue::Number(64.0)),
            ("estimate", FieldValue::Number(0.004)),
        ],
        &[
            ("input_tokens", FieldValue::Word("deploy")),
            ("estimate", FieldValue::Account("ada@mail.test")),
            ("prompt", FieldValue::Word("deploy")),
            ("model", FieldValue::Word("claude")),
        ],
    )
}

/// A full card number is not kept, and its last four digits may be.
fn no_card(world: &World, t: &mut Trial) -> Fallible<bool> {
    let card = crate::world::category("card")?;
    for form in [StoredAs::Raw, StoredAs::Sealed, StoredAs::Redacted] {
        let kept = world
            .policy
            .keep(&card, form, &crate::world::store("primary")?);
        t.refused(&format!("a card number as {form:?}"), &kept);
    }
    t.refused(
        "a note that holds one",
        &world.admits(Sink::Store, &format!("card {CARD}"))?,
    );
    t.permitted(
        "a note of its last four",
        &world.admits(Sink::Store, "card ending in 1111")?,
    );
    ruled_out::replaced(
        world,
        t,
        Sink::Store,
        &format!("paid by {CARD} today"),
        &[CARD],
        "today",
    )
}

/// A scan, a build or a deployment needs the request with which a user began it.
async fn asked_for(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism("consent", "purposes that a user begins");
    let ask = async |request: &str| -> Fallible<_> {
        let signals = consent::grown_up().begun_by(request);
        world
            .may_use(&ConsentFacts::none(), "operations", "project", signals)
            .await
    };
    t.refused("a scan that nobody asked for", &ask("").await?);
    t.permitted("a scan that a user asked for", &ask("request-17").await?);
    let entries = world.entries().await?;
    let denied = entries.iter().any(|(_, entry)| {
        entry.purpose_id().and_then(|id| id.as_str()) == Some("purpose.operations")
    });
    t.shown("the audit log tells of both, with the clause", denied);
    Ok(true)
}

/// Common secrets are out before a text reaches a model; how many are found is measured, and
/// not all of them are promised.
async fn before_the_model(world: &World, t: &mut Trial) -> Fallible<bool> {
    const URL: &str = "postgres://shop:s3cr3t-Fj83kq0aZ@db.internal:5432/shop";
    models::redacted(world, t, "anthropic", &[PAT, URL]).await?;
    let mut found = 0;
    let samples = [PAT, "AKIAQ3EGRIZJ7OWLMXUV", URL, CARD];
    for sample in samples {
        let prompt = format!("use {sample} now");
        let hidden = world.redactor(Sink::Egress)?.redact(&prompt);
        found += usize::from(!hidden.as_str().contains(sample));
    }
    t.shown(
        &format!("{found} of {} common kinds are found", samples.len()),
        found == samples.len(),
    );
    let total = "Every secret is removed before your text reaches a model. We guarantee it.";
    let claims = world.policy.lint_notice(total, world.now());
    let caught = claims
        .iter()
        .any(|one| one.code().as_str() == "absolute-claim");
    t.shown("a notice that promises all of them is found out", caught);
    Ok(true)
}

/// Each provider gets the categories that it needs, and no others.
async fn as_needed(world: &World, t: &mut Trial) -> Fallible<bool> {
    let clerk = What::new("clerk", "service", "account").region("us");
    let may = [
        What::new("anthropic", "ai_features", "conversation").region("us"),
        What::new("google", "ai_features", "project").region("us"),
        What::new("digitalocean", "operations", "project"),
        clerk.field("email"),
    ];
    let may_not = [
        What::new("anthropic", "ai_features", "secret").region("us"),
        What::new("google", "ai_features", "account").region("us"),
        What::new("clerk", "service", "project").region("us"),
        clerk.field("address"),
        What::new("github", "ai_features", "project"),
        What::new("lemonsqueezy", "billing", "account").region("us"),
    ];
    sharing::disclosed(world, t, &may, &may_not).await
}

/// Two providers power the features, each by its route, and no third.
async fn two_providers(world: &World, t: &mut Trial) -> Fallible<bool> {
    for (route, good) in [("scan", "conversation"), ("scan-google", "project")] {
        let good: &'static [&'static str] = match good {
            "project" => &["project"],
            _ => &["conversation"],
        };
        let bad: &[(&'static str, &'static [&'static str])] =
            &[("ai_features", &["secret"]), ("operations", &["project"])];
        models::routed(world, t, route, ("ai_features", good), bad, "us", None).await?;
    }
    models::one_provider(world, t, "anthropic", "openai").await?;
    models::one_provider(world, t, "google", "mistral").await
}

/// What is deleted on request, and what stays: by name, on a basis, and up to a day.
async fn with_named_exceptions(world: &World, t: &mut Trial) -> Fallible<bool> {
    let asked = retention::events("2026-06-10", ASKED)?;
    retention::due(world, t, "project", asked, "2026-07-31")?;
    retention::kept(
        world,
        t,
        "audit_log",
        asked,
        "2027-06-10",
        Status::Restrict,
        Status::Overdue,
    )?;
    retention::processor_managed(world, t, "billing")?;
    documents::needs(
        world,
        t,
        ("an exception without a basis", "keep-without-basis"),
        &[(
            "keep_for = \"P1Y\"\nbasis = \"legal_obligation\"",
            "keep_for = \"P1Y\"",
        )],
    )?;
    retention::everywhere(world, t, &["project", "conversation"], |_| {
        Disposition::Delete
    })
    .await?;
    Ok(true)
}

/// Where a right depends on the place, it exists there and not elsewhere.
fn by_place(world: &World, t: &mut Trial) -> Fallible<bool> {
    use confidant::taxonomy::Jurisdiction;
    let rules = world.policy.rights();
    let offers = |kind: RequestKind, place: &str| -> Fallible<bool> {
        Ok(rules.offers_in(kind, Some(&Jurisdiction::new(place)?)))
    };
    let taken = offers(RequestKind::Portability, "DE")?;
    t.shown("data can be taken along from Germany", taken);
    let elsewhere = offers(RequestKind::Portability, "BR")?;
    t.shown("and not from where it was not promised", !elsewhere);
    Ok(true)
}
