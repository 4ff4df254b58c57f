//! As much of HTTP as the example needs: one request, and the events of its answer.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

/// The events of an answer (`text/event-stream`).
pub(crate) struct Events {
    stream: BufReader<TcpStream>,
}

impl Events {
    /// Sends a request and reads the head of the answer.
    pub(crate) fn open(address: SocketAddr, body: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "POST /v1/messages HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        )?;
        let mut stream = BufReader::new(stream);
        head(&mut stream)?;
        Ok(Self { stream })
    }

    /// Returns the next event.
    pub(crate) fn next(&mut self) -> io::Result<Option<Value>> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data)
                    .map(Some)
                    .map_err(io::Error::other);
            }
        }
    }
}

/// Reads the lines before a body. Returns the length of the body, if it is there.
pub(crate) fn head(stream: &mut BufReader<impl Read>) -> io::Result<usize> {
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            return Ok(length);
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
}
