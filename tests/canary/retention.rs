//! Whose records, orders and holds are, is not shown.

use confidant::retention::{
    Disposition, Events, Hold, HoldId, HoldReason, Holds, Order, Person, Record, Schedule, Selector,
};
use confidant::taxonomy::{DataCategory, Subject};
use confidant::time::{Moment, Zone};

use super::{CANARY, assert_unseen, error, value};

fn subject() -> Subject {
    Subject::new(CANARY).unwrap()
}

fn hold() -> Hold {
    let selector = Selector::everything()
        .tenant(CANARY)
        .subjects(vec![subject()]);
    let (placed, review) = (Moment::UNIX_EPOCH, Moment::MAX);
    let id = HoldId::new("hold/1").unwrap();
    let (reason, by) = (
        HoldReason::new("case:1").unwrap(),
        Person::new("a").unwrap(),
    );
    Hold::builder(id, selector)
        .reason(reason)
        .placed(by, placed)
        .review_by(review)
        .build()
        .unwrap()
}

#[test]
fn whose_records_are_is_not_shown() {
    let chat = DataCategory::new("chat").unwrap();
    let subject = subject();
    let record = Record::new(&chat, Events::created(Moment::UNIX_EPOCH));
    let record = record.tenant(CANARY).subject(&subject);
    let order = Order::new(chat.clone(), Disposition::Delete)
        .tenant(CANARY)
        .subject(subject.clone())
        .record(CANARY.as_bytes())
        .unwrap();
    let holds = Holds::new(vec![hold()]).unwrap();
    let schedule = Schedule::builder();
    let all = vec![((), record.clone())];
    let built = Schedule::builder().build().unwrap();
    let explained = built.explain(&record, &holds, Moment::UNIX_EPOCH);
    assert_unseen(vec![
        value("Record", &record),
        value("Order", &order),
        value("Hold", &hold()),
        value("Holds", &holds),
        value("Selector", hold().selector()),
        value("ScheduleBuilder", &schedule),
        value("Schedule", &built),
        value("Explanation", &explained),
        value("Plan", &built.plan(all, &holds, Moment::UNIX_EPOCH)),
        ("sentence", vec![explained.to_string()]),
    ]);
}

#[test]
fn errors_of_retention_do_not_show_what_was_given() {
    let odd = format!("{CANARY} ");
    let order = || Order::new(DataCategory::new("chat").unwrap(), Disposition::Delete);
    let long = CANARY.repeat(500);
    assert_unseen(vec![
        error("zone", Zone::new(CANARY)),
        error("person", Person::new(&odd)),
        error("hold", HoldId::new(&odd)),
        error("reason", HoldReason::new(&odd)),
        error("request", order().request(&odd)),
        error("record", order().record(long.as_bytes())),
    ]);
}
