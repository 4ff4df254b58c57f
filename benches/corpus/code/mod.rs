//! Source code in several languages, one made-up file after the other.

mod expression;
mod settings;

use super::rng::Rng;
use super::words::{Style, Words};

/// Writes source files until `out` holds `bytes`.
pub fn code(words: &Words, rng: &mut Rng, bytes: usize, out: &mut String) {
    while out.len() < bytes {
        let language = rng.below(LANGUAGES.len());
        file(words, rng, LANGUAGES[language], out);
    }
}

/// Writes a snippet of a few statements.
pub fn snippet(words: &Words, rng: &mut Rng, out: &mut String) {
    let language = LANGUAGES[rng.below(LANGUAGES.len())];
    let mut source = Source::new(words, rng, language);
    for _ in 0..source.rng.between(3, 9) {
        source.statement(1, out);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    C,
    Go,
    JavaScript,
    Lock,
    Python,
    Rust,
    Yaml,
}

const LANGUAGES: [Language; 12] = [
    Language::Rust,
    Language::Rust,
    Language::Python,
    Language::Python,
    Language::JavaScript,
    Language::JavaScript,
    Language::C,
    Language::C,
    Language::Go,
    Language::Go,
    Language::Yaml,
    Language::Lock,
];

/// One file being written: code keeps to a few names, so a file has a stock of
/// them.
struct Source<'a> {
    words: &'a Words,
    rng: &'a mut Rng,
    language: Language,
    names: Vec<String>,
}

fn file(words: &Words, rng: &mut Rng, language: Language, out: &mut String) {
    let mut source = Source::new(words, rng, language);
    match language {
        Language::Lock => return source.lock(out),
        Language::Yaml => return source.yaml(out),
        _ => {}
    }
    source.imports(out);
    for _ in 0..source.rng.between(4, 24) {
        source.function(out);
    }
}

impl<'a> Source<'a> {
    fn new(words: &'a Words, rng: &'a mut Rng, language: Language) -> Self {
        let style = match language {
            Language::JavaScript | Language::Go => Style::Camel,
            Language::Yaml => Style::Kebab,
            _ => Style::Snake,
        };
        let names = (0..60)
            .map(|_| {
                let mut name = String::new();
                let len = [1, 1, 1, 1, 1, 2, 2, 2, 3, 4][rng.below(10)];
                words.identifier(rng, len, style, &mut name);
                name
            })
            .collect();
        Self {
            words,
            rng,
            language,
            names,
        }
    }

    fn name(&mut self, out: &mut String) {
        if self.rng.chance(120) {
            return out.push_str(
                self.rng
                    .pick(&["i", "n", "x", "id", "fn", "s", "ok", "err"]),
            );
        }
        if self.rng.chance(330) {
            let len = [1, 1, 2][self.rng.below(3)];
            return self.identifier(len, Style::Snake, out);
        }
        let unit = self.rng.below(1000) as f64 / 1000.0;
        out.push_str(&self.names[(unit * unit * self.names.len() as f64) as usize]);
    }

    fn identifier(&mut self, len: usize, style: Style, out: &mut String) {
        self.words.identifier(self.rng, len, style, out);
    }

    fn type_name(&mut self, out: &mut String) {
        if self.rng.chance(450) {
            let common = match self.language {
                Language::Rust => ["usize", "u32", "&str", "String", "Option<u64>", "bool"],
                Language::Go => ["int", "string", "error", "[]byte", "uint64", "bool"],
                Language::C => ["int", "char *", "size_t", "uint32_t", "void *", "bool"],
                _ => ["int", "str", "bool", "float", "bytes", "object"],
            };
            return out.push_str(self.rng.pick(&common));
        }
        let len = self.rng.between(1, 2);
        self.identifier(len, Style::Pascal, out);
    }

    fn imports(&mut self, out: &mut String) {
        for _ in 0..self.rng.between(2, 10) {
            let (start, separator, end) = match self.language {
                Language::Rust => ("use ", "::", ";\n"),
                Language::Python => ("from ", ".", " import "),
                Language::JavaScript => ("import { value } from '@", "/", "';\n"),
                Language::Go => ("import \"github.com/", "/", "\"\n"),
                _ => ("#include <", "/", ".h>\n"),
            };
            out.push_str(start);
            for at in 0..self.rng.between(2, 4) {
                if at > 0 {
                    out.push_str(separator);
                }
                self.identifier(1, Style::Snake, out);
            }
            out.push_str(end);
            if self.language == Language::Python {
                self.identifier(2, Style::Pascal, out);
                out.push('\n');
            }
        }
        out.push('\n');
    }

