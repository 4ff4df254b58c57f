//! Keys as text: reading them from files and the environment.

use std::env;
use std::path::Path;

use zeroize::Zeroizing;

use super::{LocalKeys, fresh_key};
use crate::seal::KeyVersion;
use crate::{Error, key_file, secret_key};

type Text = Zeroizing<Vec<u8>>;

/// The most bytes of such a text.
const MAX: usize = 128 * 1024;

/// Reads keys; the last one is current.
pub(super) fn read(text: &[u8], id: &str) -> Result<LocalKeys, Error> {
    let mut keys: Option<LocalKeys> = None;
    let malformed = || Error::config("a key is not a version, a blank and 64 hexadecimal digits");
    for (at, line) in text.split(|byte| matches!(byte, b'\n' | b',')).enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let mut words = line.split(u8::is_ascii_whitespace);
        let version = words
            .next()
            .and_then(|version| str::from_utf8(version).ok());
        let version = version.map(KeyVersion::new).transpose()?;
        let version = version.ok_or_else(malformed)?;
        let digits = words.next_back().filter(|digits| digits.len() == 64);
        if words.any(|word| !word.is_empty()) {
            return Err(malformed().at_line(at + 1));
        }
        let key = digits
            .and_then(secret_key::from_hex)
            .ok_or_else(|| malformed().at_line(at + 1))?;
        keys = Some(match keys {
            None => LocalKeys::new(id, version, &key)?,
            Some(keys) => keys.version(version, &key)?,
        });
    }
    keys.ok_or_else(|| Error::config("the text holds no key"))
}

/// A text with a fresh key of version `1`.
pub(super) fn generate() -> Result<Text, Error> {
    let key = fresh_key()?;
    let mut text = Zeroizing::new(Vec::with_capacity(128));
    text.extend_from_slice(b"1 ");
    secret_key::push_hex(key.expose_secret(), &mut text);
    text.push(b'\n');
    Ok(text)
}

/// The value of an environment variable.
pub(super) fn of_env(name: &str) -> Result<Text, Error> {
    let value = env::var_os(name);
    let value = value.ok_or_else(|| Error::config("the environment variable is not set"))?;
    Ok(Zeroizing::new(value.into_encoded_bytes()))
}

/// The text of a file that only its owner can read.
pub(super) fn of_file(path: &Path) -> Result<Text, Error> {
    key_file::read(path, MAX)
}
