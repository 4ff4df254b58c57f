//! A server that speaks the protocols of the providers.

mod bind;
mod keep;
mod reply;
mod serve;
mod speak;
mod stream;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

pub use reply::MockReply;

use super::MockAnswer;

/// A server on this machine that speaks the protocols of the providers, over real
/// sockets: Messages, Chat Completions, Responses, `generateContent`, Ollama's chat and
/// Converse, whole and in streams. Which one it is asked for, the path says.
///
/// It answers what it is told, in that order, and keeps everything that reached it. It
/// takes batches of Messages and of Chat Completions and files as well, and keeps them
/// until they are deleted; each request of a batch gets the next answer, and an error once
/// there is none.
/// A signature of reasoning that it made holds for the very beginning of the conversation
/// for which it was made: with another one Messages answer with status 400.
///
/// Dropping it closes it. It has a thread of its own, and one for each connection.
///
/// # Example
/// ```
/// use confidant::model::testing::{MockAnswer, MockServer};
///
/// let server = MockServer::start()?;
/// server.answer(MockAnswer::text("Hello."));
/// assert!(server.address().starts_with("http://127.0.0.1:"));
/// server.assert_never_saw("ada@example.com");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct MockServer {
    port: u16,
    shared: Arc<Shared>,
}

/// A request that reached a [`MockServer`].
#[derive(Clone)]
pub struct SeenRequest {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

struct Shared {
    replies: Mutex<VecDeque<MockReply>>,
    /// The reply once there are no others.
    fallback: Mutex<Option<MockReply>>,
    seen: Mutex<Vec<SeenRequest>>,
    kept: Mutex<keep::Kept>,
    stops: AtomicBool,
}

impl MockServer {
    /// Opens a server at a free port.
    ///
    /// # Errors
    /// The error of the system, where there is none.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            replies: Mutex::default(),
            fallback: Mutex::default(),
            seen: Mutex::default(),
            kept: Mutex::default(),
            stops: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::Builder::new().spawn(move || accept(&listener, &accepting))?;
        Ok(Self { port, shared })
    }

    /// Returns the address, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers so next.
    pub fn answer(&self, answer: MockAnswer) {
        self.reply(MockReply::answer(answer));
    }

    /// Replies so next.
    pub fn reply(&self, reply: MockReply) {
        lock(&self.shared.replies).push_back(reply);
    }

    /// Replies so whenever nothing else is left to reply. It otherwise replies with
    /// status 500.
    pub fn always(&self, reply: MockReply) {
        *lock(&self.shared.fallback) = Some(reply);
    }

    /// Returns all requests that reached the server.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        lock(&self.shared.seen).clone()
    }

    /// Returns how many requests reached the server.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.shared.seen).len()
    }

    /// Returns how many batches and files the server keeps.
    #[must_use]
    pub fn kept(&self) -> usize {
        lock(&self.shared.kept).len()
    }

    /// Returns whether a text reached the server: in a path, a header or a body, as it
    /// is, as JSON writes it, as JSON in a string of JSON, or, where it has six bytes or
    /// more, somewhere in base 64.
    #[must_use]
    pub fn saw(&self, text: &str) -> bool {
        let escape = |text: &str| {
            let text = serde_json::to_string(text).unwrap_or_default();
            let inner = text
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            inner.unwrap_or_default().to_owned()
        };
        let once = escape(text);
        let mut forms = vec![text.to_owned(), escape(&once), once];
        forms.extend(in_base64(text));
        lock(&self.shared.seen).iter().any(|seen| {
            let body = String::from_utf8_lossy(&seen.body);
            let headers = seen.headers.iter().map(|(_, value)| value.as_str());
            let mut places = headers.chain([seen.path.as_str(), &body]);
            places.any(|place| forms.iter().any(|form| place.contains(form.as_str())))
        })
    }

    /// Checks that a text never reached the server.
    ///
    /// # Panics
    /// Where it did. The message does not show the text.
    pub fn assert_never_saw(&self, text: &str) {
        assert!(
            !self.saw(text),
            "a text of {} bytes reached the server",
            text.len()
        );
    }
}

impl SeenRequest {
    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the path, with the query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the value of a header, whose name is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(other, _)| other == name)?;
        Some(value)
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// How a text is written somewhere in base 64, at each place of a group: the digits that
/// what stands around it does not change.
fn in_base64(text: &str) -> Vec<String> {
    use base64ct::{Base64Unpadded, Encoding};

    if text.len() < 6 {
        return Vec::new();
    }
    let forms = [(0, 0), (1, 2), (2, 3)]
        .into_iter()
        .map(|(before, skipped)| {
            let mut bytes = vec![0; before];
            bytes.extend_from_slice(text.as_bytes());
            let digits = Base64Unpadded::encode_string(&bytes);
            let whole = bytes.len() * 8 / 6;
            digits.get(skipped..whole).unwrap_or_default().to_owned()
        });
    forms.collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stops.load(Ordering::SeqCst) {
            return;
        }
        let shared = Arc::clone(shared);
        if let Ok(stream) = stream {
            // A client that goes away is no fault of the test.
            let serving = move || drop(serve::serve(&shared, stream));
            drop(thread::Builder::new().spawn(serving));
        }
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.shared.stops.store(true, Ordering::SeqCst);
        // Wakes the thread, so that it sees that it is to stop.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer")
            .field("port", &self.port)
            .field("requests", &self.count())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SeenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeenRequest")
            .field("method", &self.method)
            .field("path_len", &self.path.len())
            .field("headers", &self.headers.len())
            .field("body_len", &self.body.len())
            .finish()
    }
}
