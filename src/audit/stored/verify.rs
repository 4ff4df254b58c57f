//! Verifying a log in a store.

use super::PAGE;
use super::nodes::hashes;
use super::record::Places;
use crate::Error;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::key::VerifyingKey;
use crate::audit::tree::Hash;
use crate::audit::verify::{Report, Verifier};
use crate::error::ErrorKind;
use crate::store::Store;

/// Verifies the log of that name in a store, as
/// [`verify_folder`](crate::audit::verify_folder) does one in files.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) where the store holds no such log and no
/// anchor says that it should; those of the store.
pub async fn verify_store(
    store: &dyn Store,
    name: &str,
    keys: &[VerifyingKey],
    anchors: &[Checkpoint],
) -> Result<Report, Error> {
    let places = Places::new(name)?;
    let mut verifier = Verifier::new(keys, anchors);
    if store.get(&places.head()?).await?.is_none() && verifier.anchored() == 0 {
        return Err(Error::config("store holds no audit log of that name"));
    }
    loop {
        let first = verifier.size();
        let entries = match places.read(store, first..first + PAGE).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::Integrity => {
                page_with_a_gap(store, &places, &mut verifier).await?;
                break;
            }
            Err(error) => return Err(error),
        };
        if entries.is_empty() {
            break;
        }
        for (entry, note) in entries {
            take(store, &places, &mut verifier, &entry, note).await?;
        }
        if verifier.is_altered() {
            break;
        }
    }
    // The last entries of a log are never without the checkpoint of their batch.
    if verifier.covered() < verifier.size() {
        let covered = verifier.covered();
        if covered >= verifier.anchored() {
            verifier.alter(covered);
        }
    }
    Ok(verifier.finish(0))
}

async fn take(
    store: &dyn Store,
    places: &Places,
    verifier: &mut Verifier<'_>,
    entry: &[u8],
    note: Option<String>,
) -> Result<(), Error> {
    let index = verifier.size();
    let leaf = Hash::of_leaf(entry);
    verifier.entry(entry, leaf, |_| {});
    if index % 256 == 255 {
        tile(store, places, verifier, index / 256).await?;
    }
    if let Some(note) = note {
        verifier.checkpoint(&note);
    }
    Ok(())
}

/// Compares a tile with the entries below it.
async fn tile(
    store: &dyn Store,
    places: &Places,
    verifier: &mut Verifier<'_>,
    tile: u64,
) -> Result<(), Error> {
    let record = store.get(&places.tile(0, tile)?).await?;
    let kept = record
        .map(|record| hashes(&record.value))
        .unwrap_or_default();
    let first = tile * 256;
    let entries = places.read(store, first..first + 256).await?;
    let mut kept = kept.into_iter();
    for (index, (entry, _)) in (first..).zip(entries) {
        if kept.next() != Some(Hash::of_leaf(&entry)) {
            verifier.alter(index);
            break;
        }
    }
    Ok(())
}

/// Goes over the entries before the one that is missing or malformed.
async fn page_with_a_gap(
    store: &dyn Store,
    places: &Places,
    verifier: &mut Verifier<'_>,
) -> Result<(), Error> {
    loop {
        let index = verifier.size();
        match places.read(store, index..index + 1).await {
            Ok(entries) => {
                let Some((entry, note)) = entries.into_iter().next() else {
                    return Ok(());
                };
                take(store, places, verifier, &entry, note).await?;
            }
            Err(error) if error.kind() == ErrorKind::Integrity => {
                verifier.alter(index);
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
}
