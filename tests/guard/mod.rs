//! The privacy guard, as products use it.

mod failures;
mod models;
mod observe;
mod properties;
mod route;
mod stored;
mod tools;
mod walk;
