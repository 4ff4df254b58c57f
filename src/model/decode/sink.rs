//! Where the pieces of an answer are made.

use std::collections::VecDeque;

use crate::model::{
    Arguments, BlockId, BlockKind, Content, Finish, FinishReason, Json, ModelError, ModelErrorKind,
    Name, OpaqueItem, Origin, Part, Reasoning, Replay, StreamEvent, Text, ToolCall, Transformation,
    UnknownEvent, Usage, Warning,
};

/// Which model may answer.
#[derive(Clone, Debug)]
pub(in crate::model) struct Expected {
    origin: Origin,
    others: Vec<Name>,
}

impl Expected {
    pub(in crate::model) const fn new(origin: Origin, others: Vec<Name>) -> Self {
        Self { origin, others }
    }

    /// Whether an answer of this model is one of the asked model: the same name, a dated
    /// version of it, or a name that the caller gave.
    fn accepts(&self, answered: &str) -> bool {
        let asked = bare(self.origin.model());
        let answered = bare(answered);
        let dated = |base: &str| {
            let rest = answered.strip_prefix(base);
            rest.is_some_and(is_version)
        };
        let is = |name: &str| name == answered || dated(name);
        is(asked)
            || asked.strip_suffix("-latest").is_some_and(dated)
            || self.others.iter().any(|name| is(bare(name)))
    }
}

/// A name without the folder that Gemini writes before it.
fn bare(name: &str) -> &str {
    name.strip_prefix("models/").unwrap_or(name)
}

