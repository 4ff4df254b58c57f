//! Messages of a conversation.

use super::{Content, Name, Part, Text, ToolCall};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The operator of the product, with standing instructions.
    System,
    /// The developer, where a provider tells it from the operator.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// A tool, with the results of calls.
    Tool,
}

/// One message: who speaks, and the parts of what is said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The name of one speaker among several in the same role.
    pub speaker: Option<Name>,
    /// What is said.
    pub parts: Vec<Part>,
}

impl Message {
    /// Returns a message of these parts.
    #[must_use]
    pub const fn new(role: Role, parts: Vec<Part>) -> Self {
        Self {
            role,
            speaker: None,
            parts,
        }
    }

    /// Returns standing instructions.
    #[must_use]
    pub fn system(text: impl Into<Text>) -> Self {
        Self::new(Role::System, vec![Part::text(text)])
    }

    /// Returns what a person says.
    #[must_use]
    pub fn user(text: impl Into<Text>) -> Self {
        Self::new(Role::User, vec![Part::text(text)])
    }

    /// Returns what a model said.
    #[must_use]
    pub fn assistant(text: impl Into<Text>) -> Self {
        Self::new(Role::Assistant, vec![Part::text(text)])
    }

    /// Returns what tools answered.
    #[must_use]
    pub const fn tool(parts: Vec<Part>) -> Self {
        Self::new(Role::Tool, parts)
    }

    /// Adds a part.
    #[must_use]
    pub fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Returns all texts of the message, one after the other.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.iter().filter_map(Part::as_text).collect()
    }

    /// Returns the calls of tools.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().filter_map(|part| match &part.content {
            Content::ToolCall(call) => Some(call),
            _ => None,
        })
    }
}
