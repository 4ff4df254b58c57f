//! Deriving a key from a passphrase.

use std::fmt;
use std::str::FromStr;

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::Error;
use crate::random::random;
use crate::secret::Secret;

/// How a passphrase becomes a key: Argon2id (RFC 9106), how much memory and how
/// many passes it takes, and a salt.
///
/// They are no secret and must be kept, as the text that `Display` gives and
/// `FromStr` reads: without them the key cannot be made again.
///
/// # Example
/// ```
/// use confidant::seal::PassphraseSettings;
///
/// let settings = PassphraseSettings::generate()?;
/// let kept = settings.to_string();
/// assert!(kept.starts_with("argon2id m=65536,t=3,p=1 "));
/// assert_eq!(kept.parse::<PassphraseSettings>()?, settings);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassphraseSettings {
    /// In KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; 16],
}

impl PassphraseSettings {
    /// The least and the most memory, in KiB.
    pub const MEMORY: (u32, u32) = (19_456, 1 << 20);
    /// The least and the most passes.
    pub const PASSES: (u32, u32) = (2, 64);
    /// The least and the most lanes.
    pub const LANES: (u32, u32) = (1, 16);

    /// Creates settings of 64 MiB, three passes and one lane, with a fresh salt.
    ///
    /// # Errors
    /// [`KeyService`](crate::ErrorKind::KeyService) where the system gives no
    /// random numbers.
    pub fn generate() -> Result<Self, Error> {
        let mut salt = [0; 16];
        random(&mut salt)?;
        Ok(Self {
            memory: 65_536,
            passes: 3,
            lanes: 1,
            salt,
        })
    }

    /// Returns the same settings with another amount of memory, in KiB.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) outside [`MEMORY`](Self::MEMORY). Less protects
    /// nothing, and more cannot be borne, wherever the settings came from.
    pub fn with_memory_kib(mut self, memory: u32) -> Result<Self, Error> {
        within("the memory for a passphrase, in KiB,", memory, Self::MEMORY)?;
        self.memory = memory;
        Ok(self)
    }

    /// Returns the same settings with another number of passes.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) outside [`PASSES`](Self::PASSES).
    pub fn with_passes(mut self, passes: u32) -> Result<Self, Error> {
        within("the passes for a passphrase", passes, Self::PASSES)?;
        self.passes = passes;
        Ok(self)
    }

    /// Returns the same settings with another number of lanes.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) outside [`LANES`](Self::LANES).
    pub fn with_lanes(mut self, lanes: u32) -> Result<Self, Error> {
        within("the lanes for a passphrase", lanes, Self::LANES)?;
        self.lanes = lanes;
        Ok(self)
    }

    pub(super) fn derive(&self, passphrase: &Secret<str>) -> Result<Secret<[u8; 32]>, Error> {
        let passphrase = passphrase.expose_secret().as_bytes();
        if passphrase.len() < 8 {
            return Err(Error::config("a passphrase has less than 8 bytes"));
        }
        if passphrase.len() > 1024 {
            return Err(Error::limit("a passphrase", 1024));
        }
        let refused = |_| Error::config("Argon2id does not take these settings");
        let params = Params::new(self.memory, self.passes, self.lanes, Some(32));
        let params = params.map_err(refused)?;
        // Given from here, so that it is wiped here.
        let mut memory = zeroize::Zeroizing::new(vec![Block::new(); params.block_count()]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Secret::try_fill(|key: &mut [u8; 32]| {
            argon2.hash_password_into_with_memory(passphrase, &self.salt, key, &mut *memory)
        })
        .map_err(refused)
    }
}

fn within(what: &'static str, value: u32, (least, most): (u32, u32)) -> Result<(), Error> {
    if value < least {
        return Err(Error::below(what, least.into()));
    }
    if value > most {
        return Err(Error::limit(what, most.into()));
    }
    Ok(())
}

impl fmt::Display for PassphraseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            memory,
            passes,
            lanes,
            salt,
        } = self;
        write!(f, "argon2id m={memory},t={passes},p={lanes} ")?;
        salt.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for PassphraseSettings {
    type Err = Error;

    /// # Errors
    /// `Config` where the text is not one that `Display` gives, `Limit` outside
    /// the bounds.
    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::config("settings are not `argon2id m=…,t=…,p=… …`");
        let parse = || {
            let (cost, salt) = text.strip_prefix("argon2id ")?.split_once(' ')?;
            let mut costs = cost.split(',');
            let mut number = |name| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
            let cost = (number("m=")?, number("t=")?, number("p=")?);
            if salt.len() != 32 || !salt.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return None;
            }
            let salt = u128::from_str_radix(salt, 16).ok()?.to_be_bytes();
            Some((cost, salt))
        };
        let ((memory, passes, lanes), salt) = parse().ok_or_else(malformed)?;
        let settings = Self {
            memory,
            passes,
            lanes,
            salt,
        };
        let settings = settings
            .with_memory_kib(memory)?
            .with_passes(passes)?
            .with_lanes(lanes)?;
        // One text for one setting: no `+1`, no `01`, no capital digits.
        if settings.to_string() != text {
            return Err(malformed());
        }
        Ok(settings)
    }
}
