//! Conversations with an agent as JSON lines: one message a line, with code,
//! tool calls that hold JSON in JSON, and a secret every now and then.

use super::code;
use super::rng::{ALNUM, HEX, Rng};
use super::secrets;
use super::words::{Style, Words};

/// A secret stands in every stretch of this many bytes.
pub const SECRET_EVERY: usize = 20 * 1024;

/// Writes messages as JSON lines until `out` holds `bytes`.
pub fn chat(words: &Words, rng: &mut Rng, bytes: usize, out: &mut String) {
    let mut writer = Writer::new(words, rng);
    while out.len() < bytes {
        writer.line(out.len(), out);
    }
}

/// The texts of messages, as an application hands them over: of `least` to
/// `most` bytes, short ones as frequent as long ones on a logarithmic scale.
pub fn messages(
    words: &Words,
    rng: &mut Rng,
    count: usize,
    least: usize,
    most: usize,
) -> Vec<String> {
    let mut writer = Writer::new(words, rng);
    let mut total = 0;
    (0..count)
        .map(|_| {
            let unit = writer.rng.below(1 << 16) as f64 / 65536.0;
            let len = least as f64 * (most as f64 / least as f64).powf(unit);
            let mut text = String::new();
            while text.len() < len as usize {
                writer.content(total + text.len(), &mut text);
            }
            let mut end = len as usize;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            total += text.len();
            text
        })
        .collect()
}

struct Writer<'a> {
    words: &'a Words,
    rng: &'a mut Rng,
    secrets: usize,
}

impl<'a> Writer<'a> {
    const fn new(words: &'a Words, rng: &'a mut Rng) -> Self {
        Self {
            words,
            rng,
            secrets: 0,
        }
    }

    /// One message as a line; `at` is where in the whole text it begins.
    fn line(&mut self, at: usize, out: &mut String) {
        let role = ["user", "assistant", "assistant", "tool"][self.rng.below(4)];
        out.push_str("{\"id\":\"msg_");
        self.rng.fill(24, ALNUM, out);
        out.push_str("\",\"conversation\":\"");
        self.rng.uuid(out);
        out.push_str("\",\"role\":\"");
        out.push_str(role);
        out.push_str("\",\"created\":17");
        out.push_str(&self.rng.between(10_000_000, 99_999_999).to_string());
        out.push_str(",\"content\":\"");
        let mut text = String::new();
        for _ in 0..self.rng.between(1, 5) {
            self.content(at, &mut text);
        }
        escape(&text, out);
        out.push('"');
        if role == "assistant" && self.rng.chance(400) {
            self.tool_call(out);
        }
        out.push_str("}\n");
    }

    /// A paragraph, a list, code or the output of a tool.
    fn content(&mut self, at: usize, out: &mut String) {
        if at >= self.secrets * SECRET_EVERY {
            out.push_str(&secrets::secret(self.secrets, self.rng));
            out.push_str("\n\n");
            self.secrets += 1;
        }
        match self.rng.below(10) {
            0..5 => {
                for _ in 0..self.rng.between(1, 4) {
                    self.words.sentence(self.rng, out);
                    out.push(' ');
                }
            }
            5..7 => {
                out.push_str(
                    self.rng
                        .pick(&["```rust\n", "```python\n", "```js\n", "```\n"]),
                );
                code::snippet(self.words, self.rng, out);
                out.push_str("```");
            }
            7 => {
                for _ in 0..self.rng.between(2, 5) {
                    out.push_str("- ");
                    self.words.sentence(self.rng, out);
                    out.push('\n');
                }
            }
            8 => {
                for _ in 0..self.rng.between(3, 10) {
                    self.path(out);
                    let line = self.rng.below(900);
                    out.push_str(&format!(":{line}: "));
                    self.words.sentence(self.rng, out);
                    out.push('\n');
                }
            }
            _ => {
                out.push_str("commit ");
                self.rng.fill(40, HEX, out);
                out.push_str("\ndiff --git a/");
                self.path(out);
                out.push_str("\nindex ");
                self.rng.fill(7, HEX, out);
                out.push_str("..");
                self.rng.fill(7, HEX, out);
                out.push_str(" 100644\n");
                code::snippet(self.words, self.rng, out);
            }
        }
        out.push_str("\n\n");
    }

    fn tool_call(&mut self, out: &mut String) {
        out.push_str(",\"tool_calls\":[{\"id\":\"call_");
        self.rng.fill(24, ALNUM, out);
        out.push_str("\",\"type\":\"function\",\"function\":{\"name\":\"");
        self.words.identifier(self.rng, 2, Style::Snake, out);
        out.push_str("\",\"arguments\":\"");
        let mut inner = String::from("{\"path\":\"/workspace/");
        self.path(&mut inner);
        inner.push_str("\",\"content\":\"");
        let mut snippet = String::new();
        code::snippet(self.words, self.rng, &mut snippet);
        escape(&snippet, &mut inner);
        inner.push_str("\",\"max_tokens\":");
        inner.push_str(&self.rng.below(9000).to_string());
        inner.push('}');
        escape(&inner, out);
        out.push_str("\"}}]");
    }

    fn path(&mut self, out: &mut String) {
        for _ in 0..self.rng.between(1, 3) {
            self.words.identifier(self.rng, 1, Style::Snake, out);
            out.push('/');
        }
        self.words.identifier(self.rng, 2, Style::Snake, out);
        out.push_str(self.rng.pick(&[".rs", ".py", ".ts", ".yaml", ".md"]));
    }
}

/// Appends `text` as the inside of a JSON string.
fn escape(text: &str, out: &mut String) {
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ => out.push(char),
        }
    }
}
