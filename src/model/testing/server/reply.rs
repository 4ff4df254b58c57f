//! What a server replies, and how it fails.

use std::fmt;
use std::time::Duration;

use crate::model::testing::MockAnswer;

/// What a [`MockServer`](super::MockServer) replies, and how it fails.
#[derive(Clone)]
pub struct MockReply {
    pub(super) kind: Kind,
    pub(super) headers: Vec<(String, String)>,
    pub(super) piece: Option<usize>,
    pub(super) cut: Option<usize>,
    pub(super) pause: Option<Duration>,
    pub(super) crlf: bool,
}

#[derive(Clone)]
pub(super) enum Kind {
    Answer {
        answer: MockAnswer,
        fails: bool,
    },
    Raw {
        status: u16,
        content_type: String,
        body: Vec<u8>,
    },
    Hang,
    Close,
}

impl MockReply {
    const fn new(kind: Kind) -> Self {
        Self {
            kind,
            headers: Vec::new(),
            piece: None,
            cut: None,
            pause: None,
            crlf: false,
        }
    }

    /// Replies with an answer, in the protocol that is asked for.
    #[must_use]
    pub const fn answer(answer: MockAnswer) -> Self {
        Self::new(Kind::Answer {
            answer,
            fails: false,
        })
    }

    /// Replies with these bytes.
    #[must_use]
    pub fn raw(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new(Kind::Raw {
            status,
            content_type: content_type.to_owned(),
            body: body.into(),
        })
    }

    /// Replies with a status and an object of JSON.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::raw(status, "application/json", "{}")
    }

    /// Never replies, until the client goes away.
    #[must_use]
    pub const fn hang() -> Self {
        Self::new(Kind::Hang)
    }

    /// Closes the connection without a reply.
    #[must_use]
    pub const fn close() -> Self {
        Self::new(Kind::Close)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes the body in pieces of so many bytes.
    #[must_use]
    pub const fn pieces_of(mut self, bytes: usize) -> Self {
        self.piece = Some(bytes);
        self
    }

    /// Breaks the connection after so many bytes of the body.
    #[must_use]
    pub const fn cut_after(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }

    /// Waits so long before every piece but the first.
    #[must_use]
    pub const fn pause(mut self, pause: Duration) -> Self {
        self.pause = Some(pause);
        self
    }

    /// Ends the lines of server-sent events with CR and LF.
    #[must_use]
    pub const fn crlf(mut self) -> Self {
        self.crlf = true;
        self
    }

    /// Fails in the middle of a stream, in the way of the protocol: the server is
    /// overloaded, and its message repeats the request.
    #[must_use]
    pub fn fail_midway(mut self) -> Self {
        if let Kind::Answer { fails, .. } = &mut self.kind {
            *fails = true;
        }
        self
    }
}

impl fmt::Debug for MockReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Answer { .. } => "answer",
            Kind::Raw { .. } => "raw",
            Kind::Hang => "hang",
            Kind::Close => "close",
        };
        f.debug_struct("MockReply")
            .field("kind", &kind)
            .field("headers", &self.headers.len())
            .finish_non_exhaustive()
    }
}
