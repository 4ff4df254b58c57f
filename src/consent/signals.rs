//! Signals in a request: Global Privacy Control, an age.

use crate::taxonomy::Jurisdiction;
use crate::time::Moment;

/// Whether a request carries the signal of Global Privacy Control (GPC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Gpc {
    /// It does not.
    #[default]
    Off,
    /// It does.
    On,
}

impl Gpc {
    /// The header that carries the signal.
    pub const HEADER: &'static str = "Sec-GPC";

    /// Reads the values of all headers of the name [`HEADER`](Self::HEADER), as the HTTP
    /// library hands them over.
    ///
    /// The signal is the single byte `1`. Of several headers one is enough. Anything
    /// else, such as `1;a=b`, `true` or `01`, is as if it was not there: the
    /// specification knows no extensions.
    ///
    /// # Example
    /// ```
    /// use confidant::consent::Gpc;
    ///
    /// assert_eq!(Gpc::from_headers(["1"]), Gpc::On);
    /// assert_eq!(Gpc::from_headers(["0", "1"]), Gpc::On);
    /// assert_eq!(Gpc::from_headers(["1, 1"]), Gpc::Off);
    /// assert_eq!(Gpc::from_headers::<&str>([]), Gpc::Off);
    /// ```
    #[must_use]
    pub fn from_headers<V: AsRef<[u8]>>(values: impl IntoIterator<Item = V>) -> Self {
        let mut values = values.into_iter();
        if values.any(|value| value.as_ref() == b"1") {
            Self::On
        } else {
            Self::Off
        }
    }
}

/// What is known of somebody's age.
///
/// An unknown age is not that of an adult where a purpose needs consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Age {
    /// Nothing.
    #[default]
    Unknown,
    /// That many full years.
    Years(u8),
}

/// The name of an environment, short enough to go along with every decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Environment([u8; Self::MAX]);

impl Environment {
    const MAX: usize = 16;

    /// Creates a name; `None` for an empty one and for one of more than 16 bytes.
    pub(super) fn new(name: &str) -> Option<Self> {
        let mut bytes = [0; Self::MAX];
        let name = name.as_bytes();
        bytes.get_mut(..name.len())?.copy_from_slice(name);
        // A zero byte fills up, so that it is no part of a name.
        let is_plain = !name.is_empty() && !name.contains(&0);
        is_plain.then_some(Self(bytes))
    }
}

/// What a request says of itself, beside who it is from.
///
/// # Example
/// ```
/// use confidant::consent::{Age, Gpc, Signals};
///
/// let signals = Signals::new().gpc(Gpc::On).age(Age::Years(34));
/// # let _ = signals;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signals {
    pub(super) gpc: Gpc,
    pub(super) age: Age,
    pub(super) begun: bool,
    pub(super) environment: Option<Environment>,
    pub(super) place: Option<Jurisdiction>,
}

impl Signals {
    /// Says nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            gpc: Gpc::Off,
            age: Age::Unknown,
            begun: false,
            environment: None,
            place: None,
        }
    }

    /// Names the request with which the user began what the data is used for. A blank id
    /// names none. The id itself is for the log:
    /// [`Caller::request`](crate::audit::Caller::request).
    #[must_use]
    pub fn begun_by(mut self, request: &str) -> Self {
        self.begun = !request.trim().is_empty();
        self
    }

    /// Says in which environment the product runs, such as `production`. An empty name, and
    /// one of more than 16 bytes, names none.
    #[must_use]
    pub fn environment(mut self, name: &str) -> Self {
        self.environment = Environment::new(name);
        self
    }

    /// Sets the signal of Global Privacy Control.
    #[must_use]
    pub const fn gpc(mut self, gpc: Gpc) -> Self {
        self.gpc = gpc;
        self
    }

    /// Sets the age.
    #[must_use]
    pub const fn age(mut self, age: Age) -> Self {
        self.age = age;
        self
    }

    /// Says where the data subject lives, on which the age limit may depend. Where it is
    /// unknown, the highest of all limits counts.
    #[must_use]
    pub const fn lives_in(mut self, place: Jurisdiction) -> Self {
        self.place = Some(place);
        self
    }

    /// Writes what it says, for a digest.
    #[cfg(feature = "policy")]
    pub(crate) fn write(self, out: &mut crate::codec::Writer) {
        let said = [
            self.gpc == Gpc::On,
            self.begun,
            self.environment.is_some(),
            self.place.is_some(),
        ];
        let bits = said.into_iter().enumerate();
        out.byte(bits.fold(0, |bits, (at, is_said)| bits | (u8::from(is_said) << at)));
        let years = match self.age {
            Age::Unknown => None,
            Age::Years(years) => Some(years),
        };
        out.optional(years, crate::codec::Writer::byte);
        if let Some(Environment(name)) = self.environment {
            name.iter().for_each(|byte| out.byte(*byte));
        }
        if let Some(place) = self.place {
            out.text(place.as_str());
        }
    }
}

/// Returns the content of `/.well-known/gpc.json`: whether the site abides by the
/// signal, and on which day that was last changed.
///
/// # Example
/// ```
/// use confidant::consent::gpc_json;
///
/// let text = gpc_json(true, "2026-04-22T09:00:00Z".parse()?);
/// assert_eq!(text, r#"{"gpc":true,"lastUpdate":"2026-04-22"}"#);
/// # Ok::<(), confidant::Error>(())
/// ```
#[must_use]
pub fn gpc_json(abides: bool, last_update: Moment) -> String {
    let moment = last_update.to_string();
    let day = moment.split('T').next().unwrap_or_default();
    format!(r#"{{"gpc":{abides},"lastUpdate":"{day}"}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_exact_one_is_the_signal() {
        let on: [&[&[u8]]; 4] = [&[b"1"], &[b"0", b"1"], &[b"1", b"0"], &[b"", b"x", b"1"]];
        for values in on {
            assert_eq!(Gpc::from_headers(values), Gpc::On, "{values:?}");
        }
        let off: [&[&[u8]]; 14] = [
            &[],
            &[b""],
            &[b"0"],
            &[b" 1"],
            &[b"1 "],
            &[b"01"],
            &[b"1.0"],
            &[b"11"],
            &[b"1,1"],
            &[b"1;a"],
            &[b"true"],
            &[b"\"1\""],
            &[b"\xc2\xb9"],
            &[b"0", b"true"],
        ];
        for values in off {
            assert_eq!(Gpc::from_headers(values), Gpc::Off, "{values:?}");
        }
    }
}
