//! The state of every secret and every tenant, according to the log.

use std::collections::{HashMap, HashSet};

use super::event::{End, Event};
use crate::vault::record::HeadState;

/// The states that the log knows of, below which no record may fall.
///
/// Entries are applied in any order, since this process's own are known before those
/// that others wrote at the same time.
#[derive(Debug, Default)]
pub(super) struct Marks {
    secrets: HashMap<[u8; 16], SecretMark>,
    tenants: HashMap<[u8; 32], TenantMark>,
    /// Counts what is applied: what was applied later than a record was read says
    /// nothing against it.
    clock: u64,
    /// The last entry that accepted what a store held.
    restored: Option<u64>,
}

#[derive(Debug)]
struct SecretMark {
    tenant: [u8; 32],
    /// The state that the log names last; none where it only tells of its end.
    state: Option<StateMark>,
    /// The entry that announced that it is put.
    put: u64,
    /// The greatest numbers that the log has ever named for it.
    highest: Numbers,
    is_shredded: bool,
    /// How many times it was announced, without an end that is known, that it is
    /// shredded.
    shreds: i64,
}

/// The greatest numbers that the log has ever named for a secret, also before a store
/// was accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::vault) struct Numbers {
    /// Of its record.
    pub(in crate::vault) sequence: u64,
    /// Of its latest version.
    pub(in crate::vault) version: u64,
}

#[derive(Clone, Copy, Debug)]
struct StateMark {
    state: HeadState,
    /// The entry that says so.
    index: u64,
    applied: u64,
}

#[derive(Debug, Default)]
struct TenantMark {
    /// By the entry that announced each.
    shreds: HashMap<u64, TenantShred>,
    /// Records of keys that were shredded.
    records: HashSet<[u8; 32]>,
    keys: HashMap<Box<str>, KeyMark>,
    /// The greatest entry that announced a value that was then sealed.
    sealed: Option<u64>,
    /// The first entry that names each key that it ever had, whatever was accepted since.
    named: HashMap<Box<str>, u64>,
    /// The greatest version that the log has ever named for each key.
    versions: HashMap<Box<str>, u64>,
    /// The key that it has, with the entry that announced it.
    current: Option<(u64, Box<str>)>,
}

#[derive(Clone, Copy, Debug)]
enum TenantShred {
    Begun,
    Done(u64),
    Failed,
}

#[derive(Clone, Copy, Debug, Default)]
struct KeyMark {
    version: u64,
    applied: u64,
    index: u64,
    is_shredded: bool,
}

/// What the log says of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vault) enum Standing {
    /// It is another than the one that the log tells of.
    Foreign,
    /// Nothing against it.
    Good,
    /// It is older than the log says, or another of the same number.
    Reverted,
    /// It was shredded.
    Revived,
}

/// What the log says of something that is not in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vault) enum Absence {
    /// It may have been shredded, or was never there.
    Plausible,
    /// It was there, and was not shredded.
    Unexplained,
}

impl Marks {
    /// What is applied from now on is later than this.
    pub(super) const fn now(&self) -> u64 {
        self.clock
    }

