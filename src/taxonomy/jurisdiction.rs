//! Jurisdictions.

use std::fmt;

use crate::Error;
use crate::error::TaxonomyCause;
use crate::id::text_id;

/// A jurisdiction: an ISO 3166-1 country such as `DE`, an ISO 3166-2 subdivision such
/// as `US-CA`, or `EU` for the European Economic Area as a whole.
///
/// The country must be one of ISO 3166-1, or `XK` for Kosovo. Subdivisions of Australia,
/// Canada and the United States must be those of ISO 3166-2; of others only the form is
/// checked. Three common codes are read as the ones that they stand for: `UK` as `GB`,
/// `EL` as `GR`, and `EEA` as `EU`.
///
/// # Example
/// ```
/// use confidant::taxonomy::Jurisdiction;
///
/// let berlin = Jurisdiction::new("DE-BE")?;
/// assert!(berlin.is_within(&Jurisdiction::new("DE")?));
/// assert!(berlin.is_within(&Jurisdiction::new("EU")?));
/// assert_eq!(Jurisdiction::new("UK")?.as_str(), "GB");
/// // No country, and no state.
/// assert!(Jurisdiction::new("XX").is_err());
/// assert!(Jurisdiction::new("US-ZZ").is_err());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction {
    /// The country, `-` and the subdivision, filled up with zeros.
    code: [u8; 6],
}

/// How closely an area fits a jurisdiction: the last is the closest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Closeness {
    /// An area of several countries.
    Area,
    /// Its country.
    Country,
    /// Itself.
    Same,
}

/// The countries of ISO 3166-1, and Kosovo.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN \
    BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ \
    DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL \
    GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM \
    JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME \
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP \
    NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD \
    SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO \
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK";

/// The countries of the European Economic Area, with the territories that have a code of
/// their own and in which the law of the Union holds.
const EUROPEAN: &str = "\
    AT AX BE BG CY CZ DE DK EE ES FI FR GF GP GR HR HU IE IS IT LI LT LU LV MF MQ MT NL NO \
    PL PT RE RO SE SI SK YT";

/// Subdivisions, by their countries.
const SUBDIVISIONS: &[(&str, &str)] = &[
    ("AU", "ACT NSW NT QLD SA TAS VIC WA"),
    ("CA", "AB BC MB NB NL NS NT NU ON PE QC SK YT"),
    (
        "US",
        "AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP \
         MS MT NC ND NE NH NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UM UT VA VI VT WA WI WV WY",
    ),
];

/// The area that stands for the European Economic Area.
const UNION: &str = "EU";

impl Jurisdiction {
    /// Checks a code and takes it: two capital letters of a country, and optionally `-`
    /// with one to three capital letters or digits of a subdivision.
    ///
    /// # Errors
    /// `Config` for any other form, for what is no country, and for a subdivision that
    /// Australia, Canada or the United States does not have.
    pub fn new(code: &str) -> Result<Self, Error> {
        let (country, rest) = split(code);
        let standard = match country {
            "EEA" => UNION,
            "EL" => "GR",
            "UK" => "GB",
            _ => return Self::canonical(code),
        };
        match rest {
            Some(rest) => Self::canonical(&format!("{standard}-{rest}")),
            None => Self::canonical(standard),
        }
    }

    /// The same, without the codes that stand for others: as records and documents have
    /// it, in which a jurisdiction has one code.
    pub(crate) fn canonical(code: &str) -> Result<Self, Error> {
        let malformed = || Error::from(TaxonomyCause::Jurisdiction);
        let (country, rest) = split(code);
        let is_area = country == UNION && rest.is_none();
        if !is_area && !has(COUNTRIES, country) {
            return Err(malformed());
        }
        if let Some(rest) = rest {
            let is_plain = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            if rest.is_empty() || rest.len() > 3 || !rest.bytes().all(|byte| is_plain(&byte)) {
                return Err(malformed());
            }
            let mut known = SUBDIVISIONS.iter().filter(|(of, _)| *of == country);
            if !known.all(|(_, codes)| has(codes, rest)) {
                return Err(malformed());
            }
        }
        let mut filled = [0; 6];
        for (to, from) in filled.iter_mut().zip(code.bytes()) {
            *to = from;
        }
        Ok(Self { code: filled })
    }

