//! Cookies and what else is kept in a browser.

use std::collections::BTreeMap;

use super::document::{CookieClass, CookieKind};
use super::span::nominal;
use crate::decision::{ClauseId, Decision, Reason};
use crate::taxonomy::Purpose;
use crate::time::Period;

/// The cookies of a policy. Others may not be set.
#[derive(Clone, Debug, Default)]
pub struct Cookies {
    pub(super) by_name: BTreeMap<Box<str>, CookieRule>,
}

/// One cookie, or another thing that is kept in a browser.
#[derive(Clone, Debug)]
pub struct CookieRule {
    pub(super) clause: ClauseId,
    pub(super) kind: CookieKind,
    pub(super) class: CookieClass,
    pub(super) purpose: Option<Purpose>,
    pub(super) domain: Option<Box<str>>,
    pub(super) max_age: Option<Period>,
    pub(super) secure: bool,
}

impl Cookies {
    /// Returns a rule.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&CookieRule> {
        self.by_name.get(name)
    }

    /// Decides whether the value of a `Set-Cookie` header keeps to the policy: its name,
    /// domain, lifetime and flags. `Expires` counts as no lifetime, since it depends on
    /// the clock of the browser.
    pub fn check(&self, set_cookie: &str) -> Decision {
        let mut parts = set_cookie.split(';').map(str::trim);
        let pair = parts.next().unwrap_or_default();
        let Some((name, _)) = pair.split_once('=') else {
            return Decision::deny(Reason::without_clause("header names no cookie"));
        };
        let Some(rule) = self.by_name.get(name.trim()) else {
            return Decision::deny(Reason::without_clause("cookie is not declared"));
        };
        let reason = |why| Reason::new(rule.clause.clone(), why);
        if rule.kind != CookieKind::Cookie {
            return Decision::deny(reason("declared as something other than a cookie"));
        }
        let attributes = Attributes::of(parts);
        match rule.lacks(&attributes).as_slice() {
            [] => Decision::allow(reason("cookie keeps to its clause")),
            lacks => Decision::all(lacks.iter().map(|why| Decision::deny(reason(why)))),
        }
    }
}

/// What a header says beside name and value. Of attributes that stand twice the last
/// counts, as in browsers.
#[derive(Default)]
struct Attributes<'h> {
    domain: Option<&'h str>,
    max_age: Option<&'h str>,
    expires: bool,
    secure: bool,
    http_only: bool,
    same_site: bool,
}

impl<'h> Attributes<'h> {
    fn of(parts: impl Iterator<Item = &'h str>) -> Self {
        let mut found = Self::default();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "domain" => found.domain = Some(value.trim_start_matches('.')),
                "max-age" => found.max_age = Some(value),
                "expires" => found.expires = true,
                "secure" => found.secure = true,
                "httponly" => found.http_only = true,
                "samesite" => {
                    found.same_site =
                        ["lax", "strict"].contains(&value.to_ascii_lowercase().as_str());
                }
                _ => {}
            }
        }
        found
    }
}

impl CookieRule {
    /// Returns the clause.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// Returns what it is for.
    #[must_use]
    pub const fn class(&self) -> CookieClass {
        self.class
    }

    /// Returns the purpose, on which consent decides.
    #[must_use]
    pub const fn purpose(&self) -> Option<&Purpose> {
        self.purpose.as_ref()
    }

    fn lacks(&self, attributes: &Attributes<'_>) -> Vec<&'static str> {
        let mut lacks = Vec::new();
        // Without a domain it goes back to the host that set it, and to no other.
        if self.domain.is_none() && attributes.domain.is_some() {
            lacks.push("domain is not declared");
        }
        if let (Some(own), Some(domain)) = (&self.domain, attributes.domain) {
            let domain = domain.to_ascii_lowercase();
            let below = domain
                .strip_suffix(&**own)
                .is_some_and(|rest| rest.ends_with('.'));
            if domain != **own && !below {
                lacks.push("domain is another one");
            }
        }
        let limit = self.max_age.map(|period| nominal(period).as_secs());
        match (attributes.max_age, limit) {
            (Some(age), limit) => match age.parse::<i64>() {
                // Zero and below delete it.
                Ok(age) if age <= 0 => {}
                Ok(age) if limit.is_some_and(|limit| age.unsigned_abs() <= limit) => {}
                Ok(_) => lacks.push("cookie lasts longer than declared"),
                Err(_) => lacks.push("lifetime is no number"),
            },
            (None, _) if attributes.expires => {
                lacks.push("lifetime is a date of the browser's clock")
            }
            (None, _) => {}
        }
        if self.secure && !(attributes.secure && attributes.http_only && attributes.same_site) {
            lacks.push("cookie is not `Secure`, `HttpOnly` and `SameSite`");
        }
        lacks
    }
}
