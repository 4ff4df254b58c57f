//! Bytes on their way to and from a key service.

use std::io;

use zeroize::Zeroizing;

/// Bytes that are wiped when dropped, and at the old place when they move to a
/// larger one.
#[derive(Default)]
pub(super) struct WipedBytes(Zeroizing<Vec<u8>>);

impl WipedBytes {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(capacity)))
    }

    pub(super) fn extend(&mut self, more: &[u8]) {
        let len = self.0.len() + more.len();
        if len > self.0.capacity() {
            let capacity = len.max(self.0.capacity() * 2).max(256);
            let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(more);
    }
}

impl AsRef<[u8]> for WipedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl io::Write for WipedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn bytes_are_kept_in_order_across_moves() {
        let mut bytes = WipedBytes::default();
        for chunk in [&[1; 200][..], &[2; 100], &[], &[3; 4000]] {
            bytes.write_all(chunk).unwrap();
        }
        let expected = [vec![1; 200], vec![2; 100], vec![3; 4000]].concat();
        assert_eq!(bytes.as_ref(), expected);
    }
}
