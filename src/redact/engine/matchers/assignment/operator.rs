//! Operators between a name and its value.

use super::name::{Meaning, Name};
use crate::redact::engine::judge;
use crate::redact::engine::syntax::{self, Extent};
use crate::redact::text::{ALNUM, DIGIT, NAME, QUOTE, SPACE, TOKEN, Text, class};

/// The greatest number of adjacent spaces or backslashes that are skipped.
const MOST: usize = 64;

/// The connection between a name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `=`, `:`, `=>`, `:=`, `==` and similar operators.
    Assign,
    /// An argument: `password("x")`, `("password", "x")`.
    Argument,
    /// A comparison that begins with the value: `"x" == password`.
    Compared,
    /// A flag: `--password x`.
    Flag,
    /// A sentence: `the password is x`.
    Is,
    /// A member `value` after one that contains the name.
    Paired,
    /// Only a space.
    Space,
    /// The end of a tag: `<password>x`.
    Tag,
}

/// Where the value after an operator is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// It begins here, possibly after blanks.
    At(usize),
    /// Its syntax says where it begins and ends.
    Whole(Extent),
}

impl Operator {
    /// Reads the operator after a name. Returns it with the place of the value.
    pub(crate) fn read(text: &Text<'_>, name: &Name) -> Option<(Self, Place)> {
        let (_, end) = field(text, name);
        let end = super::lead::behind_invisible(text, end);
        let (at, closed) = closing_quote(text, end);
        // `##vso[task.setvariable variable=DB_PASSWORD;issecret=true]x`
        if text.slice(0, name.start).ends_with(b" variable=")
            && let Some(at) = logged(text, at)
        {
            return Some((Self::Assign, Place::At(at)));
        }
        let spaced = text.run(at, MOST, SPACE);
        if matches!(
            text.at(spaced),
            Some(b',' | b';' | b'\n' | b'\r' | b'v' | b'V')
        ) && (closed || follows_operator(text, name))
            && let Some(value) = syntax::sibling(text, name.start, at, closed)
        {
            return Some((Self::Paired, Place::Whole(value)));
        }
        // `${DB_PASSWORD:-x}`
        if text.before(name.start) == Some(b'{')
            && let Some(open) = name.start.checked_sub(2)
            && let Some(value) = syntax::fallback(text, open)
        {
            return Some((Self::Assign, Place::Whole(value)));
        }
        let (operator, at) = Self::ahead(text, name, (at, closed))?;
        if operator == Self::Tag
            && let Some(mut value) = syntax::content(text, at)
        {
            // The user stands on the line before the password in OpenVPN.
            if text.slice(name.start, name.end) == b"auth-user-pass" {
                let lines = text.slice(value.start, value.end);
                let user = lines.iter().position(|byte| *byte == b'\n');
                value.start += user.map_or(0, |user| user + 1);
            }
            return Some((operator, Place::Whole(value)));
        }
        Some((operator, Place::At(at)))
    }

