//! A model that says what it was told.

use std::fmt;

use async_trait::async_trait;

use super::MockAnswer;
use super::play::{pieces, stream};
use super::scripted::local;
use crate::model::{
    CallContext, ChatModel, ClearedRequest, EventStream, ModelDescriptor, ModelError, Response,
    Role,
};

/// A model that says what it was last told, mangled as real models mangle it.
///
/// With it a product sees what becomes of placeholders on their way back.
#[derive(Clone)]
pub struct EchoModel {
    descriptor: ModelDescriptor,
    mangle: Mangle,
    piece: usize,
    prefix: String,
}

/// How an [`EchoModel`] changes what it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mangle {
    /// Not at all.
    #[default]
    Nothing,
    /// All letters become small.
    Lowercase,
    /// All letters become capitals.
    Uppercase,
    /// Punctuation gets a backslash, as in Markdown.
    Escape,
    /// Brackets are dropped.
    DropBrackets,
    /// Brackets are written as `%5B` and `%5D`.
    PercentEncode,
    /// Brackets are written as in HTML.
    HtmlEncode,
    /// Brackets become those of full width.
    FullWidth,
    /// Hyphens become underscores.
    Underscores,
    /// Of every word with a hyphen the last character is dropped.
    CutWords,
    /// The text is cut after so many bytes.
    CutAfter(usize),
    /// This is put before what was told.
    Invent(String),
    /// The text is put into a JSON string.
    JsonString,
}

impl EchoModel {
    /// Returns a model of this name, which changes nothing.
    #[must_use]
    pub fn new(model: &str) -> Self {
        Self {
            descriptor: local(model),
            mangle: Mangle::Nothing,
            piece: 4,
            prefix: String::new(),
        }
    }

    /// Describes the model otherwise.
    #[must_use]
    pub fn described(mut self, descriptor: ModelDescriptor) -> Self {
        self.descriptor = descriptor;
        self
    }

    /// Sets how the text is changed.
    #[must_use]
    pub fn mangle(mut self, mangle: Mangle) -> Self {
        self.mangle = mangle;
        self
    }

    /// Sets the most bytes of a delta of a stream; 4 by default.
    #[must_use]
    pub const fn pieces_of(mut self, bytes: usize) -> Self {
        self.piece = bytes;
        self
    }

    /// Puts a text before what is said, unchanged.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    fn answer(&self, request: &ClearedRequest) -> Result<Response, ModelError> {
        request.check(&self.descriptor)?;
        let messages = &request.get().messages;
        let told = messages
            .iter()
            .rev()
            .find(|message| message.role == Role::User);
        let told = told.map(crate::model::Message::text).unwrap_or_default();
        let said = format!("{}{}", self.prefix, self.mangle.apply(&told));
        Ok(MockAnswer::text(&said).response())
    }
}

impl fmt::Debug for EchoModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EchoModel")
            .field("descriptor", &self.descriptor)
            .field("piece", &self.piece)
            .finish_non_exhaustive()
    }
}

impl Mangle {
    /// Changes a text.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        match self {
            Self::Nothing => text.to_owned(),
            Self::Lowercase => text.to_lowercase(),
            Self::Uppercase => text.to_uppercase(),
            Self::Escape => {
                let mut escaped = String::with_capacity(text.len());
                for c in text.chars() {
                    if "[]-_*#".contains(c) {
                        escaped.push('\\');
                    }
                    escaped.push(c);
                }
                escaped
            }
            Self::DropBrackets => text.replace(['[', ']'], ""),
            Self::PercentEncode => text.replace('[', "%5B").replace(']', "%5D"),
            Self::HtmlEncode => text.replace('[', "&#91;").replace(']', "&#93;"),
            Self::FullWidth => text.replace('[', "［").replace(']', "］"),
            Self::Underscores => text.replace('-', "_"),
            Self::CutWords => {
                let words = text.split(' ').map(|word| {
                    let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
                    let Some((last, _)) = bare.char_indices().next_back() else {
                        return word.to_owned();
                    };
                    let (head, rest) = word.split_at_checked(last).unwrap_or((word, ""));
                    if !bare.contains('-') {
                        return word.to_owned();
                    }
                    format!("{head}{}", rest.chars().skip(1).collect::<String>())
                });
                words.collect::<Vec<_>>().join(" ")
            }
            Self::CutAfter(bytes) => {
                let mut end = (*bytes).min(text.len());
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                text.get(..end).unwrap_or_default().to_owned()
            }
            Self::Invent(invented) => format!("{invented}{text}"),
            Self::JsonString => serde_json::to_string(text).unwrap_or_default(),
        }
    }
}

#[async_trait]
impl ChatModel for EchoModel {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        _: &CallContext,
    ) -> Result<Response, ModelError> {
        self.answer(&request)
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        _: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let events = pieces(self.answer(&request)?, self.piece);
        Ok(stream(events.into_iter().map(Ok)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_mangled_as_told() {
        let text = "to [EMAIL-7K3QX9TB], today";
        for (mangle, expected) in [
            (Mangle::Nothing, "to [EMAIL-7K3QX9TB], today"),
            (Mangle::Lowercase, "to [email-7k3qx9tb], today"),
            (Mangle::Uppercase, "TO [EMAIL-7K3QX9TB], TODAY"),
            (Mangle::Escape, r"to \[EMAIL\-7K3QX9TB\], today"),
            (Mangle::DropBrackets, "to EMAIL-7K3QX9TB, today"),
            (Mangle::PercentEncode, "to %5BEMAIL-7K3QX9TB%5D, today"),
            (Mangle::HtmlEncode, "to &#91;EMAIL-7K3QX9TB&#93;, today"),
            (Mangle::FullWidth, "to ［EMAIL-7K3QX9TB］, today"),
            (Mangle::Underscores, "to [EMAIL_7K3QX9TB], today"),
            (Mangle::CutWords, "to [EMAIL-7K3QX9T], today"),
            (Mangle::CutAfter(9), "to [EMAIL"),
            (
                Mangle::Invent("x ".to_owned()),
                "x to [EMAIL-7K3QX9TB], today",
            ),
            (Mangle::JsonString, "\"to [EMAIL-7K3QX9TB], today\""),
        ] {
            assert_eq!(mangle.apply(text), expected, "{mangle:?}");
        }
    }
}
