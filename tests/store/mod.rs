//! The stores: each against the suite, and against what machines and networks do.

#[cfg(feature = "sqlite")]
mod disk;
mod faults;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod kill;
mod load;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "postgres")]
mod proxy;
#[cfg(feature = "postgres")]
mod server;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "postgres")]
mod transactions;
#[cfg(feature = "sqlite")]
mod watch;
