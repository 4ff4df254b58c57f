//! Writers and readers of syntaxes: those of other libraries where there are light
//! ones, and small ones of the formats' documentation.

use serde_json::Value;
use yaml_rust2::{Yaml, YamlEmitter, YamlLoader};

/// A name and its value.
pub(super) type Member = (String, String);

/// A syntax with its writer and its reader.
pub(super) struct Syntax {
    pub(super) name: &'static str,
    pub(super) write: fn(&[Member]) -> String,
    /// Reads all members, sorted if the library sorts them. `None` if the text is not
    /// in the syntax.
    pub(super) read: fn(&str) -> Option<Vec<Member>>,
    /// Whether the syntax can carry a value as it is.
    pub(super) carries: fn(&str) -> bool,
    /// Whether a document has one member.
    pub(super) single: bool,
}

const fn any(_: &str) -> bool {
    true
}

const fn syntax(
    name: &'static str,
    write: fn(&[Member]) -> String,
    read: fn(&str) -> Option<Vec<Member>>,
) -> Syntax {
    Syntax {
        name,
        write,
        read,
        carries: any,
        single: false,
    }
}

pub(super) static SYNTAXES: &[Syntax] = &[
    syntax("json", |members| object(members).to_string(), json),
    syntax(
        "json-pretty",
        |members| serde_json::to_string_pretty(&object(members)).unwrap(),
        json,
    ),
    syntax(
        "json-in-json",
        |members| serde_json::json!({ "body": object(members).to_string() }).to_string(),
        |text| json(serde_json::from_str::<Value>(text).ok()?["body"].as_str()?),
    ),
    syntax("json-pairs", json_pairs, read_json_pairs),
    syntax(
        "json-values",
        |members| {
            let members = members.iter().map(|(name, value)| {
                (
                    name.clone(),
                    serde_json::json!({"sensitive": true, "value": value}),
                )
            });
            Value::Object(members.collect()).to_string()
        },
        |text| {
            let object: Value = serde_json::from_str(text).ok()?;
            let members = object
                .as_object()?
                .iter()
                .map(|(name, member)| Some((name.clone(), member["value"].as_str()?.to_owned())));
            members.collect()
        },
    ),
    syntax(
        "toml",
        |members| toml::to_string(&table(members)).unwrap(),
        toml_members,
    ),
    syntax(
        "toml-pretty",
        |members| toml::to_string_pretty(&table(members)).unwrap(),
        toml_members,
    ),
    syntax("yaml", yaml, read_yaml),
    syntax("yaml-environment", yaml_pairs, read_yaml_pairs),
    Syntax {
        // In a program, the same line has an escaped mark.
        carries: |value| !value.contains("\\'"),
        ..syntax("yaml-single-quotes", yaml_single, read_yaml)
    },
    Syntax {
        carries: |value| !value.starts_with(' '),
        ..syntax("yaml-blocks", yaml_blocks, read_yaml)
    },
    syntax("xml-elements", xml_elements, read_xml_elements),
    syntax("xml-attributes", xml_attributes, read_xml_attributes),
    syntax("xml-named", xml_named, read_xml_named),
    syntax(
        "csv",
        |members| delimited(members, b','),
        |text| read_delimited(text, b','),
    ),
    syntax(
        "tsv",
        |members| delimited(members, b'\t'),
        |text| read_delimited(text, b'\t'),
    ),
    syntax(
        "csv-semicolons",
        |members| delimited(members, b';'),
        |text| read_delimited(text, b';'),
    ),
    syntax("shell", shell, read_shell),
    syntax("flags", flags, read_flags),
    syntax("docker", docker, read_docker),
    syntax(
        "argv-json",
        |members| {
            let argv = members
                .iter()
                .flat_map(|(name, value)| [format!("--{}", name.replace('_', "-")), value.clone()]);
            serde_json::to_string(&argv.collect::<Vec<_>>()).unwrap()
        },
        |text| {
            let argv: Vec<String> = serde_json::from_str(text).ok()?;
            let pairs = argv.chunks(2).map(|pair| match pair {
                [name, value] => Some((flag_name(name.strip_prefix("--")?), value.clone())),
                _ => None,
            });
            pairs.collect()
        },
    ),
    Syntax {
        carries: |value| !value.contains(['\'', '\\']),
        ..syntax("dotenv-single", dotenv_single, read_dotenv)
    },
    syntax("dotenv-double", dotenv_double, read_dotenv),
    Syntax {
        // What is quoted or a comment in the dialects of this format.
        carries: |value| !value.contains(['\'', '"', '`', '\\', '$', '#']) && !value.contains("&&"),
        ..syntax("dotenv-bare", dotenv_bare, read_dotenv)
    },
    Syntax {
        carries: |value| !value.contains([';', '#']),
        ..syntax("ini", ini, read_ini)
    },
    syntax("form", form, |text| {
        Some(
            form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }),
    Syntax {
        carries: |value| !value.contains('|') && !value.contains('`'),
        ..syntax("markdown-table", markdown, read_markdown)
    },
    syntax("registry", registry, read_registry),
    syntax("hcl", hcl, read_hcl),
    Syntax {
        carries: |value| !value.contains("\\'"),
        single: true,
        ..syntax("sql", sql, read_sql)
    },
    syntax("multipart", multipart, read_multipart),
    syntax("rust", rust, read_rust),
];

fn object(members: &[Member]) -> Value {
    let members = members
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    Value::Object(members.collect())
}

fn json(text: &str) -> Option<Vec<Member>> {
    let object: Value = serde_json::from_str(text).ok()?;
    let members = object.as_object()?.iter();
    members
        .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn json_pairs(members: &[Member]) -> String {
    let pairs = members
        .iter()
        .map(|(name, value)| serde_json::json!({"name": name, "value": value}));
    Value::Array(pairs.collect()).to_string()
}

fn read_json_pairs(text: &str) -> Option<Vec<Member>> {
    let pairs: Value = serde_json::from_str(text).ok()?;
    let pairs = pairs.as_array()?.iter();
    let pair = |pair: &Value| {
        Some((
            pair["name"].as_str()?.to_owned(),
            pair["value"].as_str()?.to_owned(),
        ))
    };
    pairs.map(pair).collect()
}

fn table(members: &[Member]) -> toml::Table {
    let members = members.iter();
    members
        .map(|(name, value)| (name.clone(), toml::Value::from(value.as_str())))
        .collect()
}

fn toml_members(text: &str) -> Option<Vec<Member>> {
    let table: toml::Table = toml::from_str(text).ok()?;
    let members = table.into_iter();
    members
        .map(|(name, value)| Some((name, value.as_str()?.to_owned())))
        .collect()
}

fn emit(yaml: &Yaml) -> String {
    let mut text = String::new();
    YamlEmitter::new(&mut text).dump(yaml).unwrap();
    text
}

fn yaml(members: &[Member]) -> String {
    let members = members
        .iter()
        .map(|(name, value)| (Yaml::String(name.clone()), Yaml::String(value.clone())));
    emit(&Yaml::Hash(members.collect()))
}

/// Text of a scalar; a list with one text, which a label without quotes becomes, is
/// that text.
fn scalar(yaml: &Yaml) -> Option<String> {
    match yaml {
        Yaml::Array(items) => match items.as_slice() {
            [Yaml::String(only)] => Some(format!("[{only}]")),
            _ => None,
        },
        Yaml::String(text) => Some(text.clone()),
        Yaml::Integer(number) => Some(number.to_string()),
        Yaml::Real(number) => Some(number.clone()),
        Yaml::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

fn read_yaml(text: &str) -> Option<Vec<Member>> {
    let documents = YamlLoader::load_from_str(text).ok()?;
    let members = documents.first()?.as_hash()?.iter();
    members
        .map(|(name, value)| Some((name.as_str()?.to_owned(), scalar(value)?)))
        .collect()
}

fn yaml_pairs(members: &[Member]) -> String {
    let pair = |(name, value): &Member| {
        let entry =
            |key: &str, value: &str| (Yaml::String(key.to_owned()), Yaml::String(value.to_owned()));
        Yaml::Hash(
            [entry("name", name), entry("value", value)]
                .into_iter()
                .collect(),
        )
    };
    emit(&Yaml::Array(members.iter().map(pair).collect()))
}

fn read_yaml_pairs(text: &str) -> Option<Vec<Member>> {
    let documents = YamlLoader::load_from_str(text).ok()?;
    let pairs = documents.first()?.as_vec()?.iter();
    pairs
        .map(|pair| Some((scalar(&pair["name"])?, scalar(&pair["value"])?)))
        .collect()
}

fn yaml_single(members: &[Member]) -> String {
    let line = |(name, value): &Member| format!("{name}: '{}'\n", value.replace('\'', "''"));
    members.iter().map(line).collect()
}

fn yaml_blocks(members: &[Member]) -> String {
    members
        .iter()
        .map(|(name, value)| format!("{name}: |-\n  {value}\n"))
        .collect()
}

fn xml_elements(members: &[Member]) -> String {
    let element = |(name, value): &Member| {
        format!(
            "  <{name}>{}</{name}>\n",
            quick_xml::escape::partial_escape(value.as_str())
        )
    };
    format!(
        "<config>\n{}</config>\n",
        members.iter().map(element).collect::<String>()
    )
}

/// The elements of a document: name, attributes, text.
fn elements(text: &str) -> Option<Vec<(String, Vec<Member>, String)>> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut elements: Vec<(String, Vec<Member>, String)> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Eof => return Some(elements),
            Event::Start(tag) | Event::Empty(tag) => {
                let name = String::from_utf8(tag.name().as_ref().to_vec()).ok()?;
                let mut attributes = Vec::new();
                for attribute in tag.attributes() {
                    let attribute = attribute.ok()?;
                    let key = String::from_utf8(attribute.key.as_ref().to_vec()).ok()?;
                    attributes.push((key, attribute.unescape_value().ok()?.into_owned()));
                }
                elements.push((name, attributes, String::new()));
            }
            Event::Text(part) => {
                let part = part.decode().ok()?;
                elements.last_mut()?.2.push_str(&part);
            }
            Event::GeneralRef(name) => {
                let name = name.decode().ok()?;
                let whole = format!("&{name};");
                let part = quick_xml::escape::unescape(&whole).ok()?;
                elements.last_mut()?.2.push_str(&part);
            }
            _ => {}
        }
    }
}

fn read_xml_elements(text: &str) -> Option<Vec<Member>> {
    let elements = elements(text)?.into_iter().skip(1);
    Some(
        elements
            .map(|(name, _, text)| (name, text.trim_end().to_owned()))
            .collect(),
    )
}

fn xml_attributes(members: &[Member]) -> String {
    let entry = |(name, value): &Member| {
        format!(
            "  <add key=\"{name}\" value=\"{}\"/>\n",
            quick_xml::escape::escape(value.as_str())
        )
    };
    format!(
        "<settings>\n{}</settings>\n",
        members.iter().map(entry).collect::<String>()
    )
}

fn read_xml_attributes(text: &str) -> Option<Vec<Member>> {
    let pair = |(_, attributes, _): (String, Vec<Member>, String)| match attributes.as_slice() {
        [(_, name), (_, value)] => Some((name.clone(), value.clone())),
        _ => None,
    };
    elements(text)?.into_iter().skip(1).map(pair).collect()
}

fn xml_named(members: &[Member]) -> String {
    let entry = |(name, value): &Member| {
        let value = quick_xml::escape::partial_escape(value.as_str());
        format!("  <string name=\"{name}\">{value}</string>\n")
    };
    format!(
        "<resources>\n{}</resources>\n",
        members.iter().map(entry).collect::<String>()
    )
}

fn read_xml_named(text: &str) -> Option<Vec<Member>> {
    let pair = |(_, attributes, text): (String, Vec<Member>, String)| {
        Some((attributes.first()?.1.clone(), text.trim_end().to_owned()))
    };
    elements(text)?.into_iter().skip(1).map(pair).collect()
}

fn delimited(members: &[Member], mark: u8) -> String {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(mark)
        .from_writer(Vec::new());
    writer
        .write_record(members.iter().map(|(name, _)| name))
        .unwrap();
    writer
        .write_record(members.iter().map(|(_, value)| value))
        .unwrap();
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn read_delimited(text: &str, mark: u8) -> Option<Vec<Member>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(mark)
        .from_reader(text.as_bytes());
    let names = reader.headers().ok()?.clone();
    let values = reader.records().next()?.ok()?;
    let both = names.iter().zip(values.iter());
    Some(
        both.map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    )
}

fn quoted(value: &str) -> String {
    shlex::try_quote(value).unwrap().into_owned()
}

fn shell(members: &[Member]) -> String {
    let line = |(name, value): &Member| format!("export {name}={}\n", quoted(value));
    members.iter().map(line).collect()
}

fn read_shell(text: &str) -> Option<Vec<Member>> {
    let line = |line: &str| {
        let words = shlex::split(line)?;
        let (name, value) = words.get(1)?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    text.lines().map(line).collect()
}

/// The name of a member, from the flag that was made of it.
fn flag_name(flag: &str) -> String {
    flag.replace('-', "_")
}

fn flags(members: &[Member]) -> String {
    let flag = |(name, value): &Member| format!(" --{}={}", name.replace('_', "-"), quoted(value));
    format!("deploy{}\n", members.iter().map(flag).collect::<String>())
}

fn read_flags(text: &str) -> Option<Vec<Member>> {
    let words = shlex::split(text)?;
    let flag = |word: &String| {
        let (name, value) = word.strip_prefix("--")?.split_once('=')?;
        Some((flag_name(name), value.to_owned()))
    };
    words.iter().skip(1).map(flag).collect()
}

fn docker(members: &[Member]) -> String {
    let flag = |(name, value): &Member| format!(" -e {}", quoted(&format!("{name}={value}")));
    format!(
        "docker run{} app\n",
        members.iter().map(flag).collect::<String>()
    )
}

fn read_docker(text: &str) -> Option<Vec<Member>> {
    let words = shlex::split(text)?;
    let words = words.iter().filter(|word| word.contains('='));
    let member = |word: &String| {
        let (name, value) = word.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    words.map(member).collect()
}

fn dotenv_single(members: &[Member]) -> String {
    members
        .iter()
        .map(|(name, value)| format!("{name}='{value}'\n"))
        .collect()
}

fn dotenv_double(members: &[Member]) -> String {
    let line = |(name, value): &Member| {
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('$', "\\$");
        format!("{name}=\"{value}\"\n")
    };
    members.iter().map(line).collect()
}

fn dotenv_bare(members: &[Member]) -> String {
    let line = |(name, value): &Member| {
        let value = if value.contains(' ') {
            format!("\"{value}\"")
        } else {
            value.clone()
        };
        format!("{name}={value}\n")
    };
    members.iter().map(line).collect()
}

fn read_dotenv(text: &str) -> Option<Vec<Member>> {
    dotenvy::from_read_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .ok()
}

fn ini(members: &[Member]) -> String {
    let lines = members
        .iter()
        .map(|(name, value)| format!("{name} = {value}\n"));
    format!("[main]\n{}", lines.collect::<String>())
}

fn read_ini(text: &str) -> Option<Vec<Member>> {
    let mut ini = configparser::ini::Ini::new_cs();
    let map = ini.read(text.to_owned()).ok()?;
    let mut members: Vec<Member> = map
        .get("main")?
        .iter()
        .map(|(name, value)| Some((name.clone(), value.clone()?)))
        .collect::<Option<_>>()?;
    members.sort();
    Some(members)
}

fn form(members: &[Member]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(members)
        .finish()
}

fn markdown(members: &[Member]) -> String {
    let row = |part: fn(&Member) -> &str| {
        let cells = members.iter().map(|member| format!(" {} |", part(member)));
        format!("|{}\n", cells.collect::<String>())
    };
    let rule = "---|".repeat(members.len());
    format!(
        "{}|{rule}\n{}",
        row(|member| &member.0),
        row(|member| &member.1)
    )
}

fn read_markdown(text: &str) -> Option<Vec<Member>> {
    let cells = |line: &str| {
        let inner = line.strip_prefix('|')?.strip_suffix('|')?;
        Some(
            inner
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect::<Vec<_>>(),
        )
    };
    let mut lines = text.lines();
    let names = cells(lines.next()?)?;
    let values = cells(lines.nth(1)?)?;
    (names.len() == values.len()).then(|| names.into_iter().zip(values).collect())
}

/// Escapes a backslash and a double quotation mark.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Reads a literal with escapes at the start of `text`. Returns it with the rest.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.strip_prefix('"')?.chars();
    loop {
        match rest.next()? {
            '"' => return Some((value, rest.as_str())),
            '\\' => value.push(rest.next()?),
            other => value.push(other),
        }
    }
}

fn registry(members: &[Member]) -> String {
    let line = |(name, value): &Member| format!("\"{name}\"=\"{}\"\r\n", escaped(value));
    format!(
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\App]\r\n{}",
        members.iter().map(line).collect::<String>()
    )
}

fn read_registry(text: &str) -> Option<Vec<Member>> {
    let line = |line: &str| {
        let (name, rest) = literal(line)?;
        let (value, rest) = literal(rest.strip_prefix('=')?)?;
        rest.is_empty().then_some((name, value))
    };
    text.split("\r\n")
        .skip(3)
        .filter(|line| !line.is_empty())
        .map(line)
        .collect()
}

fn hcl(members: &[Member]) -> String {
    let line = |(name, value): &Member| {
        let value = escaped(value).replace("${", "$${").replace("%{", "%%{");
        format!("  \"{name}\" = \"{value}\"\n")
    };
    format!(
        "tags = {{\n{}}}\n",
        members.iter().map(line).collect::<String>()
    )
}

fn read_hcl(text: &str) -> Option<Vec<Member>> {
    let inner = text.strip_prefix("tags = {\n")?.strip_suffix("}\n")?;
    let line = |line: &str| {
        let (name, rest) = literal(line.trim_start())?;
        let (value, rest) = literal(rest.strip_prefix(" = ")?)?;
        let value = value.replace("$${", "${").replace("%%{", "%{");
        rest.is_empty().then_some((name, value))
    };
    inner.lines().map(line).collect()
}

fn sql(members: &[Member]) -> String {
    let (name, value) = &members[0];
    format!(
        "CREATE ROLE app LOGIN PASSWORD '{}'; -- {name}\nGRANT SELECT ON t TO app;\n",
        value.replace('\'', "''")
    )
}

fn read_sql(text: &str) -> Option<Vec<Member>> {
    let rest = text.strip_prefix("CREATE ROLE app LOGIN PASSWORD '")?;
    let (rest, name) = rest
        .strip_suffix("\nGRANT SELECT ON t TO app;\n")?
        .rsplit_once("; -- ")?;
    let value = rest.strip_suffix('\'')?.replace("''", "'");
    Some(vec![(name.to_owned(), value)])
}

fn multipart(members: &[Member]) -> String {
    let part = |(name, value): &Member| {
        format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    format!(
        "{}--XyZ--\r\n",
        members.iter().map(part).collect::<String>()
    )
}

fn read_multipart(text: &str) -> Option<Vec<Member>> {
    let body = text.strip_suffix("--XyZ--\r\n")?;
    let part = |part: &str| {
        let rest = part.strip_prefix("\r\nContent-Disposition: form-data; name=\"")?;
        let (name, rest) = rest.split_once("\"\r\n\r\n")?;
        Some((name.to_owned(), rest.strip_suffix("\r\n")?.to_owned()))
    };
    body.split("--XyZ").skip(1).map(part).collect()
}

fn rust(members: &[Member]) -> String {
    members
        .iter()
        .map(|(name, value)| format!("let {name} = {value:?};\n"))
        .collect()
}

fn read_rust(text: &str) -> Option<Vec<Member>> {
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("let ")?.split_once(" = ")?;
        let (value, rest) = literal(rest)?;
        (rest == ";").then_some((name.to_owned(), value))
    };
    text.lines().map(line).collect()
}
