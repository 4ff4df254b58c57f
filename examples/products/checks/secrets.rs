//! Secrets.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use confidant::Error;
use confidant::audit::{Caller, Entry};
use confidant::policy::conformance::Trial;
use confidant::seal::{Context, KeyVersion, Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::store::Range;
use confidant::taxonomy::Tenant;
use confidant::vault::{
    NewSecret, RevokeToken, Scope, SecretInfo, SecretPurpose, SecretRef, SecretUse,
};

use super::documents;
use crate::world::{Fallible, Switch, TENANT, World, id, lock, purpose};

/// A value that detectors do not know, so that only the vault can tell of it.
pub(crate) const TOKEN: &str = "harbour-violet-9-anvil-quartz";

/// Another one, which no trial has put in before its own.
pub(crate) const LATER: &str = "copper-lantern-4-meadow-drift";

pub(crate) fn machine(use_of: &str) -> Fallible<Caller> {
    Ok(Caller::new(id(&format!("machine:{use_of}"))?))
}

pub(crate) fn person() -> Fallible<Caller> {
    Ok(Caller::new(id("owner:ada")?))
}

/// Puts a secret in, for a use and a scope.
pub(crate) async fn put(
    world: &World,
    name: &str,
    value: &str,
    scope: &str,
) -> Fallible<SecretRef> {
    let new = NewSecret::new(
        Tenant::new(TENANT),
        name,
        value.as_bytes(),
        SecretPurpose::new("deploy")?,
    )
    .scope(Scope::new(scope)?)
    .connection("github")?;
    Ok(world.vault.put(&machine("deploy")?, &new).await?)
}

async fn used(
    world: &World,
    secret: &SecretRef,
    use_of: &str,
    scope: &str,
) -> Fallible<Result<usize, Error>> {
    let (use_of, scope) = (SecretPurpose::new(use_of)?, Scope::new(scope)?);
    let usage = SecretUse::new(&use_of).scope(&scope);
    let caller = machine("deploy")?;
    Ok(world
        .vault
        .use_with(&caller, secret, usage, <[u8]>::len)
        .await)
}

/// A machine uses a secret, and nobody is shown it.
pub(crate) async fn write_only(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism("vault", "secrets that are used and never shown");
    let secret = put(world, &format!("{}-key", t.promise()), TOKEN, "site").await?;
    t.permitted(
        "a machine uses it",
        &used(world, &secret, "deploy", "site").await?,
    );
    let shown = world
        .vault
        .reveal(&person()?, &secret, &SecretPurpose::new("look")?)
        .await;
    t.refused("its owner looks at it", &shown.map(|_| ()));
    let other = used(world, &secret, "export", "site").await?;
    t.refused("a use that it was not put for", &other);
    t.shown(
        "its reference does not show it",
        !format!("{secret:?} {}", secret.to_text()).contains(TOKEN),
    );
    Ok(true)
}

/// A credential opens for as long as its connection lasts: from the second of the
/// disconnection on its key is gone, and nothing is left that anybody could use.
pub(crate) async fn until_disconnected(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism(
        "vault",
        "credentials, whose keys end with their connections",
    );
    let label = format!("{}-lasting", t.promise());
    let connection = label.to_lowercase();
    let new = NewSecret::new(
        Tenant::new(TENANT),
        &label,
        TOKEN.as_bytes(),
        SecretPurpose::new("deploy")?,
    )
    .scope(Scope::new("site")?)
    .connection(&connection)?;
    let secret = world.vault.put(&machine("deploy")?, &new).await?;
    let opens =
        async || -> Fallible<bool> { Ok(used(world, &secret, "deploy", "site").await?.is_ok()) };
    let before = opens().await?;
    world.clock.advance(Duration::from_secs(1))?;
    let at = world.now();
    let third = ThirdParty::default();
    let caller = machine("deploy")?;
    world
        .vault
        .disconnect(&caller, Tenant::new(TENANT), &connection, &third)
        .await?;
    let then = opens().await?;
    world.clock.advance(Duration::from_secs(1))?;
    let seen = [before, then, opens().await?];
    t.boundary("the credential opens", at, &seen, &[true, false, false]);
    Ok(true)
}

/// Each secret has a key of its own: one is destroyed, and the other stays.
pub(crate) async fn own_keys(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism("vault", "a key for each secret");
    let one = put(world, &format!("{}-one", t.promise()), TOKEN, "site").await?;
    let two = put(world, &format!("{}-two", t.promise()), TOKEN, "site").await?;
    let shredded = world.vault.shred(&machine("deploy")?, &one).await?;
    t.shown("the key of the first was destroyed", shredded);
    let gone = used(world, &one, "deploy", "site").await?;
    t.refused("the first opens", &gone.is_ok());
    t.permitted(
        "the second opens",
        &used(world, &two, "deploy", "site").await?,
    );
    t.shown(
        "the policy asks for it",
        world.policy.vault().has_key_per_secret(),
    );
    Ok(true)
}

/// The algorithm that the policy names seals, and a weaker one does not; what lies in the
/// store is sealed by a key of 256 bits, and opens by no other.
pub(crate) async fn algorithm(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism("vault", "algorithms that the policy lists");
    let weaker = world.varied(&[("\"AES-256-GCM\"", "\"AES-128-GCM\"")])?;
    documents::refused(
        t,
        ("a document with a weaker one", "weak-algorithm"),
        &weaker,
    );
    at_rest(world, t).await?;
    let vault = world.policy.vault();
    t.permitted("AES-256-GCM", &vault.may_seal_with("AES-256-GCM"));
    t.refused("AES-128-GCM", &vault.may_seal_with("AES-128-GCM"));
    t.refused("no encryption", &vault.may_seal_with("none"));
    Ok(true)
}

/// What the vault has in the store does not hold the value, and another key of 256 bits
/// does not open it.
async fn at_rest(world: &World, t: &mut Trial) -> Fallible {
    t.mechanism("seal", "envelopes under AES-256-GCM");
    let name = format!("{}-rest", t.promise());
    put(world, &name, TOKEN, "site").await?;
    let range = Range::collection(Tenant::new(TENANT), "confidant.vault.version")?;
    let kept = world.store.scan(&range, 1_000).await?;
    let plain = |bytes: &[u8]| {
        let mut parts = bytes.windows(TOKEN.len());
        parts.any(|part| part == TOKEN.as_bytes())
    };
    t.shown(
        &format!("{} records at rest, none with the value", kept.len()),
        !kept.is_empty() && !kept.iter().any(|record| plain(&record.value)),
    );
    let keyring = |byte: u8| -> Fallible<Keyring> {
        let key = Secret::new([byte; 32]);
        Ok(Keyring::new(LocalKeys::new(
            "local:example",
            KeyVersion::new("1")?,
            &key,
        )?))
    };
    let context = Context::new(Tenant::new(TENANT), "at-rest")?;
    let sealed = keyring(3)?.seal(TOKEN.as_bytes(), &context).await?;
    let own = keyring(3)?.open(sealed.as_bytes(), &context).await;
    t.permitted("its key opens an envelope", &own.map(|_| ()));
    let other = keyring(4)?.open(sealed.as_bytes(), &context).await;
    t.refused("another key of 256 bits opens it", &other.map(|_| ()));
    Ok(())
}

/// What one tenant sealed does not open for another.
pub(crate) async fn tenant_bound(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism("seal", "the tenant in the data that a seal authenticates");
    let keyring = Keyring::new(LocalKeys::generate("local:trial")?);
    let of = |tenant: &str| -> Fallible<Context> {
        let tenant = match world.is_off(Switch::TenantUnbound) {
            true => "everybody",
            false => tenant,
        };
        Ok(Context::new(Tenant::new(tenant), "env/DATABASE_URL")?)
    };
    let sealed = keyring.seal(TOKEN.as_bytes(), &of(TENANT)?).await?;
    let bytes = sealed.as_bytes();
    let own = keyring.open(bytes, &of(TENANT)?).await;
    t.permitted("its tenant opens it", &own.map(|_| ()));
    let other = keyring.open(bytes, &of("globex")?).await;
    t.refused("another tenant opens it", &other.map(|_| ()));
    Ok(true)
}

/// Every touch of a secret is in a log in which no byte can be changed.
pub(crate) async fn logged(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism("audit", "log of hashes with signed checkpoints");
    let secret = put(world, &format!("{}-key", t.promise()), TOKEN, "site").await?;
    let _ = used(world, &secret, "deploy", "site").await?;
    world
        .vault
        .rotate(&machine("deploy")?, &secret, b"another-value-of-it")
        .await?;
    world.vault.shred(&machine("deploy")?, &secret).await?;
    for action in ["secret.put", "secret.use", "secret.rotate", "secret.shred"] {
        let places = world.places_of(action).await?;
        t.shown(&format!("`{action}` is in the log"), !places.is_empty());
    }
    let entries = world.entries().await?;
    let Some((place, _)) = entries
        .iter()
        .find(|(_, entry)| entry.action().as_str() == Some("secret.put"))
    else {
        t.shown("there is an entry to prove", false);
        return Ok(true);
    };
    proved(world, t, *place).await?;
    Ok(true)
}

/// An entry is proved by a checkpoint that somebody else holds; a changed one is not.
pub(crate) async fn proved(world: &World, t: &mut Trial, place: u64) -> Fallible {
    let access = confidant::audit::Access::new(id("auditor:7")?);
    let records = world.log.read(place..place + 1, &access).await?;
    let record = records.first().ok_or("there is no such entry")?;
    let bytes = record.to_bytes()?;
    let proof = world.log.inclusion_proof(place).await?;
    t.permitted("a proof of the entry", &proof.verify(&bytes));
    let mut forged = bytes.clone();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    t.refused(
        "the same of an entry with one bit changed",
        &proof.verify(&forged),
    );
    let _: &Entry = &record.entry;
    Ok(())
}

/// Revokes at nobody, and knows what it was asked to.
#[derive(Debug, Default)]
struct ThirdParty(Mutex<usize>);

#[async_trait]
impl RevokeToken for ThirdParty {
    async fn revoke(&self, _: &SecretInfo, _: &[u8]) -> Result<(), Error> {
        *lock(&self.0) += 1;
        Ok(())
    }
}

/// A credential serves what it was connected for, where it was; disconnecting destroys it.
pub(crate) async fn connection(
    world: &World,
    t: &mut Trial,
    name: &'static str,
    good: &'static str,
    scope: Option<&'static str>,
    bad: &'static str,
) -> Fallible<bool> {
    t.mechanism("vault", "credentials, by purpose and scope");
    let may = async |for_what: &'static str, within: Option<&'static str>| -> Fallible<_> {
        let inputs = format!("{name} {for_what} {within:?}");
        let about = purpose(for_what)?;
        world
            .made("credential", &inputs, world.now(), move |policy, _| {
                policy.vault().use_credential(name, &about, within)
            })
            .await
    };
    t.permitted(&format!("`{name}` for `{good}`"), &may(good, scope).await?);
    t.refused(&format!("`{name}` for `{bad}`"), &may(bad, scope).await?);
    if scope.is_some() {
        t.refused(
            "the same in another scope",
            &may(good, Some("elsewhere")).await?,
        );
    }
    let secret = {
        let label = format!("{}-{name}", t.promise());
        let new = NewSecret::new(
            Tenant::new(TENANT),
            &label,
            TOKEN.as_bytes(),
            SecretPurpose::new("deploy")?,
        )
        .scope(Scope::new("site")?)
        .connection(&format!("{name}-{}", t.promise().to_lowercase()))?;
        world.vault.put(&machine("deploy")?, &new).await?
    };
    let third = ThirdParty::default();
    let caller = machine("deploy")?;
    let connection = format!("{name}-{}", t.promise().to_lowercase());
    let done = world
        .vault
        .disconnect(&caller, Tenant::new(TENANT), &connection, &third)
        .await?;
    t.shown(
        "its token was revoked and its key destroyed",
        done.shredded == 1 && *lock(&third.0) == 1,
    );
    let again = world
        .vault
        .disconnect(&caller, Tenant::new(TENANT), &connection, &third)
        .await?;
    t.shown("disconnecting twice does nothing more", again.shredded == 0);
    let gone = used(world, &secret, "deploy", "site").await?;
    t.refused("its use after that", &gone.is_ok());
    Ok(true)
}
