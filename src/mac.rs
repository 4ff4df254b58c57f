//! HMAC-SHA-256 under keys of 32 bytes, and the comparison of MACs.

use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// HMAC-SHA-256 under a key of 32 bytes, of nothing so far.
pub(crate) fn hmac_sha256(key: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC takes a key of one block, which a shorter key fills up with zeros.
    let mut block = Zeroizing::new([0; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new((&*block).into())
}

/// Returns whether a MAC is the expected one, in a time that does not depend on where the
/// two differ.
#[cfg(feature = "audit")]
#[must_use]
pub(crate) fn is_same_mac(expected: &[u8; 32], found: &[u8; 32]) -> bool {
    use subtle::ConstantTimeEq as _;

    expected.ct_eq(found).into()
}

#[cfg(all(test, feature = "audit"))]
mod tests {
    use super::*;

    #[test]
    fn macs_are_the_same_only_where_every_byte_is() {
        let mac = [7; 32];
        assert!(is_same_mac(&mac, &mac));
        for place in 0..32 {
            let mut other = mac;
            other[place] ^= 1;
            assert!(!is_same_mac(&mac, &other), "byte {place}");
        }
    }
}
