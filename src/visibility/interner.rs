//! Ids as numbers.

use std::hash::{BuildHasher as _, RandomState};

use crate::Error;
use crate::error::VisibilityCause;

/// Ids as numbers from 0 on, in the order in which they came.
///
/// The texts lie one behind the other, and the table holds a part of the hash beside
/// each number, so that a look-up reads two places. The hash is keyed at random: ids come
/// from outside.
#[derive(Clone, Default)]
pub(super) struct Interner {
    /// `hash high ‖ number + 1`, or zero where there is none. Its length is a power of
    /// two, or zero.
    slots: Vec<u64>,
    text: String,
    ends: Vec<u32>,
    hasher: RandomState,
}

impl Interner {
    pub(super) const MAX_ID: usize = 256;

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, id: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(id);
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let slot = *self.slots.get(at)?;
            let number = (slot as u32).checked_sub(1)?;
            if slot >> 32 == hash >> 32 && self.text(number) == Some(id) {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    /// The id of a number.
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        let number = number as usize;
        let end = *self.ends.get(number)? as usize;
        let start = match number.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.text.get(start..end)
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
        let end = u32::try_from(self.text.len() + len).map_err(|_| many())?;
        let number = u32::try_from(self.ends.len()).map_err(|_| many())?;
        if (self.ends.len() + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        self.text.push_str(id);
        self.ends.push(end);
        self.place(self.hasher.hash_one(id), number);
        Ok(number)
    }

    fn place(&mut self, hash: u64, number: u32) {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while let Some(slot) = self.slots.get_mut(at) {
            if *slot == 0 {
                *slot = hash >> 32 << 32 | u64::from(number + 1);
                return;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let len = (self.slots.len() * 2).max(16);
        self.slots = vec![0; len];
        for number in 0..self.ends.len() as u32 {
            let hash = self.text(number).map(|id| self.hasher.hash_one(id));
            if let Some(hash) = hash {
                self.place(hash, number);
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
