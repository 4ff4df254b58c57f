//! Which values are shown where.

use super::provenance::{Provenance, Seen};
use crate::redact::{Category, Kind};

/// How far a value is released. Between two, the lesser counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Release {
    /// Its placeholder is never replaced.
    Never,
    /// It is restored in the arguments of tools that may have values, and nowhere else.
    Tools,
    /// It is also restored in what people read.
    Text,
}

/// Rules that say how far values are released.
///
/// A value is released as far as its kind is, and as far as every place where it was seen
/// is: the strictest counts. By default personal data is released in text and secrets in
/// tools alone, and a value that was seen in the operator's instructions is not released
/// at all, nor is one that a model wrote first. In addresses, and in HTML that may lead
/// somewhere, values are not restored in text: a model could be made to write what carries
/// them away.
///
/// # Example
/// ```
/// use confidant::guard::{Provenance, Release, ReleaseRules};
/// use confidant::redact::Kind;
///
/// let rules = ReleaseRules::default().kind(Kind::Iban, Release::Never);
/// assert_eq!(rules.of(Kind::Email, &[Provenance::User]), Release::Text);
/// assert_eq!(rules.of(Kind::Email, &[Provenance::User, Provenance::System]), Release::Never);
/// assert_eq!(rules.of(Kind::Token, &[Provenance::User]), Release::Tools);
/// assert_eq!(rules.of(Kind::Iban, &[Provenance::User]), Release::Never);
/// ```
#[derive(Clone, Debug)]
pub struct ReleaseRules {
    personal: Release,
    secrets: Release,
    kinds: Vec<(Kind, Release)>,
    places: [Release; Provenance::ALL.len()],
    in_addresses: bool,
    escapes_html: bool,
}

impl Default for ReleaseRules {
    fn default() -> Self {
        let mut rules = Self {
            personal: Release::Text,
            secrets: Release::Tools,
            kinds: Vec::new(),
            places: [Release::Text; Provenance::ALL.len()],
            in_addresses: false,
            escapes_html: false,
        };
        for provenance in [Provenance::System, Provenance::Model] {
            rules = rules.provenance(provenance, Release::Never);
        }
        rules
    }
}

impl ReleaseRules {
    /// Releases every value everywhere, for tests and for a reader who is alone.
    #[must_use]
    pub const fn everything() -> Self {
        Self {
            personal: Release::Text,
            secrets: Release::Text,
            kinds: Vec::new(),
            places: [Release::Text; Provenance::ALL.len()],
            in_addresses: true,
            escapes_html: false,
        }
    }

    /// Sets how far values of a category are released.
    #[must_use]
    pub const fn category(mut self, category: Category, release: Release) -> Self {
        match category {
            Category::Personal => self.personal = release,
            Category::Secret => self.secrets = release,
        }
        self
    }

    /// Sets how far values of one kind are released, whatever their category is.
    #[must_use]
    pub fn kind(mut self, kind: Kind, release: Release) -> Self {
        self.kinds.retain(|(known, _)| *known != kind);
        self.kinds.push((kind, release));
        self
    }

    /// Sets how far values are released that were seen somewhere.
    #[must_use]
    pub fn provenance(mut self, provenance: Provenance, release: Release) -> Self {
        if let Some(place) = self.places.get_mut(provenance as usize) {
            *place = release;
        }
        self
    }

    /// Restores values inside web addresses and the targets of Markdown links too.
    ///
    /// # Security
    /// Whoever can put words into the conversation can then have a model write the address
    /// of a picture that carries values to a server of theirs, and a program that shows
    /// the answer fetches it.
    #[must_use]
    pub const fn in_addresses(mut self) -> Self {
        self.in_addresses = true;
        self
    }

    /// Restores values also in the attributes of HTML, in scripts and in style sheets, outside
    /// of the addresses in them. It is for answers that are never shown as HTML: wherever they
    /// are shown, tags are escaped, or taken out.
    ///
    /// # Security
    /// Where a browser reads an answer as HTML, a model could then be made to write a script
    /// or a `<base>` that carries values away.
    #[must_use]
    pub const fn escaped_html(mut self) -> Self {
        self.escapes_html = true;
        self
    }

    /// Returns how far a value of a kind is released that was seen in these places. One
    /// that was seen nowhere is not released.
    #[must_use]
    pub fn of(&self, kind: Kind, seen: &[Provenance]) -> Release {
        // It is text that somebody wrote and that hides nothing.
        if kind == Kind::Literal {
            return Release::Text;
        }
        let own = self.kinds.iter().find(|(known, _)| *known == kind);
        let of_kind = match (own, kind.category()) {
            (Some((_, release)), _) => *release,
            (None, Category::Personal) => self.personal,
            (None, _) => self.secrets,
        };
        let place = |provenance: &Provenance| self.places.get(*provenance as usize).copied();
        let of_places = seen.iter().filter_map(place).min();
        of_kind.min(of_places.unwrap_or(Release::Never))
    }

    pub(crate) fn of_seen(&self, kind: Kind, seen: Seen) -> Release {
        let mut places = [Provenance::User; Provenance::ALL.len()];
        let mut len = 0;
        for (place, provenance) in places.iter_mut().zip(seen.iter()) {
            *place = provenance;
            len += 1;
        }
        self.of(kind, places.get(..len).unwrap_or_default())
    }

    pub(crate) const fn reads_html(&self) -> bool {
        !self.escapes_html
    }

    pub(crate) const fn releases_in_addresses(&self) -> bool {
        self.in_addresses
    }
}
