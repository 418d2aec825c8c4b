//! Addresses under which a card reaches memory, chosen here.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The first address: above everything that x86 keeps for itself, such as the interrupts' window below 4 GiB.
const FIRST: u64 = 1 << 32;
/// The end: IOMMUs with 39 bits are the smallest in use.
const END: u64 = 1 << 39;
/// Addresses are multiples of a huge page, so that the IOMMU can map by huge pages.
pub(crate) const HUGE_PAGE: u64 = 2 << 20;

/// Which addresses are taken.
#[derive(Debug, Default)]
pub(crate) struct IovaSpace(Mutex<BTreeMap<u64, u64>>);

impl IovaSpace {
    /// Takes the first free range of so many bytes; none if there is none.
    pub(crate) fn take(&self, bytes: u64) -> Option<u64> {
        let bytes = bytes.max(1).checked_next_multiple_of(HUGE_PAGE)?;
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut start = FIRST;
        for (other, length) in taken.iter() {
            if start.checked_add(bytes)? <= *other {
                break;
            }
            start = other + length;
        }
        if start.checked_add(bytes)? > END {
            return None;
        }
        taken.insert(start, bytes);
        Some(start)
    }

    /// Gives a range back.
    pub(crate) fn give(&self, start: u64) {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_never_meet_and_gaps_are_used_again() {
        let space = IovaSpace::default();
        let first = space.take(1).unwrap();
        let second = space.take(HUGE_PAGE + 1).unwrap();
        let third = space.take(4096).unwrap();
        assert_eq!(
            [first, second, third],
            [FIRST, FIRST + HUGE_PAGE, FIRST + 3 * HUGE_PAGE]
        );
        space.give(second);
        assert_eq!(space.take(2 * HUGE_PAGE + 1).unwrap(), third + HUGE_PAGE);
        assert_eq!(space.take(2 * HUGE_PAGE), Some(second));
        assert_eq!(space.take(END), None);
        assert_eq!(space.take(u64::MAX), None);
    }
}
