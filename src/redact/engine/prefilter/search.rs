//! The search for the buckets of the built-in anchors, and the test of the table.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use super::Anchor;
use super::buckets::SEARCHED;
use super::group::{Halves, halves, join, searched, sum};
use super::tables::{BUCKETS, SETS, Tables};
use crate::redact::Category;
use crate::redact::builtin::{FAMILIES, Rule, Selection, Structure};
use crate::redact::engine::Engine;
use crate::redact::engine::matchers::infix::Within;
use crate::redact::engine::matchers::personal::Personal;
use crate::redact::engine::matchers::tokens::Tokens;
use crate::redact::engine::scan::anchors;
use corpus::Rng;

#[path = "../../../../benches/corpus/mod.rs"]
mod corpus;

/// Files of real text improve the result. Each counts up to [`MOST_OF_A_FILE`].
const COMMAND: &str = "CONFIDANT_WRITE_BUCKETS=1 CONFIDANT_SAMPLES=FILE:FILE \
     cargo test --lib buckets_are_searched -- --ignored";

const MOST_OF_A_FILE: usize = 400_000;
const OF_EACH_KIND: usize = 200_000;

/// The weight of false positives of the anchors for secrets alone, with which most
/// text is redacted.
const DEFAULT: u64 = 10;

/// How often the best buckets so far are disturbed, and by how many moves.
const ROUNDS: usize = 400;
const MOVES: usize = 4;

/// The anchors of both presets, those for secrets first, and the number of those.
fn built_in() -> (Vec<Anchor>, usize) {
    let default = Selection::default();
    let mut with_personal = Selection::default();
    with_personal.category(Category::Personal);
    let mut anchors: Vec<Anchor> = Vec::new();
    let mut add = |selection| {
        let own = anchors_of(selection);
        let (tables, engine) = (Tables::new(&own), Engine::new(selection, |_| false));
        let engine = engine.prefilter.tables;
        assert!(tables.exact == engine.exact, "the engine has other anchors");
        for anchor in own {
            if !anchors.contains(&anchor) {
                anchors.push(anchor);
            }
        }
        anchors.len()
    };
    let count = add(&default);
    assert!(add(&with_personal) > count);
    (anchors, count)
}

