//! A server that keeps its connections open and answers every request alike.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};
use std::thread;

use crate::EVENTS;

/// What it answers.
pub(crate) const ANSWER: &str = "The report goes out on Friday, as the team has agreed.";

pub(crate) struct Server {
    port: u16,
    placeholder: Arc<OnceLock<String>>,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let placeholder = Arc::new(OnceLock::new());
        let shared = placeholder.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared: Arc<OnceLock<String>> = shared.clone();
                thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Ok(Self { port, placeholder })
    }

    /// The address of the API, which ends with a slash.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/v1/", self.port)
    }

    /// Sets the placeholder that stands in streams.
    pub(crate) fn set_placeholder(&self, placeholder: String) {
        let _ = self.placeholder.set(placeholder);
    }
}

fn serve(stream: TcpStream, placeholder: &OnceLock<String>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut reader = BufReader::with_capacity(1 << 16, stream);
    let whole = whole();
    let mut events: Option<Vec<u8>> = None;
    let mut body = Vec::new();
    loop {
        let mut len = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                len = value.trim().parse().unwrap_or(0);
            }
        }
        body.resize(len, 0);
        reader.read_exact(&mut body)?;
        let is_stream = body.windows(13).any(|at| at == b"\"stream\":true");
        if is_stream {
            let shared = placeholder.get().map_or("", String::as_str);
            let events = events.get_or_insert_with(|| stream_of(shared));
            out.write_all(events)?;
        } else {
            out.write_all(&whole)?;
        }
    }
}

fn whole() -> Vec<u8> {
    let body = format!(
        "{{\"id\":\"chatcmpl-9lMgfRSWPHcw51s6wxKT1YEO2CKpd\",\"object\":\"chat.completion\",\
         \"created\":1721075653,\"model\":\"test-one\",\"choices\":[{{\"index\":0,\"message\":\
         {{\"role\":\"assistant\",\"content\":\"{ANSWER}\",\"refusal\":null}},\"logprobs\":null,\
         \"finish_reason\":\"stop\"}}],\"usage\":{{\"prompt_tokens\":2500,\"completion_tokens\":14,\
         \"total_tokens\":2514,\"prompt_tokens_details\":{{\"cached_tokens\":2048}},\
         \"completion_tokens_details\":{{\"reasoning_tokens\":0}}}},\"service_tier\":\"default\",\
         \"system_fingerprint\":\"fp_48196bc67a\"}}"
    );
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

/// Pieces of one word, with a placeholder in three pieces every hundred.
fn stream_of(placeholder: &str) -> Vec<u8> {
    let mut text = String::new();
    for piece in pieces(placeholder) {
        text.push_str(&format!(
            "data: {{\"id\":\"chatcmpl-9lMgfRSWPHcw51s6wxKT1YEO2CKpd\",\"object\":\
             \"chat.completion.chunk\",\"created\":1721075653,\"model\":\"test-one\",\
             \"service_tier\":\"default\",\"system_fingerprint\":\"fp_48196bc67a\",\"choices\":\
             [{{\"index\":0,\"delta\":{{\"content\":\"{piece}\"}},\"logprobs\":null,\
             \"finish_reason\":null}}]}}\n\n"
        ));
    }
    text.push_str(
        "data: {\"id\":\"chatcmpl-9lMgfRSWPHcw51s6wxKT1YEO2CKpd\",\"object\":\
         \"chat.completion.chunk\",\"created\":1721075653,\"model\":\"test-one\",\"choices\":\
         [{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    );
    let mut bytes =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_vec();
    for piece in text.as_bytes().chunks(16 << 10) {
        bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

fn pieces(placeholder: &str) -> impl Iterator<Item = &str> {
    let cut = [
        placeholder.get(..5).unwrap_or_default(),
        placeholder.get(5..11).unwrap_or_default(),
        placeholder.get(11..).unwrap_or_default(),
    ];
    (0..EVENTS).map(move |at| match at % 100 {
        place @ 1..=3 => cut[place - 1],
        _ => " word",
    })
}
