//! The search for the buckets of the built-in anchors.
//!
//! Files of real text improve the result. Each counts up to [`MOST_OF_A_FILE`].

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;

use confidant::redact::tools::{Anchor, BUCKETS, anchors};

use crate::corpus::{self, Rng};

const TABLE: &str = "../src/redact/engine/prefilter/buckets.rs";

const MOST_OF_A_FILE: usize = 400_000;
const OF_EACH_KIND: usize = 200_000;

/// The weight of false positives of the anchors for secrets alone, with which most
/// text is redacted.
const DEFAULT: u64 = 10;

/// How often the best buckets so far are disturbed, and by how many moves.
const ROUNDS: usize = 400;
const MOVES: usize = 4;

/// Searches, and writes the table.
pub(crate) fn write(samples: &[&str]) -> Result<(), Box<dyn Error>> {
    let (anchors, secrets) = anchors();
    let found = Search::new(&anchors, secrets, &text(samples)?).run();
    fs::write(TABLE, table(&anchors, &found))?;
    Ok(())
}

/// Searches, and holds the table to the result, from which it must not be far.
pub(crate) fn check(samples: &[&str]) -> Result<(), Box<dyn Error>> {
    let (anchors, secrets) = anchors();
    let mut known = vec![Bucket::new(); BUCKETS];
    for (number, anchor) in anchors.iter().enumerate() {
        let bucket = anchor
            .bucket
            .ok_or("the table does not have every anchor")?;
        known[bucket].push(number);
    }
    let mut search = Search::new(&anchors, secrets, &text(samples)?);
    let found = search.run();
    let (known, found) = (search.cost_of_all(&known), search.cost_of_all(&found));
    println!("the table costs {known}, and what was found {found}");
    if known >= 2 * found {
        return Err("the table is far from what was found".into());
    }
    Ok(())
}

/// Returns the text on which buckets are evaluated.
fn text(samples: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let made = [
        corpus::code(OF_EACH_KIND),
        corpus::chat(OF_EACH_KIND),
        corpus::log(OF_EACH_KIND),
    ];
    let mut text = made.concat().into_bytes();
    for path in samples {
        let mut sample = fs::read(path)?;
        sample.truncate(MOST_OF_A_FILE);
        text.append(&mut sample);
    }
    Ok(text)
}

/// The halves of the bytes that pass at one position, one bit each.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Halves {
    low: u16,
    high: u8,
}

fn halves(anchor: &Anchor) -> [Halves; 4] {
    std::array::from_fn(|at| Halves {
        low: anchor.low[at],
        high: anchor.high[at],
    })
}

fn join(one: &[Halves; 4], other: &[Halves; 4]) -> [Halves; 4] {
    std::array::from_fn(|at| Halves {
        low: one[at].low | other[at].low,
        high: one[at].high | other[at].high,
    })
}

/// The source of the table, formatted.
fn table(anchors: &[Anchor], buckets: &[Bucket]) -> String {
    let mut entries = BTreeMap::new();
    for (bucket, numbers) in buckets.iter().enumerate() {
        entries.extend(numbers.iter().map(|&number| (anchors[number].sum, bucket)));
    }
    let mut source = String::from(
        "//! The buckets of the built-in anchors, searched with sample text by `tools`:\n\
         //!\n\
         //! ```sh\n\
         //! cd tools && cargo run --release -- buckets write FILE…\n\
         //! ```\n\
         \n\
         /// The sum of an anchor, and its bucket.\n\
         pub(super) static SEARCHED: &[(u32, u8)] = &[\n",
    );
    for (sum, bucket) in entries {
        let (upper, lower) = (sum >> 16, sum & 0xFFFF);
        writeln!(source, "    (0x{upper:04X}_{lower:04X}, {bucket}),").expect("a string takes it");
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
    fn new(anchors: &[Anchor], secrets: usize, text: &[u8]) -> Self {
        let anchors = anchors.iter().enumerate();
        Self {
            sample: Sample::new(text),
            anchors: anchors
                .map(|(number, anchor)| (halves(anchor), number < secrets))
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
                let from = buckets
                    .iter()
                    .position(is_from)
                    .expect("each anchor has a bucket");
                buckets[from].retain(|own| *own != number);
                let mut more = |bucket: &Bucket| {
                    let with = [&**bucket, &[number]].concat();
                    self.cost(&with) - self.cost(bucket)
                };
                let own = more(&buckets[from]);
                let costs = buckets.iter().enumerate();
                let costs = costs.map(|(to, bucket)| (more(bucket), to));
                let (least, to) = costs.min().expect("there are buckets");
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
        i64::try_from(cost).expect("a small number")
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
