//! Numbers of JSON that are whole, however they are written.

/// The most digits of a number that is looked at.
const MAX_DIGITS: usize = 40;

/// Returns the digits of a number that is written with a fraction or an exponent and is
/// whole all the same, such as `4111111111111111.0` and `4.1e3`: what went through a float
/// looks so. `None` is a number that is written plainly, is not whole, or is too long.
pub(crate) fn whole(text: &str) -> Option<String> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !text.contains(['.', 'e', 'E']) {
        return None;
    }
    let all = [integer, fraction].concat();
    let digits = all.trim_end_matches('0');
    let point = i64::try_from(integer.len()).ok()? + i64::from(exponent);
    let point = usize::try_from(point).ok()?;
    if digits.len() > point || point > MAX_DIGITS {
        return None;
    }
    let digits = format!("{digits:0<point$}");
    let digits = digits.trim_start_matches('0');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_has_its_digits() {
        for (text, expected) in [
            ("4111111111111111.0", Some("4111111111111111")),
            ("4111111111111111.000", Some("4111111111111111")),
            ("4.111111111111111e15", Some("4111111111111111")),
            ("4.111111111111111E+15", Some("4111111111111111")),
            ("411111111111111100e-2", Some("4111111111111111")),
            ("4111111111111111e0", Some("4111111111111111")),
            ("4111111111111111E+0", Some("4111111111111111")),
            ("4111111111111111e-0", Some("4111111111111111")),
            ("-12.0", Some("12")),
            ("1e3", Some("1000")),
            ("0.1e1", Some("1")),
            ("4111111111111111", None),
            ("1.5", None),
            ("1e-1", None),
            ("0.0", None),
            ("1e400", None),
            ("1e99999999999", None),
        ] {
            assert_eq!(whole(text).as_deref(), expected, "{text}");
        }
    }
}
