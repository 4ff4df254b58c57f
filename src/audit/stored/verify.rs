//! Verifying a log in a store.

use super::nodes::{WIDTH, bytes, root};
use super::record::{BatchId, Entry, Found, LOOKS, PAGE, Places};
use crate::Error;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::key::VerifyingKey;
use crate::audit::tree::Hash;
use crate::audit::verify::{LogReport, Verifier};
use crate::error::ErrorKind;
use crate::store::Store;

/// Verifies the log of that name in a store, as
/// [`verify_folder`](crate::audit::verify_folder) does one in files.
///
/// The head of the log, which is signed, says where it ends. Where it is missing,
/// damaged, or names fewer or more entries than there are, the log is
/// [altered](crate::audit::LogVerdict::Altered) from the first entry on that the head and the entries do
/// not agree on.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) where the store holds no such log and no
/// anchor says that it should; those of the store.
pub async fn verify_store(
    store: &dyn Store,
    name: &str,
    keys: &[VerifyingKey],
    anchors: &[Checkpoint],
) -> Result<LogReport, Error> {
    let places = Places::new(name)?;
    let quick = verify(store, &places, Verifier::quick(keys, anchors)).await?;
    if let Some(report) = quick {
        return Ok(report);
    }
    let each = verify(store, &places, Verifier::new(keys, anchors)).await?;
    each.ok_or_else(nothing)
}

#[cold]
fn nothing() -> Error {
    Error::not_found("store holds no audit log of that name")
}

#[cold]
fn grows_too_fast() -> Error {
    let what = "audit log grows faster than it is read";
    Error::message(ErrorKind::Store, what).retry()
}

/// Why a log in a store does not open, in the words of whoever verifies it; `None` for
/// one that is intact.
pub(super) async fn explain(
    store: &dyn Store,
    places: &Places,
    keys: &[VerifyingKey],
) -> Option<Error> {
    let verifier = Verifier::new(keys, &[]);
    match verify(store, places, verifier).await {
        Ok(report) => report?.verdict.cause().map(Error::from),
        Err(error) => Some(error),
    }
}

async fn verify(
    store: &dyn Store,
    places: &Places,
    verifier: Verifier<'_>,
) -> Result<Option<LogReport>, Error> {
    let quick = verifier.is_quick();
    let mut pass = Pass {
        store,
        places,
        verifier,
        above: Vec::new(),
    };
    pass.run().await?;
    if quick {
        return Ok(pass.verifier.finish_quick());
    }
    Ok(Some(pass.verifier.finish(0)))
}

/// One pass over a log, from its first entry on.
struct Pass<'p, 'a> {
    store: &'p dyn Store,
    places: &'p Places,
    verifier: Verifier<'a>,
    /// The hashes of the tile of each level that is not full yet.
    above: Vec<Vec<Hash>>,
}

impl Pass<'_, '_> {
    async fn run(&mut self) -> Result<(), Error> {
        let mut looks = 0;
        loop {
            looks += 1;
            let before = self.verifier.size();
            self.entries().await?;
            let size = self.verifier.size();
            if self.verifier.is_altered() {
                return Ok(());
            }
            // Read behind the entries: in a log that others write to, it names them all.
            let found = match self.places.end(self.store).await {
                Err(error) if error.kind() == ErrorKind::Integrity => None,
                found => match found? {
                    None if size == 0 && self.verifier.anchored() == 0 => return Err(nothing()),
                    None if size == 0 => return Ok(()),
                    found => found,
                },
            };
            let claims = found.as_ref().and_then(Found::claims);
            let claim = claims.and_then(|(roots, note)| {
                let (claimed, _) = Checkpoint::claims(note)?;
                Some((roots, note, claimed))
            });
            match claim {
                Some((_, _, claimed)) if claimed > size && size > before => {
                    if looks == LOOKS {
                        return Err(grows_too_fast());
                    }
                }
                Some((_, _, claimed)) if claimed != size => {
                    self.verifier.alter(claimed.min(size));
                    return Ok(());
                }
                Some((roots, note, _)) if roots == self.verifier.frontier().roots() => {
                    self.verifier.checkpoint(note);
                    let place = found.as_ref().map(|found| (found.id, found.revision));
                    return self.last_tiles(place).await;
                }
                _ => {
                    self.verifier.alter(self.verifier.covered());
                    return Ok(());
                }
            }
        }
    }

