//! Streams under data keys of their own.

use std::io::{Read, Seek, Write};
use std::sync::Arc;

#[cfg(feature = "async")]
use futures_io::{AsyncRead, AsyncWrite};

use super::cache::Ticket;
use super::{Keyring, only, unwrap, wrapped_key};
use crate::Error;
use crate::seal::local::fresh_key;
use crate::seal::observer::Failure;
#[cfg(feature = "async")]
use crate::seal::stream::{AsyncStreamReader, AsyncStreamWriter};
use crate::seal::stream::{
    Chunks, Front, RangedReader, Sealer, StreamHeader, StreamReader, StreamWriter, of_stream,
    sealer,
};
use crate::seal::{Context, DataKey, KeyVersion, RewrapRequest, SealOperation, Stage, WrapRequest};

/// Values of any length, as [streams](crate::seal::stream) that an envelope's
/// header stands before.
///
/// The [observer](super::KeyringBuilder::observer) hears of a stream when it is
/// begun. That a chunk is refused later on, the reader tells.
impl Keyring {
    /// Returns a writer that seals what is written to it, for one context, and writes
    /// that to `inner`. Nothing is written yet, and the stream is complete once it was
    /// [finished](StreamWriter::finish).
    ///
    /// # Errors
    /// Those of the provider.
    ///
    /// # Example
    /// ```
    /// use std::io::{Read as _, Write as _};
    ///
    /// use confidant::seal::{Context, Keyring, LocalKeys};
    /// use confidant::taxonomy::Tenant;
    /// # pollster::block_on(async {
    /// let keyring = Keyring::new(LocalKeys::generate("local:main")?);
    /// let context = Context::new(Tenant::new("acme"), "export-2026-10.csv")?;
    ///
    /// let mut writer = keyring.seal_stream(Vec::new(), &context).await?;
    /// writer.write_all(b"user,plan\njane,pro\n")?;
    /// let sealed = writer.into_inner()?;
    ///
    /// let mut reader = keyring.open_stream(&sealed[..], &context).await?;
    /// let mut plain = String::new();
    /// reader.read_to_string(&mut plain)?;
    /// assert_eq!(plain, "user,plan\njane,pro\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn seal_stream<W: Write>(
        &self,
        inner: W,
        context: &Context,
    ) -> Result<StreamWriter<W>, Error> {
        let sealer = self.sealer(context).await?;
        Ok(StreamWriter::of(inner, sealer))
    }

    /// Seals as [`seal_stream`](Self::seal_stream) does, over an asynchronous writer.
    ///
    /// # Errors
    /// Those of the provider.
    #[cfg(feature = "async")]
    pub async fn seal_stream_async<W: AsyncWrite + Unpin>(
        &self,
        inner: W,
        context: &Context,
    ) -> Result<AsyncStreamWriter<W>, Error> {
        let sealer = self.sealer(context).await?;
        Ok(AsyncStreamWriter::of(inner, sealer))
    }

    /// Returns a reader of the sealed stream at which `inner` stands, which must have
    /// been sealed for this very context.
    ///
    /// # Errors
    /// As [`Keyring`] says, and [`Store`](crate::ErrorKind::Store) where `inner` fails.
    ///
    /// # Example
    /// See [`seal_stream`](Self::seal_stream).
    pub async fn open_stream<R: Read>(
        &self,
        mut inner: R,
        context: &Context,
    ) -> Result<StreamReader<R>, Error> {
        let front = Front::read(&mut inner);
        let chunks = self.chunks(front, context).await?;
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
        let chunks = self.chunks(front, context).await?;
        Ok(AsyncStreamReader::of(inner, chunks))
    }

    /// Returns a reader of any part of the sealed stream that goes from where `inner`
    /// stands to its end.
    ///
    /// # Errors
    /// Those of [`open_stream`](Self::open_stream); also a stream that was cut
    /// off is refused at once.
    pub async fn open_stream_ranged<R: Read + Seek>(
        &self,
        mut inner: R,
        context: &Context,
    ) -> Result<RangedReader<R>, Error> {
        let front = Front::read(&mut inner);
        let chunks = self.chunks(front, context).await?;
        RangedReader::behind(inner, chunks)
    }

    /// Wraps the data key of a stream anew, under `version` of the sealing key
    /// or under its current one, and returns the header to put in the place of
    /// `header`. What follows the header stays as it is.
    ///
    /// # Errors
    /// As [`Keyring`] says, and those of the provider where it cannot wrap under
    /// that version.
    ///
    /// # Security
    /// As [`rewrap`](Self::rewrap).
    pub async fn rewrap_stream(
        &self,
        header: &StreamHeader,
        context: &Context,
        version: Option<&KeyVersion>,
    ) -> Result<StreamHeader, Error> {
        let fresh = self.try_rewrap_stream(header, context, version).await;
        let operation = SealOperation::Rewrap;
        self.note(operation, header.as_bytes(), context, false, &fresh);
        Ok(fresh?)
    }

    async fn try_rewrap_stream(
        &self,
        header: &StreamHeader,
        context: &Context,
        version: Option<&KeyVersion>,
    ) -> Result<StreamHeader, Failure> {
        let parts = header.parts().ok_or(Stage::Format)?;
        let provider = self.provider(&parts)?;
        let sealing = &*self.inner.sealing;
        let mut wrapped = wrapped_key(&parts)?;
        let mut settled = false;
        if provider.id() != sealing.id() {
            let key = unwrap(provider, &parts, context).await?;
            let request = [WrapRequest {
                key: &key,
                context: context.for_wrap(),
            }];
            wrapped = only(self.wrap(&request).await)?;
            // Wrapping is under the current version; another one is a step more.
            settled = version.is_none_or(|version| version == wrapped.version());
        }
        if !settled {
            let request = [RewrapRequest {
                wrapped: &wrapped,
                context: context.for_wrap(),
                version,
            }];
            wrapped = only(self.wrap_anew(&request).await).map_err(Failure::of_provider)?;
        }
        Ok(StreamHeader::new(sealing.id(), &wrapped)?)
    }

    async fn sealer(&self, context: &Context) -> Result<Sealer, Error> {
        let begun = self.try_sealer(context).await;
        let header = begun.as_ref().map(|(header, _)| header.as_bytes());
        let operation = SealOperation::Seal;
        self.note(
            operation,
            header.unwrap_or_default(),
            context,
            false,
            &begun,
        );
        let (_, sealer) = begun?;
        Ok(sealer)
    }

    async fn try_sealer(&self, context: &Context) -> Result<(StreamHeader, Sealer), Failure> {
        let key = fresh_key()?;
        let request = [WrapRequest {
            key: &key,
            context: context.for_wrap(),
        }];
        let wrapped = only(self.wrap(&request).await)?;
        let header = StreamHeader::new(self.key_id(), &wrapped)?;
        let sealer = sealer(&header, &key, context.digest())?;
        Ok((header, sealer))
    }

    /// The chunks behind `front`, and a note of how it went.
    async fn chunks(
        &self,
        front: Result<Front, Error>,
        context: &Context,
    ) -> Result<Chunks, Error> {
        let mut cached = false;
        let (header, opened) = match front {
            Ok(front) => {
                let opened = self.try_chunks(&front, context, &mut cached).await;
                (Some(front.header), opened)
            }
            Err(error) => (None, Err(of_stream(Stage::Format, error))),
        };
        let header = header.as_ref().map(StreamHeader::as_bytes);
        let operation = SealOperation::Open;
        self.note(
            operation,
            header.unwrap_or_default(),
            context,
            cached,
            &opened,
        );
        Ok(opened?)
    }

    async fn try_chunks(
        &self,
        front: &Front,
        context: &Context,
        cached: &mut bool,
    ) -> Result<Chunks, Failure> {
        let parts = front.header.parts().ok_or(Stage::Format)?;
        let provider = self.provider(&parts)?;
        let key: Arc<DataKey> = match &self.inner.cache {
            None => Arc::new(unwrap(provider, &parts, context).await?),
            Some(cache) => match cache.ticket(&parts, context.digest()).await {
                Ticket::Hit(key) => {
                    *cached = true;
                    key
                }
                Ticket::Lead(lead) => lead.keep(unwrap(provider, &parts, context).await?),
            },
        };
        let chunks = front.chunks(&key, context.digest());
        chunks.map_err(|error| of_stream(Stage::Commitment, error))
    }
}
