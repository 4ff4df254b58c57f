//! The head of a stored conversation: its key, sealed, and how far its journal goes.

use super::id::ConversationId;
use crate::guard::conversation::ConversationKey;
use crate::mac::is_same_mac;
use crate::seal::Context;
use crate::taxonomy::Tenant;
use crate::time::Moment;
use crate::{Error, ErrorKind};

const MAGIC: &[u8; 8] = b"cfdguard";
const VERSION: u8 = 1;
/// Magic, version, created, expires, parts, chain, tag.
const FIXED: usize = 8 + 1 + 8 + 8 + 8 + 32 + 32;

/// The head of a stored conversation.
///
/// All but the envelope is under a tag of the conversation's key, so neither may the
/// journal be cut nor the expiry moved by someone who can write to the store.
#[derive(Clone)]
pub(super) struct Head {
    /// In seconds since 1970.
    pub(super) created: i64,
    /// In seconds since 1970: the first at which it is gone.
    pub(super) expires: i64,
    /// How many parts the journal has.
    pub(super) parts: u64,
    /// A digest of all of them.
    pub(super) chain: [u8; 32],
    /// The key of the conversation, sealed.
    pub(super) envelope: Vec<u8>,
}

impl Head {
    pub(super) fn to_bytes(&self, key: &ConversationKey, id: &ConversationId) -> Vec<u8> {
        let mut out = Vec::with_capacity(FIXED + self.envelope.len());
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        out.extend_from_slice(&self.created.to_be_bytes());
        out.extend_from_slice(&self.expires.to_be_bytes());
        out.extend_from_slice(&self.parts.to_be_bytes());
        out.extend_from_slice(&self.chain);
        out.extend_from_slice(&tag(key, id, &out));
        out.extend_from_slice(&self.envelope);
        out
    }

    /// Reads a head without its tag, for what needs no key.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Error> {
        Self::parse(bytes).ok_or_else(damaged)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(&[VERSION])?;
        let (created, rest) = rest.split_first_chunk()?;
        let (expires, rest) = rest.split_first_chunk()?;
        let (parts, rest) = rest.split_first_chunk()?;
        let (chain, rest) = rest.split_first_chunk()?;
        let (_, envelope) = rest.split_first_chunk::<32>()?;
        Some(Self {
            created: i64::from_be_bytes(*created),
            expires: i64::from_be_bytes(*expires),
            parts: u64::from_be_bytes(*parts),
            chain: *chain,
            envelope: envelope.to_vec(),
        })
    }

    /// Checks that the key of the conversation made this head.
    pub(super) fn check(
        bytes: &[u8],
        key: &ConversationKey,
        id: &ConversationId,
    ) -> Result<(), Error> {
        let end = FIXED - 32;
        let found = bytes.get(end..FIXED).and_then(<[u8]>::first_chunk);
        let found = found.ok_or_else(damaged)?;
        let expected = tag(key, id, bytes.get(..end).ok_or_else(damaged)?);
        is_same_mac(&expected, found)
            .then_some(())
            .ok_or_else(damaged)
    }

    /// Whether it is gone at a moment.
    pub(super) fn is_expired(&self, now: Moment) -> bool {
        now.unix_seconds() >= self.expires
    }
}

fn tag(key: &ConversationKey, id: &ConversationId, fixed: &[u8]) -> [u8; 32] {
    let place = [id.tenant().as_bytes(), id.id().as_bytes()];
    let [tenant, name] = place;
    key.mac("head", &[tenant, name, fixed])
}

/// The digest of the journal with one more part.
pub(super) fn chain(key: &ConversationKey, before: &[u8; 32], part: &[u8]) -> [u8; 32] {
    key.mac("chain", &[before, part])
}

/// What the key of a conversation is sealed for.
pub(super) fn key_context(id: &ConversationId) -> Result<Context, Error> {
    let builder = Context::builder(Tenant::new(id.tenant()), id.id());
    builder.kind("confidant.guard.key").build()
}

/// What a part of its journal is sealed for.
pub(super) fn part_context(id: &ConversationId, number: u64) -> Result<Context, Error> {
    let builder = Context::builder(Tenant::new(id.tenant()), id.id()).version(number);
    builder.kind("confidant.guard.part").build()
}

pub(super) fn damaged() -> Error {
    let what = "stored conversation is not what was written";
    Error::message(ErrorKind::Integrity, what)
}
