//! One call: bounded in time, size and attempts.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde::{Deserialize, Serialize};
use tokio::time;

use super::super::options::{CallOptions, check_runtime};
use super::super::token::TokenSource;
use super::bytes::WipedBytes;
use super::connection::KeyServiceConnection;
use super::retry;
use crate::Error;
use crate::error::{KeyServiceCause, Refusal};
use crate::http;

/// The most bytes of an answer.
const MAX_ANSWER: usize = 1 << 20;

/// The header in which a token goes.
#[derive(Clone, Copy)]
pub(in super::super) enum Auth {
    Bearer,
    Header(&'static str),
}

/// A service, as it is called.
pub(in super::super) struct Client {
    service: &'static str,
    address: Url,
    client: reqwest::Client,
    calls: CallOptions,
    auth: Auth,
    token: Arc<dyn TokenSource>,
    /// These go with every call.
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Client {
    pub(in super::super) fn new(
        service: &'static str,
        address: &str,
        connection: &KeyServiceConnection,
        auth: Auth,
        token: Arc<dyn TokenSource>,
    ) -> Result<Self, Error> {
        Ok(Self {
            service,
            address: connection.address(address)?,
            client: connection.client()?,
            calls: connection.options(),
            auth,
            token,
            headers: Vec::new(),
        })
    }

    /// Sends a header along with every call.
    pub(in super::super) fn with_header(
        mut self,
        name: &'static str,
        value: &str,
    ) -> Result<Self, Error> {
        self.headers.push(http::header(name, value)?);
        Ok(self)
    }

    /// The address of what is at `path` of the service. No part of a path may be
    /// `.` or `..`, which a URL would swallow.
    pub(in super::super) fn url<'a>(
        &self,
        path: impl IntoIterator<Item = &'a str>,
    ) -> Result<Url, Error> {
        http::below(&self.address, path)
    }

    pub(in super::super) async fn get(&self, url: Url) -> Result<Answer, Error> {
        self.call(Method::GET, url, None).await
    }

    #[cfg(feature = "vault-transit")]
    pub(in super::super) async fn delete(&self, url: Url) -> Result<Answer, Error> {
        self.call(Method::DELETE, url, None).await
    }

    pub(in super::super) async fn post(
        &self,
        url: Url,
        body: &(impl Serialize + Sync),
    ) -> Result<Answer, Error> {
        let mut bytes = WipedBytes::with_capacity(512);
        serde_json::to_writer(&mut bytes, body)
            .map_err(|error| Error::config("request is not JSON").with_source(error))?;
        // What is sent is wiped with the last request that holds it.
        let body = Bytes::from_owner(bytes);
        self.call(Method::POST, url, Some(body)).await
    }

    async fn call(&self, method: Method, url: Url, body: Option<Bytes>) -> Result<Answer, Error> {
        check_runtime()?;
        let end = Instant::now() + self.calls.timeout;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let left = end.saturating_duration_since(Instant::now());
            let attempt = self.attempt(method.clone(), url.clone(), body.clone());
            let outcome = time::timeout(left.min(self.calls.attempt_timeout), attempt).await;
            let (error, asked) = match outcome {
                Ok(Ok((answer, asked))) => match answer.trouble() {
                    Some(error) => (error, asked),
                    None => return Ok(answer),
                },
                Ok(Err(error)) => (error, None),
                Err(_) => (
                    self.fails(|service| KeyServiceCause::Timeout { service }),
                    None,
                ),
            };
            let pause = retry::pause(attempts).max(asked.unwrap_or_default());
            let left = end.saturating_duration_since(Instant::now());
            if !error.is_retryable() || attempts >= self.calls.attempts || pause >= left {
                return Err(error);
            }
            time::sleep(pause).await;
        }
    }

    async fn attempt(
        &self,
        method: Method,
        url: Url,
        body: Option<Bytes>,
    ) -> Result<(Answer, Option<Duration>), Error> {
        let (name, value) = self.authorization().await?;
        let mut request = self.client.request(method, url).header(name, value);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let mut response = request.send().await.map_err(|error| self.broken(error))?;
        let too_long = || {
            self.fails(|service| KeyServiceCause::Size {
                service,
                limit: MAX_ANSWER,
            })
        };
        let claimed = response.content_length().unwrap_or(0);
        if claimed > MAX_ANSWER as u64 {
            return Err(too_long());
        }
        let mut body = WipedBytes::with_capacity(4096);
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(error))? {
            if body.as_ref().len() + chunk.len() > MAX_ANSWER {
                return Err(too_long());
            }
            body.extend(&chunk);
        }
        let answer = Answer {
            service: self.service,
            status: response.status(),
            body,
        };
        Ok((answer, retry::asked_pause(response.headers())))
    }

    async fn authorization(&self) -> Result<(HeaderName, HeaderValue), Error> {
        let token = self.token.token().await?;
        let token = token.expose_secret().as_bytes();
        let (name, scheme) = match self.auth {
            Auth::Bearer => (AUTHORIZATION, "Bearer "),
            Auth::Header(name) => (HeaderName::from_static(name), ""),
        };
        let mut bytes = WipedBytes::with_capacity(scheme.len() + token.len());
        bytes.extend(scheme.as_bytes());
        bytes.extend(token);
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(bytes))
            .map_err(|_| Error::config("token cannot go into a header"))?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    fn broken(&self, error: reqwest::Error) -> Error {
        let service = self.service;
        let cause = if error.is_timeout() {
            KeyServiceCause::Timeout { service }
        } else {
            KeyServiceCause::Connect { service }
        };
        Error::from(cause).with_source(error.without_url())
    }

    fn fails(&self, cause: impl FnOnce(&'static str) -> KeyServiceCause) -> Error {
        cause(self.service).into()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("service", &self.service)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}

/// What a service has answered, whole and within the limit.
pub(in super::super) struct Answer {
    service: &'static str,
    status: StatusCode,
    body: WipedBytes,
}

impl Answer {
    pub(in super::super) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    pub(in super::super) fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// The answer as a document.
    pub(in super::super) fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        // An error of the reader may quote the answer, so it is not kept.
        serde_json::from_slice(self.body.as_ref()).map_err(|_| {
            Error::from(KeyServiceCause::Answer {
                service: self.service,
            })
        })
    }

    /// The error that the status alone stands for.
    pub(in super::super) fn failure(&self) -> Error {
        let service = self.service;
        let refused = |reason| KeyServiceCause::Refused { service, reason };
        let cause = match self.status() {
            300..=399 => KeyServiceCause::Redirect { service },
            401 | 403 => refused(Refusal::Denied),
            404 | 410 => refused(Refusal::Unknown),
            status => KeyServiceCause::Status { service, status },
        };
        cause.into()
    }

    /// The error, where the same call may go better later.
    fn trouble(&self) -> Option<Error> {
        Some(self.failure()).filter(|error| !self.is_success() && error.is_retryable())
    }
}
