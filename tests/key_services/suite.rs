//! What every service over HTTP has to withstand.

use std::time::{Duration, Instant};

use confidant::seal::{CallOptions, KeyProvider, KeyServiceConnection, WrappedKey, check_provider};
use confidant::{Error, ErrorKind};

use super::common::{altered, batch, failed, key, rewrap, run, unwrap, wrap};
use super::server::{Fault, Reply, Server};

pub(super) const TOKEN: &str = "hunter2-hunter2-token";

/// A service and its server.
pub(super) trait Peer {
    fn start() -> Self;
    fn server(&self) -> &Server;
    fn provider(&self, address: &str, connection: KeyServiceConnection) -> Box<dyn KeyProvider>;
    /// Adds a version to the key.
    fn rotate(&self);
}

/// Each of these against a service.
macro_rules! suite {
    ($peer:ty) => {
        suite!($peer: conformance_batches_come_back_in_order conformance_check_passes
            conformance_altered_keys_are_refused conformance_rotation
            conformance_the_token_goes_along conformance_trouble_passes
            conformance_attempts_are_counted conformance_a_pause_is_kept
            conformance_a_long_pause_ends_the_call conformance_a_hanging_server_is_left
            conformance_answers_are_bounded conformance_broken_answers
            conformance_redirects_are_not_followed conformance_refusals
            conformance_unreachable conformance_errors_show_nothing);
    };
    ($peer:ty: $($name:ident)*) => {
        $(#[test]
        fn $name() {
            crate::key_services::suite::$name::<$peer>();
        })*
    };
}
pub(super) use suite;

fn calls() -> CallOptions {
    CallOptions::default().attempts(3)
}

/// For servers that hang; an answer may take longer on a busy machine.
fn hasty() -> CallOptions {
    calls().attempt_timeout(Duration::from_millis(400))
}

fn provider<P: Peer>(peer: &P, calls: CallOptions) -> Box<dyn KeyProvider> {
    let connection = KeyServiceConnection::default().calls(calls);
    peer.provider(&peer.server().address(), connection)
}

/// A service, its provider, and a key it has wrapped.
fn wrapped<P: Peer>(calls: CallOptions) -> (P, Box<dyn KeyProvider>, WrappedKey) {
    let peer = P::start();
    let provider = provider(&peer, calls);
    let wrapped = wrap(&*provider, &key(7)).unwrap();
    peer.server().requests();
    (peer, provider, wrapped)
}

/// How unwrapping fails, and after how many requests.
fn fails<P: Peer>(faults: impl IntoIterator<Item = Fault>) -> (ErrorKind, bool, usize) {
    fails_with::<P>(calls(), faults)
}

fn fails_with<P: Peer>(
    calls: CallOptions,
    faults: impl IntoIterator<Item = Fault>,
) -> (ErrorKind, bool, usize) {
    let (peer, _, wrapped) = wrapped::<P>(self::calls());
    let provider = provider(&peer, calls);
    peer.server().spoil(faults);
    let (kind, retryable) = failed(unwrap(&*provider, &wrapped));
    (kind, retryable, peer.server().requests().len())
}

pub(super) fn conformance_batches_come_back_in_order<P: Peer>() {
    let peer = P::start();
    batch(&*provider(&peer, calls()), 40);
}

pub(super) fn conformance_check_passes<P: Peer>() {
    let peer = P::start();
    run(check_provider(&*provider(&peer, calls()))).unwrap();
}

pub(super) fn conformance_altered_keys_are_refused<P: Peer>() {
    let peer = P::start();
    altered(&*provider(&peer, calls()));
}

pub(super) fn conformance_rotation<P: Peer>() {
    let (peer, provider, old) = wrapped::<P>(calls());
    let first = run(provider.current_version()).unwrap();
    assert_eq!(*old.version(), first);
    peer.rotate();
    let second = run(provider.current_version()).unwrap();
    assert_ne!(first, second);

    let new = rewrap(&*provider, &old, None).unwrap();
    assert_eq!(*new.version(), second);
    assert!(provider.capabilities().chooses_version);
    let back = rewrap(&*provider, &new, Some(&first)).unwrap();
    assert_eq!(*back.version(), first);
    for wrapped in [&old, &new, &back] {
        let opened = unwrap(&*provider, wrapped).unwrap();
        assert_eq!(opened.expose_secret(), &[7; 32]);
    }
    let nonsense = confidant::seal::KeyVersion::new("../7").unwrap();
    let (kind, _) = failed(rewrap(&*provider, &new, Some(&nonsense)));
    assert_eq!(kind, ErrorKind::Config);
}

pub(super) fn conformance_the_token_goes_along<P: Peer>() {
    let (peer, provider, wrapped) = wrapped::<P>(calls());
    unwrap(&*provider, &wrapped).unwrap();
    run(provider.current_version()).unwrap();
    for request in peer.server().requests() {
        let token = request.header("x-vault-token");
        let bearer = request
            .header("authorization")
            .map(|value| value.strip_prefix("Bearer "));
        assert_eq!(token.or(bearer.flatten()), Some(TOKEN));
    }
}

pub(super) fn conformance_trouble_passes<P: Peer>() {
    let (peer, provider, wrapped) = wrapped::<P>(calls());
    for trouble in [408, 429, 500, 502, 503, 504] {
        peer.server()
            .spoil([Fault::Instead(Reply::status(trouble))]);
        let opened = unwrap(&*provider, &wrapped).unwrap();
        assert_eq!(opened.expose_secret(), &[7; 32]);
        assert_eq!(peer.server().requests().len(), 2, "after {trouble}");
    }
    peer.server().spoil([Fault::Truncate]);
    unwrap(&*provider, &wrapped).unwrap();
    assert_eq!(peer.server().requests().len(), 2);
}

