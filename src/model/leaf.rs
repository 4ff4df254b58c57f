//! The one walk over everything that leaves.

use std::fmt;

use super::{
    Arguments, Blob, ChatRequest, Content, File, HostedTool, Json, Media, Message, Name,
    OpaqueItem, Output, Part, Reasoning, Sampling, Text, Tool, ToolCall, ToolChoice, ToolResult,
};
use crate::Error;

/// A value that leaves with a request, or comes back with an answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Leaf<'a> {
    /// Text that people or models wrote.
    Text(&'a mut Text),
    /// JSON of which strings, numbers and keys are data.
    Json(&'a mut Json),
    /// A JSON schema: its titles, descriptions, defaults and examples are written;
    /// its keys, constants, patterns and values of `enum` are structure.
    Schema(&'a mut Json),
    /// A name or an id.
    Name(&'a mut Name),
    /// A number that the caller chose freely.
    Number(i64),
    /// Bytes of an image, a recording or a document.
    Blob(&'a mut Blob),
    /// An item that goes back to a provider byte for byte.
    Wire(&'a mut Json),
}

/// What a guard may do with a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldClass {
    /// It is scanned, and what is found is replaced.
    Written,
    /// It is scanned. A finding denies, since a rewrite would break the request.
    Structural,
    /// It goes as it is, byte for byte.
    Opaque,
    /// It cannot be scanned as text.
    Media,
}

impl Leaf<'_> {
    /// Returns what a guard may do with it. A [`Schema`](Self::Schema) counts as
    /// written, though parts of it are structure.
    #[must_use]
    pub const fn class(&self) -> FieldClass {
        match self {
            Self::Text(_) | Self::Json(_) | Self::Schema(_) => FieldClass::Written,
            Self::Name(_) | Self::Number(_) => FieldClass::Structural,
            Self::Blob(_) => FieldClass::Media,
            Self::Wire(_) => FieldClass::Opaque,
        }
    }
}

/// Where a leaf is, such as `request.messages[3].parts[0].text`. It holds fixed words
/// and numbers alone, so it can be logged.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    above: Option<&'a Self>,
    field: &'static str,
    index: Option<usize>,
}

impl<'a> Path<'a> {
    /// Returns the beginning of a path.
    #[must_use]
    pub const fn root(field: &'static str) -> Self {
        Self {
            above: None,
            field,
            index: None,
        }
    }

    /// Returns the path one step down.
    #[must_use]
    pub const fn field<'b>(&'b self, field: &'static str) -> Path<'b>
    where
        'a: 'b,
    {
        Path {
            above: Some(self),
            field,
            index: None,
        }
    }

    /// Returns the path of one of several, counted from 0.
    #[must_use]
    pub const fn item<'b>(&'b self, field: &'static str, index: usize) -> Path<'b>
    where
        'a: 'b,
    {
        Path {
            above: Some(self),
            field,
            index: Some(index),
        }
    }

    /// Returns the last word of the path.
    #[must_use]
    pub const fn last(&self) -> &'static str {
        self.field
    }

    /// Returns the path one step up.
    #[must_use]
    pub const fn parent(&self) -> Option<&Self> {
        self.above
    }

    /// Calls `visit` with every word and its index, from the beginning.
    pub fn each(&self, visit: &mut dyn FnMut(&'static str, Option<usize>)) {
        if let Some(above) = self.above {
            above.each(visit);
        }
        visit(self.field, self.index);
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            write!(f, "{above}.")?;
        }
        f.write_str(self.field)?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}

/// What is called for every leaf; its error ends the walk.
pub type Visit<'v> = dyn FnMut(&Path<'_>, Leaf<'_>) -> Result<(), Error> + 'v;

/// A value whose leaves can be walked.
///
/// Every implementation names all fields of its type, so a new field does not compile
/// until it is walked.
///
/// # Sealed
/// The walk is complete only if this crate keeps it so.
pub trait Leaves: sealed::Sealed {
    /// Calls `visit` for every leaf, in order.
    ///
    /// # Errors
    /// The first error of `visit`.
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error>;
}

pub(super) mod sealed {
    /// Keeps [`Leaves`](super::Leaves) in this crate.
    #[expect(unnameable_types, reason = "nobody else may implement it")]
    pub trait Sealed {}
}

macro_rules! sealed {
    ($($name:ident)*) => { $(impl sealed::Sealed for $name {})* };
}

sealed!(Content File HostedTool Media Message OpaqueItem Output Part ChatRequest Sampling Tool ToolCall ToolResult);

fn all<T: Leaves>(
    items: &mut [T],
    path: &Path<'_>,
    field: &'static str,
    visit: &mut Visit<'_>,
) -> Result<(), Error> {
    let mut items = items.iter_mut().enumerate();
    items.try_for_each(|(index, item)| item.leaves(&path.item(field, index), visit))
}

fn name(
    name: Option<&mut Name>,
    path: &Path<'_>,
    field: &'static str,
    visit: &mut Visit<'_>,
) -> Result<(), Error> {
    name.map_or(Ok(()), |name| visit(&path.field(field), Leaf::Name(name)))
}

impl Leaves for ChatRequest {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self {
            messages,
            tools,
            hosted_tools,
            tool_choice,
            parallel_tools: _,
            output,
            sampling,
            reasoning: _,
            end_user,
            cache_key,
            options,
        } = self;
        all(messages, path, "messages", visit)?;
        all(tools, path, "tools", visit)?;
        all(hosted_tools, path, "hosted_tools", visit)?;
        match tool_choice {
            ToolChoice::Auto | ToolChoice::None | ToolChoice::Required => {}
            ToolChoice::Tool(name) => visit(&path.field("tool_choice"), Leaf::Name(name))?,
        }
        output.leaves(&path.field("output"), visit)?;
        sampling.leaves(&path.field("sampling"), visit)?;
        name(end_user.as_mut(), path, "end_user", visit)?;
        name(cache_key.as_mut(), path, "cache_key", visit)?;
        if let Some(options) = options {
            visit(&path.field("options"), Leaf::Json(options))?;
        }
        Ok(())
    }
}

impl Leaves for Message {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self {
            role: _,
            speaker,
            parts,
        } = self;
        name(speaker.as_mut(), path, "speaker", visit)?;
        all(parts, path, "parts", visit)
    }
}

