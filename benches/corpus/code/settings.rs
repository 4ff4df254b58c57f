//! Files that are no program: settings in YAML, lock files with their digests.

use super::super::rng::{BASE64, HEX};
use super::super::words::Style;
use super::Source;

impl Source<'_> {
    pub(super) fn yaml(&mut self, out: &mut String) {
        for _ in 0..self.rng.between(20, 80) {
            if self.rng.chance(150) {
                self.comment(0, out);
            }
            let indent = self.rng.below(4);
            out.push_str(&"  ".repeat(indent));
            if self.rng.chance(200) {
                out.push_str("- ");
            }
            self.name(out);
            out.push(':');
            match self.rng.below(6) {
                0 => {}
                1 => {
                    out.push_str(" ${");
                    self.identifier(2, Style::Screaming, out);
                    out.push('}');
                }
                2 => {
                    out.push(' ');
                    self.number(out);
                }
                3 => {
                    out.push(' ');
                    self.literal(out);
                }
                _ => {
                    out.push(' ');
                    self.identifier(2, Style::Kebab, out);
                }
            }
            out.push('\n');
        }
    }

    pub(super) fn lock(&mut self, out: &mut String) {
        for _ in 0..self.rng.between(2, 12) {
            out.push_str("[[package]]\nname = \"");
            self.identifier(2, Style::Kebab, out);
            let version = (self.rng.below(3), self.rng.below(30), self.rng.below(9));
            out.push_str(&format!(
                "\"\nversion = \"{}.{}.{}\"\n",
                version.0, version.1, version.2
            ));
            out.push_str("checksum = \"");
            self.rng.fill(64, HEX, out);
            out.push_str("\"\nintegrity = \"sha512-");
            self.rng.fill(86, BASE64, out);
            out.push_str("==\"\n\n");
        }
    }
}
