//! How fast values are sealed and opened: time per operation at four sizes, with
//! the bare cipher beside it, what re-wrapping and key derivation take, and
//! streams.
//!
//! `cargo bench --bench seal` takes about ten seconds. `-- --quick` or `--test`
//! is a run of a second whose figures mean little.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a program of its own, which should stop where it cannot measure"
)]

#[path = "../redaction/clock.rs"]
#[expect(dead_code, reason = "the other bench uses the rest")]
mod clock;
mod streams;

use std::env;
use std::hint::black_box;
use std::time::Duration;

use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use confidant::seal::{Context, Keyring, LocalKeys, TenantKey};
use confidant::taxonomy::Tenant;
use hmac::{Hmac, Mac as _};
use pollster::block_on;
use sha2::Sha256;

use clock::median;

const SIZES: [usize; 4] = [32, 256, 4096, 65_536];

/// Rounds, and the time one round should take.
struct Plan {
    rounds: usize,
    round: Duration,
}

impl Plan {
    /// Nanoseconds of one call, of the median round.
    fn time(&self, mut call: impl FnMut()) -> f64 {
        let once = median(20, &mut call).max(Duration::from_nanos(50));
        let calls = (self.round.as_nanos() / once.as_nanos()).clamp(1, 1 << 20) as u32;
        let round = median(self.rounds, || (0..calls).for_each(|_| call()));
        round.as_nanos() as f64 / f64::from(calls)
    }
}

fn main() {
    let quick = env::args().any(|arg| matches!(arg.as_str(), "--quick" | "--test"));
    let plan = Plan {
        rounds: if quick { 1 } else { 31 },
        round: Duration::from_millis(if quick { 1 } else { 12 }),
    };
    let backend = if cfg!(feature = "aws-lc") {
        "AWS-LC"
    } else {
        "Rust"
    };
    println!(
        "confidant {}, AES-GCM by {backend}, microseconds per operation, median of {} rounds",
        env!("CARGO_PKG_VERSION"),
        plan.rounds
    );
    let keyring = Keyring::new(LocalKeys::generate("local:bench").expect("a key"));
    let (tenant, _) = block_on(keyring.create_tenant_key("acme")).expect("a tenant key");
    let context = context();
    values(&plan, &keyring, &tenant, &context);
    rest(&plan, &keyring, &tenant, &context);
    streams::measure(plan.rounds);
}

fn context() -> Context {
    let builder = Context::builder(Tenant::new(black_box("acme")), black_box("github-token"));
    let context = builder.version(3).kind("api-key").build();
    context.expect("a context")
}

/// `create` and `open` go through a keyring over local keys, `tenant` through a
/// tenant's key, `fresh context` builds the context each time. `bare` is what
/// cannot be saved: random key, key schedule, AES-GCM, wrap of the key.
fn values(plan: &Plan, keyring: &Keyring, tenant: &TenantKey, bound: &Context) {
    println!(
        "\n| bytes | create | fresh context | tenant create | bare create | open | tenant open | bare open |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|");
    let kek = Aes256Gcm::new(&[7; 32].into());
    for size in SIZES {
        let plain = vec![0x61; size];
        let create = plan.time(|| {
            let sealed = block_on(keyring.seal(black_box(&plain), bound));
            black_box(sealed.expect("it seals"));
        });
        let fresh = plan.time(|| {
            let sealed = block_on(keyring.seal(black_box(&plain), &context()));
            black_box(sealed.expect("it seals"));
        });
        let tenant_create = plan.time(|| {
            black_box(tenant.seal(black_box(&plain), bound).expect("it seals"));
        });
        let bare_create = plan.time(|| {
            black_box(bare_seal(&kek, black_box(&plain)));
        });
        let sealed = block_on(keyring.seal(&plain, bound)).expect("it seals");
        let open = plan.time(|| {
            let opened = block_on(keyring.open(black_box(sealed.as_bytes()), bound));
            black_box(opened.expect("it opens"));
        });
        let sealed = tenant.seal(&plain, bound).expect("it seals");
        let tenant_open = plan.time(|| {
            let opened = tenant.open(black_box(sealed.as_bytes()), bound);
            black_box(opened.expect("it opens"));
        });
        let sealed = bare_seal(&kek, &plain);
        let bare_open = plan.time(|| {
            black_box(bare_open(&kek, black_box(&sealed)).expect("it opens"));
        });
        let row = [
            create,
            fresh,
            tenant_create,
            bare_create,
            open,
            tenant_open,
            bare_open,
        ];
        let cells = row.map(|nanos| format!("{:.2}", nanos / 1e3));
        println!("| {size} | {} |", cells.join(" | "));
    }
}

