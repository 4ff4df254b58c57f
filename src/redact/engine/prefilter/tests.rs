use proptest::prelude::*;

use super::*;
use crate::redact::text::ByteSet;

/// The expected masks, computed byte by byte from the anchors.
fn naive(anchors: &[Anchor], text: &[u8]) -> Vec<Masks> {
    let mut all = Vec::new();
    for from in (0..)
        .step_by(BLOCK)
        .take_while(|from| from + BLOCK + REACH <= text.len())
    {
        let mut masks = Masks::default();
        for bit in 0..BLOCK {
            let bytes = &text[from + bit..from + bit + 4];
            let is = |anchor: &Anchor| {
                let mut later = anchor.iter().zip(bytes).skip(1);
                anchor[0].contains(bytes[0]) && later.all(|(set, byte)| set.contains(byte & 127))
            };
            masks.token |= u64::from(TOKEN_SET.contains(bytes[0])) << bit;
            masks.joint |= u64::from(matches!(bytes[0], b'_' | b'-')) << bit;
            masks.digit |= u64::from(bytes[0].is_ascii_digit()) << bit;
            masks.lead |= u64::from(bytes[0] >= 0xc2) << bit;
            masks.anchor |= u64::from(anchors.iter().any(is)) << bit;
        }
        all.push(masks);
    }
    all
}

/// Sifts the anchors.
fn sift(prefilter: &Prefilter, text: &[u8], masks: &mut [Masks]) {
    for (piece, masks) in masks.chunks_mut(PIECE).enumerate() {
        let text = &text[piece * PIECE * BLOCK..];
        let mut alike = masks.to_vec();
        prefilter.sift(text, &mut alike, &mut []);
        prefilter.sift(text, masks, &mut [0; LIST]);
        assert_eq!(alike, masks);
    }
}

/// Asserts that every kernel has the token mask of the oracle and misses none of its
/// anchors, and that all kernels agree after sifting.
fn agree(anchors: &[Anchor], text: &[u8]) {
    let expected = naive(anchors, text);
    let mut scalar = vec![Masks::default(); expected.len() + 1];
    Prefilter::with_kernel(anchors, Kernel::Scalar).masks(text, &mut scalar);
    for kernel in Kernel::all() {
        let mut masks = vec![Masks::default(); expected.len() + 1];
        let prefilter = Prefilter::with_kernel(anchors, kernel);
        let count = prefilter.masks(text, &mut masks);
        assert_eq!(count, expected.len(), "{kernel:?}");
        sift(&prefilter, text, &mut masks);
        assert_eq!(masks, scalar, "{kernel:?}");
        for (masks, expected) in masks.iter().zip(&expected) {
            assert_eq!(masks.token, expected.token, "{kernel:?}");
            assert_eq!(masks.digit, expected.digit, "{kernel:?}");
            assert_eq!(masks.joint, expected.joint, "{kernel:?}");
            assert_eq!(masks.lead, expected.lead, "{kernel:?}");
            assert_eq!(
                masks.anchor & expected.anchor,
                expected.anchor,
                "{kernel:?}"
            );
        }
    }
}

fn anchor() -> impl Strategy<Value = Anchor> {
    let set = prop_oneof![
        Just(ByteSet::parse("a")),
        Just(ByteSet::parse("Kk")),
        Just(ByteSet::parse("A-Z0-9")),
        Just(ByteSet::parse(":=\"'")),
        Just(ByteSet::parse("\x00-\x7f")),
    ];
    prop::array::uniform4(set)
}

proptest! {
    #[test]
    fn kernels_agree_with_the_oracle(
        anchors in prop::collection::vec(anchor(), 0..40),
        text in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        agree(&anchors, &text);
    }

    #[test]
    fn kernels_agree_on_text_full_of_anchors(
        anchors in prop::collection::vec(anchor(), 1..12),
        text in "[aKk:=\"é\0A9_-]{0,300}",
    ) {
        agree(&anchors, text.as_bytes());
    }
}

#[test]
fn kernels_agree_on_every_byte_at_every_place() {
    let anchors = [[
        ByteSet::parse("p"),
        ByteSet::parse("a"),
        ByteSet::parse("s"),
        ByteSet::parse("S"),
    ]];
    for byte in 0..=255 {
        for at in 0..BLOCK {
            let mut text = [byte; 2 * BLOCK + REACH];
            text[at..at + 4].copy_from_slice(b"pasS");
            agree(&anchors, &text);
        }
    }
}

proptest! {
    #[test]
    fn wide_anchors_let_nothing_else_through(text in "[A-C0-2a. :-]{0,300}") {
        let set = ByteSet::parse;
        let anchors = [
            [set("A-Z"), set("A-Z"), set("0-9"), set("0-9")],
            [set(" -/:-@"), set("0-9"), set("A-Z"), set("0-9A-Z")],
            [set(":"), set("0-9A-F"), set("0-9A-F:"), set("0-9A-F:")],
        ];
        let expected = naive(&anchors, text.as_bytes());
        for kernel in Kernel::all() {
            let mut masks = vec![Masks::default(); expected.len()];
            let prefilter = Prefilter::with_kernel(&anchors, kernel);
            prefilter.masks(text.as_bytes(), &mut masks);
            sift(&prefilter, text.as_bytes(), &mut masks);
            prop_assert_eq!(&masks, &expected, "{:?}", kernel);
        }
    }
}

#[test]
fn every_kernel_sorts_bytes_alike() {
    let sort = |block: &[u8; BLOCK]| {
        let bits = |is: fn(u8) -> bool| {
            let bytes = block.iter().enumerate();
            bytes.fold(0, |bits, (at, byte)| bits | u64::from(is(*byte)) << at)
        };
        Sorts {
            alnum: bits(|byte| byte.is_ascii_alphanumeric()),
            capital: bits(|byte| byte.is_ascii_uppercase()),
            digit: bits(|byte| byte.is_ascii_digit()),
            bracket: bits(|byte| byte == b'['),
            escape: bits(|byte| byte == b'\\'),
        }
    };
    for seed in 0..=255_u8 {
        let block = std::array::from_fn(|at| match at % 3 {
            0 => seed,
            1 => seed.wrapping_mul(31).wrapping_add(at as u8),
            _ => b"aZ0[\\-\x80_"[at / 3 % 8],
        });
        for kernel in Kernel::all() {
            let sorts = Prefilter::with_kernel(&[], kernel).sorts(&block);
            assert_eq!(sorts, sort(&block), "{kernel:?} {block:?}");
        }
    }
}

proptest! {
    #[test]
    fn anchors_are_listed_as_they_stand(
        sets in prop::collection::vec(
            prop_oneof![Just(0), Just(u64::MAX), any::<u64>(), (0..64_u32).prop_map(|bit| 1 << bit)],
            0..=PIECE,
        ),
    ) {
        let naive = sets.iter().enumerate();
        let naive = naive.flat_map(|(block, set)| ones(*set).map(move |bit| block * BLOCK + bit));
        let naive: Vec<u16> = naive.map(|place| place as u16).collect();
        for kernel in Kernel::all() {
            let mut places = [u16::MAX; LIST];
            let prefilter = Prefilter::with_kernel(&[], kernel);
            let count = prefilter.list(sets.iter().copied(), &mut places);
            prop_assert_eq!(&places[..count], &naive, "{:?}", kernel);
        }
    }
}