    /// Learns what the entry at `index` says.
    pub(super) fn apply(&mut self, index: u64, event: Event) {
        self.clock += 1;
        let applied = self.clock;
        match event {
            Event::Changed {
                secret,
                tenant,
                state,
                version,
                attempt,
                is_new,
            } => {
                let mark = self
                    .secrets
                    .entry(secret)
                    .or_insert_with(SecretMark::unknown);
                let highest = &mut mark.highest;
                highest.sequence = highest.sequence.max(state.sequence);
                highest.version = highest.version.max(version.unwrap_or_default());
                if self.is_settled(index) {
                    return;
                }
                let sealed = &mut self.tenants.entry(tenant).or_default().sealed;
                *sealed = (*sealed).max(Some(attempt));
                let mark = self
                    .secrets
                    .entry(secret)
                    .or_insert_with(SecretMark::unknown);
                mark.tenant = tenant;
                if is_new {
                    mark.put = attempt;
                }
                match &mut mark.state {
                    Some(known) if known.state.sequence > state.sequence => {}
                    // The process may have seen the record before its entry.
                    Some(known) if known.state == state => {
                        known.index = known.index.max(index);
                    }
                    Some(known) if known.state.sequence == state.sequence => {}
                    known => {
                        *known = Some(StateMark {
                            state,
                            index,
                            applied,
                        });
                    }
                }
            }
            Event::Shredded { secret, end } => {
                let mark = self
                    .secrets
                    .entry(secret)
                    .or_insert_with(SecretMark::unknown);
                mark.shreds += if end == End::Begun { 1 } else { -1 };
                mark.is_shredded |= end == End::Done;
            }
            Event::Created {
                tenant,
                key,
                attempt,
            } => {
                let mark = self.tenants.entry(tenant).or_default();
                mark.name(&key, index);
                if self.is_settled(index) {
                    return;
                }
                let current = &mut self.tenants.entry(tenant).or_default().current;
                *current = current.take().max(Some((attempt, key)));
            }
            Event::Rotated {
                tenant,
                key,
                version,
            } => {
                let mark = self.tenants.entry(tenant).or_default();
                mark.name(&key, index);
                let highest = mark.versions.entry(key.clone()).or_default();
                *highest = (*highest).max(version);
                if self.is_settled(index) {
                    return;
                }
                let keys = &mut self.tenants.entry(tenant).or_default().keys;
                let mark = keys.entry(key).or_default();
                if version > mark.version {
                    (mark.version, mark.applied, mark.index) = (version, applied, index);
                }
            }
            Event::TenantShredded {
                tenant,
                attempt,
                end,
                record,
                key,
            } => {
                let mark = self.tenants.entry(tenant).or_default();
                let shred = match end {
                    End::Begun => TenantShred::Begun,
                    End::Done => TenantShred::Done(index),
                    End::Failed => TenantShred::Failed,
                };
                match attempt {
                    Some(attempt) => _ = mark.shreds.insert(attempt, shred),
                    None => _ = mark.shreds.entry(index).or_insert(shred),
                }
                if end == End::Done {
                    mark.records.extend(record);
                    if let Some(key) = key {
                        mark.keys.entry(key).or_default().is_shredded = true;
                    }
                }
            }
            Event::Restored => self.restore(index),
        }
    }

    /// Whether what the entry says was settled by one that accepted a store.
    fn is_settled(&self, index: u64) -> bool {
        self.restored.is_some_and(|restored| index < restored)
    }

    /// Forgets what was said before, but for what was shredded.
    fn restore(&mut self, index: u64) {
        if self.is_settled(index) {
            return;
        }
        self.restored = Some(index);
        for mark in self.secrets.values_mut() {
            mark.state = mark.state.filter(|state| state.index > index);
        }
        for mark in self.tenants.values_mut() {
            mark.sealed = mark.sealed.filter(|sealed| *sealed > index);
            mark.current = mark.current.take().filter(|(attempt, _)| *attempt > index);
            mark.keys
                .retain(|_, key| key.is_shredded || key.index > index);
        }
    }

    /// What the log says of a head that was read since `read`, and remembers it where
    /// it is newer than the log.
    pub(super) fn head(&mut self, secret: &[u8; 16], found: HeadState, read: u64) -> Standing {
        self.clock += 1;
        let applied = self.clock;
        let Some(mark) = self.secrets.get_mut(secret) else {
            return Standing::Good;
        };
        let tenant = self.tenants.get(&mark.tenant);
        let is_gone = |put: u64| tenant.is_some_and(|tenant| tenant.is_gone(put));
        if mark.is_shredded || mark.state.is_some_and(|state| is_gone(state.index)) {
            return Standing::Revived;
        }
        let Some(known) = &mut mark.state else {
            return Standing::Good;
        };
        let state = known.state;
        if found.sequence < state.sequence && known.applied <= read {
            return Standing::Reverted;
        }
        if found.sequence == state.sequence && found.digest != state.digest {
            return Standing::Reverted;
        }
        if found.sequence > state.sequence {
            (known.state, known.applied) = (found, applied);
        }
        Standing::Good
    }

    /// What the log says of the record of a tenant's key that was read since `read`.
    pub(super) fn key(
        &self,
        tenant: &[u8; 32],
        record: &[u8; 32],
        key: &str,
        version: u64,
        read: u64,
    ) -> Standing {
        let Some(mark) = self.tenants.get(tenant) else {
            return Standing::Good;
        };
        let known = mark.keys.get(key).copied().unwrap_or_default();
        let is_another =
            |(attempt, current): &(u64, Box<str>)| **current != *key && !mark.may_be_gone(*attempt);
        // Which key it was need not have been told from the record that was deleted.
        let is_gone = mark
            .named
            .get(key)
            .is_some_and(|named| mark.is_gone(*named));
        if known.is_shredded || is_gone || mark.records.contains(record) {
            Standing::Revived
        } else if mark.current.as_ref().is_some_and(is_another) {
            Standing::Foreign
        } else if version < known.version && known.applied <= read {
            Standing::Reverted
        } else {
            Standing::Good
        }
    }

