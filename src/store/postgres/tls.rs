//! TLS, by rustls with aws-lc-rs.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{Error, ErrorKind};

/// Connects to servers whose certificate is signed by one of `roots`, or by an
/// authority that the operating system knows.
pub(super) fn connector(roots: Option<&[u8]>) -> Result<MakeRustlsConnect, Error> {
    let roots = match roots {
        Some(pem) => given(pem)?,
        None => known(),
    };
    if roots.is_empty() {
        let what = "no authority is known that could vouch for a server";
        return Err(Error::message(ErrorKind::Config, what));
    }
    // Named here, since the process may have chosen another, or none.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::config("TLS cannot be set up").with_source(error))?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn given(pem: &[u8]) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate =
            certificate.map_err(|error| Error::config(UNREADABLE).with_source(error))?;
        let added = roots.add(certificate);
        added.map_err(|error| Error::config(UNREADABLE).with_source(error))?;
    }
    Ok(roots)
}

const UNREADABLE: &str = "a root certificate is not PEM text of one";

/// What of the system's authorities can be read; a few often cannot.
fn known() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}
