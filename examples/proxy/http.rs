//! One request over HTTP, and its reply.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

const MAX_BODY: usize = 8 << 20;

/// A request that was read, and the connection for its reply.
pub(crate) struct Exchange {
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    stream: TcpStream,
    has_begun: bool,
}

impl Exchange {
    /// Reads a request.
    pub(crate) fn read(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(&stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let path = line.split_ascii_whitespace().nth(1);
        let path = path.ok_or(io::ErrorKind::InvalidData)?.to_owned();
        let mut len = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                len = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; len.min(MAX_BODY)];
        reader.read_exact(&mut body)?;
        Ok(Self {
            path,
            body,
            stream,
            has_begun: false,
        })
    }

    /// Returns whether a reply has begun.
    pub(crate) const fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Replies with JSON.
    pub(crate) fn reply(&mut self, status: u16, body: &Value) -> io::Result<()> {
        self.has_begun = true;
        let body = body.to_string();
        write!(
            self.stream,
            "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    }

    /// Begins a reply of events.
    pub(crate) fn begin_events(&mut self) -> io::Result<()> {
        self.has_begun = true;
        self.stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
              cache-control: no-cache\r\nconnection: close\r\n\r\n",
        )
    }

    /// Sends one event.
    pub(crate) fn event(&mut self, data: &Value) -> io::Result<()> {
        write!(self.stream, "data: {data}\n\n")
    }

    /// Ends a reply of events.
    pub(crate) fn end_events(&mut self) -> io::Result<()> {
        self.stream.write_all(b"data: [DONE]\n\n")
    }
}
