//! Streams under the key of a tenant.

use std::io::{Read, Seek, Write};

#[cfg(feature = "async")]
use futures_io::{AsyncRead, AsyncWrite};

use super::TenantKey;
use crate::Error;
use crate::seal::local::fresh_key;
use crate::seal::observer::Failure;
#[cfg(feature = "async")]
use crate::seal::stream::{AsyncStreamReader, AsyncStreamWriter};
use crate::seal::stream::{
    Chunks, Front, RangedReader, Sealer, StreamHeader, StreamReader, StreamWriter, of_stream,
    sealer,
};
use crate::seal::{Context, DataKey, SealOperation, Stage, WrappedKey};

/// Values of any length, as [streams](crate::seal::stream). They are lost with
/// the key of the tenant as all other values are.
impl TenantKey {
    /// Returns a writer that seals what is written to it, for a context of this tenant:
    /// see [`Keyring::seal_stream`](crate::seal::Keyring::seal_stream).
    ///
    /// # Errors
    /// Those of [`seal`](Self::seal).
    ///
    /// # Example
    /// ```
    /// use std::io::{Read as _, Write as _};
    ///
    /// use confidant::seal::{Context, Keyring, LocalKeys};
    /// use confidant::taxonomy::Tenant;
    /// # pollster::block_on(async {
    /// let keyring = Keyring::new(LocalKeys::generate("local:main")?);
    /// let (acme, _record) = keyring.create_tenant_key("acme").await?;
    /// let context = Context::new(Tenant::new("acme"), "call-17.ogg")?;
    ///
    /// let mut writer = acme.seal_stream(Vec::new(), &context)?;
    /// writer.write_all(b"a recording")?;
    /// let sealed = writer.into_inner()?;
    ///
    /// let mut opened = String::new();
    /// acme.open_stream(&sealed[..], &context)?.read_to_string(&mut opened)?;
    /// assert_eq!(opened, "a recording");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn seal_stream<W: Write>(
        &self,
        inner: W,
        context: &Context,
    ) -> Result<StreamWriter<W>, Error> {
        Ok(StreamWriter::of(inner, self.sealer(context)?))
    }

    /// Seals as [`seal_stream`](Self::seal_stream) does, over an asynchronous writer.
    ///
    /// # Errors
    /// Those of [`seal_stream`](Self::seal_stream).
    #[cfg(feature = "async")]
    pub fn seal_stream_async<W: AsyncWrite + Unpin>(
        &self,
        inner: W,
        context: &Context,
    ) -> Result<AsyncStreamWriter<W>, Error> {
        Ok(AsyncStreamWriter::of(inner, self.sealer(context)?))
    }

    /// Returns a reader of the sealed stream at which `inner` stands, which must have
    /// been sealed by this key for this very context.
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open), whatever is wrong with it, and
    /// [`Store`](crate::ErrorKind::Store) where `inner` fails.
    ///
    /// # Example
    /// See [`seal_stream`](Self::seal_stream).
    pub fn open_stream<R: Read>(
        &self,
        mut inner: R,
        context: &Context,
    ) -> Result<StreamReader<R>, Error> {
        let chunks = self.chunks(Front::read(&mut inner), context)?;
        Ok(StreamReader::of(inner, chunks))
    }

    /// Opens as [`open_stream`](Self::open_stream) does, over an asynchronous reader.
    ///
    /// # Errors
    /// Those of [`open_stream`](Self::open_stream).
    #[cfg(feature = "async")]
    pub async fn open_stream_async<R: AsyncRead + Unpin>(
        &self,
        mut inner: R,
        context: &Context,
    ) -> Result<AsyncStreamReader<R>, Error> {
        let front = Front::read_async(&mut inner).await;
        let chunks = self.chunks(front, context)?;
        Ok(AsyncStreamReader::of(inner, chunks))
    }

    /// Returns a reader of any part of the sealed stream that goes from where `inner`
    /// stands to its end.
    ///
    /// # Errors
    /// Those of [`open_stream`](Self::open_stream); also a stream that was cut
    /// off is refused at once.
    pub fn open_stream_ranged<R: Read + Seek>(
        &self,
        mut inner: R,
        context: &Context,
    ) -> Result<RangedReader<R>, Error> {
        let chunks = self.chunks(Front::read(&mut inner), context)?;
        RangedReader::behind(inner, chunks)
    }

    /// Wraps the data key of a stream anew, under the current version, and
    /// returns the header to put in the place of `header`. What follows the
    /// header stays as it is.
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open) where the header is not one of this key
    /// and context.
    pub fn rewrap_stream(
        &self,
        header: &StreamHeader,
        context: &Context,
    ) -> Result<StreamHeader, Error> {
        let key = self.stream_key(header, context);
        let fresh = key.and_then(|key| self.header(&key, context));
        self.note(SealOperation::Rewrap, header.as_bytes(), context, &fresh);
        Ok(fresh?)
    }

    fn sealer(&self, context: &Context) -> Result<Sealer, Error> {
        let begun = self.try_sealer(context);
        let header = begun.as_ref().map(|(header, _)| header.as_bytes());
        let operation = SealOperation::Seal;
        self.note(operation, header.unwrap_or_default(), context, &begun);
        let (_, sealer) = begun?;
        Ok(sealer)
    }

    fn try_sealer(&self, context: &Context) -> Result<(StreamHeader, Sealer), Failure> {
        if context.tenant() != self.tenant() {
            return Err(super::foreign().into());
        }
        let key = fresh_key()?;
        let header = self.header(&key, context)?;
        let sealer = sealer(&header, &key, context.digest())?;
        Ok((header, sealer))
    }

    /// The header with `key` wrapped under the current version.
    fn header(&self, key: &DataKey, context: &Context) -> Result<StreamHeader, Failure> {
        let keys = &self.inner.keys;
        let wrapped = keys.wrap(self.current(), key, context.digest())?;
        let wrapped = WrappedKey::new(self.current().clone(), &wrapped)?;
        Ok(StreamHeader::new(keys.id(), &wrapped)?)
    }

    fn chunks(&self, front: Result<Front, Error>, context: &Context) -> Result<Chunks, Error> {
        let (header, opened) = match front {
            Ok(front) => {
                let key = self.stream_key(&front.header, context);
                let opened = key.and_then(|key| {
                    let chunks = front.chunks(&key, context.digest());
                    chunks.map_err(|error| of_stream(Stage::Commitment, error))
                });
                (Some(front.header), opened)
            }
            Err(error) => (None, Err(of_stream(Stage::Format, error))),
        };
        let header = header.as_ref().map(StreamHeader::as_bytes);
        let operation = SealOperation::Open;
        self.note(operation, header.unwrap_or_default(), context, &opened);
        Ok(opened?)
    }

    fn stream_key(&self, header: &StreamHeader, context: &Context) -> Result<DataKey, Failure> {
        let parts = self.own(header.parts(), context)?;
        let keys = &self.inner.keys;
        Ok(keys.unwrap(parts.version, parts.wrapped, context.digest())?)
    }
}
