//! Commands: lists of words that a shell would read as one line.

use std::ops::Range;

use zeroize::Zeroizing;

use super::context::is;
use super::document::{Document, Member, Node};

/// Members with the words of a command.
const WORDS: &[&str] = &["args", "argv", "arguments", "parameters"];

/// Members with the command to which they belong.
const PROGRAMS: &[&str] = &[
    "bin",
    "cmd",
    "command",
    "executable",
    "file",
    "path",
    "program",
];

/// The greatest length of a program's name, in bytes.
const MAX_PROGRAM: usize = 256;

/// The commands of a document, one on each line.
#[derive(Default)]
pub(super) struct Commands {
    pub(super) text: Zeroizing<String>,
    /// The numbers of the tokens with their places, in the order of the places.
    pub(super) places: Vec<(usize, Range<usize>)>,
}

impl Commands {
    /// Returns the commands of a document: its lists of strings that have a flag. Strings
    /// of which `is_apart` says that they are read apart are no words.
    pub(super) fn of(document: &Document<'_>, is_apart: &dyn Fn(usize) -> bool) -> Self {
        let mut commands = Self::default();
        // A list counts once, below its object or by itself.
        let mut open: Vec<(&Node, Option<usize>)> = vec![(&document.root, None)];
        while let Some((node, program)) = open.pop() {
            match node {
                Node::Array(nodes) => {
                    commands.list(document, nodes, program, is_apart);
                    open.extend(nodes.iter().map(|node| (node, None)));
                }
                Node::Object(members) => {
                    let program = program_of(document, members);
                    open.extend(members.iter().map(|(key, node)| {
                        let is_words = is(document.text(*key), WORDS);
                        (node, program.filter(|_| is_words))
                    }));
                }
                Node::Leaf(_) | Node::Word(_) => {}
            }
        }
        commands
    }

    fn list(
        &mut self,
        document: &Document<'_>,
        nodes: &[Node],
        program: Option<usize>,
        is_apart: &dyn Fn(usize) -> bool,
    ) {
        let is_flag = |node: &Node| {
            let word = document.string(node);
            word.is_some_and(|word| word.len() > 1 && word.starts_with('-'))
        };
        let is_word = |node: &Node| match node {
            Node::Leaf(token) => document.string(node).is_some() && !is_apart(*token),
            _ => false,
        };
        if !nodes.iter().any(is_flag) || !nodes.iter().all(is_word) {
            return;
        }
        let words = nodes.iter().filter_map(|node| match node {
            Node::Leaf(token) => Some(*token),
            _ => None,
        });
        for token in program.into_iter().chain(words) {
            self.word(token, document.text(token));
        }
        self.text.push('\n');
    }

    /// Adds a word, in quotation marks if a shell would need them. Marks in it give way to
    /// others, so that every place keeps its offset.
    fn word(&mut self, token: usize, word: &str) {
        let is_mark = |char: char| char < ' ' || matches!(char, '\'' | '"' | '\\');
        let quote = if word.contains(|char| char == ' ' || is_mark(char)) {
            "'"
        } else {
            ""
        };
        self.text.push_str(quote);
        let start = self.text.len();
        self.text.extend(
            word.chars()
                .map(|char| if is_mark(char) { '~' } else { char }),
        );
        self.places.push((token, start..self.text.len()));
        self.text.push_str(quote);
        self.text.push(' ');
    }
}

/// Returns the token of the program that an object names.
fn program_of(document: &Document<'_>, members: &[Member]) -> Option<usize> {
    let mut programs = members.iter().filter_map(|(key, node)| match node {
        Node::Leaf(token) if is(document.text(*key), PROGRAMS) => {
            let name = document.string(node)?;
            (name.len() <= MAX_PROGRAM).then_some(*token)
        }
        _ => None,
    });
    programs.next()
}
