//! Values that refer to a secret instead of being one.

use super::{MOST, Words, is_random};

/// Words in lower case that occur only in references.
const ANYWHERE: Words = Words::new(&[
    b"://",
    b"process.env",
    b"os.environ",
    b"getenv",
    b"secretkeyref",
    b"keyvault",
    b"enc[aes",
    b"arn:aws",
]);

/// Returns whether a value refers to a secret: a variable, a template, a call, a path
/// or an address.
///
/// Only whole templates count, because a password may contain `{{` or `${` too.
pub(in crate::redact::engine) fn is_reference(value: &[u8], quoted: bool) -> bool {
    let value = value.get(..MOST).unwrap_or(value);
    if is_path(value)
        || ANYWHERE.any_in(value)
        || has_template(value)
        || is_number(value)
        || is_format(value)
    {
        return true;
    }
    match value {
        [b'<', .., b'>'] | [b'[', .., b']'] | [b'{', .., b'}'] | [b'%', .., b'%'] => true,
        [b'$', rest @ ..] => is_variable(rest),
        [b'&' | b'*' | b'(' | b'!', ..] if !quoted => !is_random(value),
        _ => !quoted && (is_part_of_program(value) || is_expression(value)),
    }
}

/// Returns whether a value is the format of a date or a number: each of its letters
/// follows a `%`, as in `%m/%d/%Y`.
pub(super) fn is_format(value: &[u8]) -> bool {
    let mut rest = value;
    let mut fields = 0;
    while let Some((first, tail)) = rest.split_first() {
        rest = match (first, tail) {
            (b'%', [letter, tail @ ..]) if letter.is_ascii_alphabetic() => {
                fields += 1;
                tail
            }
            (mark, _) if mark.is_ascii_alphanumeric() => return false,
            _ => tail,
        };
    }
    fields >= 2
}

/// Returns whether a value is a number of a program in hexadecimal digits, of at most 64
/// bits, possibly in brackets: `0x000003E2UL`, `(0x200UL)`.
pub(super) fn is_number(value: &[u8]) -> bool {
    let value = match value {
        [b'(', inner @ .., b')'] => inner,
        _ => value,
    };
    let [b'0', b'x' | b'X', rest @ ..] = value else {
        return false;
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let (digits, suffix) = rest.split_at_checked(digits.count()).unwrap_or_default();
    (1..=16).contains(&digits.len())
        && suffix.len() <= 3
        && suffix.iter().all(|byte| b"uUlL".contains(byte))
}

/// Returns whether a value is a name and what a program writes behind one: the beginning
/// of the arguments of a type, or a list of numbers.
pub(super) fn is_part_of_program(value: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let name = value.iter().take_while(|byte| is_name(byte)).count();
    let (name, rest) = value.split_at_checked(name).unwrap_or_default();
    match rest {
        [b',', ..] if is_of_numbers(rest) => true,
        [b'<', ..] if !is_random(name) => is_of_types(name, rest),
        _ => false,
    }
}

/// Returns whether what follows a name begins the arguments of a type: `<u32` of
/// `Map<u32, String>`.
fn is_of_types(name: &[u8], rest: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_<>(&':[".contains(byte);
    name.first().is_some_and(u8::is_ascii_uppercase)
        && rest.len() > 1
        && rest.iter().all(is_part)
        && !is_random(rest)
}

/// Returns whether what follows a name is a list of numbers with suffixes: `,7L,66L`.
fn is_of_numbers(rest: &[u8]) -> bool {
    let mut parts = rest.split(|byte| *byte == b',').skip(1);
    parts.all(|part| {
        let digits = part.strip_suffix(b"L").unwrap_or_default();
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    })
}

/// Returns whether a value begins like a path.
fn is_path(value: &[u8]) -> bool {
    let head = matches!(
        value,
        [b'/' | b'~', ..] | [b'.', b'/' | b'.', ..] | [_, b':', b'\\', ..]
    );
    head && !is_random(value)
}

/// Returns whether the text after a `$` is the name of a variable or a call.
fn is_variable(rest: &[u8]) -> bool {
    match rest {
        [b'(' | b'{', ..] => true,
        [first, ..] => {
            (first.is_ascii_alphanumeric() || *first == b'_')
                && rest
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_.>[]'-:$".contains(byte))
                && !is_random(rest)
        }
        [] => false,
    }
}

/// Returns whether `value` contains a whole template: `${NAME}`, `{{ name }}`,
/// `#{x}`, `$(cmd)`, `<%= x %>`, `{name}`, `%s`.
fn has_template(value: &[u8]) -> bool {
    let mut at = 0;
    while let Some(rest) = value.get(at..).filter(|rest| rest.len() >= 2) {
        let whole = match rest {
            [b'{', b'{', inner @ ..] => closed(inner, b"}}"),
            [b'$' | b'#' | b'@', b'{', inner @ ..] => closed(inner, b"}"),
            [b'$', b'(', inner @ ..] => closed(inner, b")"),
            [b'<', b'%', ..] => true,
            [b'%', b's' | b'd' | b'v' | b'r', tail @ ..] => {
                !tail.first().is_some_and(u8::is_ascii_alphanumeric)
                    && !is_random(value)
                    && !is_full_of_marks(value)
            }
            [b'%', b'(', inner @ ..] => closed(inner, b")"),
            [b'{', inner @ ..] => closed(inner, b"}"),
            _ => false,
        };
        if whole {
            return true;
        }
        // Two braces do not count as a single one.
        at += if rest.starts_with(b"{{") { 2 } else { 1 };
    }
    false
}

/// Returns whether a value has more kinds of punctuation than a template would.
fn is_full_of_marks(value: &[u8]) -> bool {
    let marks = value.iter().filter(|byte| byte.is_ascii_punctuation());
    let kinds = marks.fold(0_u128, |kinds, byte| kinds | 1_u128 << byte);
    kinds.count_ones() >= 10
}

/// Returns whether the inside of a template contains an expression and ends with
/// `mark`.
fn closed(inner: &[u8], mark: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.- :?$/'\"|,=!>@".contains(byte);
    let part = inner.iter().take_while(|byte| is_part(byte)).count();
    let rest = inner.get(part..).unwrap_or_default();
    // A call or an index in the template.
    rest.starts_with(mark)
        || (part > 2
            && matches!(rest.first(), Some(b'(' | b'['))
            && rest.windows(mark.len()).any(|end| end == mark)
            && !is_random(inner))
}

/// Returns whether an unquoted value is a program expression: a call, an index or a
/// path of names.
fn is_expression(value: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:>?!-&*".contains(byte);
    let name = value.iter().take_while(|byte| is_name(byte)).count();
    let begins = value
        .first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'&' | b'*'));
    let (head, rest) = value.split_at_checked(name).unwrap_or_default();
    // Nothing is called `rocket8181!`.
    let marked = matches!(value, [.., b'0'..=b'9', b'0'..=b'9', b'!' | b'?']);
    if !begins || name < 2 || marked || is_random(head) {
        return false;
    }
    match rest {
        [b'(' | b'[', ..] | [b'{'] | [b'{', b'}', ..] | [b')', ..] => true,
        [b'<' | b',', ..] => is_part_of_program(value),
        [] => {
            value.windows(2).any(|pair| pair == b"::" || pair == b"->")
                || (value.contains(&b'.') && value.split(|byte| *byte == b'.').all(is_identifier))
        }
        _ => false,
    }
}

