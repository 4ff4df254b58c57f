//! What an answer says about its request.

use crate::model::{ChatRequest, Cleared, Content, ModelDescriptor, Part, Warning};

/// The kept item of a part, where it belongs to this model and the part still says what
/// the item says.
pub(in crate::model) fn replayed<'p>(
    part: &'p Part,
    descriptor: &ModelDescriptor,
) -> Option<&'p str> {
    let replay = part.replay.as_ref()?;
    let origin = replay.origin();
    let own = origin.api() == descriptor.api
        && origin.provider().as_str() == descriptor.provider.as_str()
        && *origin.model() == descriptor.model;
    (own && replay.matches(&part.content)).then(|| replay.wire().as_str())
}

/// Whether anything of a part is sent by a protocol that signs reasoning: texts without
/// letters and reasoning of others are left out, and a message of nothing else with them.
pub(in crate::model) fn writes(part: &Part, descriptor: &ModelDescriptor) -> bool {
    let is_left_out = match &part.content {
        Content::Text(text) | Content::Refusal(text) => text.is_empty(),
        Content::Reasoning(_) => true,
        _ => false,
    };
    !is_left_out || replayed(part, descriptor).is_some()
}

/// What did not go as asked, and what the provider was allowed to keep or do. It is to be
/// called once the body is written.
pub(in crate::model) fn notes(
    cleared: &Cleared<ChatRequest>,
    descriptor: &ModelDescriptor,
) -> Vec<Warning> {
    let mut notes: Vec<_> = cleared.used().iter().map(Warning::ServerState).collect();
    let mut parts = cleared
        .get()
        .messages
        .iter()
        .flat_map(|message| &message.parts);
    let dropped = parts.any(|part| {
        let signed = matches!(&part.content, Content::Reasoning(r) if r.is_signed);
        signed && replayed(part, descriptor).is_none()
    });
    if dropped {
        notes.push(Warning::ReasoningDropped);
    }
    notes
}
