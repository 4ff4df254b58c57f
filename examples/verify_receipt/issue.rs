//! The product's side: it runs, and gives out receipts.

use std::fs;
use std::path::{Path, PathBuf};

use confidant::audit::{Access, Log, Outcome};

use crate::product;
use crate::receipt::Receipt;
use crate::world::{Fallible, Place, World, id};

/// What there is a receipt of: the name of its file, and the action of its entry.
const RECEIPTS: [(&str, &str); 3] = [
    ("deletion.json", "retention.close"),
    ("access.json", "visibility.staff/"),
    ("consent.json", "consent.give"),
];

/// Runs Cloud Claude, and leaves a key, a checkpoint that somebody outside kept early on,
/// and receipts behind.
pub(crate) fn receipts(folder: &Path) -> Fallible<Vec<PathBuf>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let world = World::open(product::PRODUCT, Place::Folder(folder), &[]).await?;
        product::flow(&world).await?;
        let kept = world.log.checkpoint().await?.as_ref().clone();
        fs::write(folder.join("log.pub"), world.verifier().to_string())?;
        fs::write(folder.join("checkpoint"), kept.note())?;
        product::check(&world, &[]).await?;
        let mut written = Vec::new();
        for (file, action) in RECEIPTS {
            let entries = world.entries().await?;
            let mut entries = entries.iter().rev();
            let found = entries.find(|(_, entry)| {
                let name = entry.action().as_str();
                // What was denied was not done; staff who look are let in, and that is all
                // that the log can know of it.
                let let_in = action.starts_with("visibility.");
                (entry.outcome() == Outcome::Succeeded
                    || let_in && entry.outcome() == Outcome::Attempted)
                    && name.is_some_and(|name| name.starts_with(action))
            });
            let (place, _) = found.ok_or_else(|| format!("no entry `{action}`"))?;
            let receipt = receipt(&world.log, *place, kept.size()).await?;
            let path = folder.join(file);
            fs::write(&path, receipt.to_json())?;
            written.push(path);
        }
        Ok(written)
    })
}

/// Makes the receipt of an entry for somebody who kept a checkpoint of that size.
async fn receipt(log: &Log, place: u64, kept: u64) -> Fallible<Receipt> {
    let access = Access::new(id("auditor:7")?);
    let records = log.read(place..place + 1, &access).await?;
    let record = records.first().ok_or("there is no such entry")?;
    let proof = log.inclusion_proof(place).await?;
    let goes_on = log
        .consistency_proof(kept..proof.checkpoint().size())
        .await?;
    Ok(Receipt {
        entry: record.to_bytes()?,
        proof: proof.to_string(),
        goes_on: goes_on.path().to_vec(),
    })
}

/// Changes what a receipt says, and leaves its proof as it is.
pub(crate) fn forged(folder: &Path) -> Fallible<PathBuf> {
    let mut receipt = Receipt::parse(&fs::read_to_string(folder.join("deletion.json"))?)?;
    let last = receipt.entry.last_mut().ok_or("the entry is empty")?;
    *last ^= 1;
    let path = folder.join("forged.json");
    fs::write(&path, receipt.to_json())?;
    Ok(path)
}
