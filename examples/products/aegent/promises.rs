//! What is tried for each promise of Aegent.

use confidant::policy::conformance::{Generated, Trial};
use confidant::policy::{ChangeChannel, FieldValue, Sink, StoredAs, Way};
use confidant::retention::Trigger;
use confidant::rights::RequestKind;

use crate::checks::documents::{Says, by, says};
use crate::checks::sharing::What;
use crate::checks::{
    consent, documents, mail, measured, models, retention, rights, secrets, sharing,
};
use crate::world::{Fallible, World};
use confidant::taxonomy::Tenant;

const CLOSED: &[(Trigger, &str)] = &[(Trigger::AccountClosed, "2026-07-01")];
const ASKED: &[(Trigger, &str)] = &[(Trigger::DeletionRequested, "2026-07-01")];

/// Tries one promise, and returns whether there is anything to try.
pub(crate) async fn check(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "AE-08" | "AE-33" | "AE-34" => declared(world, id, t),
        "AE-03" | "AE-04" | "AE-14" | "AE-15" | "AE-16" | "AE-17" | "AE-20" | "AE-21" | "AE-22" => {
            attested(world, id, t)
        }
        "AE-01" | "AE-05" | "AE-06" | "AE-19" => secret(world, id, t).await,
        "AE-02" | "AE-09" | "AE-11" | "AE-31" => used(world, id, t).await,
        "AE-26" | "AE-27" | "AE-28" | "AE-29" | "AE-30" => asked(world, id, t).await,
        "AE-12" => flows(world, t),
        "AE-13" => streamed(world, t).await,
        "AE-18" => models::https_only(world, t, "model"),
        _ => shared(world, id, t).await,
    }
}

fn declared(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    let words: &[Says] = match id {
        "AE-08" => &[says(Generated::Notice, "Times of use")],
        "AE-33" => &[by(
            Generated::Notice,
            "privacy@aegent.test",
            "privacy@aegent.test",
            "else@else.test",
            "else@else.test",
        )],
        _ => &[by(
            Generated::Notice,
            "last updated 2026-05-01",
            "last_updated = \"2026-05-01\"",
            "last_updated = \"2026-05\"",
            "last updated 2026-05.",
        )],
    };
    documents::declared(world, t, words)?;
    if id == "AE-33" {
        documents::needs(
            world,
            t,
            ("a document without a contact", "missing-key"),
            &[("contact = \"privacy@aegent.test\"\n", "")],
        )?;
    }
    Ok(true)
}

fn attested(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    let to_model = |t: &mut Trial, attestation| {
        documents::processor_attested(
            world,
            t,
            What::new("model", "ai_features", "conversation").region("eu"),
            attestation,
            "2027-01-10",
        )
    };
    let claim =
        |t: &mut Trial, attestation| documents::claim_attested(world, t, attestation, "2027-01-10");
    match id {
        "AE-03" => {
            documents::processor_attested(
                world,
                t,
                What::new("second_model", "ai_features", "conversation").region("eu"),
                "second-zero",
                "2026-09-01",
            )?;
            no_store(world, t)?;
            to_model(t, "model-zero")
        }
        "AE-17" => to_model(t, "model-zero"),
        "AE-14" => to_model(t, "model-no-training"),
        "AE-15" => to_model(t, "model-no-onward"),
        "AE-04" => claim(t, "own-vpc"),
        "AE-16" => claim(t, "own-soc2"),
        "AE-20" => claim(t, "own-hosting"),
        "AE-21" => claim(t, "own-authentication"),
        _ => claim(t, "own-waf"),
    }
}

/// The routes ask providers to keep nothing.
fn no_store(world: &World, t: &mut Trial) -> Fallible {
    for name in ["chat", "chat-second"] {
        let clause = confidant::decision::ClauseId::new(name)?;
        let route = world
            .policy
            .router()
            .route(&clause)
            .ok_or("no such route")?;
        t.shown(
            &format!("`{name}` asks its provider to keep nothing"),
            route.no_store(),
        );
    }
    Ok(())
}

async fn secret(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "AE-01" => {
            models::https_only(world, t, "model")?;
            secrets::tenant_bound(world, t).await
        }
        "AE-05" => {
            t.mechanism("policy", "decision on category, form and store");
            let primary = crate::world::store("primary")?;
            let password = crate::world::category("account.password")?;
            let keep = |form| world.policy.keep(&password, form, &primary);
            t.permitted("a password as a hash", &keep(StoredAs::Hashed));
            t.refused("a password as it is", &keep(StoredAs::Raw));
            t.refused("a password that can be decrypted", &keep(StoredAs::Sealed));
            documents::fields(world, t, "account", &["email", "created"], "name")
        }
        "AE-19" => {
            const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Redacted];
            measured::kept_as(world, t, "conversation", StoredAs::Sealed, BAD, "primary").await?;
            secrets::algorithm(world, t).await
        }
        "AE-06" => {
            t.mechanism("policy", "decision on category, form and store");
            let primary = crate::world::store("primary")?;
            let of = crate::world::category("conversation")?;
            let keep = |form| world.policy.keep(&of, form, &primary);
            t.permitted("a conversation that is sealed", &keep(StoredAs::Sealed));
            t.refused("one as it is", &keep(StoredAs::Raw));
            stored(world, t).await
        }
        _ => secrets::algorithm(world, t).await,
    }
}

