use super::*;
use crate::ErrorKind;
use crate::taxonomy::ObligationState;

fn table() -> ClockTable {
    ClockTable::shipped().unwrap()
}

fn place(code: &str) -> Jurisdiction {
    Jurisdiction::new(code).unwrap()
}

fn day(text: &str) -> Moment {
    format!("{text}T00:00:00Z").parse().unwrap()
}

#[test]
fn the_shipped_table_is_well_formed() {
    let table = table();
    assert_eq!(table.read_on(), "2026-11-30");
    let mut ids = std::collections::BTreeSet::new();
    for row in table.rows() {
        row.check().unwrap();
        assert!(ids.insert(row.id().clone()), "{} stands twice", row.id());
        assert!(!row.source().is_empty());
    }
}

#[test]
fn every_source_of_the_shipped_table_was_looked_up() {
    let table = table();
    let requests = table.rows().map(|row| (row.id(), row.source_check()));
    let breaches = table.breach_rows().map(|row| (&row.id, row.source_check));
    let erasures = table.erasure_rows().map(|row| (&row.id, row.source_check));
    let mut reported = Vec::new();
    for (id, check) in requests.chain(breaches).chain(erasures) {
        match check {
            SourceCheck::Read(on) => assert_eq!(on, day("2026-11-30"), "{id}"),
            SourceCheck::Reported(_) => reported.push(id.as_str()),
            SourceCheck::Unread => panic!("nobody has looked {id} up"),
        }
    }
    assert_eq!(
        reported,
        [
            "GB-requests-before",
            "US-VA-appeal",
            "US-CO-appeal",
            "GB-breach"
        ],
        "rows of which the law itself was not read"
    );
}

