//! How fast streams are sealed and opened, beside the cipher alone.

use std::hint::black_box;
use std::io::{Read as _, Write as _};

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use confidant::seal::DataKey;
use confidant::seal::stream::{StreamReader, StreamWriter, sealed_len};

use super::clock::median;

const LEN: usize = 16 << 20;
const CHUNK: usize = 16 << 10;
const TAG: usize = 16;

/// From memory to memory; the cipher alone is that of Rust, over the same chunks.
pub(crate) fn measure(rounds: usize) {
    let plain: Vec<u8> = (0..LEN).map(|at| (at >> 7) as u8).collect();
    let key = DataKey::fill(|key| key.fill(7));
    let mut bare = Bare::new();
    let room = sealed_len(LEN as u64).expect("a length") as usize;
    let mut sealed = Vec::with_capacity(room);
    let mut opened = Vec::with_capacity(LEN);

    let bare_seal = median(rounds, || bare.seal(black_box(&plain)));
    let seal = median(rounds, || {
        sealed.clear();
        let out = std::mem::take(&mut sealed);
        let mut writer = StreamWriter::new(out, &key, b"bench").expect("a writer");
        writer.write_all(black_box(&plain)).expect("it is memory");
        sealed = writer.into_inner().expect("it is memory");
    });
    let bare_open = median(rounds, || bare.open());
    let open = median(rounds, || {
        opened.clear();
        let mut reader = StreamReader::new(&sealed[..], &key, b"bench").expect("a stream");
        reader.read_to_end(&mut opened).expect("it opens");
        black_box(&opened);
    });
    assert!(opened == plain, "what was sealed opened as something else");

    println!("\n| stream of 16 MiB | GB/s | cipher alone | time / cipher alone |");
    println!("|---|--:|--:|--:|");
    for (name, ours, bare) in [("seal", seal, bare_seal), ("open", open, bare_open)] {
        let rate = |time: std::time::Duration| LEN as f64 / 1e9 / time.as_secs_f64();
        println!(
            "| {name} | {:.2} | {:.2} | {:.2} |",
            rate(ours),
            rate(bare),
            ours.as_secs_f64() / bare.as_secs_f64()
        );
    }
}

struct Bare {
    cipher: Aes256Gcm,
    sealed: Vec<u8>,
    opened: Vec<u8>,
}

impl Bare {
    fn new() -> Self {
        Self {
            cipher: Aes256Gcm::new(&[7; 32].into()),
            sealed: Vec::with_capacity(LEN + LEN / CHUNK * TAG),
            opened: Vec::with_capacity(LEN),
        }
    }

    fn nonce(number: usize) -> Nonce<U12> {
        let number = (number as u128).to_be_bytes();
        let nonce = number.last_chunk::<12>().expect("12 of 16 bytes");
        (*nonce).into()
    }

    fn seal(&mut self, plain: &[u8]) {
        self.sealed.clear();
        for (number, chunk) in plain.chunks(CHUNK).enumerate() {
            let start = self.sealed.len();
            self.sealed.extend_from_slice(chunk);
            let buffer = self.sealed.get_mut(start..).expect("it was just made");
            let nonce = Self::nonce(number);
            let tag = self
                .cipher
                .encrypt_inout_detached(&nonce, b"", buffer.into());
            self.sealed.extend_from_slice(&tag.expect("it seals"));
        }
    }

    fn open(&mut self) {
        self.opened.clear();
        for (number, chunk) in self.sealed.chunks(CHUNK + TAG).enumerate() {
            let (chunk, tag) = chunk.split_at(chunk.len() - TAG);
            let start = self.opened.len();
            self.opened.extend_from_slice(chunk);
            let buffer = self.opened.get_mut(start..).expect("it was just made");
            let tag = Tag::try_from(tag).expect("a tag");
            let nonce = Self::nonce(number);
            let opened = self
                .cipher
                .decrypt_inout_detached(&nonce, b"", buffer.into(), &tag);
            opened.expect("it opens");
        }
        black_box(&self.opened);
    }
}