    /// Reads an operator that comes right before its value, from the end of the name and
    /// the quote that closes it. Returns it with its end.
    fn ahead(
        text: &Text<'_>,
        name: &Name,
        (mut at, closed): (usize, bool),
    ) -> Option<(Self, usize)> {
        if (closed || text.before(name.start) == Some(b'['))
            && let Some(end) = syntax::behind_visibility(text, at)
        {
            at = end;
        } else if closed && text.at(at) == Some(b']') {
            at += 1;
        } else if !closed && text.at(at) == Some(b'[') {
            at = bracketed(text, at)?;
        } else if text.is(at, b"] =>") && text.before(name.start) == Some(b'[') {
            // An array as PHP prints it.
            at += 1;
        }
        // `<password⏎ type="string">`: the attributes may stand on lines of their own.
        if text.at(at).is_some_and(|byte| byte.is_ascii_whitespace()) && opens_tag(text, name) {
            let end = text.run_of(at, 512, |byte| !matches!(byte, b'>' | b'<'));
            return (text.at(end) == Some(b'>')).then(|| (Self::Tag, inside(text, end + 1)));
        }
        let spaced = at;
        at = text.run(at, MOST, SPACE);
        match text.at(at)? {
            // The scheme of an address is not a name.
            b':' if text.is(at + 1, b"//") => None,
            b'=' | b':' => Some((Self::Assign, assigned(text, at, closed))),
            b'<' if text.is(at + 1, b"- ") => Some((Self::Assign, at + 2)),
            b'<' if at == name.end => syntax::element(text, at).map(|at| (Self::Paired, at)),
            b'!' | b'?' | b'|' | b'+' if text.is(at + 1, b"=") => {
                Some((Self::Assign, assigned(text, at + 1, closed)))
            }
            b'|' if text.is(at + 1, b"|=") => Some((Self::Assign, at + 3)),
            b'-' if text.is(at + 1, b">") => Some((Self::Assign, at + 2)),
            b'>' if at == name.end && opens_tag(text, name) => {
                Some((Self::Tag, inside(text, at + 1)))
            }
            // A tuple of Erlang.
            b',' if !closed && text.before(name.start) == Some(b'{') => {
                let next = text.run(at + 1, MOST, SPACE);
                is_quote(text, next).then_some((Self::Argument, next))
            }
            b',' if closed => {
                let next = super::lead::behind_prefix(text, text.run(at + 1, MOST, SPACE));
                if is_quote(text, next) {
                    return Some((Self::Argument, next));
                }
                paired(text, at + 1).map(|at| (Self::Paired, at))
            }
            // `new NetworkCredential("user", "…")`
            b'(' if at == name.end && is_credential(text, name) => {
                second(text, at + 1).map(|at| (Self::Argument, at))
            }
            b'(' if name.meaning != Meaning::Key
                && (!name.callable || text.slice(name.start, name.end).ends_with(b".assign")) =>
            {
                let next = text.run_of(at + 1, MOST, |byte| byte.is_ascii_whitespace());
                is_quote(text, next).then_some((Self::Argument, next))
            }
            // An array of PHP as text: `s:8:"password";s:16:"x";`
            b';' if closed && text.is(at + 1, b"s:") => {
                let next = syntax::behind_type(text, at + 1);
                (next > at + 1).then_some((Self::Assign, next))
            }
            // `fill('input[name=password]', 'x')`, `get('#password').type('x')`
            b')' | b']' if closed || at == name.end => {
                typed_in(text, at).map(|at| (Self::Argument, at))
            }
            // `m.insert("password".to_string(), "x".to_string())` of Rust.
            b'.' if closed => {
                const CALLS: [&[u8]; 3] = [b".to_string(),", b".to_owned(),", b".into(),"];
                let call = CALLS.iter().find(|call| text.is(at, call))?;
                let next = text.run(at + call.len(), MOST, SPACE);
                is_quote(text, next).then_some((Self::Argument, next))
            }
            // `strcpy(config.password, "x")`
            b',' if copies(text, name) => {
                let next = text.run(at + 1, MOST, SPACE);
                is_quote(text, next).then_some((Self::Argument, next))
            }
            // `std::string password{"x"};`
            b'{' if at == name.end && is_quote(text, at + 1) => Some((Self::Argument, at + 1)),
            b'{' if closed => paired(text, at + 1).map(|at| (Self::Paired, at)),
            // A key of YAML on a line of its own.
            b'\n' if text.slice(0, name.start).ends_with(b"? ") => {
                let sign = text.run(at + 1, MOST, SPACE);
                text.is(sign, b": ").then_some((Self::Assign, sign + 1))
            }
            b'\n' | b'\r' => paired(text, at).map(|at| (Self::Paired, at)),
            // `"api_key" "x"` on a line of settings.
            b'"' | b'\''
                if at > spaced
                    && closed
                    && syntax::setting(text, name.start.saturating_sub(1)).is_some() =>
            {
                Some((Self::Space, at))
            }
            // `--password \` and the value on the next line.
            b'\\' | b'`'
                if at > spaced
                    && text.slice(name.start, name.start + 1) == b"-"
                    && matches!(text.at(at + 1), Some(b'\n' | b'\r')) =>
            {
                let next = text.run_of(at + 1, MOST, |byte| byte.is_ascii_whitespace());
                Some((Self::Flag, next))
            }
            b'v' | b'V' if at > spaced && closed => paired(text, at).map(|at| (Self::Paired, at)),
            // `Unseal Key 2: x`
            b'0'..=b'9' if at > spaced && !closed && is_numbered(text, at) => {
                let sign = text.run(at, 2, DIGIT);
                Some((Self::Assign, assigned(text, sign, true)))
            }
            _ if at > spaced && !closed => spaced_operator(text, name, at),
            _ => None,
        }
    }
}

