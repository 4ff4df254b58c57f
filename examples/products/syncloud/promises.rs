//! What is tried for each promise of SynCloud.

use std::io::Write as _;

use confidant::consent::{ConsentFacts, Event};
use confidant::policy::conformance::{Generated, Trial};
use confidant::policy::{ChangeChannel, Disclosure, DisclosureGround, FieldValue, Sink, StoredAs};
use confidant::redact::RedactingWriter;
use confidant::retention::{Holds, Trigger};
use confidant::rights::RequestKind;

use crate::checks::documents::{Says, by, says};
use crate::checks::models::{CARD, PAT};
use crate::checks::sharing::What;
use crate::checks::{
    consent, documents, keys, legs, mail, measured, models, retention, rights, roles, ruled_out,
    secrets, sharing, training,
};
use crate::world::{Fallible, World};

const CLOSED: &[(Trigger, &str)] = &[(Trigger::AccountClosed, "2026-07-01")];

/// Tries one promise, and returns whether there is anything to try.
pub(crate) async fn check(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    match id {
        "SC-01" | "SC-02" | "SC-04" | "SC-05" | "SC-07" | "SC-10" | "SC-11" | "SC-12" | "SC-14"
        | "SC-16" | "SC-29" => declared(world, id, t).await,
        "SC-03" => signed_in(world, t).await,
        "SC-06" => kept_redacted(world, t).await,
        "SC-08" => metered(world, t),
        "SC-09" => actions(world, t).await,
        "SC-13" => training::filtered(world, t, "conversation").await,
        "SC-15" => roles::audit_readers(world, t, "infra_context", "admin").await,
        "SC-17" => measured::listed_alone(
            world,
            t,
            "health",
            &[
                ("component", FieldValue::Word("playground")),
                ("ms", FieldValue::Number(12.0)),
                ("ok", FieldValue::Flag(true)),
            ],
            &[
                (
                    "component",
                    FieldValue::Word("make me a bucket for payroll"),
                ),
                ("prompt", FieldValue::Word("bucket")),
                ("user", FieldValue::Account("ada@mail.test")),
            ],
        ),
        "SC-18" => {
            let of = ["account", "conversation", "metering", "device"];
            consent::prohibited(world, t, &["sale"], &of, ("service", "account")).await
        }
        "SC-19" => own_cloud(world, t).await,
        "SC-20" => vendors(world, t),
        "SC-21" => grounds(world, t).await,
        "SC-22" => sharing::handed_over(world, t, "account", "2026-06-01", "2026-06-15").await,
        "SC-23" => {
            models::https_only(world, t, "customer_cloud")?;
            documents::needs(
                world,
                t,
                (
                    "a claim of sign-in by OAuth that nobody has shown",
                    "claim-without-attestation",
                ),
                &[("kind = \"authentication\"", "kind = \"waf\"")],
            )?;
            Ok(true)
        }
        "SC-24" => never_to_a_client(world, t).await,
        "SC-25" => self_service(world, t).await,
        "SC-26" => keys::made_and_revoked(world, t, "api").await,
        "SC-27" => mail::unsubscribed(world, t, "account", false).await,
        "SC-28" => as_long_as_needed(world, t).await,
        _ => Ok(false),
    }
}

