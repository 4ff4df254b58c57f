//! Keys, tokens and credentials.

use confidant::Error;
use confidant::policy::Policy;
use confidant::policy::conformance::Trial;
use confidant::vault::{NewSecret, Scope, SecretPurpose, SecretUse};

use super::secrets::{machine, person};
use crate::world::{Fallible, TENANT, World, purpose};
use confidant::taxonomy::Tenant;

/// A user makes a key and revokes it; from then on it is used no more, and the log tells of
/// both.
pub(crate) async fn made_and_revoked(
    world: &World,
    t: &mut Trial,
    for_what: &str,
) -> Fallible<bool> {
    t.mechanism("vault", "secrets that are put, used and shredded");
    let for_what = SecretPurpose::new(for_what)?;
    let name = format!("key-{}", t.promise());
    let new = NewSecret::new(
        Tenant::new(TENANT),
        &name,
        b"sk-made-0123456789abcdef",
        for_what.clone(),
    );
    let key = world.vault.put(&person()?, &new).await?;
    let use_it = async || {
        let vault = &world.vault;
        vault
            .use_with(&machine("worker")?, &key, &for_what, <[u8]>::len)
            .await
            .map_err(Into::into)
    };
    let used: Fallible<usize> = use_it().await;
    t.permitted("a key that was made is used", &used.is_ok());
    t.permitted("it is revoked", &world.vault.shred(&person()?, &key).await);
    let used: Fallible<usize> = use_it().await;
    t.refused("its use after that, in the same second", &used.is_ok());
    for action in ["secret.put", "secret.use", "secret.shred"] {
        let told = !world.places_of(action).await?.is_empty();
        t.shown(&format!("the audit log has `{action}`"), told);
    }
    Ok(true)
}

/// A credential serves its purposes within its scope.
pub(crate) async fn bound(
    world: &World,
    t: &mut Trial,
    name: &'static str,
    good: (&'static str, Option<&'static str>),
    bad: &[(&'static str, Option<&'static str>)],
) -> Fallible<bool> {
    t.mechanism("policy", "credentials, bound to a purpose and a scope");
    let ask = async |(for_what, scope): (&'static str, Option<&'static str>)| -> Fallible<bool> {
        let inputs = format!("{name} {for_what} {scope:?}");
        let for_what = purpose(for_what)?;
        let make = move |policy: &Policy, _| policy.vault().use_credential(name, &for_what, scope);
        let decision = world.made("credential", &inputs, world.now(), make).await?;
        Ok(decision.is_allow())
    };
    t.permitted(
        &format!("`{name}` for `{}` within {:?}", good.0, good.1),
        &ask(good).await?,
    );
    for bad in bad {
        t.refused(
            &format!("`{name}` for `{}` within {:?}", bad.0, bad.1),
            &ask(*bad).await?,
        );
    }
    Ok(true)
}

/// A token is used on what the user connected, and on nothing else.
pub(crate) async fn scoped(
    world: &World,
    t: &mut Trial,
    for_what: &str,
    on: &str,
    elsewhere: &str,
) -> Fallible {
    t.mechanism("vault", "secrets, bound to what they may be used on");
    let for_what = SecretPurpose::new(for_what)?;
    let name = format!("scoped-{}", t.promise());
    let new = NewSecret::new(
        Tenant::new(TENANT),
        &name,
        b"ghp-token-0123456789",
        for_what.clone(),
    );
    let new = new.scope(Scope::new(on)?);
    let secret = world.vault.put(&person()?, &new).await?;
    let use_on = async |on: &str| -> Fallible<Result<usize, Error>> {
        let scope = Scope::new(on)?;
        let usage = SecretUse::new(&for_what).scope(&scope);
        Ok(world
            .vault
            .use_with(&machine("worker")?, &secret, usage, <[u8]>::len)
            .await)
    };
    t.permitted(&format!("its use on `{on}`"), &use_on(on).await?);
    t.refused(
        &format!("its use on `{elsewhere}`"),
        &use_on(elsewhere).await?,
    );
    Ok(())
}
