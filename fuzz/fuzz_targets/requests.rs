//! What comes from outside about rights and consent: requests in the shape of the Data
//! Rights Protocol, tables of clocks, signals, names and periods.
#![no_main]

use confidant::consent::Gpc;
use confidant::rights::{ClockTable, DrpRequest, RequestId};
use confidant::time::{Moment, Period};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let signal = Gpc::from_headers([bytes]);
    assert_eq!(signal == Gpc::On, bytes == b"1");
    if let Ok(request) = DrpRequest::parse(bytes) {
        let _ = request.intake(Moment::UNIX_EPOCH);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(table) = ClockTable::from_json(text) {
        assert!(table.rows().count() < 1_000_000);
    }
    if let Ok(period) = text.parse::<Period>() {
        assert_eq!(period.to_string().parse::<Period>().ok(), Some(period));
    }
    if let Ok(id) = text.parse::<RequestId>() {
        assert_eq!(id.to_string(), text);
    }
});
