//! What points to an implementation of an open trait is one, too.

/// Implements a trait for `Arc`, `Box` and references to what has it, by methods that pass
/// every call on to `**self`.
macro_rules! for_pointers {
    ($(#[$meta:meta])? impl $trait:ident { $($methods:tt)* }) => {
        $(#[$meta])?
        impl<T: $trait + ?Sized> $trait for std::sync::Arc<T> {
            $($methods)*
        }

        $(#[$meta])?
        impl<T: $trait + ?Sized> $trait for Box<T> {
            $($methods)*
        }

        $(#[$meta])?
        impl<T: $trait + ?Sized> $trait for &T {
            $($methods)*
        }
    };
}

pub(crate) use for_pointers;
