//! One call: checked, sent, and sent again where nothing of an answer has arrived.

use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, Url};
use tokio::runtime::Handle;
use tokio::time;

use super::answer::{Answer, read_bounded};
use super::auth::Auth;
use super::connection::ProviderConnection;
use super::form::Form;
use super::retry;
use crate::Error;
use crate::http;
use crate::model::{CallContext, Destination, ModelDescriptor, ModelError, ModelErrorKind, Name};

/// The most bytes of an answer that says what is wrong.
const MAX_FAULT: usize = 64 << 10;
/// The header in which AWS says what is wrong.
const ERROR_TYPE: &str = "x-amzn-errortype";
/// Headers in which providers name a request.
const REQUEST_IDS: [&str; 5] = [
    "request-id",
    "x-request-id",
    "x-amzn-requestid",
    "apim-request-id",
    "x-goog-request-id",
];

/// An answer of a status other than success.
pub(in crate::model) struct Refusal<'a> {
    pub(in crate::model) status: u16,
    pub(in crate::model) body: &'a [u8],
    /// The word for what is wrong that AWS sends as a header.
    pub(in crate::model) word: Option<&'a str>,
}

impl<'a> Refusal<'a> {
    pub(in crate::model) const fn new(status: u16, body: &'a [u8]) -> Self {
        Self {
            status,
            body,
            word: None,
        }
    }
}

/// What an answer of a status other than success says.
pub(in crate::model) struct Fault {
    pub(in crate::model) kind: ModelErrorKind,
    pub(in crate::model) message: Option<String>,
    pub(in crate::model) retry_after: Option<Duration>,
}

impl Fault {
    pub(in crate::model) const fn new(kind: ModelErrorKind) -> Self {
        Self {
            kind,
            message: None,
            retry_after: None,
        }
    }

    /// What the status alone says.
    pub(in crate::model) const fn of_status(status: u16) -> Self {
        Self::new(match status {
            300..=399 => ModelErrorKind::Redirected,
            401 => ModelErrorKind::Authentication,
            402 => ModelErrorKind::QuotaExhausted,
            403 => ModelErrorKind::PermissionDenied,
            404 | 410 => ModelErrorKind::ModelNotFound,
            408 => ModelErrorKind::Timeout,
            413 => ModelErrorKind::ContextTooLong,
            429 => ModelErrorKind::RateLimited,
            503 | 529 => ModelErrorKind::Overloaded,
            400..=499 => ModelErrorKind::InvalidRequest,
            500..=599 => ModelErrorKind::ServerFailed,
            _ => ModelErrorKind::Protocol,
        })
    }
}

