//! The fields of a table. gitleaks reads their names in any letter case.

use toml::{Table, Value};

use crate::Error;
use crate::error::RuleCause;

/// A fault in a field, and its offset in the expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flaw {
    pub(super) field: &'static str,
    pub(super) what: &'static str,
    pub(super) at: Option<usize>,
}

impl Flaw {
    pub(super) const fn new(field: &'static str, what: &'static str) -> Self {
        let at = None;
        Self { field, what, at }
    }
}

impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Self {
        let Flaw { field, what, at } = flaw;
        let error = Self::from(RuleCause::Field { field, what });
        match at {
            Some(at) => error.at_byte(at),
            None => error,
        }
    }
}

/// The fields of one table that were not read yet. Errors show their full names, such
/// as `rules.secretGroup`.
pub(super) struct Fields {
    table: &'static str,
    left: Vec<(String, Value)>,
}

impl Fields {
    pub(super) fn new(table: &'static str, entries: Table) -> Result<Self, Flaw> {
        let lower = |(name, value): (String, Value)| (name.to_ascii_lowercase(), value);
        let mut left: Vec<_> = entries.into_iter().map(lower).collect();
        left.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        if left
            .windows(2)
            .any(|pair| matches!(pair, [one, other] if one.0 == other.0))
        {
            return Err(Flaw::new(
                table,
                "has the same field twice, in different letter case",
            ));
        }
        Ok(Self { table, left })
    }

    fn take(&mut self, field: &str) -> Option<Value> {
        let name = field.rsplit('.').next().unwrap_or(field);
        let known = |(own, _): &(String, Value)| own.eq_ignore_ascii_case(name);
        let at = self.left.iter().position(known)?;
        Some(self.left.swap_remove(at).1)
    }

    /// Returns a string field. An empty string counts as absent, as in gitleaks.
    pub(super) fn text(&mut self, field: &'static str) -> Result<Option<String>, Flaw> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(_) => Err(Flaw::new(field, "is not a string")),
        }
    }

    pub(super) fn texts(&mut self, field: &'static str) -> Result<Vec<String>, Flaw> {
        let not = || Flaw::new(field, "is not a list of strings");
        let text = |value| match value {
            Value::String(text) => Ok(text),
            _ => Err(not()),
        };
        match self.take(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values.into_iter().map(text).collect(),
            Some(_) => Err(not()),
        }
    }

    pub(super) fn count(&mut self, field: &'static str) -> Result<Option<usize>, Flaw> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Integer(count)) => match usize::try_from(count) {
                Ok(count) if count <= 1 << 30 => Ok(Some(count)),
                _ => Err(Flaw::new(field, "is negative or too large")),
            },
            Some(_) => Err(Flaw::new(field, "is not a whole number")),
        }
    }

    pub(super) fn number(&mut self, field: &'static str) -> Result<Option<f64>, Flaw> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Float(number)) => Ok(Some(number)),
            Some(Value::Integer(number)) => match i32::try_from(number) {
                Ok(number) => Ok(Some(f64::from(number))),
                Err(_) => Err(Flaw::new(field, "is too large")),
            },
            Some(_) => Err(Flaw::new(field, "is not a number")),
        }
    }

    pub(super) fn truth(&mut self, field: &'static str) -> Result<bool, Flaw> {
        match self.take(field) {
            None => Ok(false),
            Some(Value::Boolean(truth)) => Ok(truth),
            Some(_) => Err(Flaw::new(field, "is not a boolean")),
        }
    }

    pub(super) fn table(&mut self, field: &'static str) -> Result<Option<Self>, Flaw> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Table(table)) => Self::new(field, table).map(Some),
            Some(_) => Err(Flaw::new(field, "is not a table")),
        }
    }

    pub(super) fn tables(&mut self, field: &'static str) -> Result<Vec<Self>, Flaw> {
        let not = || Flaw::new(field, "is not a list of tables");
        let table = |value| match value {
            Value::Table(table) => Self::new(field, table),
            _ => Err(not()),
        };
        match self.take(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values.into_iter().map(table).collect(),
            Some(_) => Err(not()),
        }
    }

    /// Rejects fields that were not read: their author meant them to have an effect.
    pub(super) fn end(self) -> Result<(), Flaw> {
        if self.left.is_empty() {
            Ok(())
        } else {
            Err(Flaw::new(self.table, "has a field that is not supported"))
        }
    }
}
