//! Whole answers on their way back.

use super::address::Address;
use super::block::Block;
use super::tool;
use crate::guard::conversation::{Field, Provenance, State, Syntax};
use crate::guard::guard::Inner;
use crate::guard::report::GuardReport;
use crate::model::{Content, Message, Part, Text};
use crate::redact::RestoreCounts;

/// A text that came in pieces, in which nothing was masked.
pub(crate) struct Read {
    /// The block, once it has ended.
    pub(crate) block: Block,
    pub(crate) counts: RestoreCounts,
}

/// Restores one part of an answer, and returns it in the form to store and send again.
///
/// The part is left as people may read it and tools may run it. `address` says what the
/// texts before it end with, and then what it ends with: a link may begin in one text and
/// go on in the next. A text that was `read` piece by piece is not read again.
pub(crate) fn part(
    guard: &Inner,
    state: &mut State,
    report: &mut GuardReport,
    address: &mut Address,
    part: &mut Part,
    read: Option<Read>,
) -> Part {
    note_items(state, part);
    let mut wire = part.clone();
    match &mut part.content {
        Content::Text(text) | Content::Refusal(text) => {
            let read = read.filter(|read| read.block.written() == text.as_str());
            let output = guard.output.as_ref().filter(|_| read.is_none());
            let masked = output.map(|output| output.redact(text));
            if let Some(masked) = masked.filter(|masked| !masked.is_clean()) {
                let masked = Text::from(masked.into_string());
                wire.replay = None;
                part.replay = None;
                match &mut wire.content {
                    Content::Refusal(text) | Content::Text(text) => *text = masked,
                    _ => {}
                }
            }
            let read = read.unwrap_or_else(|| {
                let mut out = String::new();
                let mut block = Block::new(guard.output.as_ref(), *address);
                block.push(&guard.release, state, text, &mut out);
                let counts = block.finish(&guard.release, state, &mut report.masked, &mut out);
                Read { block, counts }
            });
            *address = read.block.address();
            report.restored += read.counts;
            let out = read.block.into_shown();
            let field = Field {
                provenance: Provenance::Model,
                syntax: Syntax::Text,
            };
            let first = state.request;
            let written = match &wire.content {
                Content::Refusal(text) | Content::Text(text) => text.as_str(),
                _ => text.as_str(),
            };
            state.remember(guard.rules(), field, &out, written, first);
            note_sent(guard, state, field, &out, written);
            text.set(out);
        }
        Content::ToolCall(call) => {
            let rule = guard.tools.get(&*call.name);
            let names = (&call.id, &call.name);
            let (new, verdict, counts) =
                tool::arguments(&guard.release, rule, state, names, &call.arguments);
            report.restored += counts;
            if let (Some(plain), Some(written)) = (new.as_json(), call.arguments.as_json()) {
                let field = Field {
                    provenance: Provenance::Model,
                    syntax: Syntax::Json,
                };
                let first = state.request;
                let rules = guard.rules();
                state.remember(rules, field, plain.as_str(), written.as_str(), first);
                note_sent(guard, state, field, plain.as_str(), written.as_str());
            }
            report.tools.push(verdict);
            call.arguments = new;
        }
        // Signed or not, reasoning goes back as it came or not at all. What has no text
        // holds no placeholder.
        Content::Reasoning(_)
        | Content::Opaque(_)
        | Content::Image(_)
        | Content::Audio(_)
        | Content::File(_)
        | Content::ToolResult(_) => {}
    }
    if let Some(replay) = &mut part.replay {
        replay.rebind(&part.content);
    }
    wire
}

/// Notes the items of a provider that came with a part, so that they may go back.
pub(crate) fn note_items(state: &mut State, part: &Part) {
    if let Some(replay) = &part.replay {
        let says = part.content.fingerprint();
        state.note_item(replay.wire().as_str(), says.as_bytes());
    }
    if let Content::Opaque(item) = &part.content {
        state.note_item(item.item.as_str(), b"");
    }
}

/// Notes for the store that what a model wrote goes back as it wrote it. Another process
/// that finds something in it then knows that it leaves in another form.
fn note_sent(guard: &Inner, state: &mut State, field: Field, shown: &str, written: &str) {
    if state.is_stored && !written.is_empty() {
        state.await_sending(guard.rules(), field, shown, written);
        state.settle();
    }
}

/// What stands before the next text. Some show a refusal among the texts and some leave it
/// out, so behind one it is not known what the text goes on from.
pub(crate) const fn after_part(address: &mut Address, content: &Content) {
    if matches!(content, Content::Refusal(_)) {
        *address = Address::UNKNOWN;
    }
}

/// Restores all parts of an answer, and returns the message as it is to be stored and sent
/// again.
pub(crate) fn message(
    guard: &Inner,
    state: &mut State,
    report: &mut GuardReport,
    message: &mut Message,
) -> Message {
    let mut wire = message.clone();
    let (parts, mut address) = (message.parts.iter_mut(), Address::default());
    let parts = parts.map(|each| {
        let wire = part(guard, state, report, &mut address, each, None);
        after_part(&mut address, &each.content);
        wire
    });
    wire.parts = parts.collect();
    wire
}