pub(super) fn conformance_attempts_are_counted<P: Peer>() {
    let trouble = || Fault::Instead(Reply::status(503));
    let outcome = fails::<P>([trouble(), trouble(), trouble()]);
    assert_eq!(outcome, (ErrorKind::KeyService, true, 3));
}

pub(super) fn conformance_a_pause_is_kept<P: Peer>() {
    let (peer, provider, wrapped) = wrapped::<P>(calls());
    let busy = Reply::status(429).with("retry-after", "1");
    peer.server().spoil([Fault::Instead(busy)]);
    unwrap(&*provider, &wrapped).unwrap();
    let requests = peer.server().requests();
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
}

pub(super) fn conformance_a_long_pause_ends_the_call<P: Peer>() {
    let begin = Instant::now();
    let busy = Reply::status(503).with("retry-after", "60");
    let outcome = fails::<P>([Fault::Instead(busy)]);
    assert_eq!(outcome, (ErrorKind::KeyService, true, 1));
    assert!(begin.elapsed() < Duration::from_secs(30));
}

pub(super) fn conformance_a_hanging_server_is_left<P: Peer>() {
    let begin = Instant::now();
    let outcome = fails_with::<P>(hasty(), [Fault::Hang, Fault::Hang, Fault::Hang]);
    assert_eq!(outcome, (ErrorKind::KeyService, true, 3));
    // An attempt would take ten seconds by default.
    assert!(begin.elapsed() < Duration::from_secs(9));
}

pub(super) fn conformance_answers_are_bounded<P: Peer>() {
    for fault in [
        Fault::Claim(1 << 40),
        Fault::Claim((1 << 20) + 1),
        Fault::Endless,
    ] {
        assert_eq!(fails::<P>([fault]), (ErrorKind::KeyService, false, 1));
    }
}

pub(super) fn conformance_broken_answers<P: Peer>() {
    let truncated = [Fault::Truncate, Fault::Truncate, Fault::Truncate];
    assert_eq!(fails::<P>(truncated), (ErrorKind::KeyService, true, 3));
    let deep = "[".repeat(100_000);
    for text in [
        "",
        "{",
        "null",
        "[]",
        "{}",
        "<html>",
        "\u{0}",
        r#"{"data": 7}"#,
        &deep,
    ] {
        let outcome = fails::<P>([Fault::Instead(Reply::text(text))]);
        assert_eq!(outcome, (ErrorKind::KeyService, false, 1), "{text:.20}");
    }
}

pub(super) fn conformance_redirects_are_not_followed<P: Peer>() {
    for status in [301, 302, 303, 307, 308] {
        let (peer, provider, wrapped) = wrapped::<P>(calls());
        let target = Server::start(|_| Reply::status(200));
        let reply = Reply::status(status).with("location", &target.address());
        peer.server().spoil([Fault::Instead(reply)]);
        assert_eq!(
            failed(unwrap(&*provider, &wrapped)),
            (ErrorKind::KeyService, false)
        );
        assert_eq!(peer.server().requests().len(), 1);
        assert!(target.requests().is_empty());
    }
}

pub(super) fn conformance_refusals<P: Peer>() {
    for (status, kind) in [
        (400, ErrorKind::KeyService),
        (401, ErrorKind::Refused),
        (403, ErrorKind::Refused),
        (404, ErrorKind::Refused),
        (405, ErrorKind::KeyService),
        (501, ErrorKind::KeyService),
    ] {
        let outcome = fails::<P>([Fault::Instead(Reply::status(status))]);
        assert_eq!(outcome, (kind, false, 1), "{status}");
    }
}

pub(super) fn conformance_unreachable<P: Peer>() {
    let (peer, provider, wrapped) = wrapped::<P>(calls());
    let port = peer.server().port;
    drop(peer);
    std::net::TcpListener::bind(("127.0.0.1", port))
        .map(drop)
        .ok();
    assert_eq!(
        failed(unwrap(&*provider, &wrapped)),
        (ErrorKind::KeyService, true)
    );

    // TLS is not spoken there.
    let peer = P::start();
    let address = peer.server().address().replace("http:", "https:");
    let provider = peer.provider(&address, KeyServiceConnection::default().calls(calls()));
    assert_eq!(
        failed(unwrap(&*provider, &wrapped)),
        (ErrorKind::KeyService, true)
    );
}

pub(super) fn conformance_errors_show_nothing<P: Peer>() {
    let (peer, _, wrapped) = wrapped::<P>(calls());
    let provider = provider(&peer, hasty().attempts(1));
    let mut shown = format!("{provider:?} {provider:#?}");
    let mut add = |error: Error| {
        assert!(std::error::Error::source(&error).is_none());
        shown += &format!(" {error} {error:?} {error:#?}");
    };
    let body = r#"{"error": {"code": "hunter2", "message": "hunter2", "status": "hunter2"}}"#;
    for status in [200, 302, 400, 403, 404, 409, 429, 500] {
        let mut reply = Reply::text(body).with("location", "http://hunter2.test/hunter2");
        reply.status = status;
        peer.server().spoil([Fault::Instead(reply)]);
        add(unwrap(&*provider, &wrapped).err().unwrap());
    }
    for fault in [Fault::Hang, Fault::Truncate, Fault::Claim(1 << 40)] {
        peer.server().spoil([fault]);
        add(unwrap(&*provider, &wrapped).err().unwrap());
    }
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(
        !shown.contains("127.0.0.1") || !shown.contains("?api-version"),
        "{shown}"
    );
    assert!(!shown.contains("BwcHBwcH"), "{shown}");
}
