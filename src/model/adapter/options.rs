//! Members of a provider's own format that a request brings along.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::model::{ChatRequest, Cleared, ModelError, ModelErrorKind, ServerState};

/// What becomes of an option.
#[derive(Clone, Copy)]
pub(in crate::model) enum Rule {
    /// It goes along.
    Plain,
    /// It goes along where the clearance names this.
    State(ServerState),
    /// It never goes along: the adapter sets it, or nobody may.
    Never,
}

/// The options that go along, in the order of their names. What is not in the table
/// takes a clearance for unknown options.
pub(in crate::model) fn options(
    cleared: &Cleared<ChatRequest>,
    table: &[(&str, Rule)],
) -> Result<BTreeMap<String, Box<RawValue>>, ModelError> {
    let Some(options) = &cleared.get().options else {
        return Ok(BTreeMap::new());
    };
    let bad = |what| ModelError::new(ModelErrorKind::Config).with_subject(what);
    let options: BTreeMap<String, Box<RawValue>> = options
        .read()
        .ok_or_else(|| bad("options that are no object"))?;
    for name in options.keys() {
        let rule = table.iter().find(|(known, _)| known == name);
        match rule.map_or(Rule::State(ServerState::UnknownOption), |(_, rule)| *rule) {
            Rule::Plain => {}
            Rule::State(state) => cleared.allow(state)?,
            Rule::Never => return Err(bad("option that the adapter sets")),
        }
    }
    Ok(options)
}
