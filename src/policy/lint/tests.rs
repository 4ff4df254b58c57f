use super::periods::said;
use super::text::{Paragraph, denies, has_date, word};

#[test]
fn words_stand_by_themselves() {
    for (text, one, at) in [
        ("we use stripe.", "stripe", Some(7)),
        ("we use stripes", "stripe", None),
        ("laws of aws", "aws", Some(8)),
        ("our current parents", "rent", None),
        ("it was rented", "rent~", Some(7)),
        ("100%safe", "100%", Some(0)),
    ] {
        assert_eq!(word(text, one), at, "{text}");
    }
}

#[test]
fn periods_are_said_in_several_ways() {
    assert_eq!(said("P14D"), [(14, "day"), (2, "week")]);
    assert_eq!(said("PT72H"), [(72, "hour"), (3, "day")]);
    assert_eq!(said("P12M"), [(12, "month"), (1, "year")]);
}

#[test]
fn sentences_go_over_lines_and_not_over_items() {
    let notice = "# No sale\n\nWe never\n  sell your data. TLS 1.3, by mail@a.test.\n* One\n* Two\n  goes on\n| a | b |\n| c | d |\n";
    let paragraphs = Paragraph::all(notice);
    let sentences: Vec<Vec<&str>> = paragraphs
        .iter()
        .map(|one| one.sentences().into_iter().map(|(text, _)| text).collect())
        .collect();
    let expected: [&[&str]; 6] = [
        &["# no sale"],
        &["we never sell your data.", "tls 1.3, by mail@a.test."],
        &["* one"],
        &["* two goes on"],
        &["| a | b |"],
        &["| c | d |"],
    ];
    assert_eq!(sentences, expected);
    // `sell` stands in the fourth line, behind two spaces; `TLS` further on.
    let second = &paragraphs[1];
    assert_eq!(second.place(9), (4, 3));
    let (_, at) = second.sentences()[1];
    assert_eq!(second.place(at), (4, 19));
    assert!(second.is_capital(at) && !second.is_capital(at + 6));
}

#[test]
fn dates_are_found_in_words() {
    for (notice, date, is_there) in [
        ("last updated 2026-05-01", "2026-05-01", true),
        ("last updated 1 may 2026", "2026-05-01", true),
        ("last updated may 1, 2026", "2026-05-01", true),
        ("last updated 11 may 2026", "2026-05-01", false),
        ("last updated may 2026", "2026-05", true),
        ("last updated june 2026", "2026-05", false),
        ("last updated april 31, 2026", "2026-13", false),
    ] {
        assert_eq!(has_date(notice, date), is_there, "{notice}");
    }
}

#[test]
fn a_denial_is_a_word() {
    assert!(denies("we don’t sell it") && denies("neither we nor they"));
    assert!(!denies("we note that another"));
}