/// A provider, as it is called.
pub(in crate::model) struct Transport {
    client: reqwest::Client,
    base: Url,
    connection: ProviderConnection,
    destination: Destination,
    auth: Auth,
    headers: Vec<(HeaderName, HeaderValue)>,
    fault: fn(&Refusal<'_>) -> Fault,
    query: Option<(&'static str, String)>,
}

/// A request on its way.
pub(in crate::model) struct Call {
    method: Method,
    url: Url,
    body: Vec<u8>,
    content_type: Option<HeaderValue>,
    /// The media type of the answer that is hoped for.
    accept: &'static str,
    /// Whether the provider keeps something for each time that the request arrives.
    creates: bool,
    header: Option<(&'static str, &'static str)>,
}

impl Call {
    /// Sends JSON.
    pub(in crate::model) fn post(url: Url, body: Vec<u8>, accept: &'static str) -> Self {
        Self {
            content_type: Some(HeaderValue::from_static("application/json")),
            ..Self::new(Method::POST, url, body, accept)
        }
    }

    /// Sends a form of several parts, of which the provider keeps something.
    pub(in crate::model) fn form(url: Url, form: Form) -> Result<Self, ModelError> {
        let (content_type, body) = form.finish();
        let content_type = HeaderValue::from_str(&content_type);
        let bad = |_| ModelError::new(ModelErrorKind::Config).with_subject("form");
        Ok(Self {
            content_type: Some(content_type.map_err(bad)?),
            ..Self::new(Method::POST, url, body, "application/json")
        }
        .creating())
    }

    /// Fetches what is there.
    pub(in crate::model) const fn get(url: Url, accept: &'static str) -> Self {
        Self::new(Method::GET, url, Vec::new(), accept)
    }

    /// Deletes what is there.
    pub(in crate::model) const fn delete(url: Url) -> Self {
        Self::new(Method::DELETE, url, Vec::new(), "application/json")
    }

    /// Says that the provider keeps something each time the request arrives. It
    /// is sent again only where the provider said that it did not take it.
    pub(in crate::model) const fn creating(mut self) -> Self {
        self.creates = true;
        self
    }

    /// Sends a header along, instead of one of that name that goes with every call.
    pub(in crate::model) const fn header(
        mut self,
        name: &'static str,
        value: &'static str,
    ) -> Self {
        self.header = Some((name, value));
        self
    }

    const fn new(method: Method, url: Url, body: Vec<u8>, accept: &'static str) -> Self {
        Self {
            method,
            url,
            body,
            content_type: None,
            accept,
            creates: false,
            header: None,
        }
    }
}

/// What a signature is made of.
pub(in crate::model) struct Outgoing<'a> {
    pub(in crate::model) url: &'a Url,
    pub(in crate::model) body: &'a [u8],
}

impl Transport {
    pub(in crate::model) fn new(
        connection: ProviderConnection,
        base: Url,
        descriptor: &ModelDescriptor,
        auth: Auth,
        fault: fn(&Refusal<'_>) -> Fault,
    ) -> Result<Self, Error> {
        Ok(Self {
            client: connection.client()?,
            base,
            connection,
            destination: descriptor.destination(),
            auth,
            headers: Vec::new(),
            fault,
            query: None,
        })
    }

    /// Adds a parameter to the address of every call.
    pub(in crate::model) fn set_query(&mut self, name: &'static str, value: String) {
        self.query = Some((name, value));
    }

    /// Sends a header along with every call.
    pub(in crate::model) fn add_header(
        &mut self,
        name: &'static str,
        value: &str,
    ) -> Result<(), Error> {
        self.headers.push(http::header(name, value)?);
        Ok(())
    }

    /// The address of what is at `path` of the provider. No part of a path may be empty,
    /// `.` or `..`.
    pub(in crate::model) fn url<'a>(
        &self,
        path: impl IntoIterator<Item = &'a str>,
    ) -> Result<Url, ModelError> {
        let refused = || ModelError::new(ModelErrorKind::Config).with_subject("address");
        let mut is_whole = true;
        let path = path
            .into_iter()
            .inspect(|part| is_whole &= !part.is_empty());
        let mut url = http::below(&self.base, path).map_err(|_| refused())?;
        if let Some((name, value)) = &self.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        match is_whole {
            true => Ok(url),
            false => Err(refused()),
        }
    }

    /// Sends a request, and again where no part of an answer has arrived, and returns
    /// the beginning of a good answer.
    pub(in crate::model) async fn send(
        &self,
        mut call: Call,
        context: &CallContext,
    ) -> Result<Answer, ModelError> {
        // Timers of tokio panic outside of a runtime.
        if Handle::try_current().is_err() {
            return Err(
                ModelError::new(ModelErrorKind::Config).with_subject("tokio is not running")
            );
        }
        let whole = context.max_time().unwrap_or(self.connection.timeout);
        let most = context
            .max_attempts()
            .map_or(self.connection.attempts, |most| most.clamp(1, 10));
        let end = Instant::now() + whole.min(Duration::from_secs(86_400 * 365));
        let body = Bytes::from(std::mem::take(&mut call.body));
        let mut attempts = 0;
        loop {
            attempts += 1;
            let outgoing = Outgoing {
                url: &call.url,
                body: &body,
            };
            // A source of keys, or an observer, that hangs does not hang the call.
            let late = || ModelError::new(ModelErrorKind::Timeout).with_attempts(attempts - 1);
            let failed = |error| ModelError::from(error).with_attempts(attempts - 1);
            let left = end.saturating_duration_since(Instant::now());
            let auth = within(left, self.auth.headers(&outgoing)).await;
            let auth = auth.ok_or_else(late)?.map_err(failed)?;
            if let Some(observer) = context.observed_by() {
                let left = end.saturating_duration_since(Instant::now());
                let allowed = within(left, observer.before(attempts, &self.destination)).await;
                allowed.ok_or_else(late)?.map_err(failed)?;
            }
            let attempt = self.attempt(&call, body.clone(), &auth, end);
            let outcome = attempt.await;
            if let Some(observer) = context.observed_by() {
                let seen = outcome
                    .as_ref()
                    .map(|_| ())
                    .map_err(|(error, _)| error.kind());
                let noted = observer.after(attempts, seen).await;
                // The request was sent, whatever became of the note.
                noted.map_err(|error| ModelError::from(error).with_attempts(attempts))?;
            }
            let (error, may_retry) = match outcome {
                Ok(response) => {
                    let request_id = request_id(response.headers());
                    let idle = self.connection.idle_timeout;
                    return Ok(Answer::new(response, attempts, request_id, idle, end));
                }
                Err((error, may_retry)) => (error.with_attempts(attempts), may_retry),
            };
            let may_retry = may_retry && (!call.creates || was_turned_away(&error));
            let asked = error.retry_after();
            let pause = asked.unwrap_or_else(|| retry::pause(attempts));
            let left = end.saturating_duration_since(Instant::now());
            let too_long = pause >= left || pause > retry::LONGEST_PAUSE;
            if !may_retry || attempts >= most || too_long {
                return Err(error);
            }
            time::sleep(pause).await;
        }
    }

