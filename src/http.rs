//! The HTTP client for key services and providers of models.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Proxy, Url, redirect, retry};

use crate::Error;
use crate::host::is_loopback;
use crate::secret::Secret;

/// Begins a client that follows no redirect, tries nothing again by itself, and takes a
/// proxy from nowhere but here. It trusts the certificates of the system, or the `roots`
/// alone, in PEM.
pub(crate) fn builder(
    connect_timeout: Duration,
    roots: Option<&[u8]>,
    proxy: Option<&Secret<String>>,
) -> Result<ClientBuilder, Error> {
    let mut builder = Client::builder()
        .connect_timeout(connect_timeout)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .user_agent(concat!("confidant/", env!("CARGO_PKG_VERSION")));
    if let Some(pem) = roots {
        let roots = Certificate::from_pem_bundle(pem)
            .map_err(|error| Error::config("certificates are not PEM").with_source(error))?;
        if roots.is_empty() {
            return Err(Error::config("no certificate is trusted"));
        }
        builder = builder.tls_certs_only(roots);
    }
    if let Some(address) = proxy {
        let proxy = Proxy::all(address.expose_secret()).map_err(|error| {
            Error::config("proxy is not a URL").with_source(error.without_url())
        })?;
        builder = builder.proxy(proxy);
    }
    Ok(builder)
}

/// Makes the client. The name `localhost` is this machine for it, and is not looked up.
pub(crate) fn build(builder: ClientBuilder) -> Result<Client, Error> {
    // The port is that of the request.
    let here = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
    ];
    let client = builder.resolve_to_addrs("localhost", &here).build();
    client.map_err(|error| Error::config("client cannot be made").with_source(error))
}

/// Returns whether an address is written as one of this machine.
pub(crate) fn is_local(url: &Url) -> bool {
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
