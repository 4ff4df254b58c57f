//! Values without quotation marks in the middle of other text: each is hidden whole and
//! alone, and the text around it stays byte for byte.

use confidant::redact::Redactor;

use super::values::Random;

/// Passes passwords of `kinds` to the places in `texts`, each of which has one `{}`.
fn are_hidden_alone(kinds: &str, texts: &[&str]) {
    let redactor = Redactor::secrets();
    let mut random = Random::new(0xE2D5);
    let mut wrong = Vec::new();
    for text in texts {
        for kind in kinds.chars().cycle().take(24) {
            let value = random.of_kind(kind, "\"'`\\ &;|<>()$,{}[]#!:=.?~^*%+/@");
            let place = text.find("{}").unwrap();
            let text = text.replacen("{}", &value, 1);
            let redacted = redactor.redact(&text);
            let spans: Vec<_> = redacted.findings().iter().map(|it| it.span()).collect();
            let end = place + value.len();
            if !matches!(&spans[..], [span] if span.start == place && span.end == end) {
                wrong.push(format!("{value}: {text} => {}", redacted.as_str()));
            }
        }
    }
    // What the classifier does not take for random may stay.
    let left = wrong.iter().filter(|it| it.contains("[REDACTED")).count();
    assert_eq!(left, 0, "{wrong:#?}");
    assert!(wrong.len() * 50 <= texts.len() * 24, "{wrong:#?}");
}

#[test]
fn words_of_commands_end_where_what_is_open_around_them_closes() {
    are_hidden_alone(
        "s",
        &[
            "{\"cmd\":\"run --password {}\",\"x\":1}",
            "{\"log\":\"run --password {}\",\"stream\":\"stdout\",\"time\":\"2026-02-03\"}",
            "[\"export API_TOKEN={}\",\"next\",\"more\"]",
            "exec(\"deploy --password {}\",{cwd:\"/x\"},cb)",
            "run(\"deploy --password {}\");x=1;",
            "subprocess.run('deploy --password {}',shell=True)",
            "1,\"deploy --password {}\",ok,done",
            "<arg>--password={}</arg><arg>--x</arg>",
            "<a>deploy --password {}</a>next",
            "(deploy --password {})",
            "[deploy --password {}]",
            "`deploy --password {}`,then",
            "cmd=\"deploy --password {}\",n=3",
            "{\"text\": \"username=ann&password={}\"}}, \"response\": {\"a\":1}",
        ],
    );
}

#[test]
fn lines_in_literals_end_at_their_escapes() {
    are_hidden_alone(
        "s",
        &[
            "env: \"API_TOKEN={}\\nHOME=/home/x\"\n",
            "text = \"LANG=C\\nAPI_TOKEN={}\\nHOME=/home/x\"\n",
            "text = 'API_TOKEN={}\\nHOME=/home/x'\n",
            "text = b'API_TOKEN={}\\nHOME=/home/x\\n'\n",
            "printf 'API_TOKEN={}\\nHOME=/x\\n'\n",
            "echo -e \"export DB_PASSWORD={}\\n./run\"\n",
            "RUN echo \"API_TOKEN={}\\nHOME=/x\" > .env\n",
            "x=$'API_TOKEN={}\\nHOME=/x\\n'\n",
        ],
    );
}

#[test]
fn empty_values_take_no_member_behind_them() {
    let redactor = Redactor::secrets();
    for text in [
        "password=&host=Kq9xzTv4!xw2Lm",
        "user=ann&password=&host=Kq9xzTv4!xw2Lm&x=1",
        "Server=x;Password=;Database=Kq9xzTv4!xw2Lm;",
        "Password=;Server=Kq9xzTv4!xw2Lm;",
    ] {
        assert_eq!(redactor.redact(text).as_str(), text);
    }
}

#[test]
fn fields_of_forms_have_their_name_in_brackets() {
    are_hidden_alone(
        "sc",
        &[
            "user[password]={}&commit=Log+in",
            "POST /login user[name]=ann&user[password]={}",
            "users[0][password]={}&x=1",
            "<input name=\"user[password]\" value=\"{}\">",
            "{\"user[password]\":\"{}\"}",
            "Content-Disposition: form-data; name=\"user[password]\"\r\n\r\n{}\r\n--x--",
            "curl -d 'user[password]={}' https://x.example.org",
        ],
    );
}

#[test]
fn passwords_of_mails_stand_in_angle_brackets() {
    are_hidden_alone(
        "s",
        &[
            "password: <{}>\n",
            "PASSWORD=<{}>\n",
            "Your password: <{}>, please change it.",
        ],
    );
    let redactor = Redactor::secrets();
    for text in [
        "password: <your_password_123>",
        "PASSWORD=<PASSWORD>",
        "password: <string>",
        "--password <DB_PASSWORD_2>",
    ] {
        assert_eq!(redactor.redact(text).as_str(), text);
    }
}

#[test]
fn settings_stand_behind_the_prompt_of_a_shell() {
    are_hidden_alone(
        "c",
        &[
            "$ export DB_PASSWORD={}\n$ ls\n",
            "+ export DB_PASSWORD={}\n+ ./run\n",
        ],
    );
}

#[test]
fn values_with_blanks_in_a_connection_string_end_at_its_next_part() {
    let redactor = Redactor::secrets();
    for value in [
        "ab!7Qx pc#OVWvv",
        "Kq9xzTv4!xw2Lm x",
        "sable maple falcon lemon",
    ] {
        let text = format!("Server=db;Password={value};Database=x");
        let expected = "Server=db;Password=[REDACTED-PASSWORD];Database=x";
        assert_eq!(redactor.redact(&text).as_str(), expected);
    }
}