/// Returns the place of the field of a form in which the name is the last key, or that of
/// the name itself: `user[password]=x`, `name="user[password]"`, `user%5Bpassword%5D=x`.
pub(super) fn field(text: &Text<'_>, name: &Name) -> (usize, usize) {
    let (start, end) = (name.start, name.end);
    match text.at(end) {
        Some(b']') if text.before(start) == Some(b'[') => {}
        Some(b'%') if text.is(end, b"%5D=") || text.is(end, b"%5d=") => return (start, end + 3),
        _ => return (start, end),
    }
    let is_part = |byte: u8| class(byte) & NAME != 0 || matches!(byte, b'[' | b']');
    let outer = text.run_back_of(start - 1, MOST, is_part);
    let (_, closed) = closing_quote(text, end + 1);
    let assigned = text.at(end + 1) == Some(b'=') && text.at(end + 2) != Some(b'=');
    if outer < start - 1 && (closed || assigned) {
        (outer, end + 1)
    } else {
        (start, end)
    }
}

/// Returns whether an operator stands before the name, so that the name is a value.
fn follows_operator(text: &Text<'_>, name: &Name) -> bool {
    let sign = text.run_back(name.start, 4, SPACE);
    matches!(text.before(sign), Some(b'=' | b':'))
}

/// Returns the start of the assigned value. The operator begins at `at` and may be
/// `=>`, `:=`, `==` or `::=`, or be followed by a type.
fn assigned(text: &Text<'_>, at: usize, closed: bool) -> usize {
    let end = text.run_of(at, 4, |byte| matches!(byte, b'=' | b':' | b'>' | b'~'));
    if text.slice(at, end) == b":" && !closed {
        // `password: String = "…"`
        if let Some(at) = typed(text, text.run(end, MOST, SPACE)) {
            return at;
        }
    }
    end
}

/// Returns the start of the value if a type and `=` stand at `at`.
fn typed(text: &Text<'_>, at: usize) -> Option<usize> {
    let part = |byte: u8| {
        class(byte) & ALNUM != 0
            || matches!(
                byte,
                b'_' | b'&' | b'\'' | b'<' | b'>' | b'[' | b']' | b'.' | b'?' | b'*'
            )
    };
    if is_quote(text, at) {
        return None;
    }
    let mut end = text.run_of(at, 40, part);
    // `string | null` of TypeScript.
    for _ in 0..3 {
        let next = text.run(end, 1, SPACE);
        if !text.is(next, b"| ") || end == at {
            break;
        }
        end = text.run_of(next + 2, 24, part);
    }
    let equals = text.run(end, MOST, SPACE);
    let next = text.run(equals + 1, MOST, SPACE);
    let is_type = end > at && text.at(equals) == Some(b'=') && is_quote(text, next);
    is_type.then_some(next)
}

/// Returns whether a number at `at` followed by a colon numbers one of several
/// values.
fn is_numbered(text: &Text<'_>, at: usize) -> bool {
    let end = text.run(at, 2, DIGIT);
    text.at(end) == Some(b':') && text.at(end + 1) == Some(b' ')
}

/// Reads an operator that follows a space and is none of the usual ones.
#[inline(never)]
fn spaced_operator(text: &Text<'_>, name: &Name, at: usize) -> Option<(Operator, usize)> {
    if text.slice(name.start, name.start + 1) == b"-" {
        return Some((Operator::Flag, at));
    }
    // `Set-Item Env:API_TOKEN -Value x`
    for flag in [&b"-value "[..], b"--value ", b"--secret-string "] {
        if text.is_word(at, flag) {
            return Some((Operator::Flag, at + flag.len()));
        }
    }
    // `set password {x}` of Tcl.
    if text.at(at) == Some(b'{') && text.slice(0, name.start).ends_with(b"set ") {
        return Some((Operator::Assign, at));
    }
    // `reg query` of Windows.
    if text.is(at, b"REG_SZ ") {
        let value = text.run(at + b"REG_SZ".len(), MOST, SPACE);
        return Some((Operator::Assign, value));
    }
    // `AUTH ann x` of Redis.
    if text.slice(name.start, name.end) == b"AUTH"
        && matches!(text.before(name.start), None | Some(b' ' | b'\n' | b'>'))
        && !text.is(at, b"PLAIN ")
    {
        let is_word = |byte: u8| byte > b' ';
        let end = text.run_of(at, 128, is_word);
        let second = text.run(end, 1, SPACE);
        let last = text.run_of(second, 128, is_word);
        let two = last > second && matches!(text.at(last), None | Some(b'\n' | b'\r'));
        return Some((Operator::Space, if two { second } else { at }));
    }
    // `AUTH PLAIN x` of SMTP.
    if name.meaning == Meaning::Auth && text.is(at, b"PLAIN ") {
        return Some((Operator::Space, at + b"PLAIN ".len()));
    }
    if let Some(at) = stated(text, at) {
        return Some((Operator::Is, at));
    }
    if name.meaning == Meaning::Password
        && !name.callable
        && let Some(at) = announced(text, at)
    {
        return Some((Operator::Is, at));
    }
    // Visual Basic writes the type as a word.
    if text.is_word(at, b"as ")
        && let Some(at) = typed(text, at + b"as ".len())
    {
        return Some((Operator::Assign, at));
    }
    for word in [&b"is "[..], b"are ", b"was ", b"to ", b"as ", b"by "] {
        if text.is_word(at, word) {
            let value = syntax::behind_adverb(text, at + word.len());
            return Some((Operator::Is, value));
        }
    }
    // Go writes the type without a colon.
    if let Some(at) = typed(text, at) {
        return Some((Operator::Assign, at));
    }
    if is_quote(text, at) {
        return Some((Operator::Space, at));
    }
    let at = behind_type(text, name, at);
    let end = text.run(at, 16, TOKEN);
    if end - at >= 8 {
        return Some((Operator::Space, at));
    }
    if name.meaning == Meaning::Key {
        return None;
    }
    let end = text.run_of(at, 64, |byte| byte > b' ');
    let word = text.slice(at, end);
    (judge::may_be_strong(word) || judge::is_made(word)).then_some((Operator::Space, at))
}

