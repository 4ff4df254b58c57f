//! The stores: each against the suite, and against what machines and networks do.

#[cfg(feature = "sqlite")]
mod disk;
mod faults;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod kill;
mod load;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod server;
#[cfg(feature = "sqlite")]
mod sqlite;
