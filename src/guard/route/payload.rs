//! What kinds of things a request holds.

use crate::model::{ChatRequest, Content, File, Media, Message, Output, Part, Role};

/// A kind of thing in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Payload {
    /// Recordings.
    Audio,
    /// Documents.
    Files,
    /// Tools that the provider runs.
    HostedTools,
    /// Pictures.
    Images,
    /// Standing instructions.
    Instructions,
    /// Items of a provider.
    Items,
    /// Members of the provider's own request format.
    Options,
    /// Reasoning of a model.
    Reasoning,
    /// A schema of the answer.
    Schema,
    /// What people and models wrote.
    Text,
    /// Calls of tools, with their arguments.
    ToolCalls,
    /// Tools and their schemas.
    ToolDefinitions,
    /// What tools answered.
    ToolResults,
}

/// A set of kinds of things.
///
/// # Example
/// ```
/// use confidant::guard::{Payload, Payloads};
/// use confidant::model::{Message, ChatRequest};
///
/// let request = ChatRequest::new().with(Message::system("be brief")).with(Message::user("hi"));
/// let held = Payloads::of(&request);
/// assert!(held.contains(Payload::Instructions) && held.contains(Payload::Text));
/// assert!(Payloads::conversation().covers(held));
/// assert!(!Payloads::none().covers(held));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Payloads(u32);

impl Payloads {
    /// Returns the empty set.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// Returns instructions, text, reasoning, tools with their calls and results, and a
    /// schema: a conversation without media.
    #[must_use]
    pub const fn conversation() -> Self {
        Self::none()
            .with(Payload::Instructions)
            .with(Payload::Text)
            .with(Payload::Reasoning)
            .with(Payload::Items)
            .with(Payload::Schema)
            .with(Payload::ToolCalls)
            .with(Payload::ToolDefinitions)
            .with(Payload::ToolResults)
    }

    /// Adds a kind.
    #[must_use]
    pub const fn with(self, payload: Payload) -> Self {
        Self(self.0 | 1 << payload as u32)
    }

    /// Returns whether a kind is in the set.
    #[must_use]
    pub const fn contains(self, payload: Payload) -> bool {
        self.0 & (1 << payload as u32) != 0
    }

    /// Returns whether everything in another set is in this one.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Returns what a request holds.
    #[must_use]
    pub fn of(request: &ChatRequest) -> Self {
        let mut held = Self::none();
        for message in &request.messages {
            held = held.with_message(message);
        }
        for (is_held, payload) in [
            (!request.tools.is_empty(), Payload::ToolDefinitions),
            (!request.hosted_tools.is_empty(), Payload::HostedTools),
            (
                matches!(request.output, Output::Schema { .. }),
                Payload::Schema,
            ),
            (request.options.is_some(), Payload::Options),
        ] {
            if is_held {
                held = held.with(payload);
            }
        }
        held
    }

    fn with_message(self, message: &Message) -> Self {
        let text = match message.role {
            Role::System | Role::Developer => Payload::Instructions,
            Role::User | Role::Assistant | Role::Tool => Payload::Text,
        };
        let mut parts: Vec<_> = message.parts.iter().collect();
        let mut held = self;
        while let Some(part) = parts.pop() {
            if part.replay.is_some() {
                held = held.with(Payload::Items);
            }
            held = held.with(match &part.content {
                Content::Text(_) | Content::Refusal(_) => text,
                Content::Image(_) => Payload::Images,
                Content::Audio(_) => Payload::Audio,
                Content::File(_) => Payload::Files,
                Content::ToolCall(_) => Payload::ToolCalls,
                Content::ToolResult(result) => {
                    parts.extend(&result.parts);
                    Payload::ToolResults
                }
                Content::Reasoning(_) => Payload::Reasoning,
                Content::Opaque(_) => Payload::Items,
            });
        }
        held
    }
}

impl FromIterator<Payload> for Payloads {
    fn from_iter<I: IntoIterator<Item = Payload>>(payloads: I) -> Self {
        payloads.into_iter().fold(Self::none(), Self::with)
    }
}

/// Whether a request names files that the provider keeps.
pub(super) fn has_uploads(request: &ChatRequest) -> bool {
    let mut parts: Vec<&Part> = Vec::new();
    parts.extend(request.messages.iter().flat_map(|message| &message.parts));
    while let Some(part) = parts.pop() {
        match &part.content {
            Content::Image(media) | Content::Audio(media) | Content::File(File { media, .. }) => {
                if matches!(media, Media::Uploaded { .. }) {
                    return true;
                }
            }
            Content::ToolResult(result) => parts.extend(&result.parts),
            _ => {}
        }
    }
    false
}