impl Leaves for Part {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self {
            content,
            replay,
            cache: _,
        } = self;
        content.leaves(path, visit)?;
        if let Some(replay) = replay {
            visit(&path.field("replay"), Leaf::Wire(replay.wire_mut()))?;
        }
        Ok(())
    }
}

impl Leaves for Content {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        match self {
            Self::Text(text) => visit(&path.field("text"), Leaf::Text(text)),
            Self::Refusal(text) => visit(&path.field("refusal"), Leaf::Text(text)),
            Self::Image(media) => media.leaves(&path.field("image"), visit),
            Self::Audio(media) => media.leaves(&path.field("audio"), visit),
            Self::File(file) => file.leaves(&path.field("file"), visit),
            Self::ToolCall(call) => call.leaves(&path.field("tool_call"), visit),
            Self::ToolResult(result) => result.leaves(&path.field("tool_result"), visit),
            Self::Reasoning(reasoning) => {
                let Reasoning { text, is_signed: _ } = reasoning;
                visit(&path.field("reasoning"), Leaf::Text(text))
            }
            Self::Opaque(item) => item.leaves(&path.field("opaque"), visit),
        }
    }
}

impl Leaves for Media {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        match self {
            Self::Bytes { media_type, data } => {
                visit(&path.field("media_type"), Leaf::Name(media_type))?;
                visit(&path.field("data"), Leaf::Blob(data))
            }
            Self::Url { url, media_type } => {
                name(media_type.as_mut(), path, "media_type", visit)?;
                visit(&path.field("url"), Leaf::Text(url))
            }
            Self::Uploaded { id } => visit(&path.field("id"), Leaf::Name(id)),
        }
    }
}

impl Leaves for File {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self { name, media } = self;
        if let Some(name) = name {
            visit(&path.field("name"), Leaf::Text(name))?;
        }
        media.leaves(path, visit)
    }
}

impl Leaves for ToolCall {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self {
            id,
            name,
            arguments,
        } = self;
        visit(&path.field("id"), Leaf::Name(id))?;
        visit(&path.field("name"), Leaf::Name(name))?;
        let path = path.field("arguments");
        match arguments {
            Arguments::Json(json) => visit(&path, Leaf::Json(json)),
            Arguments::Malformed(text) => visit(&path, Leaf::Text(text)),
        }
    }
}

impl Leaves for ToolResult {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self {
            call_id,
            name: tool,
            parts,
            is_error: _,
        } = self;
        visit(&path.field("call_id"), Leaf::Name(call_id))?;
        name(tool.as_mut(), path, "name", visit)?;
        all(parts, path, "parts", visit)
    }
}

impl Leaves for OpaqueItem {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self { kind, item } = self;
        visit(&path.field("kind"), Leaf::Name(kind))?;
        visit(&path.field("item"), Leaf::Wire(item))
    }
}

impl Leaves for Tool {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self {
            name,
            description,
            parameters,
            examples,
            strict: _,
        } = self;
        visit(&path.field("name"), Leaf::Name(name))?;
        visit(&path.field("description"), Leaf::Text(description))?;
        visit(&path.field("parameters"), Leaf::Schema(parameters))?;
        let mut examples = examples.iter_mut().enumerate();
        examples.try_for_each(|(at, json)| visit(&path.item("examples", at), Leaf::Json(json)))
    }
}

impl Leaves for HostedTool {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self { kind, settings } = self;
        visit(&path.field("kind"), Leaf::Name(kind))?;
        visit(&path.field("settings"), Leaf::Json(settings))
    }
}

impl Leaves for Output {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        match self {
            Self::Text | Self::Json => Ok(()),
            Self::Schema { name, schema } => {
                visit(&path.field("name"), Leaf::Name(name))?;
                visit(&path.field("schema"), Leaf::Schema(schema))
            }
        }
    }
}

impl Leaves for Sampling {
    fn leaves(&mut self, path: &Path<'_>, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Self {
            max_output_tokens: _,
            temperature: _,
            top_p: _,
            top_k: _,
            seed,
            frequency_penalty: _,
            presence_penalty: _,
            stop,
            logprobs: _,
        } = self;
        if let Some(seed) = seed {
            visit(&path.field("seed"), Leaf::Number(*seed))?;
        }
        let mut stop = stop.iter_mut().enumerate();
        stop.try_for_each(|(at, text)| visit(&path.item("stop", at), Leaf::Text(text)))
    }
}
