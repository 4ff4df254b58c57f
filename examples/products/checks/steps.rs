//! Steps of a flow.

use crate::world::Fallible;

/// Ends a flow where something is not so.
pub(crate) fn expect(holds: bool, what: &str) -> Fallible {
    match holds {
        true => Ok(()),
        false => Err(format!("it is not so that {what}").into()),
    }
}
