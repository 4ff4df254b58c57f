//! Expressions: names, calls, numbers, strings.

use super::super::rng::{ALNUM, HEX, UPPER_HEX};
use super::super::words::Style;
use super::{Language, Source};

impl Source<'_> {
    pub(super) fn expression(&mut self, depth: usize, out: &mut String) {
        match self.rng.below(if depth == 0 { 8 } else { 18 }) {
            0..3 => self.name(out),
            3 => self.number(out),
            4..7 => self.literal(out),
            7 => {
                let len = self.rng.between(1, 2);
                self.identifier(len, Style::Screaming, out);
            }
            8..10 => {
                self.type_name(out);
                out.push_str("::");
                self.name(out);
            }
            10..12 => {
                self.name(out);
                out.push('.');
                self.name(out);
            }
            12..16 => {
                self.name(out);
                out.push('(');
                for at in 0..self.rng.below(4) {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    self.expression(depth - 1, out);
                }
                out.push(')');
            }
            16 => {
                self.name(out);
                out.push('[');
                self.expression(depth - 1, out);
                out.push(']');
            }
            _ => {
                self.expression(depth - 1, out);
                out.push_str(self.rng.pick(&[" + ", " - ", " * ", " && ", " | ", " % "]));
                self.expression(depth - 1, out);
            }
        }
    }

    pub(super) fn number(&mut self, out: &mut String) {
        if self.rng.chance(350) {
            out.push_str("0x");
            let len = [2, 4, 8, 16][self.rng.below(4)];
            self.rng.fill(len, UPPER_HEX, out);
        } else {
            let bound = [4, 16, 256, 65536][self.rng.below(4)];
            out.push_str(&self.rng.below(bound).to_string());
        }
    }

    pub(super) fn literal(&mut self, out: &mut String) {
        let quote = match self.language {
            Language::Python | Language::JavaScript if self.rng.chance(600) => '\'',
            Language::C | Language::Rust if self.rng.chance(200) => {
                return out.push_str(self.rng.pick(&["'a'", "'\\n'", "&'a str", "b'='", "'_'"]));
            }
            _ => '"',
        };
        out.push(quote);
        match self.rng.below(40) {
            24.. => self.identifier(1, Style::Snake, out),
            0..9 => self.identifier(1, Style::Snake, out),
            9..13 => self.identifier(2, Style::Kebab, out),
            13..19 => {
                for _ in 0..self.rng.between(2, 6) {
                    out.push_str(self.words.prose(self.rng));
                    out.push(' ');
                }
                out.push_str("{}");
            }
            19 => {
                out.push('/');
                self.identifier(1, Style::Snake, out);
                out.push('/');
                self.identifier(2, Style::Snake, out);
            }
            20 => {
                let len = self.rng.between(8, 48);
                self.rng.fill(len, HEX, out);
            }
            21 => self.rng.uuid(out),
            22 => {
                let len = self.rng.between(12, 40);
                self.rng.fill(len, ALNUM, out);
            }
            _ => out.push_str(self.rng.pick(&[
                "\\n",
                "%s: %d",
                "",
                ", ",
                "utf-8",
                "application/json",
            ])),
        }
        out.push(quote);
    }
}
