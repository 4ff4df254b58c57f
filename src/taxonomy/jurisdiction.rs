//! Jurisdictions.

use std::fmt;

use crate::Error;
use crate::error::TaxonomyCause;
use crate::id::text_id;

/// A jurisdiction: an ISO 3166-1 country such as `DE`, an ISO 3166-2 subdivision such
/// as `US-CA`, or `EU` for the European Economic Area as a whole.
///
/// Only the form is checked, since countries come and go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction {
    /// The country, `-` and the subdivision, filled up with zeros.
    code: [u8; 6],
}

impl Jurisdiction {
    /// Checks a code and takes it: two capital letters, and optionally `-` with one to
    /// three capital letters or digits.
    ///
    /// # Errors
    /// `Config` for any other form.
    pub fn new(code: &str) -> Result<Self, Error> {
        let malformed = || Error::from(TaxonomyCause::Jurisdiction);
        let (country, rest) = match code.split_once('-') {
            Some((country, rest)) => (country, Some(rest)),
            None => (code, None),
        };
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(malformed());
        }
        if let Some(rest) = rest {
            let is_plain = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            if rest.is_empty() || rest.len() > 3 || !rest.bytes().all(|byte| is_plain(&byte)) {
                return Err(malformed());
            }
        }
        let mut filled = [0; 6];
        for (to, from) in filled.iter_mut().zip(code.bytes()) {
            *to = from;
        }
        Ok(Self { code: filled })
    }

    /// Returns the code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let len = self.code.iter().take_while(|byte| **byte != 0).count();
        // Only ASCII letters, digits and `-` are taken.
        let code = self.code.get(..len).unwrap_or_default();
        str::from_utf8(code).unwrap_or_default()
    }

    /// Returns whether this is `area` or a part of it, as `US-CA` is a part of `US`.
    ///
    /// Which countries make up the `EU` is no matter of the code: a table says that.
    #[must_use]
    pub fn is_within(&self, area: &Self) -> bool {
        let rest = self.as_str().strip_prefix(area.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

text_id!(Jurisdiction);

impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jurisdiction({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_checked_and_read_back() {
        for code in ["EU", "DE", "US-CA", "GB-ENG", "FR-2A", "AT-9"] {
            assert_eq!(Jurisdiction::new(code).unwrap().to_string(), code);
        }
        for code in [
            "", "d", "de", "DEU", "US-", "US-ca", "US-CALI", "US_CA", "ÄU", "-CA",
        ] {
            assert!(Jurisdiction::new(code).is_err(), "{code}");
        }
        let [us, california] = ["US", "US-CA"].map(|code| Jurisdiction::new(code).unwrap());
        assert!(california.is_within(&us));
        assert!(!us.is_within(&california));
    }
}
