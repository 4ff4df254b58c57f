//! Single texts, for products that store or show them by themselves.

use super::Guard;
use super::clear::refused;
use super::conversation::{Conversation, Field, Provenance};
use super::restore::{Address, Block, TextJudge};
use crate::Error;
use crate::model::Message;
use crate::redact::{Report, RestoreCounts};

/// A text with its values restored. `Debug` shows counts alone.
#[derive(Clone)]
pub struct ShownText {
    text: String,
    counts: RestoreCounts,
}

impl ShownText {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.text
    }

    /// Returns how many placeholders were restored or not.
    #[must_use]
    pub const fn counts(&self) -> RestoreCounts {
        self.counts
    }
}

impl std::fmt::Debug for ShownText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownText")
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// Replaces the values in a text that a person wrote, as [`clear`](Self::clear) does:
    /// its form for the store and for models.
    ///
    /// # Errors
    /// Those of [`clear`](Self::clear).
    pub fn hide_text(&self, conversation: &Conversation, text: &str) -> Result<String, Error> {
        self.hide_text_from(conversation, Provenance::User, text)
    }

    /// Replaces the values in a text from elsewhere.
    ///
    /// # Errors
    /// Those of [`clear`](Self::clear).
    pub fn hide_text_from(
        &self,
        conversation: &Conversation,
        provenance: Provenance,
        text: &str,
    ) -> Result<String, Error> {
        let field = Field::of_text(provenance, text);
        let wire = self.clear_one(conversation, field, text)?;
        Ok(wire.unwrap_or_else(|| text.to_owned()))
    }

    /// Clears one text. Returns it where it is another than before.
    pub(super) fn clear_one(
        &self,
        conversation: &Conversation,
        field: Field,
        text: &str,
    ) -> Result<Option<String>, Error> {
        let (inner, limit) = (self.inner(), self.inner().max_bytes);
        if text.len() > limit {
            return Err(Error::limit("bytes of a text", limit as u64));
        }
        let mut state = conversation.lock();
        state.begin_request();
        let cleared = state.clear(inner.rules(), field, text).and_then(|cleared| {
            let hides = cleared.wire.is_some() || !cleared.findings.is_empty();
            inner.let_through(hides).map(|()| cleared)
        });
        match cleared {
            Ok(cleared) => {
                if !state.settle().is_empty() || cleared.is_late {
                    state.begin_epoch();
                }
                Ok(cleared.wire)
            }
            Err(error) => {
                state.abandon();
                Err(error)
            }
        }
    }

    /// Restores the values in a text as far as they are released to people.
    #[must_use]
    pub fn show_text(&self, conversation: &Conversation, wire: &str) -> ShownText {
        let state = conversation.lock();
        let mut judge = TextJudge {
            rules: &self.inner().release,
            seen: &state.seen,
            address: &mut Address::default(),
        };
        let restored = state.map.restore_if(wire, &mut judge);
        ShownText {
            counts: restored.counts(),
            text: restored.into_inner().into_owned(),
        }
    }

    /// Restores the values in messages as far as they are released to people: what a
    /// stored conversation looks like to them. Arguments of tools and reasoning stay as
    /// they are.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) for a guard that only looks on: nothing was
    /// hidden.
    pub fn show(
        &self,
        conversation: &Conversation,
        messages: &[Message],
    ) -> Result<Vec<Message>, Error> {
        use crate::model::Content;
        if self.mode() == super::Mode::Observe {
            return Err(refused("guard only looks on"));
        }
        let mut messages = messages.to_vec();
        let state = conversation.lock();
        let (release, mut unread) = (&self.inner().release, Report::new());
        for message in &mut messages {
            // A link may begin in one text and go on in the next.
            let mut address = Address::default();
            for part in &mut message.parts {
                if let Content::Text(text) | Content::Refusal(text) = &mut part.content {
                    let (mut shown, mut block) = (String::new(), Block::new(None, address));
                    block.push(release, &state, text, &mut shown);
                    block.finish(release, &state, &mut unread, &mut shown);
                    address = block.address();
                    text.set(shown);
                    if let Some(replay) = &mut part.replay {
                        replay.rebind(&part.content);
                    }
                }
            }
        }
        Ok(messages)
    }
}