    /// Sends a request once. An error comes with whether it may be sent again.
    async fn attempt(
        &self,
        call: &Call,
        body: Bytes,
        auth: &[(HeaderName, HeaderValue)],
        end: Instant,
    ) -> Result<Response, (ModelError, bool)> {
        let (method, url) = (call.method.clone(), call.url.clone());
        let mut request = self.client.request(method, url);
        request = request.header("accept", call.accept);
        for (name, value) in self.headers.iter().chain(auth) {
            if call.header.is_none_or(|(own, _)| name != own) {
                request = request.header(name, value);
            }
        }
        if let Some((name, value)) = call.header {
            request = request.header(name, value);
        }
        if let Some(content_type) = &call.content_type {
            request = request.header(CONTENT_TYPE, content_type).body(body);
        }
        let left = end.saturating_duration_since(Instant::now());
        let limit = left.min(self.connection.head_timeout);
        let response = match within(limit, request.send()).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => return Err((broken(&error), true)),
            None => return Err((ModelError::new(ModelErrorKind::Timeout), true)),
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let left = end.saturating_duration_since(Instant::now());
        let limit = left.min(self.connection.idle_timeout);
        let error = within(limit, self.failure(response)).await;
        Err(error.unwrap_or_else(|| (ModelError::new(ModelErrorKind::Timeout), true)))
    }

    /// What an answer says that is not good.
    async fn failure(&self, response: Response) -> (ModelError, bool) {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = read_bounded(response, MAX_FAULT).await.unwrap_or_default();
        let fault = if (300..400).contains(&status) {
            Fault::of_status(status)
        } else {
            let word = headers.get(ERROR_TYPE).and_then(|word| word.to_str().ok());
            let body = &body;
            (self.fault)(&Refusal {
                word,
                ..Refusal::new(status, body)
            })
        };
        let may_retry = retry::may_retry(status, &headers)
            // Waiting does not fill an account.
            && fault.kind != ModelErrorKind::QuotaExhausted;
        let asked = retry::asked_pause(&headers).or(fault.retry_after);
        let id = request_id(&headers);
        let mut error = ModelError::new(fault.kind)
            .with_status(status)
            .with_retry_after(asked)
            .with_request_id(id.as_ref().map(Name::as_str))
            .retryable(may_retry);
        if let Some(message) = fault.message {
            error = error.with_message(message);
        }
        (error, may_retry)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("destination", &self.destination)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// Waits for so long; `None` is too long.
pub(super) async fn within<T>(limit: Duration, what: impl Future<Output = T>) -> Option<T> {
    time::timeout(limit, what).await.ok()
}

/// Whether the provider said that it did not take the request.
const fn was_turned_away(error: &ModelError) -> bool {
    matches!(error.status(), Some(429 | 503 | 529))
}

/// What a connection that broke says. The error of the client names the address, and is
/// not kept.
pub(super) fn broken(error: &reqwest::Error) -> ModelError {
    ModelError::new(if error.is_timeout() {
        ModelErrorKind::Timeout
    } else {
        ModelErrorKind::Transport
    })
}

fn request_id(headers: &HeaderMap) -> Option<Name> {
    let mut found = REQUEST_IDS.iter().filter_map(|name| headers.get(*name));
    found.next()?.to_str().ok().map(Name::from)
}
