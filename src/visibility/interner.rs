//! Ids as numbers.

use std::hash::{BuildHasher as _, RandomState};

use crate::Error;
use crate::error::VisibilityCause;

/// Ids as numbers from 0 on, in the order in which they came.
///
/// The ids lie one behind the other, each after its number and its length; the table
/// holds where, with a part of the hash. So a look-up reads two places. The hash is keyed
/// at random, because ids come from outside.
#[derive(Clone, Default)]
pub(super) struct Interner {
    /// `hash high ‖ place + 1`, or zero where there is none. Its length is a power of
    /// two, or zero.
    slots: Vec<u64>,
    /// `number u32 ‖ length u16 ‖ id` each.
    ids: Vec<u8>,
    /// Where each number's id lies.
    places: Vec<u32>,
    hasher: RandomState,
}

const HEAD: usize = 6;

impl Interner {
    pub(super) const MAX_ID: usize = 256;

    #[cfg(test)]
    fn len(&self) -> usize {
        self.places.len()
    }

    #[inline]
    pub(super) fn get(&self, id: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(id);
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let slot = *self.slots.get(at)?;
            let place = (slot as u32).checked_sub(1)?;
            if slot >> 32 == hash >> 32 {
                let (number, known) = self.entry(place)?;
                if known == id.as_bytes() {
                    return Some(number);
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// The number and the id at a place.
    #[inline]
    fn entry(&self, place: u32) -> Option<(u32, &[u8])> {
        let rest = self.ids.get(place as usize..)?;
        let (head, rest) = rest.split_first_chunk::<HEAD>()?;
        let [a, b, c, d, high, low] = *head;
        let len = usize::from(u16::from_be_bytes([high, low]));
        Some((u32::from_be_bytes([a, b, c, d]), rest.get(..len)?))
    }

    /// The id of a number.
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        let place = *self.places.get(number as usize)?;
        let (_, id) = self.entry(place)?;
        std::str::from_utf8(id).ok()
    }

    /// Takes an id that is not known yet.
    pub(super) fn insert(&mut self, what: &'static str, id: &str) -> Result<u32, Error> {
        let (len, limit) = (id.len(), Self::MAX_ID);
        if len == 0 {
            return Err(VisibilityCause::Empty { what }.into());
        }
        if len > limit {
            return Err(VisibilityCause::Length { what, len, limit }.into());
        }
        if self.get(id).is_some() {
            return Err(VisibilityCause::Taken { what }.into());
        }
        let limit = u32::MAX as usize - 1;
        let many = || Error::from(VisibilityCause::Many { what, limit });
        let place = u32::try_from(self.ids.len()).ok();
        let place = place.filter(|place| *place < u32::MAX).ok_or_else(many)?;
        let number = u32::try_from(self.places.len()).ok();
        let number = number
            .filter(|number| *number < u32::MAX)
            .ok_or_else(many)?;
        if (self.places.len() + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        self.ids.extend(number.to_be_bytes());
        self.ids
            .extend(u16::try_from(len).unwrap_or(0).to_be_bytes());
        self.ids.extend(id.as_bytes());
        self.places.push(place);
        self.put(self.hasher.hash_one(id), place);
        Ok(number)
    }

    fn put(&mut self, hash: u64, place: u32) {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if *slot == 0 {
                *slot = hash >> 32 << 32 | u64::from(place + 1);
                return;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let len = (self.slots.len() * 2).max(16);
        self.slots = vec![0; len];
        for number in 0..self.places.len() {
            let hash = self.text(number as u32).map(|id| self.hasher.hash_one(id));
            let place = self.places.get(number).copied();
            if let Some((hash, place)) = hash.zip(place) {
                self.put(hash, place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;

    #[test]
    fn an_id_has_bounds() {
        let mut ids = Interner::default();
        assert_eq!(ids.get(""), None);
        let error = ids.insert("x", "").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let error = ids.insert("x", &"a".repeat(257)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(ids.insert("x", &"a".repeat(256)).unwrap(), 0);
    }

    proptest! {
        #[test]
        fn it_is_a_map(all in prop::collection::vec("[a-c]{1,4}", 0..200), other in "[a-d]{0,4}") {
            let (mut ids, mut map) = (Interner::default(), HashMap::new());
            for id in &all {
                let next = map.len() as u32;
                let result = ids.insert("x", id);
                match map.entry(id.clone()) {
                    std::collections::hash_map::Entry::Occupied(_) => {
                        prop_assert_eq!(result.unwrap_err().kind(), ErrorKind::Conflict);
                    }
                    std::collections::hash_map::Entry::Vacant(entry) => {
                        prop_assert_eq!(result.unwrap(), *entry.insert(next));
                    }
                }
            }
            prop_assert_eq!(ids.len(), map.len());
            for (id, number) in &map {
                prop_assert_eq!(ids.get(id), Some(*number));
                prop_assert_eq!(ids.text(*number), Some(&**id));
            }
            prop_assert_eq!(ids.get(&other), map.get(&other).copied());
            prop_assert_eq!(ids.text(map.len() as u32), None);
        }
    }
}