/// What a conversation keeps in the store is sealed: its values are in no record.
async fn stored(world: &World, t: &mut Trial) -> Fallible<bool> {
    use confidant::guard::{ConversationId, ConversationKeeper};
    use confidant::store::Range;
    t.mechanism("guard", "conversations under a key of their own");
    let name = ConversationId::new(crate::world::TENANT, "kept-1")?;
    let talk = world.conversations.open(&name).await?;
    world
        .guard()?
        .hide_text(&talk, &format!("my card is {}", models::CARD))?;
    talk.save().await?;
    let range = Range::collection(
        Tenant::new(crate::world::TENANT),
        ConversationKeeper::COLLECTION,
    )?;
    let records = world.store.scan(&range, 100).await?;
    let plain = records
        .iter()
        .any(|record| String::from_utf8_lossy(&record.value).contains(models::CARD));
    t.shown("no record holds the card", !records.is_empty() && !plain);
    let again = world.conversations.find(&name).await?;
    let known = again.is_some_and(|talk| talk.len() == 1);
    t.shown("another process finds the value by its placeholder", known);
    Ok(true)
}

async fn used(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "AE-02" | "AE-09" => {
            let of = ["conversation", "account", "usage", "metering"];
            consent::prohibited(world, t, &["training"], &of, ("service", "conversation")).await?;
            consent::export_refused(world, t, "conversation").await?;
            Ok(true)
        }
        "AE-11" => {
            let of = ["account", "conversation", "metering"];
            let purposes = ["sale", "monetisation"];
            consent::prohibited(world, t, &purposes, &of, ("service", "account")).await
        }
        _ => {
            consent::objection(world, t, "marketing", "account", true).await?;
            mail::unsubscribed(world, t, "account", false).await?;
            marketing(world, t).await
        }
    }
}

/// News can be refused, by one click or by mail, and what the service needs cannot.
async fn marketing(world: &World, t: &mut Trial) -> Fallible<bool> {
    use confidant::consent::Event;
    let out = consent::facts(world, &[(Event::OptedOut, &["marketing"])])?;
    let decision = world
        .may_use(&out, "marketing", "account", consent::grown_up())
        .await?;
    t.refused("news after an opt-out", &decision);
    let none = confidant::consent::ConsentFacts::none();
    let decision = world
        .may_use(&none, "marketing", "account", consent::grown_up())
        .await?;
    t.permitted("news before one", &decision);
    let service = crate::world::purpose("service")?;
    t.rejected(
        "an opt-out of what the service needs",
        &world.policy.consent().check_opt_out(&service),
    );
    Ok(true)
}

async fn asked(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    let de = Some("DE");
    match id {
        "AE-26" => retention::while_active(world, t, "conversation", "2026-10-01"),
        "AE-27" => {
            let closed = retention::events("2026-06-10", CLOSED)?;
            retention::due(world, t, "account", closed, "2026-07-31")?;
            let asked = retention::events("2026-06-10", ASKED)?;
            retention::due(world, t, "account", asked, "2026-07-31")
        }
        "AE-28" => {
            rights::bundle(world, t, RequestKind::Access, "account").await?;
            rights::answered_by(
                world,
                t,
                RequestKind::Access,
                "2026-07-01",
                de,
                "2026-07-31",
            )
        }
        "AE-29" => {
            use confidant::retention::Disposition;
            rights::answered_by(
                world,
                t,
                RequestKind::Deletion,
                "2026-07-01",
                de,
                "2026-07-31",
            )?;
            let asked = retention::events("2026-06-10", ASKED)?;
            for of in ["account", "conversation", "usage", "metering"] {
                retention::due(world, t, of, asked, "2026-07-31")?;
            }
            retention::held(world, t, "conversation").await?;
            let all = ["account", "conversation", "usage", "metering"];
            retention::everywhere(world, t, &all, |_| Disposition::Delete).await?;
            Ok(true)
        }
        _ => {
            const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Redacted];
            let of = "local_conversation";
            measured::kept_as(world, t, of, StoredAs::Sealed, BAD, "device").await?;
            rights::bundle(world, t, RequestKind::Portability, of).await
        }
    }
}

/// Data takes the ways that are stated, and what is seen on another way is found.
fn flows(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism("policy", "graph of the ways that data takes");
    let of = crate::world::category("conversation")?;
    let way = |from: &str, to: &str| world.policy.flows(&of, Way::from(from).to(to));
    for (from, to) in [
        ("client", "service"),
        ("service", "model"),
        ("service", "client"),
        ("service", "primary"),
    ] {
        t.permitted(
            &format!("a conversation from `{from}` to `{to}`"),
            &way(from, to),
        );
    }
    for (from, to) in [
        ("service", "mailer"),
        ("service", "logs"),
        ("model", "stripe"),
    ] {
        t.refused(&format!("one seen from `{from}` to `{to}`"), &way(from, to));
    }
    // What was observed, and when. Up to the third observation all of it is on the graph.
    let at = world.now();
    let hour = std::time::Duration::from_secs(3_600);
    let observed = [
        (at.saturating_sub(hour), "client", "service"),
        (at.saturating_sub(hour), "service", "model"),
        (at, "service", "logs"),
    ];
    let seen = Trial::around(at).map(|now| {
        let mut seen = observed.iter().filter(|(when, _, _)| *when <= now);
        seen.all(|(_, from, to)| way(from, to).is_allow())
    });
    t.boundary(
        "what was seen is on the graph",
        at,
        &seen,
        &[true, false, false],
    );
    Ok(true)
}

