//! The privacy guard, as products use it.

mod again;
mod chunks;
mod ends;
mod failures;
#[cfg(all(
    feature = "anthropic",
    feature = "bedrock",
    feature = "gemini",
    feature = "openai"
))]
mod hosted;
mod joints;
#[cfg(all(feature = "anthropic", feature = "openai", feature = "testing"))]
mod kept;
mod leaks;
mod links;
#[cfg(all(feature = "anthropic", feature = "openai", feature = "testing"))]
mod logs;
mod models;
mod observe;
mod properties;
mod route;
mod stored;
mod tools;
mod vectors;
mod walk;
mod ways;
