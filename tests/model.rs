//! Adapters of models against a server that speaks every protocol, and fails in every
//! way that it is told.

mod batch;
mod common;
mod conformance;
mod doubles;
mod errors;
mod facts;
mod fixtures;
mod hosted;
mod litellm;
mod peers;
mod pieces;
mod privacy;
mod regions;
mod replay;
mod retries;
mod side;
mod splits;
mod strict;
mod wire;
