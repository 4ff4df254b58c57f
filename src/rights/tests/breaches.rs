//! Whom a breach affects.

use super::*;

#[test]
fn a_breach_affects_whoever_may_have_been_exposed() {
    let name = |text: &str| Identifier::new(text).unwrap();
    let breach = Breach::new(day(10), day(2)..day(4))
        .unwrap()
        .category(category("chat"));
    let touch = |number, subject: &str, kind: &str| {
        Touch::new(day(number))
            .subject(name(subject))
            .category(category(kind))
    };
    let touches = [
        touch(1, "early", "chat"),
        touch(2, "inside", "chat.log").recipient(Processor::new("mailer").unwrap()),
        touch(3, "inside", "chat"),
        touch(3, "other", "billing"),
        touch(4, "late", "chat"),
        Touch::new(day(3)).subject(name("unsaid")),
        Touch::new(day(3)),
    ];
    let affected = breach.affected(touches);
    assert!(
        affected
            .subjects
            .iter()
            .eq([&name("inside"), &name("unsaid")])
    );
    assert_eq!((affected.touches, affected.unnamed), (4, 1));
    assert_eq!(affected.categories.len(), 2);
    assert_eq!(affected.recipients.len(), 1);
    let other = Touch {
        resource: Some(name("db-2")),
        ..touch(3, "x", "chat")
    };
    let narrow = breach.clone().resource(name("db-1"));
    assert_eq!(narrow.affected([other, Touch::new(day(3))]).touches, 1);

    let notice = breach
        .notice(&affected)
        .nature("A backup was public.")
        .contact("dpo@acme.test");
    let notice = notice.consequences("Somebody may have read chats.");
    let notice = notice.measures("It was closed; nothing to do.").unwrap();
    for part in [
        "A backup was public",
        "dpo@acme.test",
        "chat, chat.log",
        "at least 2; 1 accesses name nobody",
        "about 4",
        "mailer",
    ] {
        assert!(notice.as_str().contains(part), "{part}");
    }
    let empty = breach
        .notice(&affected)
        .nature(" ")
        .contact("x")
        .consequences("x");
    assert!(empty.measures("x").is_err());
    let table = ClockTable::shipped().unwrap();
    let german = Jurisdiction::new("DE").unwrap();
    let owed = breach.obligations(&table, [Some(&german)]).unwrap();
    assert_eq!(owed[0].by(), day(13));
    assert!(Breach::new(day(1), day(2)..day(2)).is_err());
}
