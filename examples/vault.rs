//! A vault in a temporary folder: what it does, and what it refuses.
//!
//! `cargo run --example vault --features sqlite`
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use confidant::audit::{Caller, Identifier, Log, LogKey, LogVerdict, SigningKey, verify_folder};
use confidant::seal::{Keyring, LocalKeys};
use confidant::store::SqliteStore;
use confidant::taxonomy::Tenant;
use confidant::vault::{EnvFile, Filter, NewSecret, Scope, SecretPurpose, SecretUse, Vault};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("confidant-vault-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let result = pollster::block_on(run(&folder));
    fs::remove_dir_all(&folder)?;
    result
}

async fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    // A product loads these from a key service and from files of its own.
    let keyring = Keyring::new(LocalKeys::generate("local:example")?);
    let signer = Arc::new(SigningKey::generate("example.test/audit")?);
    let log_key = LogKey::generate()?;

    let store = Arc::new(SqliteStore::open(folder.join("store"))?);
    let log = Log::builder(signer).open(folder.join("log")).await?;
    let vault = Vault::builder(keyring, store, log.clone(), log_key).build();
    let caller = Caller::new(Identifier::new("service:deployer")?);

    let work = SecretPurpose::new("repository-work")?;
    let website = Scope::new("github:acme/website")?;
    let new = NewSecret::new(
        Tenant::new("acme"),
        "github-token",
        b"not a real token",
        work.clone(),
    )
    .scope(website.clone())
    .label("environment", "production")?;
    let secret = vault.put(&caller, &new).await?;
    println!("put a secret: {}", secret.to_text());

    let used = vault.use_with(
        &caller,
        &secret,
        SecretUse::new(&work).scope(&website),
        |token| token.len(),
    );
    println!("used it: {} bytes", used.await?);
    let support = SecretPurpose::new("support")?;
    let refused = vault.use_with(
        &caller,
        &secret,
        SecretUse::new(&support).scope(&website),
        |_| (),
    );
    println!("for support: {}", expect_error(refused.await)?);
    println!(
        "to look at: {}",
        expect_error(vault.reveal(&caller, &secret, &work).await)?
    );

    let number = vault.rotate(&caller, &secret, b"another token").await?;
    println!("rotated it: version {number}");

    let file = EnvFile::parse("export API_KEY='not a real key'\nPORT=8080\n")?;
    let imported = vault.import_env(&caller, "acme", &file, &work).await?;
    println!("imported {} settings", imported.put.len());
    for info in vault.list(&caller, "acme", &Filter::new()).await? {
        println!("  {}: {:?}", info.secret.name(), info.state);
    }

    vault.shred(&caller, &secret).await?;
    let gone = vault.use_with(
        &caller,
        &secret,
        SecretUse::new(&work).scope(&website),
        |_| (),
    );
    println!("shredded it: {}", expect_error(gone.await)?);

    let (key, seen) = (log.verifying_key(), log.checkpoint().await?);
    drop((vault, log));
    let report = verify_folder(folder.join("log"), &[key], &[seen.as_ref().clone()])?;
    println!("the log has {} entries: {:?}", report.size, report.verdict);
    if report.verdict == LogVerdict::Intact {
        Ok(())
    } else {
        Err("the log is not what was written".into())
    }
}

/// What must not work and does is an error here.
fn expect_error<T>(
    result: Result<T, confidant::Error>,
) -> Result<confidant::Error, Box<dyn Error>> {
    result
        .err()
        .ok_or_else(|| "this should have been refused".into())
}
