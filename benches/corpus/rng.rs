//! A small generator of pseudo-random numbers, so that every machine makes the
//! same text from the same seed.

/// A SplitMix64 generator.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to `bound`, which is not reached.
    pub fn below(&mut self, bound: usize) -> usize {
        (((self.next() >> 32) * bound as u64) >> 32) as usize
    }

    /// A number from `low` to `high`, both possible.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True `permille` times in a thousand.
    pub fn chance(&mut self, permille: usize) -> bool {
        self.below(1000) < permille
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// One of `from`, the earlier the likelier, as words are in real text.
    pub fn pick_early<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        let unit = self.below(1 << 16) as f64 / 65536.0;
        from[(unit * unit * unit.sqrt() * from.len() as f64) as usize]
    }

    /// Appends `len` bytes out of `alphabet`.
    pub fn fill(&mut self, len: usize, alphabet: &[u8], out: &mut String) {
        for _ in 0..len {
            out.push(alphabet[self.below(alphabet.len())] as char);
        }
    }

    pub fn string(&mut self, len: usize, alphabet: &[u8]) -> String {
        let mut out = String::with_capacity(len);
        self.fill(len, alphabet, &mut out);
        out
    }

    pub fn uuid(&mut self, out: &mut String) {
        for (at, len) in [8, 4, 4, 4, 12].into_iter().enumerate() {
            if at > 0 {
                out.push('-');
            }
            self.fill(len, HEX, out);
        }
    }
}

pub const HEX: &[u8] = b"0123456789abcdef";
pub const UPPER_HEX: &[u8] = b"0123456789ABCDEF";
pub const DIGITS: &[u8] = b"0123456789";
pub const UPPER_32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub const ALNUM: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