async fn declared(world: &World, id: &str, t: &mut Trial) -> Fallible<bool> {
    use Generated::{CookieTable, Notice, RecipientList, RecordOfProcessing};
    let words: &[Says] = match id {
        "SC-01" => &[
            by(
                Notice,
                "It covers: portal",
                "\"portal\"",
                "\"gateway\"",
                "It covers: gateway",
            ),
            by(
                Notice,
                "portal, playground",
                "\"playground\"",
                "\"sandbox\"",
                "portal, sandbox",
            ),
            by(
                Notice,
                "local_agent",
                "\"local_agent\"",
                "\"helper\"",
                "helper",
            ),
        ],
        "SC-02" => &[says(Notice, "E-mail address, name and organisation")],
        "SC-04" => &[
            says(Notice, "Plans, invoices and payments"),
            by(
                Notice,
                "Payment card numbers: not stored",
                "Payment card numbers",
                "Other numbers",
                "Other numbers: not stored",
            ),
            says(RecipientList, "Payment Partners"),
        ],
        "SC-05" => &[says(Notice, "Messages to support and by the contact form")],
        "SC-07" => &[says(
            Notice,
            "Cloud resources: names, types, regions and sizes",
        )],
        "SC-10" => &[
            says(
                Notice,
                "IP addresses, browsers, operating systems and referrers",
            ),
            by(
                Notice,
                "Id of a local agent, under a key: stored under a keyed pseudonym",
                "Id of a local agent, under a key",
                "Another id",
                "Another id: stored under a keyed pseudonym",
            ),
        ],
        "SC-11" => &[
            by(
                CookieTable,
                "| session | cookie | essential",
                "[cookie.session]",
                "[cookie.seance]",
                "| seance | cookie | essential",
            ),
            by(
                CookieTable,
                "| visits | cookie | analytics",
                "[cookie.visits]",
                "[cookie.calls]",
                "| calls | cookie | analytics",
            ),
        ],
        "SC-12" => &[says(
            RecordOfProcessing,
            "Making the infrastructure that was asked for",
        )],
        "SC-14" => &[says(
            RecordOfProcessing,
            "Accounts, payments and the issue of API keys",
        )],
        "SC-16" => &[says(RecipientList, "Mail Partners")],
        _ => &[by(
            Notice,
            "legal@syncloud.test",
            "legal@syncloud.test",
            "else@else.test",
            "else@else.test",
        )],
    };
    documents::declared(world, t, words)?;
    match id {
        "SC-04" => {
            let bad = [StoredAs::Raw, StoredAs::Sealed];
            for form in bad {
                let kept = world.policy.keep(
                    &crate::world::category("card")?,
                    form,
                    &crate::world::store("primary")?,
                );
                t.shown(
                    &format!("a card number is not kept as {form:?}"),
                    !kept.is_allow(),
                );
            }
        }
        "SC-07" => {
            let text = format!("created bucket logs-{PAT} in eu-central-1, small");
            let redacted = world.redactor(Sink::Log)?.redact(&text);
            let clean =
                !redacted.as_str().contains(PAT) && redacted.as_str().contains("eu-central-1");
            t.shown(
                "a name of a resource that holds a secret is not logged as it is",
                clean,
            );
        }
        "SC-10" => {
            measured::rotates(world, t, "agent", "security", ("2026-01-01", "2027-01-01")).await?
        }
        "SC-11" => {
            sharing::cookies(
                world,
                t,
                &["session=1; Domain=syncloud.test; Max-Age=28800; Secure; HttpOnly; SameSite=Lax"],
                &["ads=1; Domain=syncloud.test; Secure; HttpOnly; SameSite=Lax"],
            )?;
        }
        "SC-16" => {
            let may = ["transactional", "policy_update"];
            sharing::delivers(world, t, "mailer", &may, &["partner_offers"])?;
            sharing::announced(
                world,
                t,
                "2026-05-10",
                ChangeChannel::Email,
                "2026-05-24",
                ChangeChannel::Posting,
            )?;
        }
        _ => {}
    }
    Ok(true)
}

/// Sign-in brings in what its provider permits, and no more is collected.
async fn signed_in(world: &World, t: &mut Trial) -> Fallible<bool> {
    documents::fields(world, t, "account", &["email", "name"], "contacts")?;
    let what = What::new("sign_in", "account", "account").region("eu");
    let may = [what.field("email"), what.field("name")];
    let may_not = [what.field("organisation"), what];
    sharing::disclosed(world, t, &may, &may_not).await
}

/// Prompts are kept, and redacted before that.
async fn kept_redacted(world: &World, t: &mut Trial) -> Fallible<bool> {
    const BAD: &[StoredAs] = &[StoredAs::Raw, StoredAs::Sealed];
    measured::kept_as(world, t, "conversation", StoredAs::Redacted, BAD, "primary").await?;
    let text = format!("deploy with {PAT} and card {CARD} to eu-central-1");
    ruled_out::replaced(world, t, Sink::Store, &text, &[PAT, CARD], "eu-central-1")
}

/// Use is measured by the ids of keys, and a key is never among them.
fn metered(world: &World, t: &mut Trial) -> Fallible<bool> {
    measured::listed_alone(
        world,
        t,
        "api_call",
        &[
            ("key", FieldValue::Id("key-81")),
            ("org", FieldValue::Id("acme")),
            ("volume", FieldValue::Number(3.0)),
            ("ok", FieldValue::Flag(true)),
        ],
        &[
            ("key", FieldValue::Id(PAT)),
            ("prompt", FieldValue::Word("bucket")),
            ("user", FieldValue::Account("ada@mail.test")),
        ],
    )
}

