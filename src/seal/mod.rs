//! Envelope encryption: values sealed under a data key of their own, which a
//! key-encryption key wraps.

pub mod stream;

mod cipher;
mod key_provider;

pub use key_provider::{
    Capabilities, DataKey, KeyId, KeyProvider, KeyVersion, RewrapRequest, UnwrapRequest,
    WrapContext, WrapRequest, WrappedKey,
};
