//! Results of batches.

#[cfg(any(feature = "aws-kms", feature = "azure-keyvault", feature = "gcp-kms"))]
mod calls;
#[cfg(any(feature = "azure-keyvault", feature = "gcp-kms"))]
mod one_by_one;

#[cfg(any(feature = "aws-kms", feature = "azure-keyvault", feature = "gcp-kms"))]
pub(super) use calls::Calls;
#[cfg(any(feature = "azure-keyvault", feature = "gcp-kms"))]
pub(super) use one_by_one::OneByOne;

use crate::Error;

/// The same error for every item of a batch that failed as a whole.
pub(super) fn all<T>(error: Error, items: usize) -> Vec<Result<T, Error>> {
    let mut results: Vec<_> = (1..items).map(|_| Err(error.again())).collect();
    if items > 0 {
        results.insert(0, Err(error));
    }
    results
}

/// Puts the results of the items that were asked for into the places that have no
/// error yet.
pub(super) fn merge<T, U>(
    places: Vec<Result<T, Error>>,
    asked: Vec<Result<U, Error>>,
) -> Vec<Result<U, Error>> {
    let mut asked = asked.into_iter();
    let missing = || Err(Error::config("a result is missing"));
    places
        .into_iter()
        .map(|place| match place {
            Ok(_) => asked.next().unwrap_or_else(missing),
            Err(error) => Err(error),
        })
        .collect()
}
