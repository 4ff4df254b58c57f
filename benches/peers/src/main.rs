//! confidant beside other scanners, over the same texts, in one run, on one
//! thread.
//!
//! `cargo run --release --ignore-rust-version`, with `--features kingfisher` for
//! the one that needs a C++ compiler. Options: `--mb N` (default 64) for the size
//! of each text, `--only NAME` (again for more), `--rounds N` (default 3), and
//! `--write DIR`, which measures nothing and leaves the texts there as files.
#![allow(
    clippy::print_stdout,
    reason = "a program of its own, which should stop where it cannot measure"
)]

mod cerberust;
mod confidant;
#[path = "../../corpus/mod.rs"]
mod corpus;
mod keyspoor;
#[cfg(feature = "kingfisher")]
mod kingfisher;
mod nosecrets;
mod table;

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use table::Row;

/// What a scanner makes of one piece of text.
trait Peer {
    /// Scans `piece`; gives the number of findings.
    fn scan(&mut self, piece: &Piece) -> Result<usize, Box<dyn Error>>;

    /// Prepares `text` as this scanner takes it; this is not timed.
    fn piece(&self, text: &str) -> Result<Piece, Box<dyn Error>> {
        Ok(Piece::Text(text.to_owned()))
    }
}

/// A piece of text in the form that a scanner takes.
enum Piece {
    /// For scanners that read files and nothing else.
    File(PathBuf),
    Text(String),
}

impl Piece {
    fn text(&self) -> &str {
        match self {
            Self::File(_) => "",
            Self::Text(text) => text,
        }
    }
}

type SetUp = fn() -> Result<Box<dyn Peer>, Box<dyn Error>>;

const PEERS: &[(&str, &str, SetUp)] = &[
    ("confidant", "detect + redact", confidant::redacting),
    ("confidant, detect", "detect", confidant::detecting),
    ("cerberust", "detect + redact", cerberust::set_up),
    ("keyspoor", "detect", keyspoor::set_up),
    ("nosecrets", "detect, reads files", nosecrets::set_up),
    #[cfg(feature = "kingfisher")]
    ("kingfisher-scanner", "detect", kingfisher::set_up),
];

/// Long texts are handed over in pieces of this size, as files are: some
/// scanners take more than twice the time for twice the text.
const PIECE: usize = 1 << 20;

struct Plan {
    bytes: usize,
    rounds: usize,
    only: Vec<String>,
    write: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let plan = plan()?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()?;
    let texts = [
        corpus::code(plan.bytes),
        corpus::chat(plan.bytes),
        corpus::log(plan.bytes),
    ];
    if let Some(folder) = &plan.write {
        fs::create_dir_all(folder)?;
        for (name, text) in ["code.txt", "chat.txt", "log.txt"].iter().zip(&texts) {
            fs::write(folder.join(name), text)?;
        }
        return Ok(());
    }
    let messages = corpus::messages(2000.min(plan.bytes >> 10));
    println!(
        "{} MB of each text in pieces of 1 MB; {} messages of 200 B to 8 KB, one call each; one \
         thread; median of {} rounds",
        plan.bytes >> 20,
        messages.len(),
        plan.rounds
    );
    let mut rows = Vec::new();
    for &(name, does, set_up) in PEERS {
        if plan.only.is_empty() || plan.only.iter().any(|only| name.starts_with(only)) {
            rows.push(measure(&plan, name, does, set_up, &texts, &messages)?);
        }
    }
    table::print(&rows);
    Ok(())
}

fn plan() -> Result<Plan, Box<dyn Error>> {
    let mut plan = Plan {
        bytes: 64 << 20,
        rounds: 3,
        only: Vec::new(),
        write: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = args.next().ok_or("every option takes a value")?;
        match arg.as_str() {
            "--mb" => plan.bytes = value.parse::<usize>()?.clamp(1, 4096) << 20,
            "--only" => plan.only.push(value),
            "--rounds" => plan.rounds = value.parse::<usize>()?.max(1),
            "--write" => plan.write = Some(value.into()),
            _ => return Err("the options are --mb, --only, --rounds and --write".into()),
        }
    }
    Ok(plan)
}

fn measure(
    plan: &Plan,
    name: &'static str,
    does: &'static str,
    set_up: SetUp,
    texts: &[String; 3],
    messages: &[String],
) -> Result<Row, Box<dyn Error>> {
    let first = corpus::message(1024);
    let start = Instant::now();
    let mut peer = set_up()?;
    let piece = peer.piece(&first)?;
    black_box(peer.scan(&piece)?);
    let set_up = start.elapsed();
    let mut row = Row {
        name,
        does,
        set_up,
        rates: [0.0; 3],
        findings: [0; 3],
        messages: Vec::new(),
    };
    for (at, text) in texts.iter().enumerate() {
        let pieces = cut(text)
            .map(|text| peer.piece(text))
            .collect::<Result<Vec<_>, _>>()?;
        let mut times = Vec::new();
        for _ in 0..=plan.rounds {
            let start = Instant::now();
            row.findings[at] = 0;
            for piece in &pieces {
                row.findings[at] += black_box(peer.scan(black_box(piece))?);
            }
            times.push(start.elapsed());
        }
        row.rates[at] = text.len() as f64 / 1e6 / median(times.split_off(1)).as_secs_f64();
    }
    let pieces = messages
        .iter()
        .map(|text| peer.piece(text))
        .collect::<Result<Vec<_>, _>>()?;
    for round in 0..=plan.rounds {
        for piece in &pieces {
            let start = Instant::now();
            black_box(peer.scan(black_box(piece))?);
            if round > 0 {
                row.messages.push(start.elapsed());
            }
        }
    }
    row.messages.sort_unstable();
    Ok(row)
}

/// Pieces that end with a line, so that no scanner sees a value cut in two.
fn cut(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let from = text.floor_char_boundary(PIECE);
        let end = text[from..]
            .find('\n')
            .map_or(text.len(), |at| from + at + 1);
        let (piece, rest) = text.split_at(end);
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
