//! Tools that a provider runs.

use serde_json::value::RawValue;

use super::options::{Members, Rule, tools_of_options};
use crate::model::http::JsonWriter;
use crate::model::{
    ChatRequest, Cleared, HostedTool, ModelError, ModelErrorKind, ProviderTool, ProviderTools,
    ServerState,
};

/// What the tools of a provider do, by the beginning of their names, and what each takes a
/// clearance for beside [`ServerState::HostedTool`].
pub(in crate::model) type HostedTable = [(&'static str, ProviderTool, Option<ServerState>)];

/// Makes sure that the clearance names what each tool of the provider keeps.
///
/// # Errors
/// [`Config`](ModelErrorKind::Config) where settings are no object or say another type than
/// the tool's: readers of JSON would go by that one.
pub(in crate::model) fn admit_hosted(
    cleared: &Cleared<ChatRequest>,
    table: &HostedTable,
) -> Result<(), ModelError> {
    for tool in &cleared.get().hosted_tools {
        let members = members(tool)?;
        if members.contains_key("type") {
            let what = "settings of a hosted tool that set its type";
            return Err(ModelError::new(ModelErrorKind::Config).with_subject(what));
        }
        for (kind, _, state) in table {
            if let Some(state) = state
                && tool.kind.starts_with(kind)
            {
                cleared.allow(*state)?;
            }
        }
        if is_set(member(&members, "user_location")) {
            cleared.allow(ServerState::UserProfile)?;
        }
    }
    Ok(())
}

/// Returns which tools the provider would run for a request. One that is not in the table
/// may do anything.
pub(in crate::model) fn provider_tools(
    request: &ChatRequest,
    options: &[(&str, Rule)],
    table: &HostedTable,
) -> ProviderTools {
    let hosted = request.hosted_tools.iter().map(|tool| {
        let mut rows = table.iter();
        let row = rows.find(|(kind, ..)| tool.kind.starts_with(kind));
        row.map_or(ProviderTool::Other, |(_, does, _)| *does)
    });
    let by_options = tools_of_options(request.options.as_ref(), options);
    hosted.chain(by_options).collect()
}

fn member<'m>(members: &'m Members, name: &str) -> Option<&'m RawValue> {
    members.get(name).map(Box::as_ref)
}

fn members(tool: &HostedTool) -> Result<Members, ModelError> {
    tool.settings.read().ok_or_else(|| {
        let what = "settings of a hosted tool that are no object";
        ModelError::new(ModelErrorKind::Config).with_subject(what)
    })
}

/// Whether a member is there and says something.
fn is_set(value: Option<&RawValue>) -> bool {
    value.is_some_and(|value| value.get() != "null")
}

/// Writes a tool of the provider: its type, then its settings. A member that stands in them
/// twice is written once, as it was checked.
pub(in crate::model) fn write_hosted(w: &mut JsonWriter, tool: &HostedTool) {
    w.begin_object();
    w.member("type", &tool.kind);
    for (name, value) in members(tool).unwrap_or_default() {
        w.key(&name).raw(value.get());
    }
    w.end_object();
}

/// Makes sure that the clearance allows an option that may say where the person is.
pub(in crate::model) fn admit_location(
    cleared: &Cleared<ChatRequest>,
    option: Option<&RawValue>,
) -> Result<(), ModelError> {
    let Some(option) = option else {
        return Ok(());
    };
    let members: Result<Members, _> = serde_json::from_str(option.get());
    match members {
        Ok(members) if !is_set(member(&members, "user_location")) => Ok(()),
        // What cannot be read may hold one.
        _ => cleared.allow(ServerState::UserProfile),
    }
}