/// The anchors of a selection, in the order in which an engine collects them.
fn anchors_of(selection: &Selection) -> Vec<Anchor> {
    let rules: Vec<(u32, &'static Rule)> = (0..)
        .zip(FAMILIES.iter().copied().flatten())
        .filter(|(_, rule)| selection.has(rule))
        .collect();
    let mut anchors = anchors::anchors();
    anchors.extend_from_slice(Tokens::new(&rules).anchors());
    anchors.extend(Within::new(&rules).anchors());
    let personal = Personal::new(&rules, [None; Structure::COUNT], selection.is_strict());
    anchors.extend(personal.iter().flat_map(Personal::anchors));
    anchors
}

fn texts(bytes: usize) -> [(&'static str, String); 3] {
    [
        ("code", corpus::code(bytes)),
        ("chat", corpus::chat(bytes)),
        ("log", corpus::log(bytes)),
    ]
}

#[test]
fn every_built_in_anchor_has_its_bucket() {
    let (anchors, _) = built_in();
    let sums: BTreeMap<u32, Anchor> = anchors.iter().map(|own| (sum(own), *own)).collect();
    assert_eq!(sums.len(), anchors.len(), "two anchors have the same sum");
    assert!(SEARCHED.is_sorted_by(|one, next| one.0 < next.0));
    assert!(
        sums.into_keys().eq(SEARCHED.iter().map(|(sum, _)| *sum)),
        "prefilter/buckets.rs is out of date: run {COMMAND}"
    );
    assert!(anchors.iter().all(|own| searched(own) < Some(BUCKETS)));
}

/// Few places may pass, because each must be sifted. Ordinary text has few true
/// anchors.
#[test]
fn buckets_let_little_through() {
    let tables = Tables::new(&anchors_of(&Selection::default()));
    for (kind, text) in texts(100_000) {
        let passes = |bytes: &&[u8]| {
            let buckets = |set: usize| {
                bytes.iter().enumerate().fold(u8::MAX, |all, (at, byte)| {
                    let (low, high) = (usize::from(byte & 15), usize::from(byte >> 4));
                    all & tables.low[set][at][low] & tables.high[set][at][high]
                })
            };
            (0..SETS).any(|set| buckets(set) != 0)
        };
        let passing = text.as_bytes().windows(4).filter(passes).count();
        assert!(passing * 100 < text.len() * 2, "{passing} places of {kind}");
    }
}

/// With `CONFIDANT_WRITE_BUCKETS` set, the table is written. Otherwise it must not be
/// much worse than the best result of the search.
#[test]
#[ignore = "takes a minute or two"]
fn buckets_are_searched() {
    let mut text = texts(OF_EACH_KIND)
        .map(|(_, text)| text)
        .concat()
        .into_bytes();
    let paths = env::var_os("CONFIDANT_SAMPLES");
    for path in paths.iter().flat_map(env::split_paths) {
        let mut sample = fs::read(path).unwrap();
        sample.truncate(MOST_OF_A_FILE);
        text.append(&mut sample);
    }
    let (anchors, default) = built_in();
    let mut search = Search::new(&anchors, default, &text);
    let found = search.run();
    if env::var_os("CONFIDANT_WRITE_BUCKETS").is_some() {
        let path = "src/redact/engine/prefilter/buckets.rs";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        fs::write(path, table(&anchors, &found)).unwrap();
        return;
    }
    let mut known = vec![Bucket::new(); BUCKETS];
    for (number, anchor) in anchors.iter().enumerate() {
        known[searched(anchor).unwrap()].push(number);
    }
    let (known, found) = (search.cost_of_all(&known), search.cost_of_all(&found));
    assert!(
        known < 2 * found,
        "{known} is far from {found}: run {COMMAND}"
    );
}

/// The source of the table, formatted.
fn table(anchors: &[Anchor], buckets: &[Bucket]) -> String {
    let mut entries = BTreeMap::new();
    for (bucket, numbers) in buckets.iter().enumerate() {
        entries.extend(
            numbers
                .iter()
                .map(|&number| (sum(&anchors[number]), bucket)),
        );
    }
    let mut source = format!(
        "//! The buckets of the built-in anchors, searched with sample text:\n\
         //!\n\
         //! ```sh\n\
         //! {}\n\
         //! ```\n\
         \n\
         /// The sum of an anchor, and its bucket.\n\
         pub(super) static SEARCHED: &[(u32, u8)] = &[\n",
        COMMAND.replace(" cargo", " \\\n//!   cargo")
    );
    for (sum, bucket) in entries {
        let (upper, lower) = (sum >> 16, sum & 0xFFFF);
        writeln!(source, "    (0x{upper:04X}_{lower:04X}, {bucket}),").unwrap();
    }
    source.push_str("];\n");
    source
}

/// The numbers of the anchors in a bucket.
type Bucket = Vec<usize>;

struct Search {
    sample: Sample,
    /// Each anchor, and whether it belongs to secrets alone.
    anchors: Vec<([Halves; 4], bool)>,
}

impl Search {
    fn new(anchors: &[Anchor], default: usize, text: &[u8]) -> Self {
        let anchors = anchors.iter().enumerate();
        Self {
            sample: Sample::new(text),
            anchors: anchors
                .map(|(number, anchor)| (halves(anchor), number < default))
                .collect(),
        }
    }

    /// Returns the best buckets of all rounds. Disturbing a result a little and
    /// settling it again often improves it.
    fn run(&mut self) -> Vec<Bucket> {
        let mut rng = Rng::new(1);
        let mut best = self.merged();
        self.settle(&mut best);
        let mut least = self.cost_of_all(&best);
        for _ in 0..ROUNDS {
            let mut buckets = best.clone();
            for _ in 0..MOVES {
                let number = rng.below(self.anchors.len());
                for bucket in &mut buckets {
                    bucket.retain(|own| *own != number);
                }
                buckets[rng.below(BUCKETS)].push(number);
            }
            self.settle(&mut buckets);
            let cost = self.cost_of_all(&buckets);
            if cost < least {
                (best, least) = (buckets, cost);
            }
        }
        best
    }

    /// Starts with a bucket for each anchor, and joins the pair with the lowest joint
    /// cost until few enough are left.
    fn merged(&mut self) -> Vec<Bucket> {
        let mut buckets: Vec<Bucket> = (0..self.anchors.len()).map(|own| vec![own]).collect();
        while buckets.len() > BUCKETS {
            let costs: Vec<i64> = buckets.iter().map(|bucket| self.cost(bucket)).collect();
            let mut best = (i64::MAX, 0, 0);
            for one in 0..buckets.len() {
                for other in 0..one {
                    let joined = [&*buckets[one], &*buckets[other]].concat();
                    let more = self.cost(&joined) - costs[one] - costs[other];
                    best = best.min((more, one, other));
                }
            }
            let (_, one, other) = best;
            let joined = buckets.swap_remove(one);
            buckets[other].extend(joined);
        }
        buckets
    }

    /// Moves single anchors until nothing improves.
    fn settle(&mut self, buckets: &mut [Bucket]) {
        let mut moved = true;
        while moved {
            moved = false;
            for number in 0..self.anchors.len() {
                let is_from = |bucket: &Bucket| bucket.contains(&number);
                let from = buckets.iter().position(is_from).unwrap();
                buckets[from].retain(|own| *own != number);
                let mut more = |bucket: &Bucket| {
                    let with = [&**bucket, &[number]].concat();
                    self.cost(&with) - self.cost(bucket)
                };
                let own = more(&buckets[from]);
                let costs = buckets.iter().enumerate();
                let costs = costs.map(|(to, bucket)| (more(bucket), to));
                let (least, to) = costs.min().unwrap();
                let to = if least < own { to } else { from };
                buckets[to].push(number);
                moved |= to != from;
            }
        }
    }

    fn cost_of_all(&mut self, buckets: &[Bucket]) -> i64 {
        buckets.iter().map(|bucket| self.cost(bucket)).sum()
    }

    /// Returns the weighted number of places of the sample that a bucket passes.
    fn cost(&mut self, bucket: &[usize]) -> i64 {
        let (mut all, mut default) = Default::default();
        for (halves, is_default) in bucket.iter().map(|&number| &self.anchors[number]) {
            all = join(&all, halves);
            if *is_default {
                default = join(&default, halves);
            }
        }
        let cost = self.sample.passing(&all) + DEFAULT * self.sample.passing(&default);
        i64::try_from(cost).unwrap()
    }
}

/// Sample text on which buckets are evaluated.
struct Sample {
    /// Four adjacent bytes of seven bits each, the first one highest, with their
    /// frequency.
    grams: Vec<(u32, u64)>,
    /// The start of the grams for each pair of first bytes.
    starts: Vec<usize>,
    known: HashMap<[Halves; 4], u64>,
}

impl Sample {
    fn new(text: &[u8]) -> Self {
        let mut counts = BTreeMap::new();
        for bytes in text.windows(4).filter(|bytes| bytes[0].is_ascii()) {
            let later = |gram, byte: &u8| gram << 7 | u32::from(byte & 127);
            *counts.entry(bytes.iter().fold(0, later)).or_default() += 1;
        }
        let grams: Vec<(u32, u64)> = counts.into_iter().collect();
        let start = |pair| grams.partition_point(|(gram, _)| gram >> 14 < pair);
        Self {
            starts: (0..=1 << 14).map(start).collect(),
            grams,
            known: HashMap::new(),
        }
    }

    /// Returns how many places pass lookups of halves at all four positions.
    fn passing(&mut self, halves: &[Halves; 4]) -> u64 {
        if let Some(count) = self.known.get(halves) {
            return *count;
        }
        let [first, second, third, fourth] = halves.map(|halves| {
            let has = |byte: &usize| {
                halves.low >> (byte & 15) & 1 == 1 && halves.high >> (byte >> 4) & 1 == 1
            };
            (0..128).filter(has).collect::<Vec<usize>>()
        });
        let set = |bytes: Vec<usize>| bytes.iter().fold(0_u128, |set, byte| set | 1 << byte);
        let (third, fourth) = (set(third), set(fourth));
        let mut count = 0;
        for pair in first
            .iter()
            .flat_map(|first| second.iter().map(move |second| first << 7 | second))
        {
            for (gram, times) in &self.grams[self.starts[pair]..self.starts[pair + 1]] {
                if third >> (gram >> 7 & 127) & fourth >> (gram & 127) & 1 == 1 {
                    count += times;
                }
            }
        }
        self.known.insert(*halves, count);
        count
    }
}
