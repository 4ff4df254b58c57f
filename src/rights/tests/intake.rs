//! What a request says when it comes in.

use super::*;

#[test]
fn what_an_intake_needs_is_asked_for() {
    let range = DateRange::new(..day(5)).unwrap();
    for (name, broken) in [
        (
            "an appeal against nothing",
            Intake::new(RequestKind::Appeal, day(1), "form"),
        ),
        (
            "no appeal, but against something",
            Intake::new(RequestKind::Access, day(1), "form")
                .appeals(RequestId::from_bytes([1; 16])),
        ),
        (
            "deletion by date",
            intake(RequestKind::Deletion).range(range),
        ),
        (
            "authority without an agent",
            intake(RequestKind::Access).authority(evidence()),
        ),
        ("no channel", Intake::new(RequestKind::Access, day(1), "")),
        (
            "a channel with blanks",
            Intake::new(RequestKind::Access, day(1), "a b"),
        ),
        (
            "an agent with a name",
            intake(RequestKind::Access).agent("Jo Doe"),
        ),
    ] {
        assert_eq!(
            broken.check().unwrap_err().kind(),
            ErrorKind::Config,
            "{name}"
        );
    }
    assert!(DateRange::new(day(2)..day(2)).is_err());
    let id = RequestId::from_bytes([0xab; 16]);
    assert_eq!(id.to_string().parse::<RequestId>().unwrap(), id);
    assert!("AB".repeat(16).parse::<RequestId>().is_err() && "ab".parse::<RequestId>().is_err());
    let request = completed();
    let earlier = request.apply(&rules(), Step::Withdraw, day(1)).unwrap_err();
    assert_eq!(earlier.kind(), ErrorKind::Config);
}
