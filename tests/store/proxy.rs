//! A proxy before PostgreSQL that has one message of a client go wrong.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// What becomes of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// The server refuses it, with this code, as it does one that is cancelled.
    Error(&'static str),
    /// The server refuses it and ends the session, with this code.
    Fatal(&'static str),
    /// The connection is lost before it arrives.
    LostBefore,
    /// The connection is lost when the server has answered it, and before the answer
    /// arrives.
    LostAfter,
}

/// Stands before a server on this machine, for clients without TLS.
pub(crate) struct Proxy {
    address: String,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    /// The message that goes wrong, counted from 0.
    at: Option<(usize, Mishap)>,
    /// The kinds of the messages so far.
    seen: Vec<u8>,
}

impl Proxy {
    pub(crate) fn start(address: &str) -> Self {
        let (head, rest) = address.split_once('@').unwrap();
        let (server, tail) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let (server, shared) = (server.to_owned(), Arc::clone(&plan));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&server).unwrap();
                Link::start(client, server, Arc::clone(&shared)).ok();
            }
        });
        let address = format!("{head}@{here}/{tail}?sslmode=disable");
        Self { address, plan }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Counts messages from now on; the one with this number goes wrong.
    pub(crate) fn arm(&self, at: usize, mishap: Mishap) {
        *lock(&self.plan) = Plan {
            at: Some((at, mishap)),
            seen: Vec::new(),
        };
    }

    /// The kinds of the messages since, and whether one of them went wrong.
    pub(crate) fn disarm(&self) -> (Vec<u8>, bool) {
        let plan = std::mem::take(&mut *lock(&self.plan));
        (plan.seen, plan.at.is_none())
    }
}

/// One client and its session.
struct Link {
    client: TcpStream,
    server: TcpStream,
    plan: Arc<Mutex<Plan>>,
    /// What the next error of the server, or its next answer, becomes.
    next: Mutex<Option<Mishap>>,
}

impl Link {
    fn start(client: TcpStream, server: TcpStream, plan: Arc<Mutex<Plan>>) -> io::Result<()> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let next = Mutex::default();
        let up = Arc::new(Self {
            client,
            server,
            plan,
            next,
        });
        let down = Arc::clone(&up);
        thread::spawn(move || up.up().map_err(|_| up.close()));
        thread::spawn(move || down.down().map_err(|_| down.close()));
        Ok(())
    }

    fn close(&self) {
        self.client.shutdown(Shutdown::Both).ok();
        self.server.shutdown(Shutdown::Both).ok();
    }

    /// What the client sends. The first message has no kind.
    fn up(&self) -> io::Result<()> {
        let mut server = &self.server;
        server.write_all(&read(&self.client, 0)?)?;
        loop {
            let message = read(&self.client, 1)?;
            let Some(mishap) = self.mishap(message[0]) else {
                server.write_all(&message)?;
                continue;
            };
            let instead = match (mishap, message[0]) {
                (Mishap::LostBefore, _) => return Err(io::ErrorKind::Other.into()),
                (Mishap::LostAfter, _) => message,
                // A session that ends with this undoes what was not yet complete.
                (_, b'S') => return self.end(mishap),
                (_, b'Q') => frame(b'Q', b"no such statement\0"),
                _ => frame(b'B', b"\0no such statement\0\0\0\0\0\0\0"),
            };
            *lock(&self.next) = Some(mishap);
            server.write_all(&instead)?;
        }
    }

    fn mishap(&self, kind: u8) -> Option<Mishap> {
        let mut plan = lock(&self.plan);
        let (at, mishap) = plan.at?;
        plan.seen.push(kind);
        if plan.seen.len() <= at {
            return None;
        }
        plan.at = None;
        Some(mishap)
    }

    /// What the server answers.
    fn down(&self) -> io::Result<()> {
        let mut client = &self.client;
        loop {
            let message = read(&self.server, 1)?;
            let next = *lock(&self.next);
            match (next, message[0]) {
                // It had no answer of its own, and all up to here has been done.
                (Some(Mishap::LostAfter), b'Z') => return Err(io::ErrorKind::Other.into()),
                (Some(Mishap::LostAfter), _) => {}
                (Some(Mishap::Error(code)), b'E') => {
                    *lock(&self.next) = None;
                    client.write_all(&error("ERROR", code))?;
                }
                (Some(mishap), b'E') => return self.end(mishap),
                _ => client.write_all(&message)?,
            }
        }
    }

    fn end(&self, mishap: Mishap) -> io::Result<()> {
        self.server.shutdown(Shutdown::Both).ok();
        if let Mishap::Error(code) | Mishap::Fatal(code) = mishap {
            (&self.client).write_all(&error("FATAL", code))?;
        }
        Err(io::ErrorKind::Other.into())
    }
}

/// A whole message, whose length follows its kind.
fn read(mut stream: &TcpStream, kind: usize) -> io::Result<Vec<u8>> {
    let mut message = vec![0; kind + 4];
    stream.read_exact(&mut message)?;
    let len = u32::from_be_bytes(message[kind..].try_into().unwrap()) as usize;
    message.resize(kind + len, 0);
    stream.read_exact(&mut message[kind + 4..])?;
    Ok(message)
}

fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len() + 4).unwrap();
    [&[kind][..], &len.to_be_bytes(), body].concat()
}

fn error(severity: &str, code: &str) -> Vec<u8> {
    let body = format!("S{severity}\0V{severity}\0C{code}\0Mon purpose\0\0");
    frame(b'E', body.as_bytes())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
