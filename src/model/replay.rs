//! Items that go back to a provider byte for byte.

use sha2::{Digest, Sha256};

use super::leaf::{Leaf, Leaves, Path};
use super::{Api, Content, Json, ModelDescriptor, Name};

/// A provider's item as it was received.
///
/// Signed or encrypted reasoning must go back unchanged, and to the provider and
/// model that made it. An adapter sends the kept bytes where the
/// [origin](Self::origin) is its own and the part still says what it said when the
/// item was received. It otherwise writes the part anew; signed reasoning it leaves
/// out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    origin: Origin,
    wire: Json,
    fingerprint: Fingerprint,
}

/// Where an item comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    api: Api,
    provider: Name,
    model: Name,
}

/// The SHA-256 digest of what a part says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Replay {
    /// Keeps an item for the content that was read from it.
    #[must_use]
    pub fn new(origin: Origin, wire: Json, content: &Content) -> Self {
        Self {
            origin,
            wire,
            fingerprint: content.fingerprint(),
        }
    }

    /// Returns where the item comes from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the item, byte for byte.
    #[must_use]
    pub const fn wire(&self) -> &Json {
        &self.wire
    }

    /// Returns whether the content is what was read from the item.
    #[must_use]
    pub fn matches(&self, content: &Content) -> bool {
        self.fingerprint == content.fingerprint()
    }

    /// Ties the item to another view of the same content, with values restored or
    /// hidden again. Only a guard knows that two views are of the same content.
    pub(crate) fn rebind(&mut self, content: &Content) {
        self.fingerprint = content.fingerprint();
    }

    pub(super) const fn wire_mut(&mut self) -> &mut Json {
        &mut self.wire
    }
}

impl Origin {
    /// Returns the origin of what a model answers.
    #[must_use]
    pub fn of(model: &ModelDescriptor) -> Self {
        Self {
            api: model.api,
            provider: model.provider.as_str().into(),
            model: model.model.clone(),
        }
    }

    /// Returns the origin of what a model answers of which only the protocol and the name
    /// are known.
    #[cfg(all(feature = "model-http", any(test, feature = "testing")))]
    pub(in crate::model) fn of_name(api: Api, model: &str) -> Self {
        Self {
            api,
            provider: "testing".into(),
            model: model.into(),
        }
    }

    /// Returns the wire protocol.
    #[must_use]
    pub const fn api(&self) -> Api {
        self.api
    }

    /// Returns the provider.
    #[must_use]
    pub const fn provider(&self) -> &Name {
        &self.provider
    }

    /// Returns the model that was asked.
    #[must_use]
    pub const fn model(&self) -> &Name {
        &self.model
    }
}

impl Fingerprint {
    /// Returns the digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Content {
    /// Returns the digest of everything that the content says. Equal contents have
    /// equal digests, and no two different ones do.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        // The walk asks for a value that it may change; this one changes nothing.
        let mut copy = self.clone();
        let walked = copy.leaves(&Path::root("content"), &mut |path, leaf| {
            path.each(&mut |name, index| {
                hash.update((name.len() as u64).to_le_bytes());
                hash.update(name.as_bytes());
                hash.update(index.map_or(u64::MAX, |index| index as u64).to_le_bytes());
            });
            let bytes: &[u8] = match &leaf {
                Leaf::Text(text) => text.as_bytes(),
                Leaf::Json(json) | Leaf::Schema(json) | Leaf::Wire(json) => {
                    json.as_str().as_bytes()
                }
                Leaf::Name(name) => name.as_bytes(),
                Leaf::Blob(blob) => blob.as_bytes(),
                Leaf::Number(number) => {
                    hash.update(number.to_le_bytes());
                    &[]
                }
            };
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
            Ok(())
        });
        debug_assert!(walked.is_ok());
        if let Self::ToolResult(result) = self {
            hash.update([u8::from(result.is_error)]);
        }
        if let Self::Reasoning(reasoning) = self {
            hash.update([u8::from(reasoning.is_signed)]);
        }
        Fingerprint(hash.finalize().into())
    }
}
