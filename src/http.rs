//! The HTTP client for key services and providers of models.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Proxy, Url, redirect, retry};

use crate::Error;
use crate::host::is_loopback;
use crate::secret::Secret;

/// How another machine is reached: whom to trust, through which proxy, and whether in the
/// clear.
#[derive(Default)]
pub(crate) struct Route {
    roots: Option<Box<[u8]>>,
    proxy: Option<Secret<String>>,
    allows_http: bool,
}

impl Route {
    /// Trusts these certificates of authorities, in PEM, instead of those of the system.
    pub(crate) fn trust_only(&mut self, pem: &[u8]) {
        self.roots = Some(pem.into());
    }

    /// Goes through a proxy, whose address may hold a name and a password.
    pub(crate) fn proxy(&mut self, address: Secret<String>) {
        self.proxy = Some(address);
    }

    /// Lets addresses beyond this machine be plain HTTP.
    pub(crate) const fn allow_http(&mut self) {
        self.allows_http = true;
    }

    /// Reads a base address, of which only a host, a port and a path may be given.
    pub(crate) fn address(&self, text: &str) -> Result<Url, Error> {
        let url = Url::parse(text).map_err(|_| Error::config("address is not a URL"))?;
        let is_here = is_local(&url);
        let is_allowed = match url.scheme() {
            "https" => true,
            "http" => self.allows_http || is_here,
            _ => false,
        };
        if !is_allowed {
            return Err(Error::config("address is not `https`"));
        }
        let is_bare = url.username().is_empty() && url.password().is_none();
        if !is_bare || url.query().is_some() || url.fragment().is_some() {
            return Err(Error::config("address has more than a host and a path"));
        }
        // What is called local would go to the proxy.
        if is_here && self.proxy.is_some() {
            return Err(Error::config("address of this machine is behind a proxy"));
        }
        Ok(url)
    }

    /// Makes a client that follows no redirect, tries nothing again by itself, and takes a
    /// proxy from nowhere but here. The name `localhost` is this machine for it, and is not
    /// looked up.
    pub(crate) fn client(&self, connect_timeout: Duration) -> Result<Client, Error> {
        // The port is that of the request.
        let here = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ];
        let mut builder = Client::builder()
            .connect_timeout(connect_timeout)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            .resolve_to_addrs("localhost", &here)
            .user_agent(concat!("confidant/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &self.roots {
            let roots = Certificate::from_pem_bundle(pem)
                .map_err(|error| Error::config("certificates are not PEM").with_source(error))?;
            if roots.is_empty() {
                return Err(Error::config("no certificate is trusted"));
            }
            builder = builder.tls_certs_only(roots);
        }
        if let Some(address) = &self.proxy {
            let proxy = Proxy::all(address.expose_secret()).map_err(|error| {
                Error::config("proxy is not a URL").with_source(error.without_url())
            })?;
            builder = builder.proxy(proxy);
        }
        let client = builder.build();
        client.map_err(|error| Error::config("client cannot be made").with_source(error))
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("trusts_only", &self.roots.is_some())
            .field("proxy", &self.proxy)
            .field("allows_http", &self.allows_http)
            .finish()
    }
}

/// Returns whether an address is written as one of this machine.
fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    is_loopback(host.trim_start_matches('[').trim_end_matches(']'))
}

/// Returns a header that goes with every call.
pub(crate) fn header(name: &'static str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let value = HeaderValue::from_str(value);
    let value = value.map_err(|_| Error::config("value cannot go into a header"))?;
    Ok((HeaderName::from_static(name), value))
}

/// Returns the address of what is at `path` below another. No part of a path may be `.`
/// or `..`, which a URL would swallow.
pub(crate) fn below<'a>(base: &Url, path: impl IntoIterator<Item = &'a str>) -> Result<Url, Error> {
    let mut url = base.clone();
    {
        let segments = url.path_segments_mut();
        let mut segments = segments.map_err(|()| Error::config("address has no path"))?;
        segments.pop_if_empty();
        for part in path {
            if part == "." || part == ".." {
                return Err(Error::config("part of an address is `.` or `..`"));
            }
            segments.push(part);
        }
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn plain_http_stays_on_this_machine() {
        let route = Route::default();
        for good in [
            "https://vault.example.test:8200",
            "https://example.test/behind/a/path",
            "http://localhost:8200",
            "http://127.0.0.1:8200",
            "http://127.8.9.10",
            "http://[::1]:8200",
        ] {
            route.address(good).unwrap();
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
            let error = route.address(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{bad}");
        }
        let mut proxied = Route::default();
        proxied.proxy(Secret::from("http://a.test".to_owned()));
        proxied.address("https://vault.example.test").unwrap();
        proxied.address("http://127.0.0.1:8200").unwrap_err();
        let mut danger = Route::default();
        danger.allow_http();
        danger.address("http://vault.example.test:8200").unwrap();
        danger.address("ftp://vault.example.test").unwrap_err();
    }

    #[test]
    fn a_client_is_made_of_good_parts_only() {
        let second = Duration::from_secs(1);
        Route::default().client(second).unwrap();
        let (mut text, mut none, mut proxied) = <(Route, Route, Route)>::default();
        text.trust_only(b"not a certificate");
        none.trust_only(b"");
        proxied.proxy(Secret::from("http://".to_owned()));
        for route in [text, none, proxied] {
            let error = route.client(second).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{route:?}");
        }
    }

    #[test]
    fn a_path_stays_below_its_base() {
        let base = Url::parse("https://api.example.test/v1/").unwrap();
        let url = below(&base, ["a b", "c/../d", "e?f#g", ""]).unwrap();
        assert_eq!(
            url.as_str(),
            "https://api.example.test/v1/a%20b/c%2F..%2Fd/e%3Ff%23g/"
        );
        for part in [".", ".."] {
            assert!(below(&base, ["a", part]).is_err());
        }
    }
}