/// Returns whether `value` could be an identifier.
fn is_identifier(value: &[u8]) -> bool {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'!' | b'?');
    value
        .first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && value.iter().all(name)
        && !is_random(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_from_values() {
        for value in [
            "${DB_PASSWORD}",
            "{{ vault.password }}",
            "pre-${env:NAME:-none}-post",
            "<your password>",
            "$PASSWORD",
            "%PASSWORD%",
            "/run/secrets/db",
            "user-%s",
            "vault://kv/db",
            "{name}",
            "#{ENV['X']}",
            "0x000003E2UL",
            "(0x200UL)",
            "%m/%d/%Y",
            "0x51454d5520434647ULL",
        ] {
            assert!(is_reference(value.as_bytes(), true), "{value}");
        }
        for value in [
            "config.password",
            "load(\"x\")",
            "self.tokens[0]",
            "Config::token",
            "a->pw",
            "AHashMap<u32",
            "Lazy<FnvHashMap<u16",
            "Vec<(u64",
            "OBJ_id_kp,2L",
            "OBJ_pkcs9,7L",
            "OBJ_ISO_US,113533L,7L,66L,13L",
        ] {
            assert!(is_reference(value.as_bytes(), false), "{value}");
            assert!(!is_reference(b"config.password", true), "{value}");
        }
        for value in [
            "k{{z}q)w${e]r(t[zu}}",
            "sup$er5ecret",
            "Winter.rocket8181!",
            "aB3{cD4",
            "$2x!pQ9",
            "0x9f86d081884c7d659a2feaa0c55ad015",
            "Winter<rocket,8181",
            "Abc,12345",
            r"q;X[%7w_}/T?Yb=kd|9,(L~h%r",
        ] {
            assert!(!is_reference(value.as_bytes(), true), "{value}");
            assert!(!is_reference(value.as_bytes(), false), "{value}");
        }
    }
}
