use proptest::prelude::*;

use super::*;

fn leaves(count: u64) -> Vec<Hash> {
    (0..count)
        .map(|index| Hash::of_leaf(&index.to_le_bytes()))
        .collect()
}

/// The root as RFC 6962, section 2.1, writes it down.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::empty(),
        [leaf] => *leaf,
        _ => {
            let half = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(half);
            node_hash(&root(left), &root(right))
        }
    }
}

/// The path as RFC 6962, section 2.1.1, writes it down.
fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut path, sibling) = if index < left.len() {
        (path(index, left), root(right))
    } else {
        (path(index - left.len(), right), root(left))
    };
    path.push(sibling);
    path
}

/// The proof as RFC 6962, section 2.1.2, writes it down.
fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { vec![] } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut proof, hash) = if old <= left.len() {
        (subproof(old, left, whole), root(right))
    } else {
        (subproof(old - left.len(), right, false), root(left))
    };
    proof.push(hash);
    proof
}

fn grown(size: u64) -> (Frontier, NodeStack) {
    let (mut frontier, mut nodes) = (Frontier::new(), NodeStack::default());
    for leaf in leaves(size) {
        frontier.push(leaf, |node| nodes.push(node));
    }
    (frontier, nodes)
}

#[test]
fn the_roots_are_those_of_the_specification() {
    for size in 0..=130 {
        let (frontier, nodes) = grown(size);
        let expected = root(&leaves(size));
        assert_eq!(frontier.root(), expected);
        assert_eq!(Edge::new(size, &nodes).unwrap().root(), expected);
        let again = Frontier::from_roots(size, frontier.roots().to_vec()).unwrap();
        assert_eq!(again, frontier);
        if size > 0 {
            assert!(Frontier::from_roots(size, vec![]).is_err());
        }
    }
}

#[test]
fn the_proofs_are_those_of_the_specification() {
    let (_, nodes) = grown(70);
    let leaves = leaves(70);
    for size in 1..=70_usize {
        let edge = Edge::new(size as u64, &nodes).unwrap();
        for index in 0..size {
            let proof = prove_inclusion(index as u64, &edge, &nodes).unwrap();
            assert_eq!(proof.path(), path(index, &leaves[..size]));
            proof.verify_leaf(&leaves[index], &edge.root()).unwrap();
        }
        assert!(prove_inclusion(size as u64, &edge, &nodes).is_err());
        for old in 1..=size {
            let proof = prove_consistency(old as u64, &edge, &nodes).unwrap();
            assert_eq!(proof.path(), subproof(old, &leaves[..size], true));
            proof.verify(&root(&leaves[..old]), &edge.root()).unwrap();
        }
        let from_nothing = prove_consistency(0, &edge, &nodes).unwrap();
        from_nothing.verify(&Hash::empty(), &edge.root()).unwrap();
        assert!(prove_consistency(size as u64 + 1, &edge, &nodes).is_err());
    }
}

#[test]
fn nodes_are_stored_one_after_the_other() {
    let mut next = 0;
    for leaf in 0..300_u64 {
        for level in 0..=(leaf + 1).trailing_zeros() {
            let index = ((leaf + 1) >> level) - 1;
            assert_eq!(stored_index(NodeId { level, index }), next);
            next += 1;
        }
        assert_eq!(stored_count(leaf + 1), next);
    }
}

#[test]
fn tamper_of_a_proof_is_seen() {
    let (_, nodes) = grown(45);
    let leaves = leaves(45);
    for size in 1..=45_usize {
        let edge = Edge::new(size as u64, &nodes).unwrap();
        let top = edge.root();
        for index in 0..size {
            let proof = prove_inclusion(index as u64, &edge, &nodes).unwrap();
            let refused = |proof: &InclusionProof| {
                assert!(
                    proof.verify_leaf(&leaves[index], &top).is_err(),
                    "{proof:?}"
                );
            };
            mutations(proof.path(), |path| {
                refused(&InclusionProof::new(proof.index(), proof.size(), path));
            });
            for other in 0..=size as u64 {
                if other != index as u64 {
                    refused(&InclusionProof::new(
                        other,
                        proof.size(),
                        proof.path().to_vec(),
                    ));
                }
            }
            for leaf in leaves.iter().filter(|leaf| **leaf != leaves[index]) {
                assert!(proof.verify_leaf(leaf, &top).is_err());
            }
        }
        for old in 1..=size {
            let proof = prove_consistency(old as u64, &edge, &nodes).unwrap();
            let before = root(&leaves[..old]);
            mutations(proof.path(), |path| {
                let proof = ConsistencyProof::new(old as u64, size as u64, path);
                assert!(proof.verify(&before, &top).is_err());
            });
            if old < size {
                assert!(proof.verify(&top, &top).is_err());
                assert!(proof.verify(&before, &before).is_err());
            }
        }
    }
}

/// Every path with one hash changed, dropped, doubled or swapped with the next.
fn mutations(path: &[Hash], mut each: impl FnMut(Vec<Hash>)) {
    let mut longer = path.to_vec();
    longer.push(Hash::empty());
    each(longer);
    for at in 0..path.len() {
        let mut changed = path.to_vec();
        let mut bytes = *changed[at].as_bytes();
        bytes[at % 32] ^= 1 << (at % 8);
        changed[at] = Hash::from_bytes(bytes);
        each(changed);
        let mut dropped = path.to_vec();
        dropped.remove(at);
        each(dropped);
        let mut doubled = path.to_vec();
        doubled.insert(at, path[at]);
        each(doubled);
        if at + 1 < path.len() {
            let mut swapped = path.to_vec();
            swapped.swap(at, at + 1);
            each(swapped);
        }
    }
}

#[test]
fn the_hash_of_a_node_is_that_of_its_bytes() {
    use sha2::{Digest as _, Sha256};

    let mut bytes = [7_u8; 65];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = (at * 31) as u8;
    }
    bytes[0] = 1;
    let left = Hash::from_bytes(bytes[1..33].try_into().unwrap());
    let right = Hash::from_bytes(bytes[33..].try_into().unwrap());
    let expected: [u8; 32] = Sha256::digest(bytes).into();
    assert_eq!(node_hash(&left, &right).as_bytes(), &expected);
}

#[test]
fn the_hash_of_a_leaf_is_that_of_its_bytes() {
    use sha2::{Digest as _, Sha256};

    let bytes: Vec<u8> = (0..700_u32).map(|at| (at * 31) as u8).collect();
    for len in 0..bytes.len() {
        let entry = &bytes[..len];
        let sha = Sha256::new().chain_update([0]).chain_update(entry);
        let expected: [u8; 32] = sha.finalize().into();
        assert_eq!(Hash::of_leaf(entry).as_bytes(), &expected, "{len}");
    }
}

proptest! {
    #[test]
    fn proofs_from_nowhere_never_verify(
        index in any::<u64>(),
        size in any::<u64>(),
        path in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let path: Vec<_> = path.into_iter().map(Hash::from_bytes).collect();
        let leaf = Hash::of_leaf(b"entry");
        let proof = InclusionProof::new(index, size, path.clone());
        prop_assert!(proof.verify_leaf(&leaf, &Hash::empty()).is_err());
        let proof = ConsistencyProof::new(index, size, path);
        prop_assert!(proof.verify(&leaf, &Hash::empty()).is_err());
    }
}
