//! The vault: its types and errors.

use std::sync::Arc;

use confidant::audit::{Caller, Identifier, Log, LogKey};
use confidant::decision::{Decision, Reason};
use confidant::seal::{Keyring, LocalKeys};
use confidant::store::{Batch, MemoryStore, RecordKey, Store as _};
use confidant::vault::{
    EnvFile, Filter, NewSecret, RevealPolicy, RevealRequest, Scope, SecretPurpose, SecretRef,
    Vault, VaultReport,
};
use pollster::block_on;

use super::{CANARY, assert_unseen, error, value};
use confidant::taxonomy::Tenant;

/// Shows everything, and keeps what requests show.
#[derive(Debug)]
struct Open;

impl RevealPolicy for Open {
    fn decide(&self, request: &RevealRequest<'_>) -> Decision {
        assert_unseen(vec![value("RevealRequest", request)]);
        Decision::allow(Reason::without_clause("a test"))
    }
}

fn vault() -> Vault {
    let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let builder = Vault::builder(keyring, Arc::new(MemoryStore::new()), log, key);
    assert_unseen(vec![value("VaultBuilder", &builder)]);
    builder.reveal_policy(Arc::new(Open)).build()
}

/// The canary as tenant, name, value and label.
fn new_secret() -> NewSecret<'static> {
    let purpose = SecretPurpose::new("deploy").unwrap();
    let secret = NewSecret::new(Tenant::new(CANARY), CANARY, CANARY.as_bytes(), purpose);
    secret.label(CANARY, CANARY).unwrap()
}

/// A report with a finding that knows tenant and name.
async fn spoiled() -> VaultReport {
    let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let store = Arc::new(MemoryStore::new());
    let vault = Vault::builder(keyring, Arc::clone(&store) as _, log, key).build();
    let me = Caller::new(Identifier::new("service:test").unwrap());
    vault.put(&me, &new_secret()).await.unwrap();
    let head = RecordKey::new(Tenant::new(CANARY), "confidant.vault.secret", CANARY).unwrap();
    let batch = Batch::new().put(head, CANARY.as_bytes().to_vec());
    store.commit(batch).await.unwrap();
    let report = vault.verify(&me).await.unwrap();
    assert_eq!(report.findings[0].name.as_deref(), Some(CANARY));
    report
}

#[test]
fn types_of_the_vault_show_no_values_and_names() {
    block_on(async {
        let vault = vault();
        let me = Caller::new(Identifier::new("service:test").unwrap());
        let purpose = SecretPurpose::new("deploy").unwrap();
        let secret = vault.put(&me, &new_secret()).await.unwrap();
        let file = EnvFile::parse(&format!("{CANARY}={CANARY}")).unwrap();
        let text = secret.to_text();
        assert_unseen(vec![
            value("Vault", &vault),
            value("NewSecret", &new_secret()),
            value("SecretRef", &secret),
            value("EnvFile", &file),
            value(
                "SecretInfo",
                &vault.find(&me, Tenant::new(CANARY), CANARY).await,
            ),
            value("a list", &vault.list(&me, CANARY, &Filter::new()).await),
            value("VersionInfo", &vault.versions(&me, &secret).await),
            value("VaultReport", &spoiled().await),
            value("Revealed", &vault.reveal(&me, &secret, &purpose).await),
            ("to_text", vec![text]),
        ]);
    });
}

#[test]
fn errors_of_the_vault_do_not_show_what_was_given() {
    block_on(async {
        let vault = vault();
        let me = Caller::new(Identifier::new("service:test").unwrap());
        let [deploy, other] = ["deploy", "other"].map(|id| SecretPurpose::new(id).unwrap());
        let secret = vault.put(&me, &new_secret()).await.unwrap();
        let spaced = format!("{CANARY} {CANARY}");
        let long = CANARY.repeat(4000);
        let large = NewSecret::new(
            Tenant::new("acme"),
            "large",
            long.as_bytes(),
            deploy.clone(),
        );
        let used = vault.use_with(&me, &secret, &other, |_| ()).await;
        let gone = secret.clone().at_version(9);
        let gone = vault.use_with(&me, &gone, &deploy, |_| ()).await;
        assert_unseen(vec![
            error("Purpose with a space", SecretPurpose::new(&spaced)),
            error("Scope with a space", Scope::new(&spaced)),
            error("Scope too long", Scope::new(&long)),
            error("kind with a space", new_secret().kind(&spaced)),
            error(
                "no reference",
                SecretRef::parse(Tenant::new("acme"), "name", CANARY),
            ),
            error("no settings", EnvFile::parse(CANARY)),
            error("put twice", vault.put(&me, &new_secret()).await),
            error("value too long", vault.put(&me, &large).await),
            error("refused", used),
            error("no such version", gone),
        ]);
    });
}
