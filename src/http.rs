//! The HTTP client for key services and providers of models.

use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Proxy, redirect, retry};

use crate::Error;
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

/// Makes the client.
pub(crate) fn build(builder: ClientBuilder) -> Result<Client, Error> {
    let client = builder.build();
    client.map_err(|error| Error::config("client cannot be made").with_source(error))
}