    fn comment(&mut self, indent: usize, out: &mut String) {
        let mark = match self.language {
            Language::Python | Language::Yaml | Language::Lock => "# ",
            Language::Rust if self.rng.chance(500) => "/// ",
            _ => "// ",
        };
        out.push_str(&"    "[..4].repeat(indent));
        out.push_str(mark);
        if self.rng.chance(40) {
            out.push_str("See https://");
            self.identifier(2, Style::Kebab, out);
            out.push_str(".example.org/");
            self.identifier(2, Style::Kebab, out);
            out.push_str(" for why. ");
        }
        self.words.sentence(self.rng, out);
        out.push('\n');
    }

    fn function(&mut self, out: &mut String) {
        for _ in 0..self.rng.below(4) {
            self.comment(0, out);
        }
        let (start, typed, body) = match self.language {
            Language::Rust => ("pub fn ", ": ", ") -> Result<(), Error> {\n"),
            Language::Python => ("def ", ": ", ") -> None:\n"),
            Language::JavaScript => ("export async function ", "", ") {\n"),
            Language::Go => ("func ", " ", ") error {\n"),
            _ => ("static int ", "", ")\n{\n"),
        };
        out.push_str(start);
        self.name(out);
        out.push('(');
        for at in 0..self.rng.below(4) {
            if at > 0 {
                out.push_str(", ");
            }
            if self.language == Language::C {
                self.type_name(out);
                out.push(' ');
            }
            self.name(out);
            if !typed.is_empty() {
                out.push_str(typed);
                self.type_name(out);
            }
        }
        out.push_str(body);
        for _ in 0..self.rng.between(3, 20) {
            self.statement(1, out);
        }
        out.push_str(if self.language == Language::Python {
            "\n\n"
        } else {
            "}\n\n"
        });
    }

    fn statement(&mut self, indent: usize, out: &mut String) {
        if self.rng.chance(130) {
            self.comment(indent, out);
        }
        if self.rng.chance(80) {
            out.push('\n');
        }
        out.push_str(&"    ".repeat(indent));
        let end = match self.language {
            Language::Python | Language::Go | Language::Yaml | Language::Lock => "\n",
            _ => ";\n",
        };
        match self.rng.below(14) {
            10.. => {
                self.name(out);
                out.push_str(": ");
                if self.rng.chance(400) {
                    self.type_name(out);
                } else {
                    self.expression(1, out);
                }
                out.push_str(",\n");
            }
            0..4 => {
                out.push_str(match self.language {
                    Language::Rust => "let ",
                    Language::JavaScript => "const ",
                    Language::C => "int ",
                    _ => "",
                });
                self.name(out);
                if self.language == Language::Rust && self.rng.chance(400) {
                    out.push_str(": ");
                    self.type_name(out);
                }
                let go = self.language == Language::Go;
                out.push_str(if go { " := " } else { " = " });
                self.expression(2, out);
                out.push_str(end);
            }
            4..7 => {
                self.expression(2, out);
                out.push_str(end);
            }
            7 if indent < 4 => self.block(indent, out),
            8 => {
                out.push_str("return ");
                self.expression(1, out);
                out.push_str(end);
            }
            _ => {
                self.name(out);
                out.push('.');
                self.name(out);
                out.push_str(" += ");
                self.expression(1, out);
                out.push_str(end);
            }
        }
    }

    fn block(&mut self, indent: usize, out: &mut String) {
        let python = self.language == Language::Python;
        out.push_str(self.rng.pick(&["if ", "while ", "for ", "if not "]));
        self.expression(1, out);
        out.push_str(self.rng.pick(&[" == ", " != ", " < ", " >= "]));
        self.expression(1, out);
        out.push_str(if python { ":\n" } else { " {\n" });
        for _ in 0..self.rng.between(1, 4) {
            self.statement(indent + 1, out);
        }
        if !python {
            out.push_str(&"    ".repeat(indent));
            out.push_str("}\n");
        }
    }
}