/// What the system does is logged, generated code without its secrets.
async fn actions(world: &World, t: &mut Trial) -> Fallible<bool> {
    let code = format!("resource \"db\" {{ password = \"{PAT}\" region = \"eu-central-1\" }}");
    ruled_out::replaced(world, t, Sink::Log, &code, &[PAT], "eu-central-1")?;
    const BAD: &[StoredAs] = &[StoredAs::Raw];
    measured::kept_as(
        world,
        t,
        "generated_code",
        StoredAs::Redacted,
        BAD,
        "primary",
    )
    .await?;
    secrets::logged(world, t).await
}

/// Prompts and code go to the customer's own account, with the customer's credential; what
/// is embedded for finding prompts again leaves without its secrets.
async fn own_cloud(world: &World, t: &mut Trial) -> Fallible<bool> {
    legs::own_account(
        world,
        t,
        "own-cloud",
        "customer_cloud",
        "provisioning",
        "conversation",
    )
    .await?;
    let credential = ("provisioning", Some("customer_account"));
    let bad = [
        ("training", Some("customer_account")),
        ("provisioning", Some("our_account")),
        ("provisioning", None),
    ];
    keys::bound(world, t, "cloud", credential, &bad).await?;
    let text = format!("a bucket that {PAT} opens");
    legs::embedded(world, t, [&text, "a bucket for logs"], PAT).await?;
    Ok(true)
}

/// Each vendor has shown that it is bound, and gets nothing once that lapses.
fn vendors(world: &World, t: &mut Trial) -> Fallible<bool> {
    for (what, attestation) in [
        (
            What::new("hosting", "service", "account"),
            "hosting-confidentiality",
        ),
        (
            What::new("payment", "billing", "billing"),
            "payment-confidentiality",
        ),
        // Mail goes out by fields, of which one stands for all.
        (
            What::new("mailer", "support", "account").field("email"),
            "mailer-confidentiality",
        ),
        (
            What::new("analytics", "analytics", "usage"),
            "analytics-confidentiality",
        ),
    ] {
        let what = what.region("eu");
        documents::processor_attested(world, t, what, attestation, "2027-01-10")?;
    }
    Ok(true)
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
            ("a legal request that one person approved", false, |of| {
                Disclosure::new(DisclosureGround::LegalRequest, of)
                    .case_reference("case:17")
                    .approved_by(&["ann"])
            }),
            ("a legal request without a case", false, |of| {
                Disclosure::new(DisclosureGround::LegalRequest, of).approved_by(&["ann", "bob"])
            }),
            ("to protect rights, with a reason", true, |of| {
                Disclosure::new(DisclosureGround::ProtectRights, of).reason("a threat")
            }),
            ("to protect rights, without one", false, |of| {
                Disclosure::new(DisclosureGround::ProtectRights, of)
            }),
            ("a ground that is not listed", false, |of| {
                Disclosure::new(DisclosureGround::Safety, of).reason("a fire")
            }),
        ],
    )
    .await
}

/// `{"key":"ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA"}`, as a source map has it.
const IN_BASE64: &str = "eyJrZXkiOiJnaHBfUjd3VmZLMm1YcTlUekJuNExjWXM4SGRKZ1BhNlVlM1drTXBBIn0=";

