//! A value that is wiped when it is dropped and that nothing prints.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A value that is secret: a key, a password, a token.
///
/// It lives in one place on the heap, so moving a `Secret` moves a pointer and
/// leaves no copy behind, and that place is overwritten with zeros when the
/// `Secret` is dropped. `Debug` shows nothing of it; there is no `Display`,
/// `Clone`, `PartialEq` or `Serialize`. The one way to the value is
/// [`expose_secret`](Self::expose_secret), which a reviewer can search for.
///
/// # Security
/// It does not keep the value from being swapped out or written to a core dump,
/// and it cannot wipe what was copied before it was made: a `String` that grew
/// has left copies of itself, a `&str` still belongs to someone. Read a secret
/// straight into a buffer of sufficient capacity, or fill an array in place
/// with [`fill`](Self::fill). Comparing exposed values with `==` takes a time
/// that depends on them; use a comparison made for secrets.
///
/// # Example
/// ```
/// use confidant::secret::Secret;
///
/// let password = Secret::from(String::from("correct horse"));
/// assert_eq!(format!("{password:?}"), "Secret(..)");
/// assert_eq!(password.expose_secret(), "correct horse");
/// ```
pub struct Secret<T: Zeroize + ?Sized> {
    value: Box<T>,
}

impl<T: Zeroize> Secret<T> {
    /// Takes `value` in.
    ///
    /// What `value` owns on the heap (the bytes of a `String` or `Vec`) is not
    /// copied. What it holds itself (the bytes of an array) is moved, and the
    /// place it came from is not wiped: see [`fill`](Self::fill).
    #[must_use]
    pub fn new(value: T) -> Self {
        Self {
            value: Box::new(value),
        }
    }

    /// Makes a default value where it will stay and has `fill` write the secret
    /// into it, so that no other place ever holds it.
    ///
    /// ```
    /// use confidant::secret::Secret;
    ///
    /// let key = Secret::<[u8; 32]>::fill(|key| key.copy_from_slice(&[7; 32]));
    /// assert_eq!(key.expose_secret(), &[7; 32]);
    /// ```
    #[must_use]
    pub fn fill(fill: impl FnOnce(&mut T)) -> Self
    where
        T: Default,
    {
        let mut secret = Self::new(T::default());
        fill(&mut secret.value);
        secret
    }

    /// Like [`fill`](Self::fill), where filling may fail; what was written until
    /// then is wiped.
    ///
    /// # Errors
    /// The error of `fill`, as it is.
    pub fn try_fill<E>(fill: impl FnOnce(&mut T) -> Result<(), E>) -> Result<Self, E>
    where
        T: Default,
    {
        let mut secret = Self::new(T::default());
        fill(&mut secret.value)?;
        Ok(secret)
    }
}

impl<T: Zeroize + ?Sized> Secret<T> {
    /// Returns the value.
    ///
    /// # Security
    /// Copies made of it are not wiped.
    #[must_use]
    pub const fn expose_secret(&self) -> &T {
        &self.value
    }
}

impl<T: Zeroize + ?Sized> Drop for Secret<T> {
    fn drop(&mut self) {
        (*self.value).zeroize();
    }
}

impl<T: Zeroize + ?Sized> ZeroizeOnDrop for Secret<T> {}

impl<T: Zeroize + ?Sized> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<String> for Secret<String> {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<Vec<u8>> for Secret<Vec<u8>> {
    fn from(value: Vec<u8>) -> Self {
        Self::new(value)
    }
}

impl From<Box<str>> for Secret<str> {
    fn from(value: Box<str>) -> Self {
        Self { value }
    }
}

impl From<Box<[u8]>> for Secret<[u8]> {
    fn from(value: Box<[u8]>) -> Self {
        Self { value }
    }
}

impl<const N: usize> From<&mut [u8; N]> for Secret<[u8; N]> {
    /// Copies the array and wipes the original.
    fn from(value: &mut [u8; N]) -> Self {
        let secret = Self {
            value: Box::new(*value),
        };
        value.zeroize();
        secret
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    /// Counts how often it is wiped.
    #[derive(Default)]
    struct Probe(Rc<Cell<u32>>);

    impl Zeroize for Probe {
        fn zeroize(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[test]
    fn a_secret_is_wiped_once_when_dropped() {
        let wiped = Rc::new(Cell::new(0));
        let secret = Secret::new(Probe(Rc::clone(&wiped)));
        let moved = secret;
        assert_eq!(wiped.get(), 0);
        drop(moved);
        assert_eq!(wiped.get(), 1);
    }

    #[test]
    fn a_failed_fill_wipes_what_was_written() {
        let wiped = Rc::new(Cell::new(0));
        let failed = Secret::<Probe>::try_fill(|probe| {
            probe.0 = Rc::clone(&wiped);
            Err("source ran dry")
        });
        assert_eq!(failed.unwrap_err(), "source ran dry");
        assert_eq!(wiped.get(), 1);
    }

    #[test]
    fn an_array_taken_in_is_wiped_at_its_origin() {
        let mut key = [9_u8; 32];
        let secret = Secret::from(&mut key);
        assert_eq!(key, [0; 32]);
        assert_eq!(secret.expose_secret(), &[9; 32]);
    }

    #[test]
    fn a_move_does_not_move_the_value() {
        let secret = Secret::fill(|key: &mut [u8; 32]| key.fill(3));
        let place = std::ptr::from_ref(secret.expose_secret());
        let moved = [secret];
        assert_eq!(place, std::ptr::from_ref(moved[0].expose_secret()));
    }

    #[test]
    fn unsized_values_are_taken_as_they_are() {
        let text: Secret<str> = Box::<str>::from("pin 1234").into();
        assert_eq!(text.expose_secret(), "pin 1234");
        let bytes: Secret<[u8]> = Box::<[u8]>::from([1, 2, 3]).into();
        assert_eq!(bytes.expose_secret(), [1, 2, 3]);
    }
}
