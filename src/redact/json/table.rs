//! Tables: rows of values under a list of names.

use std::collections::HashMap;

use super::context::{NAMES, end_of, is};
use super::document::{Document, Member, Node};

/// Parts of the names of members that hold the names of columns.
const HEADS: &[&str] = &[
    "attribute",
    "col",
    "field",
    "head",
    "key",
    "label",
    "name",
    "rowtype",
    "schema",
];

/// Names of members that hold one row as a list of its values.
const ROWS: &[&str] = &["cells", "data", "items", "record", "row", "tuple", "values"];

/// The least number of rows and columns of a list of rows whose first one has the names.
const LEAST_ROWS: usize = 2;
const LEAST_COLUMNS: usize = 2;

/// The columns of a table whose names say something of their values, by their numbers.
pub(super) struct Columns<'d> {
    names: Vec<Option<&'d str>>,
    /// The number of columns.
    len: usize,
    /// The first row that has values.
    first: usize,
}

impl<'d> Columns<'d> {
    /// Returns the columns that a member of an object names, beside the member with the
    /// rows: `{"columns":["user","password"],"rows":[["ann","x"]]}`. `counts` says which
    /// names say something of values.
    pub(super) fn of_object(
        document: &'d Document<'_>,
        members: &'d [Member],
        counts: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let has_rows = |(key, node): &Member| {
            is_rows(node) || matches!(node, Node::Array(_)) && is(document.text(*key), ROWS)
        };
        if !members.iter().any(has_rows) {
            return None;
        }
        let mut columns = Self {
            names: Vec::new(),
            len: 0,
            first: 0,
        };
        for (key, node) in members {
            if names_columns(document.text(*key)) && !is_rows(node) {
                columns.add(document, node, true, &counts);
            }
        }
        columns.names.iter().any(Option::is_some).then_some(columns)
    }

    /// Returns the columns of a list of rows whose first one has their names:
    /// `[["user","password"],["ann","x"]]`. Of two columns, the first has names itself.
    pub(super) fn of_rows(
        document: &'d Document<'_>,
        rows: &'d [Node],
        counts: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let [Node::Array(head), rest @ ..] = rows else {
            return None;
        };
        let is_row = |node: &Node| matches!(node, Node::Array(cells) if cells.len() == head.len());
        if head.len() < LEAST_COLUMNS
            || rows.len() < LEAST_ROWS
            || !head.iter().all(|name| document.string(name).is_some())
            || !rest.iter().all(is_row)
        {
            return None;
        }
        let names = head.iter().enumerate().map(|(number, name)| {
            let name = document.string(name).filter(|name| counts(name))?;
            (number > 0 || head.len() > LEAST_COLUMNS).then(|| end_of(name))
        });
        let names: Vec<_> = names.collect();
        names.iter().any(Option::is_some).then_some(Self {
            names,
            len: head.len(),
            first: 1,
        })
    }

    /// Adds the names in a list of strings, or of objects that have a name, or in such a
    /// list within an object.
    fn add(
        &mut self,
        document: &'d Document<'_>,
        node: &'d Node,
        is_outer: bool,
        counts: &impl Fn(&str) -> bool,
    ) {
        match node {
            Node::Array(nodes) => {
                self.len = self.len.max(nodes.len());
                self.names.resize(self.len, None);
                for (node, known) in nodes.iter().zip(&mut self.names) {
                    let name = named(document, node).filter(|name| counts(name));
                    *known = known.or(name.map(end_of));
                }
            }
            Node::Object(members) if is_outer => {
                for (key, node) in members {
                    if names_columns(document.text(*key)) {
                        self.add(document, node, false, counts);
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes the names of the values in the rows of an object, by their tokens.
    pub(super) fn name_members(
        &self,
        document: &Document<'_>,
        members: &[Member],
        cells: &mut HashMap<usize, &'d str>,
    ) {
        for (key, node) in members {
            let Node::Array(nodes) = node else { continue };
            if is_rows(node) {
                self.name_rows(nodes, cells);
            } else if is(document.text(*key), ROWS) && nodes.len() == self.len {
                self.name_row(nodes, cells);
            }
        }
    }

    /// Notes the names of the values in rows, by their tokens.
    pub(super) fn name_rows(&self, rows: &[Node], cells: &mut HashMap<usize, &'d str>) {
        for row in rows.iter().skip(self.first).filter_map(row) {
            self.name_row(row, cells);
        }
    }

    fn name_row(&self, row: &[Node], cells: &mut HashMap<usize, &'d str>) {
        let named = row.iter().zip(&self.names);
        for (cell, name) in named.filter_map(|(cell, name)| Some((cell, (*name)?))) {
            match cell {
                Node::Leaf(token) => {
                    cells.insert(*token, name);
                }
                // `{"stringValue":"x"}`
                Node::Object(members) => {
                    cells.extend(members.iter().filter_map(|(_, node)| match node {
                        Node::Leaf(token) => Some((*token, name)),
                        _ => None,
                    }));
                }
                _ => {}
            }
        }
    }
}

/// Returns whether a member of this name may hold the names of columns.
fn names_columns(name: &str) -> bool {
    let name = end_of(name).to_ascii_lowercase();
    HEADS.iter().any(|part| name.contains(part))
}

/// Returns whether a value is a list of rows.
fn is_rows(node: &Node) -> bool {
    let Node::Array(rows) = node else {
        return false;
    };
    !rows.is_empty() && rows.iter().all(|node| row(node).is_some())
}

/// Returns the values of a row: a list, or an object with nothing but one.
fn row(node: &Node) -> Option<&[Node]> {
    match node {
        Node::Array(cells) => Some(cells),
        Node::Object(members) => match members.as_slice() {
            [(_, Node::Array(cells))] => Some(cells),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the name that a string is or an object has.
fn named<'d>(document: &'d Document<'_>, node: &'d Node) -> Option<&'d str> {
    let Node::Object(members) = node else {
        return document.string(node);
    };
    let mut names = members
        .iter()
        .filter(|(key, _)| is(document.text(*key), NAMES));
    names.find_map(|(_, node)| document.string(node))
}
