//! The textual form of shapes and rules.

use std::fmt;

use super::rule::{Form, Rule};
use crate::redact::text::{ByteSet, Part, Shape};

impl Rule {
    /// Returns the shape of the rule's values, such as `ghp_[0-9A-Za-z]{36}`. Empty
    /// for structure that the engine parses itself.
    pub(crate) fn spec(&self) -> String {
        match &self.form {
            Form::Token { prefixes, body } => {
                format!("{}{body}", prefixes.first().copied().unwrap_or_default())
            }
            Form::Named { names, value } => {
                let name = names.first().copied().unwrap_or_default();
                format!("{} … {value}", name.trim_end_matches('_'))
            }
            Form::Within { head, mark, tail } => format!("{head}{mark}{tail}"),
            Form::Address { hosts, path } => {
                format!("{}{path}", hosts.first().copied().unwrap_or_default())
            }
            Form::Number(number) => number
                .shapes
                .first()
                .map(Shape::to_string)
                .unwrap_or_default(),
            Form::Structure(_) => String::new(),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().iter().try_for_each(|part| part.fmt(f))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.set.fmt(f)?;
        match (self.min, self.max) {
            (1, 1) => Ok(()),
            (0, 1) => f.write_str("?"),
            (min, max) if min == max => write!(f, "{{{min}}}"),
            (min, max) => write!(f, "{{{min},{max}}}"),
        }
    }
}

impl fmt::Display for ByteSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.len() == 1 {
            return self
                .bytes()
                .try_for_each(|byte| write!(f, "{}", char::from(byte)));
        }
        f.write_str("[")?;
        let mut bytes = self.bytes().peekable();
        while let Some(first) = bytes.next() {
            let mut last = first;
            while let Some(next) = bytes.next_if_eq(&(last + 1)) {
                last = next;
            }
            match last - first {
                0 => write!(f, "{}", char::from(first))?,
                1 => write!(f, "{}{}", char::from(first), char::from(last))?,
                _ => write!(f, "{}-{}", char::from(first), char::from(last))?,
            }
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_written_as_it_was_read() {
        for spec in ["[0-9a-f]{32}", "SG[!#]?x{2,5}", "[-.0-9A-Z_a-z]{3}"] {
            let shape = Shape::try_parse(spec).unwrap();
            assert_eq!(shape.to_string(), spec);
        }
    }
}
