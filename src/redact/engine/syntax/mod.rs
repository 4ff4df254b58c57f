//! Readers of syntax: they find where a value begins and ends from the text around it.
//!
//! Each reader knows one syntax and nothing about names or secrets. It starts at a place
//! to which a name led, reads a bounded number of bytes, and returns the extent of the
//! value in original bytes, or nothing if the text is not in its syntax.

mod call;
mod cells;
mod create;
mod dump;
mod fixed;
mod form;
mod html_table;
mod insert;
mod label;
mod line;
mod list;
mod literal;
mod markup;
mod member;
mod row;
mod rows;
mod table;
mod yaml;

pub(super) use call::{default, fallback, second};
pub(super) use create::created;
pub(super) use dump::{
    behind_type, behind_visibility, below_rule, bracketed, here_document, printed,
};
pub(super) use form::part;
pub(super) use html_table::columns;
pub(super) use insert::inserted;
pub(super) use label::{behind_adverb, heading, label, may_lead, replaced, stated};
pub(super) use line::{
    bare, before_escaped_line, behind_member, has_line_end, line_end, next_member, setting,
};
pub(super) use list::{Maps, items, section, series};
pub(super) use literal::{joined_end, literal, pieces, typographic};
pub(super) use markup::{
    attribute, behind_tags, content, element, element_before, is_prefix, own_attribute,
};
pub(super) use member::{ends_with_name, member, sibling, sibling_before};
pub(super) use row::row_end;
pub(super) use rows::Rows;
pub(super) use table::{behind_bar, cells, is_behind_bar};
pub(super) use yaml::{accounts, block, block_lines, item};

use crate::redact::text::{QUOTE, Text, class};

/// The greatest length of a value in bytes.
pub(super) const MOST: usize = 4096;

/// The place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether quotation marks surround it.
    pub(super) quoted: bool,
}

impl Extent {
    /// Returns the extent from `start` to `end`, if it is not empty.
    fn new(start: usize, end: usize, quoted: bool) -> Option<Self> {
        (end > start).then_some(Self { start, end, quoted })
    }
}

/// Returns the place of the quotation mark at `at`, which may follow backslashes.
fn quote(text: &Text<'_>, at: usize) -> Option<usize> {
    let quote = text.run_of(at, 16, |byte| byte == b'\\');
    let mark = text.at(quote)?;
    (class(mark) & QUOTE != 0).then_some(quote)
}

/// Returns the end of the blanks and line ends at `at`.
fn gap(text: &Text<'_>, at: usize, most: usize) -> usize {
    text.run_of(at, most, |byte| byte.is_ascii_whitespace())
}
