//! Members of a provider's own format that a request brings along.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::model::{
    ChatRequest, Cleared, Json, ModelError, ModelErrorKind, ProviderTool, ServerState,
};

/// What becomes of an option.
#[derive(Clone, Copy)]
pub(in crate::model) enum Rule {
    /// It goes along.
    Plain,
    /// It goes along where the clearance names this.
    State(ServerState),
    /// It goes along where the clearance allows tools of the provider: it switches this one
    /// on.
    Tool(ProviderTool),
    /// It never goes along: the adapter sets it, or nobody may.
    Never,
}

/// The members of a provider's own format, by their names.
pub(in crate::model) type Members = BTreeMap<String, Box<RawValue>>;

impl Rule {
    /// Returns what a table says of an option. What is not in the table takes a clearance
    /// for unknown options.
    fn of(table: &[(&str, Self)], name: &str) -> Self {
        let rule = table.iter().find(|(known, _)| *known == name);
        rule.map_or(Self::State(ServerState::UnknownOption), |(_, rule)| *rule)
    }

    /// Returns the tool that an option of this rule may have the provider run.
    const fn tool(self) -> Option<ProviderTool> {
        match self {
            Self::Plain | Self::Never => None,
            Self::Tool(tool) => Some(tool),
            Self::State(state) => match state {
                ServerState::Container => Some(ProviderTool::CodeExecution),
                ServerState::McpServer => Some(ProviderTool::RemoteMcp),
                // What the provider keeps of these may have tools in it.
                ServerState::CachedContent
                | ServerState::Conversation
                | ServerState::HostedTool
                | ServerState::PromptTemplate
                | ServerState::UnknownOption => Some(ProviderTool::Other),
                ServerState::Background
                | ServerState::Batch
                | ServerState::Continuation
                | ServerState::Fallback
                | ServerState::FetchedUrl
                | ServerState::File
                | ServerState::LongCache
                | ServerState::Metadata
                | ServerState::StoredResponse
                | ServerState::UserProfile => None,
            },
        }
    }
}

/// Returns the tools that options of these names and rules may have the provider run.
/// Options that cannot be read may switch on any.
pub(in crate::model) fn tools_of_options(
    options: Option<&Json>,
    table: &[(&str, Rule)],
) -> Vec<ProviderTool> {
    let Some(options) = options else {
        return Vec::new();
    };
    let Some(members) = options.read::<Members>() else {
        return vec![ProviderTool::Other];
    };
    let tools = members
        .keys()
        .filter_map(|name| Rule::of(table, name).tool());
    tools.collect()
}

/// Makes sure that the clearance allows every member by the rules of a table.
pub(in crate::model) fn admit_members(
    cleared: &Cleared<ChatRequest>,
    members: &Members,
    table: &[(&str, Rule)],
) -> Result<(), ModelError> {
    for name in members.keys() {
        match Rule::of(table, name) {
            Rule::Plain => {}
            Rule::State(state) => cleared.allow(state)?,
            Rule::Tool(_) => cleared.allow(ServerState::HostedTool)?,
            Rule::Never => {
                let what = "option that the adapter sets";
                return Err(ModelError::new(ModelErrorKind::Config).with_subject(what));
            }
        }
    }
    Ok(())
}

/// The options that go along, in the order of their names. What is not in the table
/// takes a clearance for unknown options.
pub(in crate::model) fn options(
    cleared: &Cleared<ChatRequest>,
    table: &[(&str, Rule)],
) -> Result<Members, ModelError> {
    let Some(options) = &cleared.get().options else {
        return Ok(Members::new());
    };
    let bad = |what| ModelError::new(ModelErrorKind::Config).with_subject(what);
    let options: Members = options
        .read()
        .ok_or_else(|| bad("options that are no object"))?;
    admit_members(cleared, &options, table)?;
    Ok(options)
}
