//! What a call costs.

use serde::Deserialize;

use super::{ModelDescriptor, Name, Usage};
use crate::Error;
use crate::time::Moment;

const MAX_DOCUMENT: usize = 4 << 20;
const NANOS: i128 = 1_000_000_000;
/// Prices are for so many tokens.
const PER_TOKENS: i128 = 1_000_000;

/// What a call costs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// The amount in thousand-millionths of the currency's unit, rounded up.
    pub nanos: i128,
    /// The currency, such as `USD`.
    pub currency: Name,
    /// The version of the price table.
    pub price_version: Name,
    /// How sure the amount is.
    pub confidence: Confidence,
}

/// How sure a cost is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Confidence {
    /// Every token is counted and has a price.
    Exact,
    /// Some kinds of tokens are not told apart or have no price of their own; the
    /// highest price that could apply was taken.
    Estimated,
}

/// Prices of models: data with a version and a date, which the caller supplies.
///
/// The document is JSON: `version`, `effective` (a moment), `currency`, and `prices`,
/// a list of objects with `provider`, `model` and prices for a million tokens as
/// decimal text: `input`, `output`, and, where they differ, `cache_read`,
/// `cache_write`, `cache_write_hour`. A document has at most 4 MiB.
///
/// # Example
/// ```
/// use confidant::model::{
///     CredentialOwner, Destination, Endpoint, ModelDescriptor, PriceTable, Usage,
/// };
/// use confidant::taxonomy::Processor;
///
/// let table = PriceTable::from_json(r#"{
///     "version": "2026-11-01", "effective": "2026-11-01T00:00:00Z", "currency": "USD",
///     "prices": [{"provider": "acme", "model": "one", "input": "3", "output": "15.00"}]
/// }"#)?;
/// let mut usage = Usage::new();
/// usage.input_tokens = Some(1_000);
/// usage.uncached_input_tokens = Some(1_000);
/// usage.output_tokens = Some(100);
/// let place = Endpoint::new("https://models.acme.example")?;
/// let model = Destination::new(Processor::new("acme")?, place, "one");
/// let model = ModelDescriptor::new(model, CredentialOwner::Platform);
/// let now = "2026-12-01T00:00:00Z".parse()?;
/// assert_eq!(table.cost(&model, &usage, now).unwrap().nanos, 4_500_000);
/// // The prices do not hold yet.
/// let before = "2026-10-31T00:00:00Z".parse()?;
/// assert!(table.cost(&model, &usage, before).is_none());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PriceTable {
    version: Name,
    effective: Moment,
    currency: Name,
    prices: Vec<Price>,
}

#[derive(Clone, Debug)]
struct Price {
    provider: Name,
    model: Name,
    input: i128,
    output: i128,
    cache_read: Option<i128>,
    cache_write: Option<i128>,
    cache_write_hour: Option<i128>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: String,
    effective: String,
    currency: String,
    prices: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    provider: String,
    model: String,
    input: String,
    output: String,
    cache_read: Option<String>,
    cache_write: Option<String>,
    cache_write_hour: Option<String>,
}

