//! A value of a document, and where it stands.

use std::fmt;

/// A value with the bytes at which it and its key begin.
#[derive(Clone, Debug)]
pub(in crate::policy) struct Node {
    pub(in crate::policy) key_at: usize,
    pub(in crate::policy) at: usize,
    pub(in crate::policy) value: Value,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(in crate::policy) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Array(Vec<Node>),
    Table(Vec<(String, Node)>),
    /// A value that was at fault and has been reported: it is read as if absent.
    Removed,
}

/// One step from a table or an array down to what it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::policy) enum Step {
    Key(String),
    /// Counts what was not removed.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The way from the root of a document to a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::policy) struct Path {
    steps: Vec<Step>,
}

impl Path {
    /// Returns this path, one step further.
    pub(in crate::policy) fn then(&self, step: impl Into<Step>) -> Self {
        let mut path = self.clone();
        path.steps.push(step.into());
        path
    }

    pub(in crate::policy) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns whether `other` is this path or leads on from it.
    pub(in crate::policy) fn covers(&self, other: &Self) -> bool {
        other.steps.starts_with(&self.steps)
    }

    /// Puts a step in front.
    pub(super) fn lead(&mut self, step: Step) {
        self.steps.insert(0, step);
    }

    /// Returns the path of the first `count` steps.
    pub(in crate::policy) fn first(&self, count: usize) -> Self {
        Self {
            steps: self.steps.iter().take(count).cloned().collect(),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            if number > 0 {
                f.write_str("/")?;
            }
            match step {
                Step::Key(key) => f.write_str(key)?,
                Step::Index(index) => write!(f, "{index}")?,
            }
        }
        Ok(())
    }
}

impl Node {
    /// Returns the child that a step leads to.
    fn child(&self, step: &Step) -> Option<&Self> {
        match (&self.value, step) {
            (Value::Table(entries), Step::Key(key)) => {
                let mut entries = entries.iter();
                entries.find(|(name, _)| name == key).map(|(_, node)| node)
            }
            (Value::Array(nodes), Step::Index(index)) => {
                let mut kept = nodes.iter().filter(|node| !node.is_removed());
                kept.nth(*index)
            }
            _ => None,
        }
    }

    fn child_mut(&mut self, step: &Step) -> Option<&mut Self> {
        match (&mut self.value, step) {
            (Value::Table(entries), Step::Key(key)) => {
                let mut entries = entries.iter_mut();
                entries.find(|(name, _)| name == key).map(|(_, node)| node)
            }
            (Value::Array(nodes), Step::Index(index)) => {
                let mut kept = nodes.iter_mut().filter(|node| !node.is_removed());
                kept.nth(*index)
            }
            _ => None,
        }
    }

    /// Returns the node at `path` or the nearest around it, and whether it is the one.
    pub(in crate::policy) fn find(&self, path: &Path) -> (&Self, bool) {
        let mut node = self;
        for step in path.steps() {
            match node.child(step) {
                Some(child) => node = child,
                None => return (node, false),
            }
        }
        (node, true)
    }

    pub(super) fn is_removed(&self) -> bool {
        matches!(self.value, Value::Removed)
    }

    /// Has the node at `path` read as if it were absent. Returns whether there was one.
    pub(super) fn remove(&mut self, path: &Path) -> bool {
        let mut node = self;
        for step in path.steps() {
            match node.child_mut(step) {
                Some(child) => node = child,
                None => return false,
            }
        }
        if node.is_removed() {
            return false;
        }
        node.value = Value::Removed;
        true
    }
}