    /// Returns the code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let len = self.code.iter().take_while(|byte| **byte != 0).count();
        // Only ASCII letters, digits and `-` are taken.
        let code = self.code.get(..len).unwrap_or_default();
        str::from_utf8(code).unwrap_or_default()
    }

    /// Returns whether this is `area` or a part of it, as `US-CA` is a part of `US` and
    /// `DE-BE` one of `EU`.
    #[must_use]
    pub fn is_within(&self, area: &Self) -> bool {
        self.closeness(area).is_some()
    }

    /// Returns how closely an area fits, where this is a part of it.
    pub(crate) fn closeness(&self, area: &Self) -> Option<Closeness> {
        if self == area {
            return Some(Closeness::Same);
        }
        let country = self.as_str().get(..2).unwrap_or_default();
        if country == area.as_str() {
            return Some(Closeness::Country);
        }
        (area.as_str() == UNION && has(EUROPEAN, country)).then_some(Closeness::Area)
    }
}

/// Splits a code into the country and what stands behind it.
fn split(code: &str) -> (&str, Option<&str>) {
    match code.split_once('-') {
        Some((country, rest)) => (country, Some(rest)),
        None => (code, None),
    }
}

/// Returns whether a list has a code.
fn has(list: &str, code: &str) -> bool {
    list.split(' ').any(|one| one == code)
}

text_id!(Jurisdiction);

impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jurisdiction({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: &str) -> Jurisdiction {
        Jurisdiction::new(code).unwrap()
    }

    #[test]
    fn codes_are_checked_and_read_back() {
        for code in [
            "EU", "DE", "US-CA", "GB-ENG", "FR-2A", "AT-9", "XK", "CA-QC",
        ] {
            assert_eq!(Jurisdiction::new(code).unwrap().to_string(), code);
        }
        for code in [
            "", "d", "de", "DEU", "US-", "US-ca", "US-CALI", "US_CA", "ÄU", "-CA", "E U", "DE ",
        ] {
            assert!(Jurisdiction::new(code).is_err(), "{code}");
        }
        assert!(code("US-CA").is_within(&code("US")));
        assert!(!code("US").is_within(&code("US-CA")));
    }

    #[test]
    fn what_is_no_country_or_no_state_is_refused() {
        for code in [
            "XX", "ZZ", "AA", "EN", "EU-DE", "US-XX", "US-UK", "CA-CA", "AU-AU", "EEA-NO", "UKR",
        ] {
            assert!(Jurisdiction::new(code).is_err(), "{code}");
        }
    }

    #[test]
    fn common_codes_stand_for_those_of_the_standard() {
        for (other, standard) in [
            ("UK", "GB"),
            ("UK-SCT", "GB-SCT"),
            ("EL", "GR"),
            ("EEA", "EU"),
        ] {
            assert_eq!(code(other).as_str(), standard);
            assert!(Jurisdiction::canonical(other).is_err(), "{other}");
        }
    }

    #[test]
    fn the_union_has_its_countries_and_its_outermost_regions() {
        let union = code("EU");
        for inside in ["DE", "DE-BE", "NO", "LI", "IS", "GR", "RE", "AX"] {
            assert!(code(inside).is_within(&union), "{inside}");
        }
        for outside in ["GB", "CH", "US", "US-DE", "NC", "GL", "FO", "SJ"] {
            assert!(!code(outside).is_within(&union), "{outside}");
        }
        let own = |list: &str| list.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(own(EUROPEAN).len(), 30 + 7, "27 and 3, with 7 territories");
        for list in [COUNTRIES, EUROPEAN] {
            let codes = own(list);
            assert!(codes.iter().all(|one| has(COUNTRIES, one)));
        }
        assert_eq!(own(COUNTRIES).len(), 250);
        assert_eq!(code("DE-BE").closeness(&union), Some(Closeness::Area));
        assert_eq!(
            code("DE-BE").closeness(&code("DE")),
            Some(Closeness::Country)
        );
        assert_eq!(code("DE").closeness(&code("DE")), Some(Closeness::Same));
    }
}
