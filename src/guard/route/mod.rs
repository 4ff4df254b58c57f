//! Routing: which model may be asked, under whose contract, on what has been attested.

mod attestation;
mod catalogue;
mod control;
mod local;
mod owner;
mod payload;
#[cfg(feature = "policy")]
mod policy;
mod requirements;
mod router;

pub use attestation::{Attestation, Basis as AttestationBasis, Claim};
pub use catalogue::Catalogue;
pub use control::{Control, ControlReceipt, ControlState, Feature};
pub use owner::{Customer, Nobody, Owner, Platform};
pub use payload::{Payload, Payloads};
#[cfg(feature = "policy")]
pub use policy::PolicyRoutes;
pub use requirements::RouteRequirements;
pub use router::{Rejection, RoutePolicy, Router};