impl PriceTable {
    /// Reads a table.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the document has another form, a
    /// price is no decimal of at most 9 places, or a model stands in it twice;
    /// [`Limit`](crate::ErrorKind::Limit) where it is longer than 4 MiB.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_DOCUMENT {
            return Err(Error::limit("price table in bytes", MAX_DOCUMENT as u64));
        }
        let document: Document = serde_json::from_str(text)
            .map_err(|_| Error::config("price table does not have the form of one"))?;
        let mut prices = Vec::with_capacity(document.prices.len());
        for row in document.prices {
            prices.push(Price::read(row)?);
        }
        prices.sort_by(|a, b| a.key().cmp(&b.key()));
        let doubled = |pair: &[Price]| matches!(pair, [a, b] if a.key() == b.key());
        if prices.windows(2).any(doubled) {
            return Err(Error::config("model stands in the price table twice"));
        }
        Ok(Self {
            version: document.version.into(),
            effective: document.effective.parse()?,
            currency: document.currency.into(),
            prices,
        })
    }

    /// Returns the version.
    #[must_use]
    pub const fn version(&self) -> &Name {
        &self.version
    }

    /// Returns from when on the prices hold.
    #[must_use]
    pub const fn effective(&self) -> Moment {
        self.effective
    }

    /// Returns what a call costs that was made at this moment. `None` where the model has
    /// no price, the prices do not hold yet, or the tokens are not known. A price is never
    /// guessed.
    #[must_use]
    pub fn cost(&self, model: &ModelDescriptor, usage: &Usage, at: Moment) -> Option<Cost> {
        if at < self.effective {
            return None;
        }
        let key = (model.provider.as_str(), model.model.as_str());
        let find = |price: &Price| price.key().cmp(&key);
        let price = self.prices.get(self.prices.binary_search_by(find).ok()?)?;
        let (total, confidence) = price.total(usage)?;
        Some(Cost {
            nanos: total.checked_add(PER_TOKENS - 1)? / PER_TOKENS,
            currency: self.currency.clone(),
            price_version: self.version.clone(),
            confidence,
        })
    }
}

impl Price {
    fn read(row: Row) -> Result<Self, Error> {
        let optional = |text: Option<String>| text.as_deref().map(nanos).transpose();
        Ok(Self {
            provider: row.provider.into(),
            model: row.model.into(),
            input: nanos(&row.input)?,
            output: nanos(&row.output)?,
            cache_read: optional(row.cache_read)?,
            cache_write: optional(row.cache_write)?,
            cache_write_hour: optional(row.cache_write_hour)?,
        })
    }

    const fn key(&self) -> (&str, &str) {
        (self.provider.as_str(), self.model.as_str())
    }

    /// The price of all tokens, in nanos times [`PER_TOKENS`].
    fn total(&self, usage: &Usage) -> Option<(i128, Confidence)> {
        let input = usage.input_tokens?;
        let output = i128::from(usage.output_tokens?).checked_mul(self.output)?;
        let dearest = [self.cache_read, self.cache_write, self.cache_write_hour];
        let dearest = dearest.into_iter().flatten().fold(self.input, i128::max);
        let mut exact = true;
        let mut left = input;
        let mut total = output;
        let hour = usage.cache_write_hour_tokens.unwrap_or(0);
        let written = usage.cache_write_tokens.unwrap_or(0);
        for (tokens, price) in [
            (usage.cache_read_tokens.unwrap_or(0), self.cache_read),
            (written.saturating_sub(hour), self.cache_write),
            (hour.min(written), self.cache_write_hour),
        ] {
            exact &= price.is_some() || tokens == 0;
            // More of a kind than there are tokens: the report contradicts itself.
            exact &= tokens <= left;
            left = left.saturating_sub(tokens);
            let price = price.unwrap_or(dearest);
            total = total.checked_add(i128::from(tokens).checked_mul(price)?)?;
        }
        // What no report tells apart may have been of any kind.
        let uncached = usage.uncached_input_tokens;
        let told_apart = uncached.is_some() || dearest == self.input;
        exact &= told_apart && uncached.is_none_or(|tokens| tokens == left);
        let price = if told_apart { self.input } else { dearest };
        total = total.checked_add(i128::from(left).checked_mul(price)?)?;
        let confidence = if exact {
            Confidence::Exact
        } else {
            Confidence::Estimated
        };
        Some((total, confidence))
    }
}

