//! What the asynchronous readers and writers do is what the others do.

use std::io::{self, Read as _, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};
use pollster::block_on;
use proptest::prelude::*;

use super::{AsyncStreamReader, AsyncStreamWriter, StreamReader, StreamWriter};
use crate::ErrorKind;
use crate::seal::{self, DataKey, Keyring, LocalKeys};
use crate::taxonomy::Tenant;

const CONTEXT: &[u8] = b"async";

fn key() -> DataKey {
    DataKey::fill(|key| key.fill(3))
}

/// Not ready every other time, and then a few bytes at a time.
struct Slow {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
    ready: bool,
    closed: bool,
}

impl Slow {
    fn new(bytes: Vec<u8>, step: usize) -> Self {
        Self {
            bytes,
            at: 0,
            step,
            ready: false,
            closed: false,
        }
    }

    fn turn(&mut self, cx: &Context<'_>) -> Poll<()> {
        self.ready = !self.ready;
        if self.ready {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl AsyncRead for Slow {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if self.turn(cx).is_pending() {
            return Poll::Pending;
        }
        let count = self.step.min(to.len()).min(self.bytes.len() - self.at);
        to[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Slow {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.turn(cx).is_pending() {
            return Poll::Pending;
        }
        let count = self.step.min(from.len());
        self.bytes.extend_from_slice(&from[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.turn(cx).is_pending() {
            return Poll::Pending;
        }
        self.closed = true;
        Poll::Ready(Ok(()))
    }
}

async fn write_all<W: AsyncWrite + Unpin>(writer: &mut W, mut bytes: &[u8], cut: usize) {
    while !bytes.is_empty() {
        let part = &bytes[..bytes.len().min(cut)];
        let count = std::future::poll_fn(|cx| Pin::new(&mut *writer).poll_write(cx, part));
        bytes = &bytes[count.await.unwrap()..];
    }
}

async fn read_all<R: AsyncRead + Unpin>(reader: &mut R, cut: usize) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut part = vec![0; cut];
    loop {
        let read = std::future::poll_fn(|cx| Pin::new(&mut *reader).poll_read(cx, &mut part));
        match read.await? {
            0 => return Ok(all),
            count => all.extend_from_slice(&part[..count]),
        }
    }
}

proptest! {
    #![proptest_config(super::tests::cases(32))]

    #[test]
    fn asynchronous_streams_are_the_same(
        len in prop_oneof![0..50_usize, 16_380..16_390_usize, 0..60_000_usize],
        step in 1..40_000_usize,
        cut in 1..40_000_usize,
        close in any::<bool>(),
    ) {
        let plain: Vec<u8> = (0..len).map(|at| (at / 7) as u8).collect();
        let sealed = block_on(async {
            let inner = Slow::new(Vec::new(), step);
            let mut writer = AsyncStreamWriter::new(inner, &key(), CONTEXT).unwrap();
            write_all(&mut writer, &plain, cut).await;
            if close {
                let closed = std::future::poll_fn(|cx| Pin::new(&mut writer).poll_close(cx));
                closed.await.unwrap();
            } else {
                writer.finish().await.unwrap();
                writer.finish().await.unwrap();
            }
            writer.into_inner()
        });
        prop_assert_eq!(sealed.closed, close);
        let mut opened = Vec::new();
        let mut reader = StreamReader::new(&sealed.bytes[..], &key(), CONTEXT).unwrap();
        reader.read_to_end(&mut opened).unwrap();
        prop_assert!(opened == plain);

        let mut writer = StreamWriter::new(Vec::new(), &key(), CONTEXT).unwrap();
        writer.write_all(&plain).unwrap();
        let sealed = writer.into_inner().unwrap();
        let opened = block_on(async {
            let inner = Slow::new(sealed, step);
            let mut reader = AsyncStreamReader::new(inner, &key(), CONTEXT).await.unwrap();
            let opened = read_all(&mut reader, cut).await.unwrap();
            assert!(reader.is_complete());
            opened
        });
        prop_assert!(opened == plain);
    }
}

#[test]
fn an_asynchronous_reader_refuses_what_was_changed_or_cut() {
    let mut writer = StreamWriter::new(Vec::new(), &key(), CONTEXT).unwrap();
    writer.write_all(&[1; 20_000]).unwrap();
    let good = writer.into_inner().unwrap();
    let read = |sealed: &[u8]| {
        block_on(async {
            let inner = Slow::new(sealed.to_vec(), 9000);
            let mut reader = AsyncStreamReader::new(inner, &key(), CONTEXT).await?;
            let read = read_all(&mut reader, 4096).await;
            assert!(read.is_ok() || read_all(&mut reader, 1).await.is_err());
            read.map_err(|error| error.downcast::<crate::Error>().unwrap())
        })
    };
    assert_eq!(read(&good).unwrap(), [1; 20_000]);
    for cut in [0, 55, 56, 71, 72, 16_455, 16_456, 16_457, good.len() - 1] {
        assert_eq!(read(&good[..cut]).unwrap_err().kind(), ErrorKind::Open);
    }
    for at in [0, 24, 56, 16_440, 16_456, good.len() - 1] {
        let mut changed = good.clone();
        changed[at] ^= 1;
        assert_eq!(read(&changed).unwrap_err().kind(), ErrorKind::Open);
    }
}

#[test]
fn an_asynchronous_writer_that_was_dropped_leaves_a_stream_that_is_refused() {
    let sealed = block_on(async {
        let mut writer =
            AsyncStreamWriter::new(Slow::new(Vec::new(), 1 << 20), &key(), CONTEXT).unwrap();
        write_all(&mut writer, &[2; 40_000], 1 << 20).await;
        writer.into_inner().bytes
    });
    let mut reader = StreamReader::new(&sealed[..], &key(), CONTEXT).unwrap();
    assert!(reader.read_to_end(&mut Vec::new()).is_err());
}

#[test]
fn a_keyring_seals_and_opens_asynchronously() {
    let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
    let context = seal::Context::new(Tenant::new("acme"), "upload").unwrap();
    block_on(async {
        let inner = Slow::new(Vec::new(), 700);
        let mut writer = keyring.seal_stream_async(inner, &context).await.unwrap();
        write_all(&mut writer, &[5; 30_000], 1000).await;
        writer.finish().await.unwrap();
        let sealed = writer.into_inner().bytes;

        let mut reader = keyring.open_stream(&sealed[..], &context).await.unwrap();
        let mut opened = Vec::new();
        reader.read_to_end(&mut opened).unwrap();
        assert_eq!(opened, [5; 30_000]);
        let inner = Slow::new(sealed.clone(), 13);
        let mut reader = keyring.open_stream_async(inner, &context).await.unwrap();
        assert_eq!(read_all(&mut reader, 999).await.unwrap(), [5; 30_000]);
        for cut in 0..200 {
            let inner = Slow::new(sealed[..cut].to_vec(), 50);
            let opened = keyring.open_stream_async(inner, &context).await;
            if let Ok(mut reader) = opened {
                assert!(read_all(&mut reader, 999).await.is_err(), "cut at {cut}");
            }
        }
    });
}
