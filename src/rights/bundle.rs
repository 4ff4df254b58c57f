//! The answer to a request for access or portability: files and a manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{DateRange, Kept, Request, RequestId, RequestKind, RequestState};
use crate::Error;
use crate::consent::check_plain;
use crate::error::RightsCause;
use crate::taxonomy::{DataCategory, DataStore};
use crate::time::Moment;

/// The version of the form of bundles: `confidant.bundle/1`.
const SCHEMA: &str = "confidant.bundle/1";
const MANIFEST: &str = "manifest.json";

/// Collects what a data subject gets: their data as JSON, by store and category.
///
/// What a clause withholds is named in the manifest, with the clause, and the rest is
/// disclosed. Of secrets only the names can be put in; there is no way to put a value.
///
/// # Example
/// ```
/// use confidant::rights::{Bundle, BundleBuilder, Intake, Request, RequestId, RequestKind};
/// use confidant::taxonomy::{DataCategory, DataStore};
/// use serde_json::json;
///
/// let now = "2026-05-01T00:00:00Z".parse()?;
/// let intake = Intake::new(RequestKind::Access, now, "form");
/// let request = Request::new(RequestId::from_bytes([7; 16]), intake)?;
/// let (primary, chat) = (DataStore::new("primary")?, DataCategory::new("chat")?);
///
/// let mut builder = BundleBuilder::new(&request)?;
/// builder.add(&primary, &chat, now, json!({"text": "hello"}))?;
/// builder.add_secret_name(&primary, "github-token")?;
/// let bundle = builder.build(now)?;
/// Bundle::verify(bundle.manifest(), |path| bundle.file(path))?;
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct BundleBuilder {
    request: RequestId,
    kind: RequestKind,
    range: Option<DateRange>,
    withheld: Vec<Kept>,
    items: BTreeMap<(DataStore, DataCategory), Vec<(Moment, Value)>>,
    secrets: BTreeMap<DataStore, BTreeSet<Box<str>>>,
    outside: u64,
    bytes: usize,
}

/// A finished bundle: files by their paths, and the manifest that names them with their
/// SHA-256 digests.
///
/// # Security
/// It holds personal data; `Debug` shows none of it. Seal it before it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
    manifest: Vec<u8>,
}

impl BundleBuilder {
    /// The most bytes of all items together, as JSON.
    pub const MAX_BYTES: usize = 256 << 20;

    /// Begins the answer to a request.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) where the request asks for something else,
    /// or was refused, withdrawn or a duplicate.
    pub fn new(request: &Request) -> Result<Self, Error> {
        let answers = matches!(
            request.kind(),
            RequestKind::Access | RequestKind::Portability
        );
        let dead = matches!(
            request.state(),
            RequestState::Refused | RequestState::Withdrawn | RequestState::Duplicate
        );
        if !answers || dead {
            let what = "the request is not one that a bundle answers";
            return Err(RightsCause::Refused { what }.into());
        }
        Ok(Self {
            request: request.id(),
            kind: request.kind(),
            range: request.range(),
            withheld: request.kept().into_iter().cloned().collect(),
            items: BTreeMap::new(),
            secrets: BTreeMap::new(),
            outside: 0,
            bytes: 0,
        })
    }

    /// Says that data of a category is withheld because of a clause. Items of it that
    /// were added are taken out again, and later ones are not taken in.
    ///
    /// Items of a category that it lies in may hold some of it, so they are taken out too.
    /// Returns how many of these there were: add each of them anew, split into the parts
    /// that are withheld and those that are not, by their own categories.
    pub fn withhold(&mut self, kept: Kept) -> usize {
        let mut mixed = 0;
        self.items.retain(|(_, category), items| {
            if category.is_within(&kept.category) {
                return false;
            }
            if kept.category.is_within(category) {
                mixed += items.len();
                return false;
            }
            true
        });
        self.withheld.push(kept);
        mixed
    }

