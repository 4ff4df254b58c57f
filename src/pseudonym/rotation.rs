//! Keys of purposes and periods.

use std::sync::Arc;

use super::PseudonymKey;
use super::keys::{TRIES, resolve};
use super::record::KeyStore;
use crate::error::PseudonymCause;
#[cfg(feature = "seal")]
use crate::seal::Keyring;
use crate::store::{self, Batch, Condition, Range, Store};
use crate::taxonomy::{Purpose, Tenant};
use crate::time::{Moment, Period, Rounding};
use crate::{Error, ErrorKind};

const KEYS: &str = "confidant.pseudonym.key";
const HORIZON: &str = "confidant.pseudonym.horizon";
const FORMAT: u8 = 1;
/// How many keys a commit destroys at most.
const PAGE: usize = 1_000;

/// Random keys in a store, one for each purpose and each calendar period.
///
/// Periods are counted from the beginning of 1970, so that all processes agree on where
/// one ends, in UTC. What was stored in one period cannot be linked with what was
/// stored in another, and once [`destroy_before`](Self::destroy_before) has destroyed a
/// key, nobody can test guesses against its pseudonyms any more.
///
/// # Security
/// Without a keyring the keys lie in the store as they are: whoever can read the store
/// can test guesses. With the feature `seal`, `sealed_by` seals them. Copies of the
/// store, its backups above all, keep a key alive until they are gone too, unless the
/// keyring's own key is destroyed. No key is held in memory between calls; a [`PseudonymKey`]
/// that a caller holds works until it is dropped.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::pseudonym::RotatingKeys;
/// use confidant::store::MemoryStore;
/// use confidant::taxonomy::Purpose;
/// use confidant::time::{Moment, Period};
///
/// # pollster::block_on(async {
/// let keys = RotatingKeys::new(Arc::new(MemoryStore::new()), "acme", Period::days(1))?;
/// let purpose = Purpose::new("rate-limit")?;
/// let noon: Moment = "2026-05-01T12:00:00Z".parse()?;
/// let evening: Moment = "2026-05-01T20:00:00Z".parse()?;
/// let tomorrow: Moment = "2026-05-02T12:00:00Z".parse()?;
/// let of = async |at| -> Result<_, confidant::Error> {
///     Ok(keys.at(&purpose, at).await?.session(&purpose, "s-81"))
/// };
/// assert_eq!(of(noon).await?, of(evening).await?);
/// assert_ne!(of(noon).await?, of(tomorrow).await?);
///
/// assert_eq!(keys.destroy_before(&purpose, tomorrow).await?, 1);
/// assert!(of(noon).await.is_err());
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct RotatingKeys {
    keys: KeyStore,
    tenant: Box<str>,
    period: Period,
}

impl RotatingKeys {
    /// Holds the keys of a tenant in `store`, with a new one every `period`.
    ///
    /// # Errors
    /// `Config` where `period` is no time at all, and `Limit` where the name of the
    /// tenant is longer than a [key](store::RecordKey) may have.
    pub fn new(store: Arc<dyn Store>, tenant: &str, period: Period) -> Result<Self, Error> {
        if period.is_zero() {
            return Err(PseudonymCause::Rotation.into());
        }
        store::RecordKey::new(Tenant::new(tenant), KEYS, [])?;
        Ok(Self {
            keys: KeyStore::new(store),
            tenant: tenant.into(),
            period,
        })
    }

    /// Seals keys by `keyring`. A key that lies in the store unsealed is refused from then
    /// on. A key provider that wraps by a public key is refused with an error of kind
    /// [`Config`](crate::ErrorKind::Config): others could plant a key that they know.
    #[cfg(feature = "seal")]
    #[must_use]
    pub fn sealed_by(mut self, keyring: Keyring) -> Self {
        self.keys = self.keys.sealed_by(keyring);
        self
    }

    /// Returns the key for what happened at `at`. It is made where there is none.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) where the keys of that period were destroyed,
    /// [`Limit`](ErrorKind::Limit) before 1970, [`Integrity`](ErrorKind::Integrity)
    /// where the record is damaged or not sealed as it must be,
    /// [`Conflict`](ErrorKind::Conflict) where others change it again and again, and
    /// those of the store and the keyring.
    pub async fn at(&self, purpose: &Purpose, at: Moment) -> Result<PseudonymKey, Error> {
        let (number, end) = self.epoch(at)?;
        let place = self.place(purpose, number)?;
        let horizon_place = self.horizon_place(purpose)?;
        resolve(&self.keys, &place, async || {
            let record = self.keys.store.get(&horizon_place).await?;
            let condition = match record {
                None => Condition::Absent,
                Some(record) if end <= parse_horizon(&record.value)? => {
                    return Err(PseudonymCause::Destroyed.into());
                }
                Some(record) => Condition::Revision(record.revision),
            };
            Ok(Some((horizon_place.clone(), condition)))
        })
        .await
    }

