//! Kinds of text that were once read wrongly: what is hidden in each, and what stays.

use confidant::redact::{Category, Redactor};

/// Texts with the part that is hidden between `«` and `»`. The rest stays.
const HIDDEN: &[&str] = &[
    // User names that are words for tokens.
    "git clone https://x-access-token:«kQ7vN2pLx9Rt4WmZ»@github.test/a/b.git",
    "https://oauth2:«kQ7vN2pLx9Rt4WmZ»@git.test/group/project.git",
    "https://gitlab-ci-token:«kQ7vN2pLx9Rt4WmZ»@git.test/a/b.git",
    "https://__token__:«kQ7vN2pLx9Rt4WmZ»@upload.test/legacy/",
    "https://apikey:«kQ7vN2pLx9Rt4WmZ»@search.test:9200/index",
    // Names in other scripts.
    "пароль: «fV9s-Rk2xLq7»",
    "Пароль=«fV9s-Rk2xLq7»",
    "{\"пароль\": \"«fV9s-Rk2xLq7»\"}",
    "密码：«fV9s-Rk2xLq7»",
    "数据库密码是 «fV9s-Rk2xLq7»",
    "パスワード: «fV9s-Rk2xLq7»",
    "パスワードは«fV9s-Rk2xLq7»",
    "비밀번호: «fV9s-Rk2xLq7»",
    "κωδικός: «fV9s-Rk2xLq7»",
    "كلمة المرور: «fV9s-Rk2xLq7»",
    "סיסמה: «fV9s-Rk2xLq7»",
    // Blocks of several lines.
    "api_tokens: |\n  «kQ7v-N2pL-x9Rt»\n  «W4mZ-8sKd-3hJf»\nuser: ann\n",
    "password: |\n  «fV9s-Rk2xLq7»\nuser: ann\n",
    // An object in a string.
    r#"secret = "«{\"user\":\"ann\",\"pin\":\"kQ7vN2pLx9Rt4WmZ\"}»""#,
];

/// Texts in which nothing is found.
const CLEAN: &[&str] = &[
    "pass to `IsWow64Process`",
    "SET password_encryption TO 'scram-sha-256';",
    "SET password_encryption TO scram-sha-256",
    "ALTER SYSTEM SET password_encryption = 'scram-sha-256'",
    r#"{"pricing_key":"zai/glm-4.5-airx"}"#,
    r#""pricing_key": "openai/gpt-4o-mini-2024-07-18""#,
    "Basic Options and Basic Operations",
    "while token == 0x8BB8F475B4C9C087",
    "key_token += 0xCC50_E2E5;",
    "пароль слишком короткий",
    "密码太短，请重新输入",
    "パスワードを入力してください",
    "the паролей of Password123",
];

#[test]
fn values_of_every_kind_are_hidden_alone() {
    let redactor = Redactor::default();
    let mut wrong = Vec::new();
    for marked in HIDDEN {
        let text = marked.replace(['«', '»'], "");
        let mut expected = String::new();
        for (at, part) in marked.split(['«', '»']).enumerate() {
            expected.push_str(if at % 2 == 1 { "[]" } else { part });
        }
        let mut found = String::new();
        let mut at = 0;
        for finding in redactor.redact(&text).findings() {
            found.push_str(&text[at..finding.span().start]);
            found.push_str("[]");
            at = finding.span().end;
        }
        found.push_str(&text[at..]);
        if found != expected {
            wrong.push(format!("{text:?}\n  is  {found:?}\n  not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn texts_about_secrets_are_left_alone() {
    let redactor = Redactor::default();
    let found = |text: &&&str| !redactor.is_clean(text.as_bytes());
    let wrong: Vec<_> = CLEAN.iter().filter(found).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_text_in_utf_16_stays_one() {
    let text = "user: ann\npassword: fV9s-Rk2xLq7\nhost: db\n";
    let redactor = Redactor::default();
    for big in [false, true] {
        let encode = |text: &str| -> Vec<u8> {
            let bytes = text.encode_utf16().map(|unit| match big {
                true => unit.to_be_bytes(),
                false => unit.to_le_bytes(),
            });
            bytes.flatten().collect()
        };
        for mark in ["\u{feff}", ""] {
            let redacted = redactor
                .redact_bytes(&encode(&format!("{mark}{text}")))
                .into_inner()
                .into_owned();
            let expected = text.replace("fV9s-Rk2xLq7", "[REDACTED-PASSWORD]");
            assert_eq!(
                redacted,
                encode(&format!("{mark}{expected}")),
                "{big} {mark:?}"
            );
            assert!(redactor.is_clean(&redacted));
        }
    }
}

#[test]
fn a_text_in_quoted_printable_stays_one() {
    let text = "Subject: access\n\nthe password: fV9s=2DRk2xLq7 and more=2E\n";
    let redacted = Redactor::default().redact(text).as_str().to_owned();
    assert!(
        !redacted.contains("fV9s") && redacted.contains("password: [REDACTED-"),
        "{redacted}"
    );
    assert!(redacted.ends_with("and more=2E\n"), "{redacted}");
}

#[test]
fn short_addresses_of_version_6() {
    let redactor = Redactor::builder()
        .category(Category::Personal)
        .build()
        .unwrap();
    for text in [
        "listen on ip ::1",
        "the address fe80::1%eth0 answers",
        "from 2001:db8::7, to",
    ] {
        assert!(!redactor.is_clean(text.as_bytes()), "{text}");
    }
    for text in ["std::vec", "a::1", "use ::x::y", "slice[::2]"] {
        assert!(redactor.is_clean(text.as_bytes()), "{text}");
    }
}