    /// Adds an item of a moment. One outside the range that was asked for, or of a
    /// category that is withheld, stays out. Returns whether it went in.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) for an item of a category that a withheld one
    /// lies in: what may be disclosed of it is added by its own category. `Limit` past
    /// [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn add(
        &mut self,
        store: &DataStore,
        category: &DataCategory,
        at: Moment,
        item: Value,
    ) -> Result<bool, Error> {
        if self.range.is_some_and(|range| !range.contains(at)) {
            self.outside += 1;
            return Ok(false);
        }
        let mut withheld = self.withheld.iter();
        if withheld.any(|kept| category.is_within(&kept.category)) {
            return Ok(false);
        }
        let mut withheld = self.withheld.iter();
        if withheld.any(|kept| kept.category.is_within(category)) {
            let what = "a part of the category is withheld";
            return Err(RightsCause::Refused { what }.into());
        }
        let size = item.to_string().len();
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > Self::MAX_BYTES {
            return Err(Error::limit("bytes of a bundle", Self::MAX_BYTES as u64));
        }
        let key = (store.clone(), category.clone());
        self.items.entry(key).or_default().push((at, item));
        Ok(true)
    }

    /// Adds the name of a secret that a store holds.
    ///
    /// # Errors
    /// `Config` where the name has a character other than a letter, digit or `-_.:/`,
    /// `Limit` where it is longer than 255 bytes.
    pub fn add_secret_name(&mut self, store: &DataStore, name: &str) -> Result<(), Error> {
        check_plain("name of a secret", name, 255)?;
        let names = self.secrets.entry(store.clone()).or_default();
        names.insert(name.into());
        Ok(())
    }

    /// Makes the bundle. The same items give the same bytes, in whatever order they came.
    ///
    /// # Errors
    /// `Config` where an item cannot be written as JSON.
    pub fn build(self, now: Moment) -> Result<Bundle, Error> {
        let mut files = BTreeMap::new();
        let mut listed = Vec::new();
        for ((store, category), mut items) in self.items {
            // Items of one moment in the order of their text.
            items.sort_by_cached_key(|(at, item)| (*at, item.to_string()));
            let items: Vec<_> = items
                .into_iter()
                .map(|(at, item)| json!({"at": at.to_string(), "data": item}))
                .collect();
            let path = format!(
                "data/{}/{}.json",
                folder(store.as_str()),
                folder(category.as_str())
            );
            let bytes = to_json(&Value::Array(items.clone()))?;
            listed.push(json!({
                "path": path,
                "store": store.as_str(),
                "category": category.as_str(),
                "items": items.len(),
                "bytes": bytes.len(),
                "sha256": digest(&bytes),
            }));
            files.insert(path, bytes);
        }
        let withheld: BTreeSet<_> = self.withheld.into_iter().collect();
        let withheld: Vec<_> = withheld
            .iter()
            .map(|kept| {
                json!({
                    "category": kept.category.as_str(),
                    "clause": kept.clause.as_str(),
                    "until": kept.until.map(|until| until.to_string()),
                })
            })
            .collect();
        let secrets: BTreeMap<&str, Vec<&str>> = self
            .secrets
            .iter()
            .map(|(store, names)| (store.as_str(), names.iter().map(|name| &**name).collect()))
            .collect();
        let range = self.range.map(|range| {
            json!({
                "from": range.from().map(|from| from.to_string()),
                "until": range.until().map(|until| until.to_string()),
            })
        });
        let manifest = json!({
            "schema": SCHEMA,
            "request": self.request.to_string(),
            "kind": self.kind.as_str(),
            "created": now.to_string(),
            "range": range,
            "outside_range": self.outside,
            "files": listed,
            "withheld": withheld,
            "secrets": secrets,
        });
        Ok(Bundle {
            files,
            manifest: to_json(&manifest)?,
        })
    }
}

impl Bundle {
    /// Returns the manifest, as JSON.
    #[must_use]
    pub fn manifest(&self) -> &[u8] {
        &self.manifest
    }

    /// Returns the SHA-256 digest of the manifest, which identifies the whole bundle:
    /// what [`Step::Complete`](super::Step::Complete) takes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.manifest).into()
    }

    /// Returns every file with its path, the manifest among them.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.files.iter().map(|(path, bytes)| (&**path, &**bytes));
        files.chain([(MANIFEST, &*self.manifest)])
    }

    /// Returns a file of the manifest.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(|bytes| &**bytes)
    }

    /// Verifies that files are those of a manifest: `file` returns each by its path.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where one is missing or another, or the
    /// manifest is not of this form.
    pub fn verify<'f>(
        manifest: &[u8],
        mut file: impl FnMut(&str) -> Option<&'f [u8]>,
    ) -> Result<(), Error> {
        let broken = || Error::from(RightsCause::Bundle);
        let manifest: Value = serde_json::from_slice(manifest).map_err(|_| broken())?;
        if manifest.get("schema").and_then(Value::as_str) != Some(SCHEMA) {
            return Err(broken());
        }
        let listed = manifest.get("files").and_then(Value::as_array);
        for one in listed.ok_or_else(broken)? {
            let text = |name: &str| one.get(name).and_then(Value::as_str).ok_or_else(broken);
            let bytes = file(text("path")?).ok_or_else(broken)?;
            let len = one.get("bytes").and_then(Value::as_u64);
            if digest(bytes) != text("sha256")? || len != Some(bytes.len() as u64) {
                return Err(broken());
            }
        }
        Ok(())
    }
}

fn to_json(value: &Value) -> Result<Vec<u8>, Error> {
    serde_json::to_vec_pretty(value).map_err(|_| RightsCause::Bundle.into())
}

fn digest(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name as a part of a path: a slash in it is no folder, and no part goes up.
fn folder(name: &str) -> String {
    name.replace('/', "%2F").replace(':', "%3A")
}

impl fmt::Debug for BundleBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BundleBuilder")
            .field("request", &self.request)
            .field("files", &self.items.len())
            .field("withheld", &self.withheld.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}
