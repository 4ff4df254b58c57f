//! A small HTTP server whose answers a test can spoil.
#![allow(dead_code, reason = "no service needs all of it")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// What a client has sent.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) at: Instant,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(other, _)| other == name)?;
        Some(value)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the request is not JSON")
    }
}

/// What the service answers.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
    }

    pub(super) fn status(status: u16) -> Self {
        Self::json(status, &Value::Null)
    }

    pub(super) fn text(body: &str) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// What goes wrong with one request.
pub(super) enum Fault {
    /// Another answer than that of the service.
    Instead(Reply),
    /// The answer of the service, changed.
    Alter(fn(&mut Value)),
    /// No answer, until the client gives up.
    Hang,
    /// The first half of the answer.
    Truncate,
    /// The beginning of an answer of so many bytes, as the header claims.
    Claim(u64),
    /// An answer in chunks that does not end by itself.
    Endless,
}

type Service = dyn Fn(&Request) -> Reply + Send + Sync;

struct Shared {
    service: Box<Service>,
    faults: Mutex<VecDeque<Fault>>,
    requests: Mutex<Vec<Request>>,
    stops: AtomicBool,
}

pub(super) struct Server {
    pub(super) port: u16,
    shared: Arc<Shared>,
}

impl Server {
    pub(super) fn start(service: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            service: Box::new(service),
            faults: Mutex::default(),
            requests: Mutex::default(),
            stops: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stops.load(Ordering::SeqCst) {
                    break;
                }
                let shared = Arc::clone(&accepting);
                thread::spawn(move || drop(shared.serve(stream.unwrap())));
            }
        });
        Self { port, shared }
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Spoils the next requests, one by one.
    pub(super) fn spoil(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().unwrap().extend(faults);
    }

    /// What has been asked since the last call of this.
    pub(super) fn requests(&self) -> Vec<Request> {
        assert!(
            self.shared.faults.lock().unwrap().is_empty(),
            "a fault was not met"
        );
        std::mem::take(&mut self.shared.requests.lock().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stops.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let Some(request) = read(&stream)? else {
            return Ok(());
        };
        self.requests.lock().unwrap().push(request.clone());
        let fault = self.faults.lock().unwrap().pop_front();
        let reply = match fault {
            None => (self.service)(&request),
            Some(Fault::Instead(reply)) => reply,
            Some(Fault::Alter(alter)) => {
                let reply = (self.service)(&request);
                let mut body = serde_json::from_slice(&reply.body).unwrap();
                let before = Value::clone(&body);
                alter(&mut body);
                assert_ne!(body, before, "nothing was altered");
                Reply::json(reply.status, &body)
            }
            Some(Fault::Hang) => {
                stream.read_exact(&mut [0])?;
                return Ok(());
            }
            Some(Fault::Truncate) => {
                let reply = (self.service)(&request);
                let half = reply.body.len() / 2;
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
                    reply.body.len()
                )?;
                return stream.write_all(&reply.body[..half]);
            }
            Some(Fault::Claim(len)) => {
                return write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {len}\r\n\r\n{{");
            }
            Some(Fault::Endless) => {
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                )?;
                loop {
                    // Ends with an error once the client has gone.
                    write!(stream, "1000\r\n{}\r\n", " ".repeat(0x1000))?;
                }
            }
        };
        let mut head = format!("HTTP/1.1 {} Status\r\nconnection: close\r\n", reply.status);
        for (name, value) in &reply.headers {
            head += &format!("{name}: {value}\r\n");
        }
        write!(stream, "{head}content-length: {}\r\n\r\n", reply.body.len())?;
        stream.write_all(&reply.body)
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Option<Request>> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut request = Request {
        at: Instant::now(),
        method,
        path,
        headers,
        body: Vec::new(),
    };
    let len = request
        .header("content-length")
        .map_or(0, |len| len.parse().unwrap());
    request.body.resize(len, 0);
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}