fn rest(plan: &Plan, keyring: &Keyring, tenant: &TenantKey, bound: &Context) {
    println!("\n| operation | microseconds |");
    println!("|---|--:|");
    let row = |name: &str, nanos: f64| println!("| {name} | {:.3} |", nanos / 1e3);
    let sealed = block_on(keyring.seal(&[7; 4096], bound)).expect("it seals");
    let rewrap = plan.time(|| {
        let fresh = block_on(keyring.rewrap(black_box(sealed.as_bytes()), bound, None));
        black_box(fresh.expect("it re-wraps"));
    });
    row("re-wrap 4 KiB, keyring", rewrap);
    let sealed = tenant.seal(&[7; 4096], bound).expect("it seals");
    let rewrap = plan.time(|| {
        let fresh = tenant.rewrap(black_box(sealed.as_bytes()), bound);
        black_box(fresh.expect("it re-wraps"));
    });
    row("re-wrap 4 KiB, tenant key", rewrap);
    let mut bytes = [0; 32];
    let random = plan.time(|| getrandom::fill(black_box(&mut bytes)).expect("random numbers"));
    row("32 random bytes of the system", random);
    let derive = plan.time(|| {
        let mac = Hmac::<Sha256>::new_from_slice(black_box(&[7; 32])).expect("any key");
        for label in [&b"confidant:v1:key\x01"[..], b"confidant:v1:commit\x01"] {
            let mac = mac.clone().chain_update(label).chain_update(bound.digest());
            black_box(mac.chain_update([1]).finalize());
        }
    });
    row("HKDF: key and commitment", derive);
    row("build a context", plan.time(|| drop(black_box(context()))));
    let schedule = plan.time(|| drop(black_box(Aes256Gcm::new(black_box(&[7; 32].into())))));
    row("AES-256-GCM key schedule, Rust", schedule);
}

/// Nonce, wrapped key, ciphertext: no format, no context, no commitment.
fn bare_seal(kek: &Aes256Gcm, plain: &[u8]) -> Vec<u8> {
    let mut random = [0; 56];
    getrandom::fill(&mut random).expect("random numbers");
    let (key, nonces) = random.split_at_mut(32);
    let (wrap_nonce, nonce) = nonces.split_at(12);
    let cipher = Aes256Gcm::new_from_slice(key).expect("32 bytes");
    let mut out = Vec::with_capacity(12 + 48 + 12 + plain.len() + 16);
    let seal = |cipher: &Aes256Gcm, nonce: &[u8], plain: &[u8], out: &mut Vec<u8>| {
        let nonce = Nonce::try_from(nonce.first_chunk::<12>().expect("12 bytes").as_slice());
        let nonce = nonce.expect("12 bytes");
        out.extend_from_slice(&nonce);
        let start = out.len();
        out.extend_from_slice(plain);
        let buffer = out.get_mut(start..).expect("it was just made");
        let tag = cipher.encrypt_inout_detached(&nonce, b"", buffer.into());
        out.extend_from_slice(&tag.expect("it seals"));
    };
    seal(kek, wrap_nonce, key, &mut out);
    seal(&cipher, nonce, plain, &mut out);
    out
}

fn bare_open(kek: &Aes256Gcm, sealed: &[u8]) -> Option<Vec<u8>> {
    let open = |cipher: &Aes256Gcm, sealed: &[u8]| {
        let (nonce, sealed) = sealed.split_at_checked(12)?;
        let (sealed, tag) = sealed.split_last_chunk::<16>()?;
        let mut plain = sealed.to_vec();
        let nonce = Nonce::try_from(nonce).ok()?;
        let buffer = plain.as_mut_slice().into();
        let opened = cipher.decrypt_inout_detached(&nonce, b"", buffer, tag.into());
        opened.ok().map(|()| plain)
    };
    let (wrapped, sealed) = sealed.split_at_checked(60)?;
    let key = open(kek, wrapped)?;
    open(&Aes256Gcm::new_from_slice(&key).ok()?, sealed)
}
