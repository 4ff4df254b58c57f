//! Sealed streams.

use std::io::{Cursor, Read as _, Write as _};

use confidant::seal::DataKey;
use confidant::seal::stream::{RangedReader, StreamReader, StreamWriter};

use super::*;

/// What an error of a reader shows, and the error within it.
fn io_error(name: &'static str, error: std::io::Error) -> Shown {
    let mut shown = value(name, &error).1;
    shown.push(error.to_string());
    shown.extend(error.source().map(ToString::to_string));
    (name, shown)
}

#[test]
fn a_stream_shows_neither_plaintext_nor_key() {
    let key = || DataKey::fill(|key| key[..CANARY.len()].copy_from_slice(CANARY.as_bytes()));
    let context = CANARY.as_bytes();
    let mut writer = StreamWriter::new(Vec::new(), &key(), context).unwrap();
    writer.write_all(CANARY.as_bytes()).unwrap();
    let mut shown = vec![value("StreamWriter", &writer)];
    writer.finish().unwrap();
    shown.push(io_error("behind the end", writer.write(b"x").unwrap_err()));
    let sealed = writer.into_inner().unwrap();

    let mut reader = StreamReader::new(&sealed[..], &key(), context).unwrap();
    reader.read_exact(&mut [0; 4]).unwrap();
    shown.push(value("StreamReader", &reader));
    let mut ranged = RangedReader::new(Cursor::new(&sealed), &key(), context).unwrap();
    ranged.read_exact(&mut [0; 4]).unwrap();
    shown.push(value("RangedReader", &ranged));

    let cut = &sealed[..sealed.len() - 1];
    let mut reader = StreamReader::new(cut, &key(), context).unwrap();
    let refused = reader.read_to_end(&mut Vec::new()).unwrap_err();
    shown.push(io_error("cut", refused));
    let mut other = *key().expose_secret();
    other[31] ^= 1;
    let other = DataKey::from(&mut other);
    shown.push(error(
        "another key",
        StreamReader::new(&sealed[..], &other, context),
    ));
    shown.push(error(
        "another context",
        RangedReader::new(Cursor::new(&sealed), &key(), b"other"),
    ));
    assert_unseen(shown);
}
