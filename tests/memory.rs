//! What is wiped is gone from the process's memory, which Linux lets a process
//! read as a file.

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::FileExt;

use confidant::secret::Secret;
use zeroize::Zeroize;

const LEN: usize = 256;
const MASK: u8 = 0xa5;
/// Compared from here on: an allocator writes its own numbers over the start of
/// what it takes back, and a value half overwritten is not a value wiped.
const TAIL: usize = 64;

/// A secret drawn for one test and known in masked form only, so that the
/// search does not find what it searches with.
struct Masked([u8; LEN]);

impl Masked {
    fn draw() -> Self {
        let mut masked = [0; LEN];
        for chunk in masked.chunks_mut(8) {
            chunk.copy_from_slice(&RandomState::new().hash_one(0).to_le_bytes());
        }
        Self(masked)
    }

    fn unmask(&self, into: &mut [u8]) {
        for (byte, masked) in into.iter_mut().zip(&self.0) {
            *byte = masked ^ std::hint::black_box(MASK);
        }
    }

    /// How often the secret stands in memory that the process can write.
    fn count(&self) -> usize {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let memory = File::open("/proc/self/mem").unwrap();
        let mut buffer = vec![0; 1 << 20];
        // What the search has read is not counted again.
        let own = buffer.as_ptr_range();
        let own = own.start as u64..own.end as u64;
        let mut count = 0;
        let mut read = 0;
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let (range, _) = line.split_once(' ').unwrap();
            let (start, end) = range.split_once('-').unwrap();
            let start = u64::from_str_radix(start, 16).unwrap();
            let end = u64::from_str_radix(end, 16).unwrap();
            for part in [start..end.min(own.start), start.max(own.end)..end] {
                let mut at = part.start;
                while at < part.end {
                    let room = buffer.len().min((part.end - at) as usize);
                    // Memory may have been given back since the list was made.
                    let Ok(got) = memory.read_at(&mut buffer[..room], at) else {
                        break;
                    };
                    count += self.count_in(&buffer[..got]);
                    read += got;
                    if got < LEN || at + got as u64 >= part.end {
                        break;
                    }
                    // The next piece begins where a secret cut in two would.
                    at += (got - (LEN - TAIL - 1)) as u64;
                }
            }
        }
        buffer.zeroize();
        assert!(read > 1 << 20, "memory was not read");
        count
    }

    fn count_in(&self, memory: &[u8]) -> usize {
        let tail = &self.0[TAIL..];
        let first = tail[0] ^ MASK;
        let starts = memory.windows(tail.len()).filter(|window| {
            let mut pairs = window.iter().zip(tail);
            window[0] == first && pairs.all(|(byte, masked)| byte ^ MASK == *masked)
        });
        starts.count()
    }
}

#[test]
fn a_dropped_secret_is_gone_from_memory() {
    let array = Masked::draw();
    let vec = Masked::draw();
    let text = Masked::draw();

    let array_secret = Secret::fill(|key: &mut Array| array.unmask(&mut key.0));
    let mut bytes = vec![0; LEN];
    vec.unmask(&mut bytes);
    let vec_secret = Secret::from(bytes);
    let mut boxed = vec![0; LEN].into_boxed_slice();
    text.unmask(&mut boxed);
    let boxed_secret = Secret::from(boxed);

    // It is there once: the search finds it, and no move has left a copy.
    assert_eq!(array.count(), 1);
    assert_eq!(vec.count(), 1);
    assert_eq!(text.count(), 1);

    drop((array_secret, vec_secret, boxed_secret));
    assert_eq!(array.count(), 0);
    assert_eq!(vec.count(), 0);
    assert_eq!(text.count(), 0);
}

/// An array too long for the standard library to have a default for.
struct Array([u8; LEN]);

impl Default for Array {
    fn default() -> Self {
        Self([0; LEN])
    }
}

impl Zeroize for Array {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}
