//! The server that plays the model, and keeps what it gets.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use crate::http::head;

/// A signature that must come back byte by byte. It looks like a token on purpose.
pub(crate) const SIGNATURE: &str = "ErUBghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpB==";

pub(crate) struct Server {
    address: SocketAddr,
    received: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let received = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let (bodies, stop) = (Arc::clone(&received), Arc::clone(&stopped));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                // A request that breaks off is the client's to report.
                let _ = answer(stream, &bodies);
            }
        });
        Ok(Self {
            address,
            received,
            stopped,
            thread,
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the server. Returns the number of requests and all that they said.
    pub(crate) fn stop(self) -> (usize, String) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.join();
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        (received.len(), received.join("\n"))
    }
}

fn answer(stream: TcpStream, received: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let length = head(&mut stream)?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let request: Value = serde_json::from_str(&body).map_err(io::Error::other)?;
    let bodies = {
        let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
        received.push(body);
        received.len()
    };
    let stream = stream.get_mut();
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")?;
    for event in events(&request, bodies) {
        write!(stream, "data: {event}\n\n")?;
        stream.flush()?;
    }
    Ok(())
}

/// Returns the answer in events. It repeats what it got, piece by piece: a model that
/// has seen a value would say it.
fn events(request: &Value, number: usize) -> Vec<Value> {
    let messages = request["messages"].as_array().cloned().unwrap_or_default();
    let last = messages.last().cloned().unwrap_or_default();
    let heard = last["content"].as_str().unwrap_or_default();
    let placeholder = |kind: &str| {
        let at = heard.find(kind)?;
        let rest = heard.get(at..)?;
        rest.get(..rest.find(']')? + 1)
    };
    let mut events = Vec::new();
    let said = format!("Turn {number}: you said “{heard}”.");
    let mut rest = said.as_str();
    while let Some(char) = rest.char_indices().nth(5) {
        let (piece, tail) = rest.split_at(char.0);
        events.push(json!({"delta": {"content": piece}}));
        rest = tail;
    }
    events.push(json!({"delta": {"content": rest}}));
    if last["role"] == "user"
        && let (Some(token), Some(password)) = (placeholder("[TOKEN-"), placeholder("[PASSWORD-"))
    {
        let arguments = json!({"token": token, "password": password, "note": "a \"b\""});
        events.push(json!({"delta": {
            "thinking": {"type": "thinking", "signature": SIGNATURE},
            "tool_calls": [{
                "id": format!("call_{number}"),
                "type": "function",
                "function": {"name": "deploy", "arguments": arguments.to_string()},
            }],
        }}));
    }
    events
}
