//! What providers keep of what left: files, batches, stored responses.

mod copy;
mod keeper;
mod list;
mod watch;

pub use copy::ProviderCopy;
pub use keeper::ProviderCopyKeeper;
pub use list::ProviderCopies;
pub(crate) use watch::Watch;
