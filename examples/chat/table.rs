//! Two texts side by side.

/// The width of a column in characters.
const WIDTH: usize = 46;

/// Prints two texts side by side, each under its title.
pub(crate) fn print(one: &str, other: &str, left: &str, right: &str) {
    println!("{one:WIDTH$} | {other}");
    println!("{:-<WIDTH$}-+-{:-<WIDTH$}", "", "");
    let (left, right) = (wrap(left), wrap(right));
    for at in 0..left.len().max(right.len()) {
        let cell = |column: &[String]| column.get(at).cloned().unwrap_or_default();
        println!("{:WIDTH$} | {}", cell(&left), cell(&right));
    }
    println!();
}

/// The lines of a text, at most so wide.
fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let is_full = lines.last().is_some_and(|line| {
            !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH
        });
        if is_full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