/// Returns the start of the value at `at` after a word that states its form: `secret 0
/// x`, `rootpw --plaintext x`.
fn behind_type(text: &Text<'_>, name: &Name, at: usize) -> usize {
    let digit = text.at(at).is_some_and(|byte| byte.is_ascii_digit());
    let option = text.is(at, b"--") && syntax::setting(text, name.start).is_some();
    if !digit && !option {
        return at;
    }
    let end = text.run_of(at, 24, |byte| byte > b' ');
    let single = option || end == at + 1;
    let next = text.run(end, 8, SPACE);
    if single && next > end { next } else { at }
}

/// Returns whether the name is that of an element, possibly with a namespace.
fn opens_tag(text: &Text<'_>, name: &Name) -> bool {
    match text.before(name.start) {
        Some(b'<') => true,
        Some(b':') => {
            let prefix = text.run_back_of(name.start - 1, 32, syntax::is_prefix);
            prefix < name.start - 1 && text.before(prefix) == Some(b'<')
        }
        _ => false,
    }
}

/// Returns the start of the value that a log command of Azure Pipelines sets, behind the
/// properties at `at`.
fn logged(text: &Text<'_>, at: usize) -> Option<usize> {
    let end = text.run_of(at, 80, |byte| {
        class(byte) & NAME != 0 || matches!(byte, b';' | b'=')
    });
    (text.at(end) == Some(b']')).then_some(end + 1)
}

/// Returns the start of the literal that a test types into the field whose selector or
/// label ends at `at`.
fn typed_in(text: &Text<'_>, at: usize) -> Option<usize> {
    const CALLS: [&[u8]; 9] = [
        b".type(",
        b".fill(",
        b".send_keys(",
        b".sendKeys(",
        b".setValue(",
        b".set_value(",
        b".clear().type(",
        b".set(",
        b".val(",
    ];
    let end = text.run_of(at, 6, |byte| {
        class(byte) & QUOTE != 0 || matches!(byte, b']' | b')' | b'\\')
    });
    let call = CALLS.iter().find(|call| text.is(end, call));
    let next = match call {
        Some(call) => end + call.len(),
        // The second argument of the same call.
        None if text.at(end) == Some(b',') && class(text.before(end)?) & QUOTE != 0 => {
            text.run(end + 1, MOST, SPACE)
        }
        None => return None,
    };
    is_quote(text, next).then_some(next)
}

/// Returns whether the name is the first argument of a function that copies text to it.
fn copies(text: &Text<'_>, name: &Name) -> bool {
    let before = text.slice(name.start.saturating_sub(16), name.start);
    let open = before.iter().rposition(|byte| *byte == b'(').unwrap_or(0);
    let argument = before.get(open + 1..).unwrap_or_default();
    let callee = before.get(..open).unwrap_or_default();
    argument
        .iter()
        .all(|byte| class(*byte) & NAME != 0 || b"->*&".contains(byte))
        && (callee.ends_with(b"strcpy")
            || callee.ends_with(b"strncpy")
            || callee.ends_with(b"strlcpy"))
}

