//! Wallet addresses.

use sha2::{Digest, Sha256};

use super::{Personal, WALLET_WORDS};
use crate::redact::builtin::Structure;
use crate::redact::engine::Hit;
use crate::redact::text::{ALNUM, Text, class};

pub(super) const WORDS: &[&str] = &[
    "eth",
    "ethereum",
    "wallet",
    "address",
    "erc20",
    "erc",
    "ether",
    "usdt",
    "usdc",
    "metamask",
    "recipient",
    "polygon",
    "token",
    "crypto",
];

/// The greatest length of an address (BIP 173).
pub(super) const MOST: usize = 90;

/// The digits of Bitcoin's base 58.
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The digits of Bech32 (BIP 173).
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

impl Personal {
    /// Returns the wallet address in the run of `len` bytes at `at`, if it is one.
    pub(super) fn wallet(&self, text: &Text<'_>, at: usize, len: usize) -> Option<Hit> {
        let end = at + len;
        if text.before(at).is_some_and(|byte| class(byte) & ALNUM != 0) {
            return None;
        }
        let run = text.slice(at, end);
        match run {
            [b'1' | b'3', ..] if (26..=35).contains(&len) && is_base58check(run) => {
                self.hit(Structure::BitcoinAddress, (at, end, 95))
            }
            [b'b', b'c', b'1', ..] | [b't', b'b', b'1', ..] if is_bech32(run) => {
                self.hit(Structure::BitcoinAddress, (at, end, 95))
            }
            [b'0', b'x', digits @ ..]
                if digits.len() == 40
                    && digits.iter().all(u8::is_ascii_hexdigit)
                    && !digits.iter().all(|byte| digits.first() == Some(byte)) =>
            {
                self.rule(Structure::EthereumAddress)?;
                self.is_near(text, at, end, WALLET_WORDS)
                    .then(|| self.hit(Structure::EthereumAddress, (at, end, 85)))
                    .flatten()
            }
            _ => None,
        }
    }
}

/// Returns whether a text is 21 bytes in base 58 followed by the first four bytes of
/// their double SHA-256.
fn is_base58check(text: &[u8]) -> bool {
    let mut bytes = [0_u8; 25];
    for byte in text {
        let Some(digit) = BASE58.iter().position(|known| known == byte) else {
            return false;
        };
        let mut carry = u32::try_from(digit).unwrap_or(0);
        for place in bytes.iter_mut().rev() {
            carry += 58 * u32::from(*place);
            let [low, ..] = carry.to_le_bytes();
            *place = low;
            carry >>= 8;
        }
        if carry != 0 {
            return false;
        }
    }
    let Some((body, sum)) = bytes.split_last_chunk::<4>() else {
        return false;
    };
    let digest = Sha256::digest(Sha256::digest(body));
    // Versions of Bitcoin's main network: the hash of a key, and the hash of a
    // script.
    matches!(body.first(), Some(0 | 5)) && digest.get(..4) == Some(&sum[..])
}

/// Returns whether a text has the checksum of Bech32 or Bech32m (BIP 173, BIP 350).
fn is_bech32(text: &[u8]) -> bool {
    let Some(mark) = text.iter().rposition(|byte| *byte == b'1') else {
        return false;
    };
    let (name, data) = text.split_at(mark);
    let data = data.get(1..).unwrap_or_default();
    if data.len() < 14 {
        return false;
    }
    let high = name.iter().map(|byte| u32::from(byte >> 5));
    let low = name.iter().map(|byte| u32::from(byte & 31));
    let mut sum = high.chain([0]).chain(low).fold(1, polymod);
    for byte in data {
        let Some(digit) = BECH32.iter().position(|known| known == byte) else {
            return false;
        };
        sum = polymod(sum, u32::try_from(digit).unwrap_or(0));
    }
    matches!(sum, 1 | 0x2bc8_30a3)
}

/// Returns one step of the checksum of BIP 173.
fn polymod(sum: u32, value: u32) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = sum >> 25;
    let next = (sum & 0x01ff_ffff) << 5 ^ value;
    GENERATOR
        .iter()
        .enumerate()
        .filter(|(bit, _)| top >> bit & 1 == 1)
        .fold(next, |sum, (_, term)| sum ^ term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_standards_are_right() {
        // The address of the genesis block, and the examples of BIP 173 and BIP 350.
        assert!(is_base58check(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"));
        assert!(is_bech32(b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));
        assert!(is_bech32(
            b"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
        ));
    }

    #[test]
    fn one_letter_wrong_is_noticed() {
        let right = b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
        for at in 1..right.len() {
            let mut wrong = *right;
            wrong[at] = if wrong[at] == b'z' { b'y' } else { b'z' };
            assert!(!is_base58check(&wrong), "{at}");
        }
        let right = b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
        for at in 3..right.len() {
            let mut wrong = *right;
            wrong[at] = if wrong[at] == b'q' { b'p' } else { b'q' };
            assert!(!is_bech32(&wrong), "{at}");
        }
    }
}
