//! Tools that a provider runs.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::model::http::JsonWriter;
use crate::model::{ChatRequest, Cleared, HostedTool, ModelError, ModelErrorKind, ServerState};

/// Makes sure that the clearance names what each tool of the provider keeps. `table` says
/// what kinds of tools keep, by the beginning of their names.
///
/// # Errors
/// [`Config`](ModelErrorKind::Config) where settings are no object or say another type than
/// the tool's: readers of JSON would go by that one.
pub(in crate::model) fn admit_hosted(
    cleared: &Cleared<ChatRequest>,
    table: &[(&str, ServerState)],
) -> Result<(), ModelError> {
    for tool in &cleared.get().hosted_tools {
        let members = members(tool)?;
        if members.contains_key("type") {
            let what = "settings of a hosted tool that set its type";
            return Err(ModelError::new(ModelErrorKind::Config).with_subject(what));
        }
        for (kind, state) in table {
            if tool.kind.starts_with(kind) {
                cleared.allow(*state)?;
            }
        }
        if is_set(member(&members, "user_location")) {
            cleared.allow(ServerState::UserProfile)?;
        }
    }
    Ok(())
}

type Members = BTreeMap<String, Box<RawValue>>;

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

/// Writes a tool of the provider: its settings, with the type before them.
pub(in crate::model) fn write_hosted(w: &mut JsonWriter, tool: &HostedTool) {
    let settings = tool.settings.as_str().trim();
    let members = settings
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    w.begin_object();
    w.member("type", &tool.kind);
    if let Some(members) = members.map(str::trim).filter(|members| !members.is_empty()) {
        w.raw(members);
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