/// A date or a number of a version behind a name, such as `-2026-08-01`, `-20260801`,
/// `-001` or `@20260801`.
fn is_version(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix(['-', '@']) else {
        return false;
    };
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    digits >= 3 && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// The most blocks that are open at a time.
const MAX_OPEN: usize = 1024;

struct Open {
    key: u32,
    id: BlockId,
    kind: BlockKind,
    text: String,
}

/// Makes the pieces of one answer: blocks that begin, grow and end in order, and one end.
pub(in crate::model) struct Sink {
    ready: VecDeque<StreamEvent>,
    expected: Expected,
    request_id: Option<Name>,
    attempts: u32,
    /// What is said once the answer has begun.
    notes: Vec<Warning>,
    open: Vec<Open>,
    next: u32,
    has_calls: bool,
    is_started: bool,
    is_finished: bool,
    /// More blocks were begun than are kept.
    is_over: bool,
    /// Whether a tool that the provider runs is worth a warning.
    warns_of_tools: bool,
}

impl Sink {
    pub(in crate::model) fn new(
        expected: Expected,
        request_id: Option<Name>,
        attempts: u32,
    ) -> Self {
        Self {
            ready: VecDeque::new(),
            expected,
            request_id,
            attempts,
            notes: Vec::new(),
            open: Vec::new(),
            next: 0,
            has_calls: false,
            is_started: false,
            is_finished: false,
            is_over: false,
            warns_of_tools: false,
        }
    }

    /// Warns once of a tool that the provider runs.
    pub(in crate::model) const fn warning_of_tools(mut self, warns: bool) -> Self {
        self.warns_of_tools = warns;
        self
    }

    /// Notes that the provider ran a tool of its own.
    pub(in crate::model) fn ran_tool(&mut self) {
        if std::mem::take(&mut self.warns_of_tools) {
            self.warn(Warning::ProviderToolRan);
        }
    }

    /// Says this once the answer has begun.
    pub(in crate::model) fn with_notes(mut self, notes: Vec<Warning>) -> Self {
        self.notes = notes;
        self
    }

    pub(super) fn pop(&mut self) -> Option<StreamEvent> {
        self.ready.pop_front()
    }

    pub(in crate::model) const fn is_finished(&self) -> bool {
        self.is_finished
    }

    pub(in crate::model) const fn is_started(&self) -> bool {
        self.is_started
    }

    /// Says that the answer has begun, the first time it is called. Every time it checks
    /// which model answers.
    pub(in crate::model) fn started(
        &mut self,
        id: Option<&str>,
        model: Option<&str>,
    ) -> Result<(), ModelError> {
        let model = model.filter(|model| !model.is_empty());
        if let Some(model) = model
            && !self.expected.accepts(model)
        {
            return Err(ModelError::new(ModelErrorKind::WrongModel));
        }
        if self.is_started {
            return Ok(());
        }
        self.is_started = true;
        self.ready.push_back(StreamEvent::Started {
            id: id.map(Name::from),
            model: model.map(Name::from),
            request_id: self.request_id.clone(),
            attempts: self.attempts,
        });
        if model.is_none() {
            self.warn(Warning::ModelUnknown);
        }
        for note in std::mem::take(&mut self.notes) {
            self.warn(note);
        }
        Ok(())
    }

    fn at(&mut self, key: u32) -> Option<&mut Open> {
        // The block that grows is nearly always the last.
        self.open.iter_mut().rev().find(|open| open.key == key)
    }

    /// Returns the text of a block up to here, where it is open.
    pub(in crate::model) fn text(&self, key: u32) -> Option<&str> {
        let mut open = self.open.iter().rev();
        let open = open.find(|open| open.key == key)?;
        Some(&open.text)
    }

    pub(in crate::model) fn is_open(&self, key: u32) -> bool {
        self.open.iter().any(|open| open.key == key)
    }

    /// Begins a block. The key is the provider's number of it. The 1,025th that is open is
    /// not kept, and [`check`](Self::check) fails from then on.
    pub(in crate::model) fn begin(&mut self, key: u32, kind: BlockKind) {
        if self.open.len() >= MAX_OPEN {
            self.is_over = true;
            return;
        }
        let id = BlockId::new(self.next);
        self.next += 1;
        self.has_calls |= matches!(kind, BlockKind::ToolCall { .. });
        self.open.push(Open {
            key,
            id,
            kind: kind.clone(),
            text: String::new(),
        });
        self.ready
            .push_back(StreamEvent::BlockStart { block: id, kind });
    }

    /// Adds to a block. What belongs to no block is a fault of the provider.
    pub(in crate::model) fn grow(&mut self, key: u32, text: &str) -> Result<(), ModelError> {
        let Some(open) = self.at(key) else {
            self.check()?;
            return Err(ModelError::new(ModelErrorKind::Protocol).with_subject("block"));
        };
        if text.is_empty() {
            return Ok(());
        }
        open.text.push_str(text);
        let block = open.id;
        let text = Text::from(text);
        let event = match open.kind {
            BlockKind::Reasoning => StreamEvent::ReasoningDelta { block, text },
            BlockKind::ToolCall { .. } => StreamEvent::ArgumentsDelta { block, text },
            _ => StreamEvent::TextDelta { block, text },
        };
        self.ready.push_back(event);
        Ok(())
    }

    /// Ends a block, where it is open.
    pub(in crate::model) fn end(&mut self, key: u32) {
        self.end_with(key, false, |_| None);
    }

    /// Ends a block, with the item as it goes back to the provider, made from the text
    /// of the block.
    pub(in crate::model) fn end_with(
        &mut self,
        key: u32,
        is_signed: bool,
        wire: impl FnOnce(&str) -> Option<Json>,
    ) {
        let Some(at) = self.open.iter().rposition(|open| open.key == key) else {
            return;
        };
        let open = self.open.remove(at);
        let wire = wire(&open.text);
        let content = match open.kind {
            BlockKind::Refusal => Content::Refusal(open.text.into()),
            BlockKind::Reasoning => Content::Reasoning(Reasoning::new(open.text, is_signed)),
            BlockKind::ToolCall { id, name } => {
                let arguments = Arguments::from_text(&open.text);
                if arguments.as_json().is_none() {
                    self.warn(Warning::MalformedArguments);
                }
                Content::ToolCall(ToolCall::new(name, arguments).with_id(id))
            }
            _ => Content::Text(open.text.into()),
        };
        self.end_part(open.id, content, wire);
    }

    fn end_part(&mut self, block: BlockId, content: Content, wire: Option<Json>) {
        let replay = wire.map(|wire| Replay::new(self.expected.origin.clone(), wire, &content));
        let mut part = Part::new(content);
        part.replay = replay;
        let part = Box::new(part);
        self.ready.push_back(StreamEvent::BlockEnd { block, part });
    }

    /// Adds an item of the provider that has no other form.
    pub(in crate::model) fn opaque(&mut self, kind: &str, item: Json) {
        let content = Content::Opaque(OpaqueItem::new(kind, item.clone()));
        self.part(BlockKind::Opaque, content, Some(item));
    }

    /// Adds a part that arrived whole.
    pub(in crate::model) fn part(&mut self, kind: BlockKind, content: Content, wire: Option<Json>) {
        let block = BlockId::new(self.next);
        self.next += 1;
        self.ready
            .push_back(StreamEvent::BlockStart { block, kind });
        self.end_part(block, content, wire);
    }

    pub(in crate::model) fn usage(&mut self, usage: Usage) {
        self.ready.push_back(StreamEvent::Usage(Box::new(usage)));
    }

    pub(in crate::model) fn warn(&mut self, warning: Warning) {
        self.ready.push_back(StreamEvent::Warning(warning));
    }

    pub(in crate::model) fn transformed(&mut self, change: Transformation) {
        self.ready.push_back(StreamEvent::Transformed(change));
    }

    pub(in crate::model) fn logprobs(&mut self, logprobs: Json) {
        self.ready.push_back(StreamEvent::LogProbs(logprobs));
    }

    /// Passes on an event that has no other form.
    pub(in crate::model) fn unknown(&mut self, kind: Option<&str>, data: &[u8]) {
        let data = String::from_utf8_lossy(data).into_owned();
        let event = UnknownEvent::new(kind.map(Name::from), data);
        self.ready.push_back(StreamEvent::Unknown(event));
    }

    /// Makes sure that no more blocks were begun than are kept.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        match self.is_over {
            false => Ok(()),
            true => Err(ModelError::new(ModelErrorKind::Limit).with_subject("open blocks")),
        }
    }

    /// Ends all blocks.
    pub(in crate::model) fn end_all(&mut self) {
        while let Some(key) = self.open.first().map(|open| open.key) {
            self.end(key);
        }
    }

    /// Ends the answer.
    pub(in crate::model) fn finish(&mut self, mut finish: Finish) {
        if self.is_finished {
            return;
        }
        self.end_all();
        // Some servers say `stop` and mean the calls before it.
        if finish.reason == FinishReason::Stop && self.has_calls {
            finish.reason = FinishReason::ToolCalls;
            self.warn(Warning::FinishReconciled);
        }
        self.is_finished = true;
        self.ready.push_back(StreamEvent::Finished(finish));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Api;

    #[test]
    fn only_the_asked_model_may_answer() {
        let expected =
            |asked: &str| Expected::new(Origin::of_name(Api::Other, asked), vec!["alias".into()]);
        for (asked, answered) in [
            ("one", "one"),
            ("one", "alias"),
            ("one", "alias-2026-08-01"),
            ("one", "one-2026-08-01"),
            ("one", "one-20260801"),
            ("one", "one-001"),
            ("one", "one@20260801"),
            ("one-latest", "one-20260801"),
            ("models/one", "one"),
            ("one", "models/one"),
        ] {
            assert!(expected(asked).accepts(answered), "{asked} {answered}");
        }
        for (asked, answered) in [
            ("one", "two"),
            ("one", "one-mini"),
            ("one", "alias-mini"),
            ("one", "one-mini-2026-08-01"),
            ("one", "one2"),
            ("one", "one-2"),
            ("one", "one-"),
            ("one-5", "one-5-5"),
            ("one-2026-08-01", "one"),
            ("one", "ONE"),
            ("one", "other/one"),
            ("one-latest", "two-20260801"),
        ] {
            assert!(!expected(asked).accepts(answered), "{asked} {answered}");
        }
    }
}
