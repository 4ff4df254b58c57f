//! Events of secrets and tenants in the log.

use crate::audit::{DigestKind, Entry, Identifier, Outcome};
use crate::vault::record::HeadState;

/// What an entry changes in what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A secret is in this state from now on.
    Changed {
        secret: [u8; 16],
        tenant: [u8; 32],
        state: HeadState,
        /// The version that it put, if it did.
        version: Option<u64>,
        /// The index of the entry that announced it.
        attempt: u64,
        /// Whether it was put by this.
        is_new: bool,
    },
    /// A secret is shredded, or is to be.
    Shredded { secret: [u8; 16], end: End },
    /// A tenant has got this key.
    Created {
        tenant: [u8; 32],
        key: Box<str>,
        /// The index of the entry that announced it.
        attempt: u64,
    },
    /// The key of a tenant has got this version.
    Rotated {
        tenant: [u8; 32],
        key: Box<str>,
        version: u64,
    },
    /// A tenant is shredded, or is to be.
    TenantShredded {
        tenant: [u8; 32],
        /// The index of the entry that announced it, where this is another.
        attempt: Option<u64>,
        end: End,
        record: Option<[u8; 32]>,
        key: Option<Box<str>>,
    },
    /// What the store holds counts, though it may be older than the log.
    Restored,
}

/// How far something has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Begun,
    Done,
    /// It did not happen.
    Failed,
}

/// Whether entries with this action are events; the others need not be read.
pub(super) fn is_followed(action: &[u8]) -> bool {
    matches!(
        action,
        b"secret.put"
            | b"secret.rotate"
            | b"secret.disable"
            | b"secret.enable"
            | b"secret.expire"
            | b"secret.shred"
            | b"secret.shred_version"
            | b"tenant.create"
            | b"tenant.rotate"
            | b"tenant.shred"
            | b"vault.accept_restored"
    )
}

impl Event {
    /// The event that an entry is, if it is one.
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        let action = entry.action().as_str()?;
        let end = match entry.outcome() {
            Outcome::Attempted => End::Begun,
            Outcome::Succeeded => End::Done,
            _ => End::Failed,
        };
        let puts_version = matches!(action, "secret.put" | "secret.rotate");
        match action {
            "secret.shred" => Some(Self::Shredded {
                secret: secret_of(entry)?,
                end,
            }),
            "tenant.shred" => Some(Self::TenantShredded {
                tenant: tenant_of(entry)?,
                attempt: count(entry, "attempt"),
                end,
                record: entry.digest_bytes().copied(),
                key: instance(entry).map(Into::into),
            }),
            _ if end != End::Done => None,
            "tenant.create" => Some(Self::Created {
                tenant: tenant_of(entry)?,
                key: instance(entry)?.into(),
                attempt: count(entry, "attempt")?,
            }),
            "tenant.rotate" => Some(Self::Rotated {
                tenant: tenant_of(entry)?,
                key: instance(entry)?.into(),
                version: count(entry, "key-version")?,
            }),
            "vault.accept_restored" => Some(Self::Restored),
            _ if is_followed(action.as_bytes()) => Some(Self::Changed {
                secret: secret_of(entry)?,
                tenant: tenant_of(entry)?,
                state: HeadState {
                    sequence: count(entry, "sequence")?,
                    digest: *entry.digest_bytes()?,
                },
                version: count(entry, "version").filter(|_| puts_version),
                attempt: count(entry, "attempt")?,
                is_new: action == "secret.put",
            }),
            _ => None,
        }
    }
}

fn count(entry: &Entry, name: &str) -> Option<u64> {
    let mut counts = entry.counts();
    counts
        .find(|(known, _)| *known == name)
        .map(|(_, count)| count)
}

fn instance(entry: &Entry) -> Option<&str> {
    entry.instance_id().and_then(Identifier::as_str)
}

/// The id of a secret: 32 hexadecimal digits.
fn secret_of(entry: &Entry) -> Option<[u8; 16]> {
    let digits = instance(entry).filter(|digits| digits.len() == 32)?;
    let id = u128::from_str_radix(digits, 16).ok()?;
    Some(id.to_be_bytes())
}

fn tenant_of(entry: &Entry) -> Option<[u8; 32]> {
    match entry.tenant_id()?.as_digest()? {
        (DigestKind::Log, digest) => Some(*digest),
        _ => None,
    }
}
