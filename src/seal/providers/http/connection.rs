//! Settings of the connection to a key service.

use std::fmt;

use reqwest::Url;

use super::super::options::CallOptions;
use crate::Error;
use crate::http::Route;
use crate::secret::Secret;

/// How a key service is reached over HTTP.
///
/// By default over TLS alone, with the certificates that the system trusts, past
/// any proxy that the environment names, and without following redirects. An
/// address of this machine (`localhost`, `127.0.0.1`, `[::1]`) may be plain HTTP;
/// the name `localhost` is not looked up.
///
/// # Example
/// ```
/// use confidant::seal::{CallOptions, KeyServiceConnection};
///
/// let connection = KeyServiceConnection::default().calls(CallOptions::default().attempts(2));
/// # let _ = connection;
/// ```
#[derive(Default)]
pub struct KeyServiceConnection {
    calls: CallOptions,
    route: Route,
}

impl KeyServiceConnection {
    /// Sets how long calls may take, and how often they are tried.
    #[must_use]
    pub const fn calls(mut self, calls: CallOptions) -> Self {
        self.calls = calls;
        self
    }

    /// Trusts these certificates of authorities, in PEM, instead of those of the
    /// system.
    #[must_use]
    pub fn trust_only(mut self, pem: &[u8]) -> Self {
        self.route.trust_only(pem);
        self
    }

    /// Goes through a proxy, whose address may hold a name and a password. Addresses of
    /// this machine are then refused, since the proxy could be anywhere.
    #[must_use]
    pub fn proxy(mut self, address: Secret<String>) -> Self {
        self.route.proxy(address);
        self
    }

    /// Lets the address be plain HTTP also beyond this machine.
    ///
    /// # Security
    /// Data keys and tokens then cross the network in the clear. It is for a proxy
    /// of one's own that encrypts, on a network that nobody else can read.
    #[must_use]
    pub const fn danger_allow_http(mut self) -> Self {
        self.route.allow_http();
        self
    }

    pub(super) const fn options(&self) -> CallOptions {
        self.calls
    }

    /// The address of a service, without a slash at its end.
    pub(in super::super) fn address(&self, text: &str) -> Result<Url, Error> {
        self.route.address(text)
    }

    pub(super) fn client(&self) -> Result<reqwest::Client, Error> {
        self.calls.check()?;
        self.route.client(self.calls.connect_timeout)
    }
}

impl fmt::Debug for KeyServiceConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyServiceConnection")
            .field("calls", &self.calls)
            .field("route", &self.route)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn the_settings_reach_the_route() {
        let connection = KeyServiceConnection::default();
        connection.address("https://vault.example.test").unwrap();
        connection.address("http://vault.example.test").unwrap_err();
        let danger = KeyServiceConnection::default().danger_allow_http();
        danger.address("http://vault.example.test").unwrap();
    }

    #[test]
    fn a_client_is_made_of_good_parts_only() {
        KeyServiceConnection::default().client().unwrap();
        let bad = [
            KeyServiceConnection::default().trust_only(b"not a certificate"),
            KeyServiceConnection::default().trust_only(b""),
            KeyServiceConnection::default().proxy(Secret::from("http://".to_owned())),
            KeyServiceConnection::default().calls(CallOptions::default().attempts(0)),
        ];
        for connection in bad {
            let error = connection.client().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{connection:?}");
        }
    }
}
