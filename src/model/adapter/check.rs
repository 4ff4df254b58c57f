//! Checks before anything is sent.

use crate::model::{
    ChatRequest, Cleared, Content, File, Media, Message, ModelCapabilities, ModelDescriptor,
    ModelError, ModelErrorKind, Output, Part, Role, ServerState, Support, Thinking, ToolChoice,
};

/// What protocols refuse that do not know it.
pub(in crate::model) const BETWEEN_TOOLS: &str = "reasoning between calls of tools";

/// An error that names a feature.
#[cold]
pub(in crate::model) fn unsupported(feature: &'static str) -> ModelError {
    ModelError::new(ModelErrorKind::Unsupported).with_subject(feature)
}

/// Refuses what was asked for and the protocol has no form for.
pub(in crate::model) fn refuse(
    asked: impl IntoIterator<Item = (bool, &'static str)>,
) -> Result<(), ModelError> {
    let mut asked = asked.into_iter();
    let first = asked.find_map(|(asked, feature)| asked.then_some(feature));
    first.map_or(Ok(()), |feature| Err(unsupported(feature)))
}

/// Checks all that must hold before a request is sent: it was cleared for this model, the
/// model can do what it asks for, and the provider may keep what it would.
pub(in crate::model) fn admit(
    request: &Cleared<ChatRequest>,
    descriptor: &ModelDescriptor,
    stream: bool,
) -> Result<(), ModelError> {
    request.check(descriptor)?;
    check(request.get(), &descriptor.capabilities, stream)?;
    has_state(request)
}

/// Checks a request against what the model can do.
fn check(
    request: &ChatRequest,
    capabilities: &ModelCapabilities,
    stream: bool,
) -> Result<(), ModelError> {
    let refuse = |asked: bool, support: Support, feature| {
        if asked && support.is_no() {
            return Err(unsupported(feature));
        }
        Ok(())
    };
    let can = capabilities;
    let has_tools = !request.tools.is_empty() || !request.hosted_tools.is_empty();
    let has_schema = matches!(request.output, Output::Schema { .. });
    let forced = matches!(
        request.tool_choice,
        ToolChoice::Required | ToolChoice::Tool(_)
    );
    let sampling = &request.sampling;
    let varied =
        sampling.temperature.is_some() || sampling.top_p.is_some() || sampling.top_k.is_some();
    let thinks = !matches!(request.reasoning, Thinking::Default | Thinking::Off);
    let budget = matches!(request.reasoning, Thinking::Budget(_));
    let last = request.messages.last().map(|message| message.role);
    refuse(stream, can.streaming, "streams")?;
    refuse(has_tools, can.tools, "tools")?;
    refuse(
        request.parallel_tools == Some(true),
        can.parallel_tools,
        "parallel tools",
    )?;
    refuse(forced, can.forced_tool_choice, "forced choice of tools")?;
    refuse(has_schema, can.schema, "schema of the answer")?;
    refuse(
        has_schema && has_tools,
        can.schema_with_tools,
        "schema with tools",
    )?;
    refuse(varied, can.sampling, "temperature, top_p and top_k")?;
    refuse(
        last == Some(Role::Assistant),
        can.prefill,
        "prefilled answer",
    )?;
    refuse(thinks, can.reasoning, "reasoning")?;
    refuse(budget, can.reasoning_budget, "budget of reasoning")?;
    refuse(
        request.reasoning == Thinking::Off,
        can.reasoning_off,
        "reasoning switched off",
    )?;
    refuse(sampling.logprobs.is_some(), can.logprobs, "logprobs")?;
    if forced && !has_tools {
        return Err(unsupported("choice of tools without tools"));
    }
    if let (Some(asked), Some(most)) = (sampling.max_output_tokens, can.max_output_tokens)
        && u64::from(asked) > most
    {
        return Err(ModelError::new(ModelErrorKind::Limit).with_subject("tokens of the answer"));
    }
    for part in parts(&request.messages) {
        refuse(
            matches!(part.content, Content::Image(_)),
            can.images,
            "images",
        )?;
        refuse(
            matches!(part.content, Content::File(_)),
            can.files,
            "documents",
        )?;
        refuse(
            matches!(part.content, Content::Audio(_)),
            can.audio,
            "recordings",
        )?;
        let id = match &part.content {
            Content::ToolCall(call) => Some(&call.id),
            Content::ToolResult(result) => Some(&result.call_id),
            _ => None,
        };
        if id.is_some_and(|id| id.is_empty()) {
            return Err(ModelError::new(ModelErrorKind::Config).with_subject("call without an id"));
        }
    }
    Ok(())
}

/// All parts of messages, those of tool results included.
fn parts(messages: &[Message]) -> impl Iterator<Item = &Part> {
    let parts = messages.iter().flat_map(|message| &message.parts);
    parts.flat_map(|part| {
        let inner = match &part.content {
            Content::ToolResult(result) => result.parts.as_slice(),
            _ => &[],
        };
        std::iter::once(part).chain(inner)
    })
}

/// Checks that the clearance names whatever the provider would keep or do because of
/// the parts of a request.
fn has_state(cleared: &Cleared<ChatRequest>) -> Result<(), ModelError> {
    let request = cleared.get();
    if !request.hosted_tools.is_empty() {
        cleared.allow(ServerState::HostedTool)?;
    }
    for part in parts(&request.messages) {
        match &part.content {
            Content::Image(media) | Content::Audio(media) | Content::File(File { media, .. }) => {
                match media {
                    Media::Bytes { .. } => {}
                    Media::Url { .. } => cleared.allow(ServerState::FetchedUrl)?,
                    Media::Uploaded { .. } => cleared.allow(ServerState::File)?,
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Finds the word that a provider has for a media type.
pub(in crate::model) fn mimes(
    table: &[(&'static str, &'static str)],
    media_type: &str,
) -> Result<&'static str, ModelError> {
    let mut found = table.iter().filter(|(mime, _)| *mime == media_type);
    let word = found.next().map(|(_, word)| *word);
    word.ok_or_else(|| unsupported("media type"))
}
