//! age, for one recipient. It binds nothing to a value, and its recipients are
//! public keys.

use super::Peer;

pub(crate) struct Age(age::x25519::Identity);

impl Age {
    pub(crate) fn new() -> Self {
        Self(age::x25519::Identity::generate())
    }
}

impl Peer for Age {
    fn name(&self) -> &'static str {
        "age"
    }

    fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        age::encrypt(&self.0.to_public(), plain).unwrap()
    }

    fn open(&mut self, sealed: &[u8]) -> Vec<u8> {
        age::decrypt(&self.0, sealed).unwrap()
    }
}
