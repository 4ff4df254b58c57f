//! One connection, one request, one reply.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::keep::keep;
use super::reply::{Kind, MockReply};
use super::speak::{Spoken, speak};
use super::{SeenRequest, Shared, lock};

const MAX_BODY: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn serve(shared: &Shared, mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let Some(request) = read(&stream)? else {
        return Ok(());
    };
    lock(&shared.seen).push(request.clone());
    let first = lock(&shared.replies).front().cloned();
    let first = first.or_else(|| lock(&shared.fallback).clone());
    let is_answer = first.is_none_or(|reply| matches!(reply.kind, Kind::Answer { .. }));
    // Answers are for the requests of a batch; every other reply is for the call itself.
    if is_answer && let Some(spoken) = keep(shared, &request) {
        return write(&mut stream, &MockReply::status(200), spoken);
    }
    let reply = lock(&shared.replies).pop_front();
    let reply = reply.or_else(|| lock(&shared.fallback).clone());
    let reply = reply.unwrap_or_else(|| MockReply::status(500));
    let spoken = match &reply.kind {
        Kind::Hang => {
            // Ends with an error once the client has gone.
            stream.read_exact(&mut [0])?;
            return Ok(());
        }
        Kind::Close => return Ok(()),
        Kind::Raw {
            status,
            content_type,
            body,
        } => Spoken {
            status: *status,
            content_type: content_type.clone(),
            body: body.clone(),
        },
        Kind::Answer { answer, fails } => speak(&request, answer, *fails),
    };
    write(&mut stream, &reply, spoken)
}

fn write(stream: &mut TcpStream, reply: &MockReply, spoken: Spoken) -> io::Result<()> {
    let is_events = spoken.content_type.starts_with("text/event-stream");
    let body = if reply.crlf && is_events {
        String::from_utf8_lossy(&spoken.body)
            .replace('\n', "\r\n")
            .into_bytes()
    } else {
        spoken.body
    };
    let mut head = format!(
        "HTTP/1.1 {} Status\r\nconnection: close\r\ntransfer-encoding: chunked\r\n",
        spoken.status
    );
    head += &format!("content-type: {}\r\n", spoken.content_type);
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    let end = reply.cut.unwrap_or(body.len()).min(body.len());
    let body = body.get(..end).unwrap_or_default();
    let piece = reply.piece.unwrap_or(body.len()).max(1);
    for (number, piece) in body.chunks(piece).enumerate() {
        if let Some(pause) = reply.pause.filter(|_| number > 0) {
            thread::sleep(pause);
        }
        stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes())?;
        stream.write_all(piece)?;
        stream.write_all(b"\r\n")?;
        stream.flush()?;
    }
    if reply.cut.is_some() {
        // Without the last chunk the client knows that it was cut off.
        return Ok(());
    }
    stream.write_all(b"0\r\n\r\n")?;
    stream.flush()
}

fn read(stream: &TcpStream) -> io::Result<Option<SeenRequest>> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_ascii_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let (method, path) = (method.to_owned(), path.to_owned());
    let mut headers: Vec<(String, String)> = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) => {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
            None => break,
        }
    }
    let header = |name: &str| headers.iter().find(|(other, _)| other == name);
    let len = header("content-length").and_then(|(_, len)| len.parse().ok());
    let mut body = vec![0; len.unwrap_or(0).min(MAX_BODY)];
    reader.read_exact(&mut body)?;
    Ok(Some(SeenRequest {
        method,
        path,
        headers,
        body,
    }))
}