#[test]
fn the_closest_row_counts_for_breaches_and_erasure_too() {
    let row = |id: &str, place: &str| {
        format!(
            r#"{{"id": "{id}", "jurisdiction": "{place}", "authority": "PT24H", "notice": "PT1H", "from": "2020-01-01", "source": "law"}}"#
        )
    };
    let rows = [
        row("state", "US-CA"),
        row("country", "US"),
        row("union", "EU"),
    ];
    let breaches = rows
        .each_ref()
        .map(|row| row.replace(r#""notice": "PT1H", "#, ""));
    let erasures = rows
        .each_ref()
        .map(|row| row.replace(r#""authority": "PT24H", "#, ""));
    let text = format!(
        r#"{{"version": 1, "read": "2026-11-30", "requests": [], "breaches": [{}], "erasure": [{}]}}"#,
        breaches.join(", "),
        erasures.join(", ")
    );
    let table = ClockTable::from_json(&text).unwrap();
    for (code, expected) in [("US-CA", "state"), ("US-VA", "country"), ("FR", "union")] {
        let (place, at) = (place(code), day("2026-12-01"));
        let owed = table.breach([Some(&place)], at).unwrap();
        assert_eq!(owed[0].clause().as_str(), expected, "{code}");
        assert_eq!(table.erasure(&place, at).unwrap().id.as_str(), expected);
    }
}

#[test]
fn common_codes_are_under_the_law_of_their_countries() {
    let at = day("2026-12-01");
    for (code, expected) in [
        ("UK", "GB-requests"),
        ("EEA", "EU-requests"),
        ("EL", "EU-requests"),
    ] {
        let row = table().row(RequestKind::Access, &place(code), at).cloned();
        assert_eq!(row.unwrap().id().as_str(), expected);
    }
}

#[test]
fn the_closest_row_in_force_counts() {
    let table = table();
    for (kind, code, at, expected) in [
        (RequestKind::Access, "DE", "2026-12-01", Some("EU-requests")),
        (
            RequestKind::Access,
            "DE-BY",
            "2026-12-01",
            Some("EU-requests"),
        ),
        (RequestKind::Access, "EU", "2026-12-01", Some("EU-requests")),
        (RequestKind::Access, "NO", "2026-12-01", Some("EU-requests")),
        (RequestKind::Access, "DE", "2018-05-24", None),
        (RequestKind::Access, "CH", "2026-12-01", None),
        (RequestKind::Access, "GB", "2026-02-05", Some("GB-requests")),
        (
            RequestKind::Access,
            "GB-ENG",
            "2026-02-04",
            Some("GB-requests-before"),
        ),
        (
            RequestKind::Complaint,
            "GB",
            "2026-06-19",
            Some("GB-complaints"),
        ),
        (RequestKind::Complaint, "GB", "2026-06-18", None),
        (
            RequestKind::Deletion,
            "US-CA",
            "2026-12-01",
            Some("US-CA-requests"),
        ),
        (
            RequestKind::OptOut,
            "US-CA",
            "2026-12-01",
            Some("US-CA-opt-out"),
        ),
        (
            RequestKind::OptOut,
            "US-VA",
            "2026-12-01",
            Some("US-VA-requests"),
        ),
        (
            RequestKind::Appeal,
            "US-CO",
            "2026-12-01",
            Some("US-CO-appeal"),
        ),
        (RequestKind::Access, "US", "2026-12-01", None),
        (RequestKind::Complaint, "IN", "2027-05-12", None),
        (
            RequestKind::Complaint,
            "IN",
            "2027-05-13",
            Some("IN-grievance"),
        ),
    ] {
        let row = table.row(kind, &place(code), day(at));
        let id = row.map(|row| row.id().as_str());
        assert_eq!(id, expected, "{kind} {code} {at}");
    }
    let california = table.row(RequestKind::Access, &place("US-CA"), day("2026-12-01"));
    assert_eq!(california.unwrap().lookback(), Some(day("2022-01-01")));
    let virginia = table.row(RequestKind::Access, &place("US-VA"), day("2026-12-01"));
    assert!(virginia.unwrap().allows_appeal());
    let opt_out = table.row(RequestKind::OptOut, &place("US-CA"), day("2026-12-01"));
    assert!(opt_out.unwrap().demands_confirmation());
}

#[test]
fn what_is_not_known_gets_the_strictest_row() {
    let table = table();
    let clock = |kind, at| table.clock(kind, None, day(at)).unwrap();
    let Clock::Strictest(row) = clock(RequestKind::Deletion, "2026-02-10") else {
        panic!("no row is the right one");
    };
    // One month from 10 February is 28 days.
    assert!(matches!(row.id().as_str(), "EU-requests" | "GB-requests"));
    assert_eq!(row.period, Some(Period::months(1)));
    for row in table.rows() {
        for kind in RequestKind::ALL {
            for month in 1..=12 {
                let at = day(&format!("2027-{month:02}-28"));
                if !(row.kinds.contains(&kind) && row.is_in_force(at)) {
                    continue;
                }
                let Some(period) = row.period else { continue };
                let Some(Clock::Strictest(strictest)) = table.clock(kind, None, at) else {
                    panic!("no row is the right one");
                };
                let end = |period: Period| period.after(at, Rounding::Back).unwrap();
                assert!(end(strictest.period.unwrap()) <= end(period));
            }
        }
    }
    // A kind that no row knows gets the strictest of all kinds.
    assert!(matches!(
        clock(RequestKind::Withdrawal, "2026-12-01"),
        Clock::Strictest(_)
    ));
}

#[test]
fn a_row_of_the_product_goes_first() {
    let id = ClauseId::new("own").unwrap();
    let row = ClockRow::new(id, place("EU"), [RequestKind::Access], "ours").period(Period::days(5));
    let table = table().with_row(row).unwrap();
    let found = table.row(RequestKind::Access, &place("FR"), day("2026-12-01"));
    assert_eq!(found.unwrap().id().as_str(), "own");
    let found = table.row(RequestKind::Deletion, &place("FR"), day("2026-12-01"));
    assert_eq!(found.unwrap().id().as_str(), "EU-requests");
    let none = ClockRow::new(
        ClauseId::new("x").unwrap(),
        place("EU"),
        [RequestKind::Access],
        "x",
    );
    assert!(table.with_row(none).is_err());
}

#[test]
fn breaches_have_their_clocks() {
    let table = table();
    let owed = |codes: &[Option<&str>], at: &str| {
        let places: Vec<_> = codes.iter().map(|code| code.map(place)).collect();
        let owed = table
            .breach(places.iter().map(Option::as_ref), day(at))
            .unwrap();
        let shown = owed.into_iter().map(|one| {
            assert_eq!(one.state(one.by()), ObligationState::Violated);
            (one.what(), one.by().to_string(), one.clause().to_string())
        });
        shown.collect::<Vec<_>>()
    };
    let by = |what, by: &str, id: &str| (what, by.to_owned(), id.to_owned());
    let authority = ObligationKind::NotifyAuthority;
    let subjects = ObligationKind::NotifySubjects;
    assert_eq!(
        owed(&[Some("DE"), Some("FR")], "2026-12-01"),
        [by(authority, "2026-12-04T00:00:00Z", "EU-breach")]
    );
    assert_eq!(
        owed(&[Some("IN")], "2027-05-13"),
        [
            by(authority, "2027-05-16T00:00:00Z", "IN-breach"),
            by(subjects, "2027-05-13T00:00:00Z", "IN-breach")
        ]
    );
    // Nobody knows where: the shortest of all.
    let unknown = owed(&[None], "2027-06-01");
    assert_eq!(unknown.len(), 2);
    assert_eq!(unknown[1].1, "2027-06-01T00:00:00Z");
    assert!(table.breach([None], day("2018-01-01")).is_err());
    let erasure = table.erasure(&place("IN"), day("2027-05-13")).unwrap();
    assert_eq!(erasure.notice, Some("PT48H".parse().unwrap()));
    assert!(table.erasure(&place("IN"), day("2027-05-12")).is_none());
}

#[test]
fn a_table_that_is_malformed_is_refused() {
    let whole = |requests: &str, rest: &str| {
        format!(r#"{{"version": 1, "read": "2026-01-01", "requests": [{requests}]{rest}}}"#)
    };
    let row = |rest: &str| {
        format!(
            r#"{{"id": "r", "jurisdiction": "DE", "kinds": ["access"], "start": ["receipt"], "source": "s"{rest}}}"#
        )
    };
    ClockTable::from_json(&whole(&row(r#", "period": "P1M""#), "")).unwrap();
    let table = [
        ("nothing", String::new()),
        ("no rows", r#"{"version": 1, "read": "x"}"#.into()),
        (
            "another version",
            r#"{"version": 2, "read": "x", "requests": []}"#.into(),
        ),
        ("an unknown field of the table", whole("", r#", "x": 1"#)),
        (
            "an unknown field of a row",
            whole(&row(r#", "period": "P1M", "x": 1"#), ""),
        ),
        ("no clock", whole(&row(""), "")),
        (
            "an extension of nothing",
            whole(&row(r#", "acknowledge": "P1D", "extension": "P1M""#), ""),
        ),
        ("no time at all", whole(&row(r#", "period": "PT0S""#), "")),
        (
            "a period in words",
            whole(&row(r#", "period": "a month""#), ""),
        ),
        ("a number", whole(&row(r#", "period": 30"#), "")),
        (
            "both read and reported",
            whole(
                &row(r#", "period": "P1M", "read": "2026-01-01", "reported": "2026-01-01""#),
                "",
            ),
        ),
        (
            "no day of reading",
            whole(&row(r#", "period": "P1M", "read": "recently""#), ""),
        ),
        (
            "what stops is unknown",
            whole(&row(r#", "period": "P1M", "stops": ["holiday"]"#), ""),
        ),
        (
            "over before it begins",
            whole(
                &row(r#", "period": "P1M", "from": "2026-01-02", "until": "2026-01-02""#),
                "",
            ),
        ),
        (
            "no such day",
            whole(&row(r#", "period": "P1M", "from": "2026-02-30""#), ""),
        ),
        (
            "a start that is unknown",
            whole(
                r#"{"id": "r", "jurisdiction": "DE", "kinds": ["access"], "start": ["whim"], "period": "P1M", "source": "s"}"#,
                "",
            ),
        ),
        (
            "a kind that is unknown",
            whole(
                r#"{"id": "r", "jurisdiction": "DE", "kinds": ["oblivion"], "start": ["receipt"], "period": "P1M", "source": "s"}"#,
                "",
            ),
        ),
        (
            "no start",
            whole(
                r#"{"id": "r", "jurisdiction": "DE", "kinds": ["access"], "period": "P1M", "source": "s"}"#,
                "",
            ),
        ),
        (
            "no source",
            whole(
                r#"{"id": "r", "jurisdiction": "DE", "kinds": ["access"], "start": ["receipt"], "period": "P1M"}"#,
                "",
            ),
        ),
        (
            "a breach without a clock",
            whole(
                "",
                r#", "breaches": [{"id": "b", "jurisdiction": "DE", "source": "s"}]"#,
            ),
        ),
        (
            "a member that is none",
            whole("", r#", "areas": {"EU": ["DE"]}"#),
        ),
    ];
    for (name, text) in table {
        let error = ClockTable::from_json(&text).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{name}");
    }
}

#[test]
fn a_promise_of_a_breach_counts_where_it_is_shorter() {
    let id = || ClauseId::new("breach").unwrap();
    let hours = |hours: &str| hours.parse::<Period>().unwrap();
    let aware: Moment = "2026-08-01T00:00:00Z".parse().unwrap();
    let owed = |table: &ClockTable, place: &str| -> Vec<(String, String)> {
        let place = Jurisdiction::new(place).unwrap();
        let owed = table.breach([Some(&place)], aware).unwrap();
        let lines = owed.iter();
        lines
            .map(|one| (format!("{:?}", one.what()), one.by().to_string()))
            .collect()
    };
    let law = ClockTable::shipped().unwrap();
    let shorter = law.clone().with_breach_promise(
        BreachPromise::new(id())
            .authority_within(hours("PT24H"))
            .subjects_within(hours("P2D")),
    );
    let longer = law
        .clone()
        .with_breach_promise(BreachPromise::new(id()).authority_within(hours("P9D")));
    let elsewhere = law.clone().with_breach_promise(
        BreachPromise::new(id())
            .place(Jurisdiction::new("US-CA").unwrap())
            .authority_within(hours("PT1H")),
    );
    let told = owed(&shorter, "DE");
    assert!(told.contains(&("NotifyAuthority".into(), "2026-08-02T00:00:00Z".into())));
    assert!(told.contains(&("NotifySubjects".into(), "2026-08-03T00:00:00Z".into())));
    let law = owed(&law, "DE");
    assert!(law.contains(&("NotifyAuthority".into(), "2026-08-04T00:00:00Z".into())));
    assert_eq!(owed(&longer, "DE"), law);
    assert_eq!(owed(&elsewhere, "DE"), law);
}
