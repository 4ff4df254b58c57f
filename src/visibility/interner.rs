//! Numbers for ids.

use crate::Error;
use crate::error::VisibilityCause;
use crate::hash::NameHash;

/// Ids as numbers from 0 on, in the order in which they came.
///
/// A slot of the table holds a short id itself, so that a look-up reads one place; longer
/// ids lie one behind the other elsewhere. The hash is keyed at random, because ids come
/// from outside.
#[derive(Clone, Default)]
pub(super) struct Interner {
    /// Its length is a power of two, or zero.
    slots: Vec<Slot>,
    /// In which slot each number is.
    places: Vec<u32>,
    long: Vec<u8>,
    hasher: NameHash,
}

/// One id: half a cache line.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Slot {
    /// The number plus one, or zero where there is no id.
    next: u32,
    tag: u16,
    len: u16,
    /// The id, or where it begins among the long ones.
    id: [u8; SHORT],
}

const SHORT: usize = 24;

const EMPTY: Slot = Slot {
    next: 0,
    tag: 0,
    len: 0,
    id: [0; SHORT],
};

impl Interner {
    pub(super) const MAX_ID: usize = 256;

    #[cfg(test)]
    fn len(&self) -> usize {
        self.places.len()
    }

    #[inline]
    pub(super) fn get(&self, id: &str) -> Option<u32> {
        let hash = self.hasher.of(id);
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots.get(at)?;
            let number = slot.next.checked_sub(1)?;
            if slot.tag == tag(hash) && self.id_in(slot) == Some(id.as_bytes()) {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    #[inline]
    fn id_in<'s>(&'s self, slot: &'s Slot) -> Option<&'s [u8]> {
        let len = usize::from(slot.len);
        if len <= SHORT {
            return slot.id.get(..len);
        }
        let (start, _) = slot.id.split_first_chunk()?;
        let start = u32::from_be_bytes(*start) as usize;
        self.long.get(start..start.checked_add(len)?)
    }

    /// The id of a number.
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        let place = *self.places.get(number as usize)?;
        let id = self.id_in(self.slots.get(place as usize)?)?;
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
        let limit = (u32::MAX / 4) as usize;
        let many = || Error::from(VisibilityCause::Many { what, limit });
        let number = u32::try_from(self.places.len()).ok();
        let number = number.filter(|number| (*number as usize) < limit);
        let number = number.ok_or_else(many)?;
        let start = u32::try_from(self.long.len()).map_err(|_| many())?;
        let hash = self.hasher.of(id);
        let mut slot = Slot {
            next: number + 1,
            tag: tag(hash),
            len: u16::try_from(len).map_err(|_| many())?,
            id: [0; SHORT],
        };
        if let Some(place) = slot.id.get_mut(..len) {
            place.copy_from_slice(id.as_bytes());
        } else {
            if let Some(place) = slot.id.first_chunk_mut() {
                *place = start.to_be_bytes();
            }
            self.long.extend(id.as_bytes());
        }
        if (self.places.len() + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        self.places.push(0);
        self.put(hash, slot);
        Ok(number)
    }

    fn put(&mut self, hash: u64, new: Slot) {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.next == 0 {
                *slot = new;
                let place = self.places.get_mut((new.next - 1) as usize);
                if let Some((place, at)) = place.zip(u32::try_from(at).ok()) {
                    *place = at;
                }
                return;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let len = (self.slots.len() * 2).max(16);
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; len]);
        for slot in old.into_iter().filter(|slot| slot.next != 0) {
            let id = self
                .id_in(&slot)
                .and_then(|id| std::str::from_utf8(id).ok());
            if let Some(hash) = id.map(|id| self.hasher.of(id)) {
                self.put(hash, slot);
            }
        }
    }
}

/// The part of a hash that a slot holds; the place comes from the other end.
const fn tag(hash: u64) -> u16 {
    (hash >> 48) as u16
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
        fn it_is_a_map(all in prop::collection::vec("[a-c]{1,4}(x{19,24})?", 0..200), other in "[a-d]{0,4}") {
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