    /// The greatest numbers that the log has ever named for a secret.
    pub(super) fn highest(&self, secret: &[u8; 16]) -> Numbers {
        let mark = self.secrets.get(secret);
        mark.map(|mark| mark.highest).unwrap_or_default()
    }

    /// The greatest version that the log has ever named for a tenant's key.
    pub(super) fn highest_key(&self, tenant: &[u8; 32], key: &str) -> u64 {
        let mark = self.tenants.get(tenant);
        let highest = mark.and_then(|mark| mark.versions.get(key));
        highest.copied().unwrap_or_default()
    }

    /// What the log says of a secret whose record is not there.
    pub(super) fn no_head(&self, secret: &[u8; 16]) -> Absence {
        let Some(mark) = self.secrets.get(secret) else {
            return Absence::Plausible;
        };
        let tenant = self.tenants.get(&mark.tenant);
        let may_be_gone = mark.is_shredded
            || mark.shreds > 0
            || mark.state.is_none()
            || tenant.is_some_and(|tenant| tenant.may_be_gone(mark.put));
        if may_be_gone {
            Absence::Plausible
        } else {
            Absence::Unexplained
        }
    }

    /// What the log says of a tenant whose key is not there.
    pub(super) fn no_key(&self, tenant: &[u8; 32]) -> Absence {
        let Some(mark) = self.tenants.get(tenant) else {
            return Absence::Plausible;
        };
        let created = mark.current.as_ref().map(|(attempt, _)| *attempt);
        match created.max(mark.sealed) {
            Some(index) if !mark.may_be_gone(index) => Absence::Unexplained,
            _ => Absence::Plausible,
        }
    }

    /// Whether a tenant is to be shredded, as far as the log tells, and the end of that is
    /// not known. A later shredding that is done settles those before it.
    pub(super) fn is_being_shredded(&self, tenant: &[u8; 32]) -> bool {
        let Some(mark) = self.tenants.get(tenant) else {
            return false;
        };
        let is_open = |(attempt, shred): (&u64, &TenantShred)| {
            matches!(shred, TenantShred::Begun) && !mark.is_gone(*attempt)
        };
        mark.shreds.iter().any(is_open)
    }

    /// Whether a shredding of a tenant was announced after the entry `index`, and did not
    /// fail.
    pub(super) fn is_shredded_since(&self, tenant: &[u8; 32], index: u64) -> bool {
        let is_later = |(attempt, shred): (&u64, &TenantShred)| {
            *attempt > index && !matches!(shred, TenantShred::Failed)
        };
        let mark = self.tenants.get(tenant);
        mark.is_some_and(|mark| mark.shreds.iter().any(is_later))
    }

    /// The secrets that must be there, with the digests of their tenants.
    pub(super) fn living(&self) -> impl Iterator<Item = (&[u8; 16], &[u8; 32])> {
        let is_living = |secret: &[u8; 16]| self.no_head(secret) == Absence::Unexplained;
        let secrets = self.secrets.iter();
        secrets.filter_map(move |(id, mark)| is_living(id).then_some((id, &mark.tenant)))
    }
}

impl SecretMark {
    /// Where nothing is known of it yet. That it was put so early leaves it open whether
    /// it went with its tenant.
    const fn unknown() -> Self {
        Self {
            tenant: [0; 32],
            state: None,
            put: 0,
            highest: Numbers {
                sequence: 0,
                version: 0,
            },
            is_shredded: false,
            shreds: 0,
        }
    }
}

impl TenantMark {
    /// Notes that the entry at `index` names a key.
    fn name(&mut self, key: &str, index: u64) {
        let first = self.named.entry(key.into()).or_insert(index);
        *first = (*first).min(index);
    }

    /// Whether what was there by the entry `index` is gone: it was shredded by an action
    /// that began later.
    fn is_gone(&self, index: u64) -> bool {
        let is_later = |(attempt, shred): (&u64, &TenantShred)| {
            matches!(shred, TenantShred::Done(_)) && *attempt > index
        };
        self.shreds.iter().any(is_later)
    }

    /// Whether what was put after the entry `index` may have been shredded: by an action
    /// that did not end before.
    fn may_be_gone(&self, index: u64) -> bool {
        self.shreds.values().any(|shred| match shred {
            TenantShred::Begun => true,
            TenantShred::Done(end) => *end > index,
            TenantShred::Failed => false,
        })
    }
}