/// Returns whether a name ends with the word for a user and a password together.
fn is_credential(text: &Text<'_>, name: &Name) -> bool {
    let (start, end) = name.word;
    end == name.end && text.slice(start, start + 4).eq_ignore_ascii_case(b"cred")
}

/// Returns the start of the second of two quoted arguments, of which the first is at
/// `at`.
fn second(text: &Text<'_>, at: usize) -> Option<usize> {
    let mark = text.at(at).filter(|mark| class(*mark) & QUOTE != 0)?;
    let end = text.run_of(at + 1, 64, |byte| byte != mark && byte >= b' ');
    let comma = text.run(end + 1, MOST, SPACE);
    let next = text.run(comma + 1, MOST, SPACE);
    let two = text.at(end) == Some(mark) && text.at(comma) == Some(b',') && is_quote(text, next);
    two.then_some(next)
}

/// Returns the start of the text of an element whose tag ends at `at`.
fn inside(text: &Text<'_>, at: usize) -> usize {
    text.run_of(at, MOST, |byte| byte.is_ascii_whitespace())
}

/// Returns the end of the index or size after a name: `[]`, `[25]`.
fn bracketed(text: &Text<'_>, at: usize) -> Option<usize> {
    let end = text.run_of(at + 1, 8, |byte| class(byte) & ALNUM != 0);
    (text.at(end) == Some(b']')).then_some(end + 1)
}

/// Returns the start of a value that stands alone on a line below, if a sentence that
/// ends with a colon stands at `at`.
fn announced(text: &Text<'_>, at: usize) -> Option<usize> {
    let is_part = |byte: u8| class(byte) & NAME != 0 || byte == b' ';
    let mut colon = text.run_of(at, 80, is_part);
    // A remark on how to change it.
    if text.at(colon) == Some(b'(') {
        let close = text.run_of(colon, 120, |byte| byte >= b' ' && byte != b')');
        colon = text.run_of(close, 2, |byte| matches!(byte, b')' | b' '));
    }
    if text.at(colon) != Some(b':') {
        return None;
    }
    let start = text.run_of(colon + 1, 8, |byte| byte.is_ascii_whitespace());
    let end = text.run_of(start, 128, |byte| byte > b' ');
    let word = text.slice(start, end);
    let secret = word.iter().all(|byte| class(*byte) & TOKEN != 0)
        || judge::is_strong(word, true)
        || judge::is_made(word);
    let alone = matches!(text.at(end), None | Some(b'\n' | b'\r'));
    let below = text.slice(colon, start).contains(&b'\n');
    (below && alone && secret && end - start >= 8).then_some(start)
}

/// Returns the start of the value if up to four words and `is` stand at `at`: `for
/// the new box is`.
fn stated(text: &Text<'_>, mut at: usize) -> Option<usize> {
    if ![&b"for "[..], b"of ", b"on ", b"to "]
        .iter()
        .any(|word| text.is_word(at, word))
    {
        return None;
    }
    for _ in 0..5 {
        let end = text.run_of(at, 20, |byte| class(byte) & NAME != 0);
        if text.at(end) != Some(b' ') {
            return None;
        }
        at = end + 1;
        if text.is_word(at, b"is ") {
            return Some(at + b"is ".len());
        }
    }
    None
}

/// Returns the start of the value of a member `value`, if it comes next, as in
/// environments of Kubernetes and in Postman.
fn paired(text: &Text<'_>, at: usize) -> Option<usize> {
    let gap = |byte: u8| {
        matches!(
            byte,
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'\\' | b','
        )
    };
    let word = text.run_of(at, 48, gap);
    // A member of an object, or the default of a Terraform variable.
    let member = [&b"value"[..], b"default"]
        .into_iter()
        .find(|member| text.is_word(word, member))?;
    let (end, _) = closing_quote(text, word + member.len());
    let end = text.run(end, MOST, SPACE);
    matches!(text.at(end), Some(b':' | b'=')).then_some(end + 1)
}

/// Returns the end of the quote at `at`, which may follow backslashes.
fn closing_quote(text: &Text<'_>, at: usize) -> (usize, bool) {
    let quote = text.run_of(at, MOST, |byte| byte == b'\\');
    match text.at(quote) {
        Some(byte) if class(byte) & QUOTE != 0 => (quote + 1, true),
        _ => (at, false),
    }
}

/// Returns whether a quote begins at `at`.
pub(super) fn is_quote(text: &Text<'_>, at: usize) -> bool {
    closing_quote(text, at).1
}
