//! Random numbers.

use crate::{Error, ErrorKind};

/// Fills `bytes` with random ones of the operating system.
///
/// They are asked for anew each time, so that neither a fork nor a snapshot of
/// a machine can lead to the same ones twice.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|error| {
        let what = "the system gives no random numbers";
        Error::message(ErrorKind::KeyService, what)
            .retry()
            .with_source(error)
    })
}
