//! Every verb of a vault, and what it came to: the words of a verdict.

use std::sync::Mutex;

use async_trait::async_trait;
use confidant::vault::{Filter, NewSecret, RevokeToken, SecretInfo, SecretRef, Vault};
use confidant::{Error, ErrorKind};

use super::world::{World, later, me};
use crate::vault::{TENANT, deploy};
use confidant::taxonomy::Tenant;

/// What only looks comes first.
pub(super) const LOOKS: [&str; 9] = [
    "use", "use 2", "use 1", "reveal", "versions", "find", "list", "names", "verify",
];
pub(super) const CHANGES: [&str; 13] = [
    "rotate",
    "rotate until",
    "disable",
    "enable",
    "expire",
    "shred version",
    "shred",
    "put again",
    "put new",
    "disconnect",
    "rewrap",
    "rotate key",
    "shred tenant",
];

/// Keeps what it was told to revoke.
#[derive(Debug, Default)]
struct ThirdParty(Mutex<Vec<Vec<u8>>>);

#[async_trait]
impl RevokeToken for ThirdParty {
    async fn revoke(&self, _: &SecretInfo, token: &[u8]) -> Result<(), Error> {
        self.0.lock().unwrap().push(token.to_vec());
        Ok(())
    }
}

fn verdict<T>(result: Result<T, Error>, done: impl FnOnce(T) -> String) -> String {
    match result {
        Ok(value) => done(value),
        Err(error) => format!("{:?}", error.kind()),
    }
}

fn done<T>(_: T) -> String {
    "done".to_owned()
}

async fn used(vault: &Vault, secret: &SecretRef) -> String {
    let (me, deploy) = (me(), deploy());
    let value = vault.use_with(&me, secret, &deploy, <[u8]>::to_vec);
    verdict(value.await, |value| String::from_utf8(value).unwrap())
}

fn info(info: &SecretInfo) -> String {
    let SecretInfo {
        secret,
        state,
        latest,
        connection,
        expires,
        ..
    } = info;
    let expires = expires.map_or("never", |_| "later");
    let connection = connection.as_deref().unwrap_or("none");
    format!(
        "{} {state:?} {latest} {connection} {expires}",
        secret.name()
    )
}

/// What the verb comes to, for the secret `one` where it is about one.
pub(super) async fn run(world: &World, vault: &Vault, verb: &str) -> String {
    let (me, one) = (&me(), &world.one);
    match verb {
        "use" => used(vault, one).await,
        "use 1" => used(vault, &one.clone().at_version(1)).await,
        "use 2" => used(vault, &one.clone().at_version(2)).await,
        "reveal" => {
            let shown = vault.reveal(me, one, &deploy()).await;
            let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
            verdict(shown, |shown| shown.with(text))
        }
        "versions" => verdict(vault.versions(me, one).await, |versions| {
            let numbers: Vec<_> = versions
                .iter()
                .map(|version| {
                    assert_eq!(version.purposes, [deploy()]);
                    assert!(version.scopes.is_empty() && version.expires.is_none());
                    version.number.to_string()
                })
                .collect();
            numbers.join(" ")
        }),
        "find" => verdict(vault.find(me, Tenant::new(TENANT), "one").await, |found| {
            found.as_ref().map_or_else(|| "nothing".to_owned(), info)
        }),
        "list" => verdict(vault.list(me, TENANT, &Filter::new()).await, |listed| {
            listed.iter().map(info).collect::<Vec<_>>().join(", ")
        }),
        "names" => verdict(vault.export_names(me, TENANT).await, |names| {
            names.join(" ")
        }),
        "verify" => verdict(vault.verify(me).await, |report| {
            let findings = report.findings.iter();
            let mut faults: Vec<_> = findings
                .map(|finding| {
                    let what = match (finding.version, &finding.name, &finding.id) {
                        (Some(number), ..) => format!("version {number}"),
                        (None, None, None) => "key".to_owned(),
                        _ => "secret".to_owned(),
                    };
                    format!("{:?} {what}", finding.fault)
                })
                .collect();
            faults.sort();
            faults.dedup();
            assert_eq!(report.is_intact(), faults.is_empty());
            if faults.is_empty() {
                "intact".to_owned()
            } else {
                faults.join(", ")
            }
        }),
        "rotate" | "rotate until" => {
            let rotated = if verb == "rotate" {
                vault.rotate(me, one, b"one 4").await
            } else {
                vault.rotate_until(me, one, b"one 4", Some(later())).await
            };
            match rotated {
                Ok(number) => format!("{number}: {}", used(vault, one).await),
                Err(error) => format!("{:?}", error.kind()),
            }
        }
        "disable" => verdict(vault.disable(me, one).await, done),
        "enable" => verdict(vault.enable(me, one).await, done),
        "expire" => verdict(vault.expire(me, one, later()).await, done),
        "shred version" => verdict(vault.shred_version(me, one, 2).await, |was| was.to_string()),
        "shred" => {
            let shredded = vault.shred(me, one).await;
            let after = used(vault, one).await;
            assert!(after == "NotFound" || after == "Integrity", "{after}");
            verdict(shredded, |was| was.to_string())
        }
        "put again" | "put new" => {
            let name = if verb == "put again" { "one" } else { "new" };
            let new = NewSecret::new(Tenant::new(TENANT), name, b"new", deploy());
            match vault.put(me, &new).await {
                Ok(secret) => used(vault, &secret).await,
                Err(error) => format!("{:?}", error.kind()),
            }
        }
        "disconnect" => {
            let party = ThirdParty::default();
            let done = vault
                .disconnect(me, Tenant::new(TENANT), "github", &party)
                .await;
            let told = party.0.into_inner().unwrap();
            // Nothing goes there that the owner did not connect with it.
            let is_its = |token: &Vec<u8>| [&b"one 2"[..], b"one 3"].contains(&&token[..]);
            assert!(told.iter().all(is_its), "a value went to a stranger");
            verdict(done, |done| {
                format!("{} gone, {} left", done.shredded, done.remaining.len())
            })
        }
        "rewrap" => verdict(
            vault.rewrap_secrets(me, TENANT, None, |_| ()).await,
            |done| format!("{} rejected", done.rejected),
        ),
        "rotate key" => verdict(vault.rotate_tenant_key(me, TENANT, 1).await, done),
        "shred tenant" => verdict(vault.shred_tenant(me, TENANT).await, |receipt| {
            receipt.existed().to_string()
        }),
        other => panic!("no verb {other}"),
    }
}

/// The uses of the other secrets, which must be what they were or fail.
pub(super) async fn bystanders(world: &World, vault: &Vault) {
    let failed = |verdict: &str| {
        let kinds = [ErrorKind::Integrity, ErrorKind::Open, ErrorKind::NotFound];
        kinds.iter().any(|kind| verdict == format!("{kind:?}"))
    };
    for (secret, expected) in [
        (&world.two, "Refused"),
        (&world.three, "NotFound"),
        (&world.other, "other 1"),
    ] {
        let used = used(vault, secret).await;
        assert!(used == expected || failed(&used), "{used}");
    }
}
