//! Services that wrap and unwrap one key at a time, and never re-wrap.

use async_trait::async_trait;

use super::{Calls, all};
use crate::Error;
use crate::seal::key_provider::{
    DataKey, KeyProvider, KeyVersion, RewrapRequest, UnwrapRequest, WrapContext, WrapRequest,
    WrappedKey,
};

/// A provider whose batches are made of calls for one key each.
#[async_trait]
pub(in super::super) trait OneByOne: KeyProvider {
    /// Refuses what cannot be a version, before anything is asked of the service.
    fn check_version(&self, version: &KeyVersion) -> Result<(), Error>;

    async fn wrap_one(
        &self,
        key: &DataKey,
        context: WrapContext<'_>,
        version: &KeyVersion,
    ) -> Result<WrappedKey, Error>;

    async fn unwrap_one(
        &self,
        wrapped: &WrappedKey,
        context: WrapContext<'_>,
    ) -> Result<DataKey, Error>;

    /// Unwraps and wraps, since the service does not do it by itself.
    async fn rewrap_one(
        &self,
        item: RewrapRequest<'_>,
        current: &KeyVersion,
    ) -> Result<WrappedKey, Error> {
        let version = item.version.unwrap_or(current);
        self.check_version(version)?;
        let key = self.unwrap_one(item.wrapped, item.context).await?;
        self.wrap_one(&key, item.context, version).await
    }

    /// [`KeyProvider::wrap`], under a version that is asked for once.
    async fn wrap_all(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        if items.is_empty() {
            return Vec::new();
        }
        let version = match self.current_version().await {
            Ok(version) => version,
            Err(error) => return all(error, items.len()),
        };
        let mut calls = Calls::new(items.len());
        for item in items {
            let call = self.wrap_one(item.key, item.context, &version);
            calls.push(call).await;
        }
        calls.finish().await
    }

    /// [`KeyProvider::unwrap`].
    async fn unwrap_all(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>> {
        let mut calls = Calls::new(items.len());
        for item in items {
            calls
                .push(self.unwrap_one(item.wrapped, item.context))
                .await;
        }
        calls.finish().await
    }

    /// [`KeyProvider::rewrap`], under a version that is asked for once where an item
    /// names none.
    async fn rewrap_all(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        let current = if items.iter().any(|item| item.version.is_none()) {
            self.current_version().await
        } else {
            Ok(KeyVersion::default())
        };
        let current = match current {
            Ok(current) => current,
            Err(error) => return all(error, items.len()),
        };
        let mut calls = Calls::new(items.len());
        for item in items {
            calls.push(self.rewrap_one(*item, &current)).await;
        }
        calls.finish().await
    }
}
