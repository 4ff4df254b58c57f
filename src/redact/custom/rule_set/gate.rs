//! A cheap test that rejects most keywords before the search.
//!
//! Most keywords in a text are in no match, and a few bytes after them show it. The
//! part of a pattern that begins with its keyword is therefore tried first, for a few
//! bytes only. The search for whole matches, which may begin before the keyword,
//! reads much more.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, HirKind};

use super::literals::{Lead, Literals};
use crate::redact::text::part;

/// The greatest number of bytes read.
const STEPS: usize = 32;
/// The greatest size of the automaton and of its lazily built states, in bytes.
const SIZE: usize = 256 << 10;

type Caches = Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>;

/// The part of a pattern that begins at its keyword.
pub(super) struct Gate {
    automaton: Arc<DFA>,
    caches: Caches,
}

impl Gate {
    /// Returns the gate of a pattern whose every match contains one of the keywords,
    /// if the position of the keyword can be determined.
    pub(super) fn new(hir: &Hir, keywords: &[Vec<u8>]) -> Option<Self> {
        let tail = tail(hir, keywords)?;
        let config = thompson::Config::new()
            .utf8(false)
            .nfa_size_limit(Some(SIZE))
            .which_captures(thompson::WhichCaptures::None);
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_from_hir(&tail)
            .ok()?;
        let config = DFA::config()
            .cache_capacity(SIZE)
            .skip_cache_capacity_check(true);
        let automaton = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        let automaton = Arc::new(automaton);
        let shared = automaton.clone();
        let caches = Pool::new(Box::new(move || shared.create_cache()) as Box<_>);
        Some(Self { automaton, caches })
    }

    /// Returns whether a match may have its keyword at `at`. Adds the bytes read to
    /// `read`.
    pub(super) fn may_match(&self, text: &[u8], at: usize, read: &mut usize) -> bool {
        let mut cache = self.caches.get();
        let rest = part(text, at..);
        let input = Input::new(text)
            .range(at.min(text.len())..)
            .anchored(Anchored::Yes);
        let Ok(mut state) = self.automaton.start_state_forward(&mut cache, &input) else {
            return true;
        };
        for &byte in rest.iter().take(STEPS) {
            *read += 1;
            match self.automaton.next_state(&mut cache, state, byte) {
                Ok(next) if next.is_dead() => return false,
                Ok(next) if next.is_match() || next.is_quit() => return true,
                Ok(next) => state = next,
                Err(_) => return true,
            }
        }
        true
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

/// Returns the part of every match that begins at one of its keywords.
fn tail(hir: &Hir, keywords: &[Vec<u8>]) -> Option<Hir> {
    let is_led = |hir: &Hir| Literals::new(hir).lead(keywords) == Some(Lead::Most(0));
    match hir.kind() {
        HirKind::Capture(capture) => tail(&capture.sub, keywords),
        HirKind::Alternation(all) => {
            let tails: Option<Vec<Hir>> = all.iter().map(|part| tail(part, keywords)).collect();
            tails.map(Hir::alternation)
        }
        HirKind::Concat(parts) => (0..parts.len()).find_map(|from| {
            let rest = Hir::concat(parts.get(from..)?.to_vec());
            is_led(&rest).then_some(rest)
        }),
        _ => is_led(hir).then(|| hir.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::custom::rule_set::pattern::parse_text;

    #[test]
    fn a_keyword_without_a_match_is_passed_over() {
        let table = [
            (r"[a-z]{0,9}?(?:acme|beta)\s*=\s*(\w+)", "my acme = x", true),
            (r"[a-z]{0,9}?(?:acme|beta)\s*=\s*(\w+)", "my acme, x", false),
            (r"[a-z]{0,9}?(?:acme|beta)\s*=\s*(\w+)", "acme = ", true),
            (r"(\bacme[0-9])|x?beta", "acme1", true),
            (r"(\bacme[0-9])|x?beta", "xacme1", false),
            (r"acme.{50}z", &format!("acme{}", "-".repeat(60)), true),
            (r"acme$", "acme", true),
            (r"acme$", "acme.", false),
        ];
        for (spec, text, expected) in table {
            let hir = parse_text(spec).unwrap();
            let gate = Gate::new(&hir, &[b"acme".to_vec(), b"beta".to_vec()]).unwrap();
            let at = text.find("acme").unwrap();
            let mut read = 0;
            assert_eq!(
                gate.may_match(text.as_bytes(), at, &mut read),
                expected,
                "{spec} in {text}"
            );
            assert!(read <= STEPS);
        }
        let spec = parse_text("[a-z]+=(?:acme)?").unwrap();
        assert!(Gate::new(&spec, &[b"acme".to_vec()]).is_none());
    }
}