/// A decimal of at most 9 places, in thousand-millionths.
fn nanos(text: &str) -> Result<i128, Error> {
    let bad = || Error::config("price is not a decimal of at most 9 places");
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() > 9 || part.len() > 9 {
        return Err(bad());
    }
    let whole: i128 = whole.parse().map_err(|_| bad())?;
    let part: i128 = format!("{part:0<9}").parse().map_err(|_| bad())?;
    Ok(whole * NANOS + part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CredentialOwner, Destination, Endpoint};

    fn model(provider: &str) -> ModelDescriptor {
        let place = Endpoint::new("https://a.example").unwrap();
        let place = Destination::new(provider.parse().unwrap(), place, "m");
        ModelDescriptor::new(place, CredentialOwner::Platform)
    }

    fn now() -> Moment {
        "2026-11-01T00:00:00Z".parse().unwrap()
    }

    fn table(prices: &str) -> Result<PriceTable, Error> {
        PriceTable::from_json(&format!(
            r#"{{"version": "1", "effective": "2026-11-01T00:00:00Z", "currency": "USD",
                 "prices": [{prices}]}}"#
        ))
    }

    fn usage(input: u64, uncached: Option<u64>, read: u64, written: u64, output: u64) -> Usage {
        Usage {
            input_tokens: Some(input),
            uncached_input_tokens: uncached,
            cache_read_tokens: Some(read),
            cache_write_tokens: Some(written),
            output_tokens: Some(output),
            ..Usage::default()
        }
    }

    #[test]
    fn kinds_of_tokens_have_prices_of_their_own() {
        let table = table(
            r#"{"provider": "a", "model": "m", "input": "3", "output": "15",
                "cache_read": "0.3", "cache_write": "3.75", "cache_write_hour": "6"}"#,
        )
        .unwrap();
        let cost = |usage: &Usage| {
            let cost = table.cost(&model("a"), usage, now()).unwrap();
            (cost.nanos, cost.confidence)
        };
        let mut one = usage(1000, Some(700), 200, 100, 10);
        let expected = 700 * 3000 + 200 * 300 + 100 * 3750 + 10 * 15_000;
        assert_eq!(cost(&one), (expected, Confidence::Exact));
        one.cache_write_hour_tokens = Some(40);
        assert_eq!(cost(&one), (expected + 40 * 2250, Confidence::Exact));
        // Not told apart: the dearest price that could apply.
        let unknown = usage(1000, None, 0, 0, 0);
        assert_eq!(cost(&unknown), (1000 * 6000, Confidence::Estimated));
        // The report contradicts itself.
        assert_eq!(cost(&usage(10, Some(10), 5, 0, 0)).1, Confidence::Estimated);
        assert!(table.cost(&model("a"), &Usage::default(), now()).is_none());
        assert!(table.cost(&model("b"), &one, now()).is_none());
        let before = "2026-10-31T23:59:59Z".parse().unwrap();
        assert!(table.cost(&model("a"), &one, before).is_none());
    }

    #[test]
    fn a_fraction_of_the_least_amount_is_rounded_up() {
        let table =
            table(r#"{"provider": "a", "model": "m", "input": "0.000000001", "output": "0"}"#)
                .unwrap();
        let cost = table
            .cost(&model("a"), &usage(1, Some(1), 0, 0, 7), now())
            .unwrap();
        assert_eq!((cost.nanos, cost.confidence), (1, Confidence::Exact));
    }

    #[test]
    fn a_table_is_read_strictly() {
        let row = |input: &str| {
            format!(r#"{{"provider": "a", "model": "m", "input": "{input}", "output": "1"}}"#)
        };
        table(&row("1.5")).unwrap();
        for bad in [
            "",
            "-1",
            "1e3",
            "1.",
            ".5",
            "1.0000000001",
            "1,5",
            "٣",
            "9999999999",
        ] {
            assert!(table(&row(bad)).is_err(), "{bad}");
        }
        assert!(table(&format!("{0}, {0}", row("1"))).is_err());
        assert!(table(r#"{"provider": "a", "model": "m", "input": "1"}"#).is_err());
        assert!(PriceTable::from_json("{").is_err());
    }
}