    /// Destroys the keys of every period of a purpose that ended at `before` or earlier,
    /// and returns how many there were. Such keys are not made again, even where what
    /// is to be pseudonymised arrives late.
    ///
    /// # Errors
    /// Those of the store; [`Conflict`](ErrorKind::Conflict) where others change the
    /// same keys again and again; [`Integrity`](ErrorKind::Integrity) where a record lies
    /// under a path that names no period, which stays, while all others were destroyed.
    /// After another error some keys may be destroyed; call it again.
    pub async fn destroy_before(&self, purpose: &Purpose, before: Moment) -> Result<u64, Error> {
        self.raise_horizon(purpose, before).await?;
        let mut range = self.all(purpose)?;
        let (mut destroyed, mut more, mut stray) = (0, true, Ok(()));
        while more {
            let page = self.keys.store.scan(&range, PAGE).await?;
            more = page.len() == PAGE;
            let mut batch = Batch::new();
            let mut count = 0;
            for record in page {
                match end_of(record.key.path()) {
                    Ok(end) if end <= before => {
                        batch = batch.delete(record.key.clone());
                        count += 1;
                    }
                    Ok(_) => {}
                    Err(error) => stray = Err(error),
                }
                range = range.after(record.key.path());
            }
            if count > 0 {
                self.keys.store.commit(batch).await?;
                destroyed += count;
            }
        }
        stray.map(|()| destroyed)
    }

    /// Says that no key is made whose period ends by `before`, before any is destroyed.
    async fn raise_horizon(&self, purpose: &Purpose, before: Moment) -> Result<(), Error> {
        let place = self.horizon_place(purpose)?;
        for _ in 0..TRIES {
            let batch = Batch::new().put(place.clone(), horizon(before));
            let batch = match self.keys.store.get(&place).await? {
                None => batch.require(place.clone(), Condition::Absent),
                Some(record) if before <= parse_horizon(&record.value)? => return Ok(()),
                Some(record) => batch.require(place.clone(), Condition::Revision(record.revision)),
            };
            match self.keys.store.commit(batch).await {
                Ok(_) => return Ok(()),
                Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InDoubt) => {}
                Err(error) => return Err(error),
            }
        }
        Err(PseudonymCause::Contended.into())
    }

    /// The number of the period in which `at` lies, and the moment at which it ends.
    fn epoch(&self, at: Moment) -> Result<(u32, Moment), Error> {
        if at < Moment::UNIX_EPOCH {
            return Err(PseudonymCause::Start.into());
        }
        // The greatest number whose period begins by `at`; that of 0 does.
        let (mut low, mut high) = (0, u32::MAX);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            match start(self.period, middle) {
                Ok(start) if start <= at => low = middle,
                _ => high = middle - 1,
            }
        }
        Ok((low, end(self.period, low)))
    }

    /// `purpose ‖ 00 ‖ period ‖ 00 ‖ number`: another period has other keys.
    fn place(&self, purpose: &Purpose, number: u32) -> Result<store::RecordKey, Error> {
        let mut path = format!("{purpose}\0{}\0", self.period).into_bytes();
        path.extend(number.to_be_bytes());
        store::RecordKey::new(Tenant::new(&self.tenant), KEYS, path)
    }

    fn all(&self, purpose: &Purpose) -> Result<Range, Error> {
        let prefix = format!("{purpose}\0");
        Ok(Range::collection(Tenant::new(&self.tenant), KEYS)?.prefix(prefix.as_bytes()))
    }

    fn horizon_place(&self, purpose: &Purpose) -> Result<store::RecordKey, Error> {
        store::RecordKey::new(Tenant::new(&self.tenant), HORIZON, purpose.as_str())
    }
}

fn start(period: Period, number: u32) -> Result<Moment, Error> {
    period
        .times(number)?
        .after(Moment::UNIX_EPOCH, Rounding::Back)
}

/// The end of a period: the start of the next one, or the end of time.
fn end(period: Period, number: u32) -> Moment {
    let next = number.checked_add(1).map(|next| start(period, next));
    next.and_then(Result::ok).unwrap_or(Moment::MAX)
}

/// The end of the period whose key lies under a path.
fn end_of(path: &[u8]) -> Result<Moment, Error> {
    let read = || {
        let (text, number) = path.split_last_chunk::<4>()?;
        let text = std::str::from_utf8(text.strip_suffix(&[0])?).ok()?;
        let (_, period) = text.split_once('\0')?;
        let period: Period = period
            .parse()
            .ok()
            .filter(|period: &Period| !period.is_zero())?;
        Some(end(period, u32::from_be_bytes(*number)))
    };
    read().ok_or_else(|| PseudonymCause::Damaged.into())
}

fn horizon(before: Moment) -> Vec<u8> {
    let mut record = vec![FORMAT];
    record.extend(before.unix_nanoseconds().to_be_bytes());
    record
}

fn parse_horizon(record: &[u8]) -> Result<Moment, Error> {
    let read = || {
        let (&[format], rest) = record.split_first_chunk()?;
        let nanoseconds = i128::from_be_bytes(rest.try_into().ok()?);
        let moment = Moment::from_unix_nanoseconds(nanoseconds).ok()?;
        (format == FORMAT).then_some(moment)
    };
    read().ok_or_else(|| PseudonymCause::Damaged.into())
}

#[cfg(test)]
mod tests;
