//! An answer, as its bytes arrive.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::Response;

use super::transport::{broken, within};
use crate::model::{ModelError, ModelErrorKind, Name};

/// The most bytes of a whole answer.
pub(in crate::model) const MAX_ANSWER: usize = 64 << 20;

/// The beginning of a good answer, and the way to the rest.
pub(in crate::model) struct Answer {
    response: Response,
    pub(in crate::model) attempts: u32,
    pub(in crate::model) request_id: Option<Name>,
    idle: Duration,
    end: Instant,
}

impl Answer {
    pub(super) const fn new(
        response: Response,
        attempts: u32,
        request_id: Option<Name>,
        idle: Duration,
        end: Instant,
    ) -> Self {
        Self {
            response,
            attempts,
            request_id,
            idle,
            end,
        }
    }

    /// Waits for more bytes; `None` is the end.
    pub(in crate::model) async fn chunk(&mut self) -> Result<Option<Bytes>, ModelError> {
        let left = self.end.saturating_duration_since(Instant::now());
        let chunk = within(left.min(self.idle), self.response.chunk()).await;
        let error = match chunk {
            Some(Ok(chunk)) => return Ok(chunk),
            // The connection ended before the answer did.
            Some(Err(error)) if error.is_decode() || error.is_body() => {
                ModelError::new(ModelErrorKind::Truncated)
            }
            Some(Err(error)) => broken(&error),
            None => ModelError::new(ModelErrorKind::Timeout),
        };
        Err(self.name(error).retryable(false))
    }

    /// Waits for the whole answer.
    pub(in crate::model) async fn whole(&mut self) -> Result<Vec<u8>, ModelError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER {
                let error = ModelError::new(ModelErrorKind::Limit);
                return Err(self.name(error.with_subject("bytes of an answer")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Says which request an error is about.
    pub(in crate::model) fn name(&self, error: ModelError) -> ModelError {
        let id = self.request_id.as_ref().map(Name::as_str);
        error.with_attempts(self.attempts).with_request_id(id)
    }
}

/// Reads up to `limit` bytes and leaves the rest.
pub(super) async fn read_bounded(mut response: Response, limit: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        let left = limit - body.len();
        body.extend_from_slice(chunk.get(..left).unwrap_or(&chunk));
        if body.len() == limit {
            break;
        }
    }
    Some(body)
}