    /// Goes over the entries that there are, up to the first that is none.
    async fn entries(&mut self) -> Result<(), Error> {
        loop {
            let first = self.verifier.size();
            let page = self.places.read(self.store, first..first + PAGE).await;
            let entries = match page {
                Err(error) if error.kind() == ErrorKind::Integrity => {
                    return self.page_with_a_gap().await;
                }
                page => page?,
            };
            if entries.is_empty() {
                return Ok(());
            }
            for entry in &entries {
                self.take(entry).await?;
            }
            if self.verifier.is_altered() {
                return Ok(());
            }
        }
    }

    /// Goes over the entries before the one that is missing or malformed.
    async fn page_with_a_gap(&mut self) -> Result<(), Error> {
        loop {
            let index = self.verifier.size();
            match self.places.read(self.store, index..index + 1).await {
                Ok(entries) => {
                    let Some(entry) = entries.first() else {
                        return Ok(());
                    };
                    self.take(entry).await?;
                }
                Err(error) if error.kind() == ErrorKind::Integrity => {
                    self.verifier.alter(index);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn take(&mut self, entry: &Entry) -> Result<(), Error> {
        let leaf = Hash::of_leaf(&entry.bytes);
        self.verifier.entry(&entry.bytes, leaf, |_| {});
        if let Some(end) = &entry.end {
            self.verifier.checkpoint(&end.note);
        }
        self.complete(leaf).await
    }

    /// Takes in a hash of level 0, and compares the tiles that it completes.
    async fn complete(&mut self, leaf: Hash) -> Result<(), Error> {
        let mut next = Some(leaf);
        let mut level = 0;
        while let Some(hash) = next.take() {
            if self.above.len() == level {
                self.above.push(Vec::new());
            }
            let Some(tile) = self.above.get_mut(level) else {
                break;
            };
            tile.push(hash);
            if tile.len() as u64 == WIDTH {
                let full = std::mem::take(tile);
                self.compare(level, &full).await?;
                next = Some(root(&full));
                level += 1;
            }
        }
        Ok(())
    }

    /// Compares the tiles that are not full, which there are none of at level 0, and
    /// looks for tiles beyond the end, unless the log has gone on from `place` by then.
    async fn last_tiles(&mut self, place: Option<(BatchId, u64)>) -> Result<(), Error> {
        let mut wrong = Vec::new();
        let levels = self.above.len().max(1);
        for level in 0..levels {
            let last = self.above.get_mut(level).map(std::mem::take);
            let last = last.filter(|last| level > 0 && !last.is_empty());
            let mut next = tile_of(level, self.verifier.size());
            if let Some(last) = last {
                if !self.is_kept((level, next), &last).await? {
                    wrong.push((level as u8, next));
                }
                next += 1;
            }
            let (from, above) = ((level as u8, next), level + 1 == levels);
            wrong.extend(self.places.tiles_from(self.store, from, above).await?);
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let end = self.places.end(self.store).await?;
        if end.map(|end| (end.id, end.revision)) != place {
            return Ok(());
        }
        for (level, tile) in wrong {
            self.verifier.damage(&format!("tile {level}/{tile}"));
        }
        Ok(())
    }

    /// Compares a full tile, the last of its level so far, with what it must be.
    async fn compare(&mut self, level: usize, expected: &[Hash]) -> Result<(), Error> {
        let tile = tile_of(level, self.verifier.size().saturating_sub(1));
        if !self.is_kept((level, tile), expected).await? {
            self.verifier.damage(&format!("tile {level}/{tile}"));
        }
        Ok(())
    }

    /// Whether the record of a tile holds these hashes and nothing else.
    async fn is_kept(&self, (level, tile): (usize, u64), hashes: &[Hash]) -> Result<bool, Error> {
        let key = self.places.tile(level as u8, tile)?;
        let record = self.store.get(&key).await?;
        Ok(record.is_some_and(|record| record.value == bytes(hashes)))
    }
}

/// The tile of a level above an entry.
fn tile_of(level: usize, entry: u64) -> u64 {
    entry.checked_shr(8 * (level as u32 + 1)).unwrap_or(0)
}
