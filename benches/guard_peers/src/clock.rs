//! Time of the processor on this thread.

use rustix::time::{ClockId, clock_gettime};

/// Seconds that the processor has spent on this thread.
pub(crate) fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The times of some rounds.
#[derive(Clone, Default)]
pub(crate) struct Best(Vec<f64>);

impl Best {
    pub(crate) fn add(&mut self, time: f64) {
        self.0.push(time);
        self.0.sort_by(f64::total_cmp);
    }

    pub(crate) fn best(&self) -> f64 {
        self.0.first().copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }
}