/// What goes to a client holds no key, whether a detector knows it or the vault alone.
async fn never_to_a_client(world: &World, t: &mut Trial) -> Fallible<bool> {
    secrets::put(world, "SC-24-known", secrets::TOKEN, "site").await?;
    let known = format!("const KEY = \"{}\";", secrets::TOKEN);
    let detected = format!("const KEY = \"{PAT}\";");
    let encoded = format!("//# sourceMappingURL=data:application/json;base64,{IN_BASE64}");
    let in_json = format!(
        "{{\"error\": {{\"detail\": \"401 for {}\"}}}}",
        secrets::TOKEN
    );
    let in_link = format!("https://api.test/v1?next=%2Fdeploy%3Ftoken%3D{PAT}");
    let in_page = format!("<!-- deploy\n     token {PAT} -->");
    ruled_out::sink(
        world,
        t,
        Sink::Client,
        "const KEY = process.env.KEY;",
        &[
            ("a body with a token", &detected),
            ("a body with a value of the vault", &known),
            ("a source map that has it in base 64", &encoded),
            ("an answer in JSON with it in an error", &in_json),
            ("a link with it, percent-encoded", &in_link),
            ("a page that comments on it over two lines", &in_page),
        ],
    )?;
    // A body that is written piece by piece is scanned as one.
    let redactor = world.redactor(Sink::Client)?;
    let mut whole = true;
    for cut in 1..detected.len() {
        let mut body = RedactingWriter::new(Vec::new(), redactor.clone());
        let (first, second) = detected.split_at(cut);
        body.write_all(first.as_bytes())?;
        body.write_all(second.as_bytes())?;
        let sent = String::from_utf8(body.into_inner()?)?;
        whole &= !sent.contains(PAT);
    }
    t.refused("a body in two pieces, wherever it is cut", &!whole);
    documents::needs(
        world,
        t,
        ("a credential that reaches clients", "claim-contradicted"),
        &[(
            "[credential.cloud]\n",
            "[credential.cloud]\nreaches_client = true\n",
        )],
    )?;
    secrets::write_only(world, t).await
}

/// Users see and change their names at once, and an answer that is asked for has its time.
async fn self_service(world: &World, t: &mut Trial) -> Fallible<bool> {
    rights::corrected(world, t).await?;
    documents::declared(
        world,
        t,
        &[by(
            Generated::Notice,
            "That your data is corrected: you can do it yourself",
            "categories = [\"account\"]\nself_service = true",
            "categories = [\"account\"]",
            "That your data is corrected: we answer within 30 days",
        )],
    )?;
    rights::answered_by(
        world,
        t,
        RequestKind::Access,
        "2026-07-01",
        Some("DE"),
        "2026-07-31",
    )
}

/// "As long as needed" ends with the account, with an objection, and with the purpose.
async fn as_long_as_needed(world: &World, t: &mut Trial) -> Fallible<bool> {
    // Personal data, prompts and logs of activity: nothing of it goes before the account.
    for of in ["account", "conversation", "infra_context", "metering"] {
        retention::while_active(world, t, of, "2026-11-30")?;
    }
    let closed = retention::events("2026-06-10", CLOSED)?;
    retention::due(world, t, "conversation", closed, "2026-09-29")?;
    // Being kept is no leave to use it: each purpose that is named takes what it lists, and
    // an objection ends that.
    let none = ConsentFacts::none();
    for (for_what, of, not) in [
        ("reporting", "metering", "account"),
        ("training", "conversation", "metering"),
    ] {
        let ask = async |facts: &ConsentFacts, of: &str| {
            let signals = consent::grown_up();
            world.may_use(facts, for_what, of, signals).await
        };
        t.shown(
            &format!("`{of}` for {for_what}"),
            ask(&none, of).await?.is_allow(),
        );
        let objected = consent::facts(world, &[(Event::Objected, &[for_what])])?;
        let stopped = !ask(&objected, of).await?.is_allow();
        t.shown(&format!("`{for_what}` stops with an objection"), stopped);
        let other = !ask(&none, not).await?.is_allow();
        t.shown(&format!("no `{not}` for {for_what}"), other);
    }
    let active = retention::events("2026-06-10", &[])?;
    let (nobody, no_holds) = (None, Holds::none());
    let early = world
        .may_erase(
            "conversation",
            active,
            nobody,
            &no_holds,
            retention::day("2031-01-01")?,
        )
        .await?;
    t.shown(
        "while the account is active nothing may be erased",
        !early.is_allow(),
    );
    let objected = [(Trigger::ObjectionUpheld, "2026-07-01")];
    let objected = retention::events("2026-06-10", &objected)?;
    retention::due(world, t, "training_set", objected, "2026-07-31")?;
    let ended = [(Trigger::PurposeEnded, "2026-07-01")];
    let ended = retention::events("2026-06-10", &ended)?;
    retention::due(world, t, "training_set", ended, "2026-07-31")?;
    documents::needs(
        world,
        t,
        (
            "a document in which nothing ends what is kept for training",
            "unbounded-word",
        ),
        &[(
            "trigger = \"account_closed\"\ndelete_by = \"P90D\"",
            "trigger = \"account_closed\"\ndelete_by = \"as needed\"",
        )],
    )?;
    documents::refused(
        t,
        ("one in which it never ends", "unbounded-retention"),
        &world.without("SC-28-closed")?,
    );
    Ok(true)
}
