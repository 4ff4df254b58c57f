//! The tables of a run.

use std::time::Duration;

/// What was measured of one scanner.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) does: &'static str,
    pub(crate) set_up: Duration,
    /// MB/s on code, chat and log.
    pub(crate) rates: [f64; 3],
    pub(crate) findings: [usize; 3],
    /// The time of every call, the shortest first.
    pub(crate) messages: Vec<Duration>,
}

impl Row {
    fn percentile(&self, percent: usize) -> f64 {
        let last = self.messages.len().saturating_sub(1);
        let time = self.messages.get(last * percent / 100);
        time.map_or(0.0, |time| time.as_secs_f64() * 1e6)
    }
}

pub(crate) fn print(rows: &[Row]) {
    println!("\nMB/s, microseconds a message, milliseconds to the first answer");
    println!("| scanner | does | code | chat | log | p50 µs | p99 µs | set-up ms | findings |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|---|");
    for row in rows {
        let [code, chat, log] = row.rates;
        let [in_code, in_chat, in_log] = row.findings;
        println!(
            "| {} | {} | {code:.0} | {chat:.0} | {log:.0} | {:.1} | {:.1} | {:.1} | {in_code} / \
             {in_chat} / {in_log} |",
            row.name,
            row.does,
            row.percentile(50),
            row.percentile(99),
            row.set_up.as_secs_f64() * 1e3,
        );
    }
    let Some(ours) = rows.iter().find(|row| row.name == "confidant") else {
        return;
    };
    println!("\nHow many times as fast confidant is, detect + redact");
    println!("| than | code | chat | log | p50 | p99 |");
    println!("|---|--:|--:|--:|--:|--:|");
    for row in rows.iter().filter(|row| !row.name.starts_with("confidant")) {
        let rate = |at: usize| ours.rates[at] / row.rates[at];
        let time = |percent| row.percentile(percent) / ours.percentile(percent);
        println!(
            "| {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
            row.name,
            rate(0),
            rate(1),
            rate(2),
            time(50),
            time(99)
        );
    }
}
