//! Settings of the connection to a key service.

use std::fmt;

use reqwest::Url;

use super::super::options::CallOptions;
use crate::Error;
use crate::http;
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
    roots: Option<Box<[u8]>>,
    proxy: Option<Secret<String>>,
    plain: bool,
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
        self.roots = Some(pem.into());
        self
    }

    /// Goes through a proxy, whose address may hold a name and a password. Addresses of
    /// this machine are then refused, since the proxy could be anywhere.
    #[must_use]
    pub fn proxy(mut self, address: Secret<String>) -> Self {
        self.proxy = Some(address);
        self
    }

    /// Lets the address be plain HTTP also beyond this machine.
    ///
    /// # Security
    /// Data keys and tokens then cross the network in the clear. It is for a proxy
    /// of one's own that encrypts, on a network that nobody else can read.
    #[must_use]
    pub const fn danger_allow_http(mut self) -> Self {
        self.plain = true;
        self
    }

    pub(super) const fn options(&self) -> CallOptions {
        self.calls
    }

    /// The address of a service, without a slash at its end.
    pub(in super::super) fn address(&self, text: &str) -> Result<Url, Error> {
        let url = Url::parse(text).map_err(|_| Error::config("address is not a URL"))?;
        let secure = match url.scheme() {
            "https" => true,
            "http" => self.plain || http::is_local(&url),
            _ => false,
        };
        if !secure {
            return Err(Error::config("address of a key service is not `https`"));
        }
        let plain = url.username().is_empty() && url.password().is_none();
        if !plain || url.query().is_some() || url.fragment().is_some() {
            return Err(Error::config(
                "address of a key service has more than a host and a path",
            ));
        }
        // What is called local would go to the proxy.
        if http::is_local(&url) && self.proxy.is_some() {
            return Err(Error::config("address of this machine is behind a proxy"));
        }
        Ok(url)
    }

    pub(super) fn client(&self) -> Result<reqwest::Client, Error> {
        self.calls.check()?;
        let timeout = self.calls.connect_timeout;
        let builder = http::builder(timeout, self.roots.as_deref(), self.proxy.as_ref());
        http::build(builder?)
    }
}

impl fmt::Debug for KeyServiceConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("calls", &self.calls)
            .field("trusts_only", &self.roots.is_some())
            .field("proxy", &self.proxy)
            .field("plain", &self.plain)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn plain_http_stays_on_this_machine() {
        let connection = KeyServiceConnection::default();
        for good in [
            "https://vault.example.test:8200",
            "https://example.test/behind/a/path",
            "http://localhost:8200",
            "http://127.0.0.1:8200",
            "http://127.8.9.10",
            "http://[::1]:8200",
        ] {
            connection.address(good).unwrap();
        }
        for bad in [
            "http://vault.example.test:8200",
            "http://10.0.0.1",
            "http://localhost.example.test",
            "http://127.0.0.1.example.test",
            "http://[::2]",
            "ftp://localhost",
            "unix:/run/vault",
            "vault",
            "",
            "https://user@example.test",
            "https://user:word@example.test",
            "https://example.test/?a=b",
            "https://example.test/#a",
        ] {
            let error = connection.address(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{bad}");
        }
        let danger = KeyServiceConnection::default().danger_allow_http();
        danger.address("http://vault.example.test:8200").unwrap();
        danger.address("ftp://vault.example.test").unwrap_err();
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
