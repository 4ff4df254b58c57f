//! How a provider is reached.

use std::fmt;
use std::time::Duration;

use reqwest::Url;

use crate::Error;
use crate::http::Route;
use crate::model::Endpoint;
use crate::secret::Secret;

/// How a provider is reached over HTTP.
///
/// By default over TLS alone, with the certificates that the system trusts, past any
/// proxy that the environment names, and without following redirects: a redirect would
/// send the request to somebody else. An address of this machine may be plain HTTP;
/// the name `localhost` is then not looked up.
///
/// | limit | default |
/// |---|---|
/// | connecting | 10 seconds |
/// | from sending to the beginning of an answer | 10 minutes |
/// | silence within an answer | 2 minutes |
/// | the whole call, with all attempts | 20 minutes |
/// | attempts | 3 |
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use confidant::model::ProviderConnection;
///
/// let connection = ProviderConnection::default()
///     .attempts(2)
///     .idle_timeout(Duration::from_secs(30));
/// # let _ = connection;
/// ```
pub struct ProviderConnection {
    pub(super) connect_timeout: Duration,
    pub(super) head_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) attempts: u32,
    route: Route,
}

impl Default for ProviderConnection {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(600),
            idle_timeout: Duration::from_secs(120),
            timeout: Duration::from_secs(1200),
            attempts: 3,
            route: Route::default(),
        }
    }
}

impl ProviderConnection {
    /// Limits the time of connecting.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Limits the time from sending a request to the beginning of its answer.
    #[must_use]
    pub const fn head_timeout(mut self, timeout: Duration) -> Self {
        self.head_timeout = timeout;
        self
    }

    /// Limits the silence within an answer.
    #[must_use]
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Limits the time of a whole call, with all attempts.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how often a request is sent at most; it is sent again only where no part of
    /// an answer has arrived. 1 to 10.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Trusts these certificates of authorities, in PEM, instead of those of the system.
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
    /// Requests and keys then cross the network in the clear. It is for a server of
    /// one's own on a network that nobody else can read.
    #[must_use]
    pub const fn danger_allow_http(mut self) -> Self {
        self.route.allow_http();
        self
    }

    /// Splits a base address into the place it names and the URL, without a slash at
    /// its end.
    pub(in crate::model) fn address(&self, text: &str) -> Result<(Endpoint, Url), Error> {
        let url = self.route.address(text)?;
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        let endpoint = Endpoint::new(&format!("{}://{host}:{port}", url.scheme()))?;
        Ok((endpoint, url))
    }

    pub(super) fn client(&self) -> Result<reqwest::Client, Error> {
        if !(1..=10).contains(&self.attempts) {
            return Err(Error::config("attempts are not 1 to 10"));
        }
        self.route.client(self.connect_timeout)
    }
}

impl fmt::Debug for ProviderConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderConnection")
            .field("attempts", &self.attempts)
            .field("timeout", &self.timeout)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn plain_http_stays_on_this_machine() {
        let connection = ProviderConnection::default();
        for good in [
            "https://api.example.test",
            "https://example.test/behind/a/path",
            "http://localhost:8200",
            "http://127.0.0.1:8200",
            "http://[::1]:8200",
        ] {
            connection.address(good).unwrap();
        }
        for bad in [
            "http://api.example.test",
            "http://10.0.0.1",
            "http://localhost.example.test",
            "http://127.0.0.1.example.test",
            "http://[::2]",
            "ftp://localhost",
            "api",
            "",
            "https://user@example.test",
            "https://example.test/?key=b",
            "https://example.test/#a",
        ] {
            let error = connection.address(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{bad}");
        }
        let proxied = ProviderConnection::default().proxy(Secret::from("http://a.test".to_owned()));
        proxied.address("https://api.example.test").unwrap();
        proxied.address("http://127.0.0.1:8200").unwrap_err();
        let danger = ProviderConnection::default().danger_allow_http();
        danger.address("http://models.example.test").unwrap();
        danger.address("ftp://models.example.test").unwrap_err();
    }

    #[test]
    fn a_client_is_made_of_good_parts_only() {
        ProviderConnection::default().client().unwrap();
        for connection in [
            ProviderConnection::default().trust_only(b"not a certificate"),
            ProviderConnection::default().proxy(Secret::from("http://".to_owned())),
            ProviderConnection::default().attempts(0),
            ProviderConnection::default().attempts(11),
        ] {
            let error = connection.client().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{connection:?}");
        }
    }
}
