//! JSON in its canonical form: RFC 8785, the JSON Canonicalization Scheme.

use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};

use crate::Error;

/// The largest whole number that a double holds exactly together with all below it.
const MAX_WHOLE: u64 = 1 << 53;

/// Writes a value in canonical form.
///
/// # Errors
/// `Config` for a whole number beyond 2^53, because the canonical form would lose its
/// last digits.
pub(super) fn to_text(value: &Value) -> Result<String, Error> {
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}

/// Returns the SHA-256 digest of the canonical form.
///
/// # Errors
/// The same as [`to_text`].
pub(super) fn digest(value: &Value) -> Result<[u8; 32], Error> {
    Ok(Sha256::digest(to_text(value)?.as_bytes()).into())
}

fn write(value: &Value, text: &mut String) -> Result<(), Error> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => number(value, text)?,
        Value::String(value) => string(value, text),
        Value::Array(values) => {
            text.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(value, text)?;
            }
            text.push(']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            // UTF-16 orders characters beyond the first plane before some within it.
            entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                string(key, text);
                text.push(':');
                write(value, text)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn string(value: &str, text: &mut String) {
    text.push('"');
    for letter in value.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            letter if letter < ' ' => {
                text.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => text.push(letter),
        }
    }
    text.push('"');
}

fn number(value: &Number, text: &mut String) -> Result<(), Error> {
    let whole = value
        .as_u64()
        .or_else(|| value.as_i64().map(i64::unsigned_abs));
    if whole.is_some_and(|whole| whole > MAX_WHOLE) {
        return Err(Error::config("whole number is larger than 2^53"));
    }
    let double = value.as_f64().filter(|double| double.is_finite());
    let double = double.ok_or_else(|| Error::config("number is not finite"))?;
    text.push_str(&of_double(double));
    Ok(())
}

/// Writes a double as ECMAScript's `Number::toString` does.
fn of_double(double: f64) -> String {
    if double == 0.0 {
        return "0".to_owned();
    }
    // The shortest digits that read back; of two that are equally near, the even ones,
    // which `{:e}` does not promise.
    let shortest = Number::from_f64(double.abs()).map_or_else(String::new, |n| n.to_string());
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let all = format!("{before}{after}");
    let significant = all.trim_start_matches('0');
    let leading = |part: &str| i32::try_from(part.len()).unwrap_or(i32::MAX);
    // The decimal point stands after this many digits.
    let point = exponent + leading(before) - (leading(&all) - leading(significant));
    let digits = significant.trim_end_matches('0').to_owned();
    let count = leading(&digits);
    let exponent = point - 1;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    let body = if count <= point && point <= 21 {
        format!("{digits}{}", zeros(point - count))
    } else if 0 < point && point <= 21 {
        let at = usize::try_from(point).unwrap_or_default();
        let (before, after) = digits.split_at_checked(at).unwrap_or((&digits, ""));
        format!("{before}.{after}")
    } else if -6 < point && point <= 0 {
        format!("0.{}{digits}", zeros(-point))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{first}{dot}{rest}e{sign}{}", exponent.abs())
    };
    if double < 0.0 {
        return format!("-{body}");
    }
    body
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Appendix B of RFC 8785.
    #[test]
    fn doubles_of_the_rfc() {
        for (bits, expected) in [
            (0x0000_0000_0000_0000_u64, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(of_double(f64::from_bits(bits)), expected, "{bits:016x}");
        }
    }

    /// Section 3.2.2 of RFC 8785.
    #[test]
    fn the_sample_of_the_rfc() {
        let input = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50,
                        2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
          }"#;
        let expected = "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,\
                        1e+30,4.5,0.002,1e-27],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
        // The numbers of the sample need a reader that rounds correctly.
        let value = crate::policy::source::json_value(input);
        assert_eq!(to_text(&value).unwrap(), expected);
        assert_eq!(
            expected.as_bytes()[..14],
            [
                0x7b, 0x22, 0x6c, 0x69, 0x74, 0x65, 0x72, 0x61, 0x6c, 0x73, 0x22, 0x3a, 0x5b, 0x6e
            ]
        );
    }

    /// Section 3.2.3 of RFC 8785.
    #[test]
    fn the_order_of_the_rfc() {
        let input = r#"{
            "\u20ac": "Euro Sign",
            "\r": "Carriage Return",
            "\ufb33": "Hebrew Letter Dalet With Dagesh",
            "1": "One",
            "\ud83d\ude00": "Emoji: Grinning Face",
            "\u0080": "Control",
            "\u00f6": "Latin Small Letter O With Diaeresis"
          }"#;
        let value: Value = serde_json::from_str(input).unwrap();
        let text = to_text(&value).unwrap();
        let at = |word: &str| text.find(word).unwrap();
        let order = [
            "Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew",
        ];
        assert!(
            order.windows(2).all(|pair| at(pair[0]) < at(pair[1])),
            "{text}"
        );
        // DEL and what follows it stand as they are.
        assert!(text.contains("\"\u{80}\":\"Control\"") && text.contains("\"\\r\":"));
    }

    #[test]
    fn numbers_that_would_lose_digits_are_refused() {
        for (text, fits) in [
            ("9007199254740992", true),
            ("9007199254740993", false),
            ("-9007199254740992", true),
            ("-9007199254740993", false),
            ("18446744073709551615", false),
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(to_text(&value).is_ok(), fits, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_double_reads_back(double in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            prop_assert_eq!(of_double(double).parse::<f64>().unwrap(), double);
        }

        #[test]
        fn text_reads_back_and_stays(text in "\\PC*|[\\x00-\\x20\"\\\\]*") {
            let value = Value::String(text);
            let written = to_text(&value).unwrap();
            let read: Value = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(&read, &value);
            prop_assert_eq!(to_text(&read).unwrap(), written);
        }
    }
}
