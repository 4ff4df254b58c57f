//! What an asynchronous method of an open trait returns, once `async_trait` has written
//! it out.

use std::pin::Pin;

/// A future in a box.
///
/// A pointer to an implementation passes the future of the implementation on as it is. An
/// `async fn` would put it into a second box.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