/// A stream is redacted and restored as the whole text is, wherever it is cut.
async fn streamed(world: &World, t: &mut Trial) -> Fallible<bool> {
    use confidant::model::testing::{MockAnswer, MockReply};
    use confidant::model::{CallContext, StreamEvent};
    t.mechanism("guard", "streams that are restored piece by piece");
    world.clock.set("2026-06-02T00:00:00Z".parse()?);
    for size in [1, 2, 7] {
        let talk = confidant::guard::Conversation::new()?;
        let prompt = format!("card {} and token {}", models::CARD, models::PAT);
        let hidden = world.guard()?.hide_text(&talk, &prompt)?;
        let says = MockAnswer::text(&hidden).by_model("claude-sonnet-5");
        world
            .provider
            .reply(MockReply::answer(says).pieces_of(size));
        let router = world.platform_router("model")?;
        let (caller, context) = (world.asker()?, CallContext::new());
        let request = models::user(&prompt);
        let mut answer = router
            .stream(
                confidant::guard::Turn::new(&caller, &talk).context(&context),
                request,
            )
            .await?;
        let mut shown = String::new();
        while let Some(event) = answer.next().await {
            if let StreamEvent::TextDelta { text, .. } = event? {
                shown.push_str(&text);
            }
        }
        let whole = world.guard()?.show_text(&talk, &hidden).into_string();
        let reads = format!("an answer in pieces of {size} bytes reads as the whole");
        t.permitted(&reads, &(shown == whole));
        t.shown("it names the card", shown.contains(models::CARD));
    }
    let seen = world.provider.saw(models::CARD) || world.provider.saw(models::PAT);
    t.refused("card and token reach the provider", &seen);
    let leaked = format!("the key is {}", models::PAT);
    let decision = world.admits(Sink::Client, &leaked)?;
    t.refused(
        "a secret that a model made up, on the way to the client",
        &decision,
    );
    Ok(true)
}

async fn shared(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "AE-07" => sharing::measured(
            world,
            t,
            "model_call",
            &[
                ("input_tokens", FieldValue::Number(120.0)),
                ("output_tokens", FieldValue::Number(40.0)),
            ],
            ("prompt", FieldValue::Word("hello")),
        ),
        "AE-10" => {
            let may = [What::new("model", "ai_features", "conversation").region("eu")];
            let may_not = [
                What::new("mailer", "service", "conversation").region("eu"),
                What::new("stripe", "billing", "conversation").region("eu"),
                What::new("model", "service", "conversation").region("eu"),
                What::new("model", "ai_features", "conversation").region("us"),
                What::new("stranger", "ai_features", "conversation").region("eu"),
            ];
            sharing::disclosed(world, t, &may, &may_not).await
        }
        "AE-23" => {
            t.mechanism("redact", "detector of card numbers at every sink");
            let card = format!("card {}", models::CARD);
            t.refused(
                "a card number in a store",
                &world.admits(Sink::Store, &card)?,
            );
            t.permitted(
                "a note in a store",
                &world.admits(Sink::Store, "ends in 1111")?,
            );
            Ok(true)
        }
        "AE-24" => {
            documents::declared(
                world,
                t,
                &[by(
                    Generated::CookieTable,
                    "| session | cookie | essential",
                    "[cookie.session]",
                    "[cookie.seance]",
                    "| seance | cookie | essential",
                )],
            )?;
            let good =
                "session=1; Domain=aegent.test; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax";
            let bad = [
                "visitor=1; Domain=aegent.test; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
                "session=1; Domain=tracker.test; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
            ];
            sharing::cookies(world, t, &[good], &bad)
        }
        "AE-25" => {
            let cookie = "class = \"essential\"\npurpose = \"service\"\ndomain = \"aegent.test\"";
            let tracking = cookie.replace("essential", "tracking");
            documents::needs(
                world,
                t,
                ("a document with a tracking cookie", "forbidden-cookie"),
                &[(cookie, &tracking)],
            )?;
            let mail = "functions = [\"mail\"]";
            documents::needs(
                world,
                t,
                ("one with a party for analytics", "forbidden-processor"),
                &[(mail, "functions = [\"mail\", \"analytics\"]")],
            )?;
            sharing::hosts(world, t, &["api.openai.com"], &["stats.third-party.test"]).await
        }
        "AE-32" => sharing::announced(
            world,
            t,
            "2026-05-01",
            ChangeChannel::Email,
            "2026-05-15",
            ChangeChannel::Posting,
        ),
        _ => Ok(false),
    }
}
