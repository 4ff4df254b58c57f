//! Structure: JSON lines, and events of `tracing`.

#[cfg(feature = "json")]
pub(crate) use json::lines;
#[cfg(feature = "tracing")]
pub(crate) use layer::events;

#[cfg(feature = "json")]
mod json {
    use std::hint::black_box;

    use confidant::redact::Redactor;

    use crate::clock::{figure, median, rate};
    use crate::{Plan, corpus};

    /// Throughput on JSON lines that are read as JSON.
    pub(crate) fn lines(plan: &Plan) {
        println!("\nJSON lines read as JSON, MB/s, one thread");
        println!("| text | MB/s | findings |");
        println!("|---|--:|--:|");
        let redactor = Redactor::default();
        let text = corpus::chat(plan.bytes.min(16 << 20));
        let mut count = 0;
        let time = median(plan.rounds, || {
            let lines = redactor.redact_ndjson(black_box(&text));
            count = lines.redacted().findings().len();
        });
        println!("| chat | {} | {count} |", figure(rate(text.len(), time)));
    }
}

#[cfg(feature = "tracing")]
mod layer {
    use std::io;
    use std::time::Instant;

    use confidant::redact::{RedactingLayer, Redactor};
    use tracing_subscriber::layer::SubscriberExt as _;

    use crate::Plan;
    use crate::clock::median;

    /// Time per event of the redacting layer, into nothing.
    pub(crate) fn events(plan: &Plan) {
        let count: u32 = if plan.quick { 1000 } else { 100_000 };
        let layer = RedactingLayer::new(io::sink, Redactor::default());
        let subscriber = tracing_subscriber::registry().with(layer);
        println!("\nEvents of `tracing`, µs each");
        println!("| without spans | in a span with three fields |");
        println!("|--:|--:|");
        let each = |plan: &Plan| {
            let time = median(plan.rounds, || {
                for number in 0..count {
                    tracing::info!(
                        user = "ann",
                        path = "/api/v1/items/4711",
                        number,
                        status = 200,
                        "request finished"
                    );
                }
            });
            time.as_secs_f64() * 1e6 / f64::from(count)
        };
        let [alone, inside] = tracing::subscriber::with_default(subscriber, || {
            let alone = each(plan);
            let start = Instant::now();
            let span = tracing::info_span!("request", id = 17, host = "db-3", ?start);
            [alone, span.in_scope(|| each(plan))]
        });
        println!("| {alone:.2} | {inside:.2} |");
    }
}
