//! Pseudonyms of IP addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Pseudonym, PseudonymKey};
use crate::Error;
use crate::error::PseudonymCause;
use crate::taxonomy::Purpose;

/// How many leading bits of an address its network is named by.
///
/// # Why networks, and not all prefixes
/// Crypto-PAn (Xu, Fan, Ammar and Moon, "Prefix-Preserving IP Address Anonymization",
/// ICNP 2002) maps addresses so that two of them share as many leading bits as before.
/// That reveals the shape of the whole address space: each address that an attacker
/// knows or has injected uncovers the leading bits of all its neighbours (Brekne, Årnes
/// and Øslebø, "Anonymization of IP Traffic Monitoring Data", PET 2005). What abuse
/// prevention and rate limits need is one or two levels, such as "the same /24". So the
/// prefix is cut off and gets a pseudonym of its own: exactly the chosen level can be
/// linked, and nothing between or below.
///
/// # Example
/// ```
/// use confidant::pseudonym::{PseudonymKey, Prefixes};
/// use confidant::taxonomy::Purpose;
///
/// let (key, purpose) = (PseudonymKey::generate()?, Purpose::new("rate-limit")?);
/// let of = |text: &str| key.ip_in_network(&purpose, text.parse().unwrap(), Prefixes::default());
/// let (one, two, far) = (of("203.0.113.7"), of("203.0.113.8"), of("203.0.114.7"));
/// assert_eq!(one.network(), two.network());
/// assert_ne!(one.address(), two.address());
/// assert_ne!(one.network(), far.network());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefixes {
    v4: u8,
    v6: u8,
}

/// The pseudonyms of an address and of the network that it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IpPseudonym {
    network: Pseudonym,
    address: Pseudonym,
}

impl Prefixes {
    /// Names networks by that many leading bits of an IPv4 address; by 24 unless said
    /// otherwise.
    ///
    /// # Errors
    /// `Config` where there are more than 32.
    pub fn ipv4(mut self, bits: u8) -> Result<Self, Error> {
        if bits > 32 {
            return Err(PseudonymCause::Prefix { bits }.into());
        }
        self.v4 = bits;
        Ok(self)
    }

    /// Names networks by that many leading bits of an IPv6 address; by 48 unless said
    /// otherwise.
    ///
    /// # Errors
    /// `Config` where there are more than 128.
    pub fn ipv6(mut self, bits: u8) -> Result<Self, Error> {
        if bits > 128 {
            return Err(PseudonymCause::Prefix { bits }.into());
        }
        self.v6 = bits;
        Ok(self)
    }

    /// The address with every bit behind the prefix cleared, and the prefix's length.
    fn cut(self, address: IpAddr) -> (IpAddr, u8) {
        match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.v4)).unwrap_or(0);
                (
                    Ipv4Addr::from_bits(address.to_bits() & mask).into(),
                    self.v4,
                )
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.v6)).unwrap_or(0);
                (
                    Ipv6Addr::from_bits(address.to_bits() & mask).into(),
                    self.v6,
                )
            }
        }
    }
}

impl Default for Prefixes {
    /// 24 bits of IPv4 and 48 of IPv6: the smallest networks that are usually routed
    /// and delegated.
    fn default() -> Self {
        Self { v4: 24, v6: 48 }
    }
}

impl IpPseudonym {
    /// Returns the pseudonym of the network.
    #[must_use]
    pub const fn network(&self) -> &Pseudonym {
        &self.network
    }

    /// Returns the pseudonym of the address.
    #[must_use]
    pub const fn address(&self) -> &Pseudonym {
        &self.address
    }
}

impl PseudonymKey {
    /// Returns the pseudonym of an address. An IPv4 address that is written as an IPv6
    /// one has that of the IPv4 address.
    #[must_use]
    pub fn ip(&self, purpose: &Purpose, address: IpAddr) -> Pseudonym {
        with_octets(address.to_canonical(), |octets| {
            self.derive("ip", purpose, &[octets])
        })
    }

    /// Returns the pseudonym of an address, together with that of its network.
    #[must_use]
    pub fn ip_in_network(
        &self,
        purpose: &Purpose,
        address: IpAddr,
        prefixes: Prefixes,
    ) -> IpPseudonym {
        let (network, bits) = prefixes.cut(address.to_canonical());
        IpPseudonym {
            network: with_octets(network, |octets| {
                self.derive("ip-network", purpose, &[octets, &[bits]])
            }),
            address: self.ip(purpose, address),
        }
    }
}

fn with_octets<T>(address: IpAddr, with: impl FnOnce(&[u8]) -> T) -> T {
    match address {
        IpAddr::V4(address) => with(&address.octets()),
        IpAddr::V6(address) => with(&address.octets()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;

    fn setup() -> (PseudonymKey, Purpose) {
        (
            PseudonymKey::from_bytes([7; 32]),
            Purpose::new("abuse").unwrap(),
        )
    }

    #[test]
    fn a_prefix_is_no_longer_than_the_address() {
        let default = Prefixes::default;
        let set = |v4, v6| default().ipv4(v4).and_then(|prefixes| prefixes.ipv6(v6));
        assert_eq!(set(32, 128).unwrap(), Prefixes { v4: 32, v6: 128 });
        assert_eq!(set(0, 0).unwrap(), Prefixes { v4: 0, v6: 0 });
        for (v4, v6) in [(33, 0), (0, 129)] {
            assert_eq!(set(v4, v6).unwrap_err().kind(), ErrorKind::Config);
        }
    }

    #[test]
    fn a_mapped_address_is_the_address() {
        let (key, purpose) = setup();
        let of =
            |text: &str| key.ip_in_network(&purpose, text.parse().unwrap(), Prefixes::default());
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("::192.0.2.1"), of("192.0.2.1"));
    }

    proptest! {
        #[test]
        fn networks_are_equal_where_the_prefix_is(a: u32, b: u32, near in 0u32..33, bits in 0u8..33) {
            let (key, purpose) = setup();
            // A second address that shares some leading bits with the first.
            let b = a ^ b.checked_shr(near).unwrap_or(0);
            let prefixes = Prefixes::default().ipv4(bits).unwrap();
            let of = |bits: u32| key.ip_in_network(&purpose, Ipv4Addr::from_bits(bits).into(), prefixes);
            let shared = (a ^ b).leading_zeros();
            prop_assert_eq!(of(a).network() == of(b).network(), shared >= u32::from(bits));
            prop_assert_eq!(of(a).address() == of(b).address(), a == b);
        }

        #[test]
        fn long_addresses_are_cut_alike(a: u128, b: u128, near in 0u32..129, bits in 0u8..129) {
            let (key, purpose) = setup();
            let b = a ^ b.checked_shr(near).unwrap_or(0);
            let mapped = |bits: u128| Ipv6Addr::from_bits(bits).to_ipv4_mapped().is_some();
            prop_assume!(!mapped(a) && !mapped(b));
            let prefixes = Prefixes::default().ipv6(bits).unwrap();
            let of = |bits: u128| key.ip_in_network(&purpose, Ipv6Addr::from_bits(bits).into(), prefixes);
            prop_assert_eq!(of(a).network() == of(b).network(), (a ^ b).leading_zeros() >= u32::from(bits));
        }
    }
}
