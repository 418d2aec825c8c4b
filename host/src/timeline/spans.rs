//! How many clocks lie in at least one of many spans that come roughly in order.

use std::collections::BTreeMap;

/// Spans that are kept apart: no frame is under way for so long that it could reach back over more.
const MOST: usize = 1 << 12;

/// Clocks that are in any of the spans, each counted once. How many spans there are does not matter to its size.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans {
    /// First clock, and that behind the last, of spans that neither touch nor overlap.
    apart: BTreeMap<u64, u64>,
    /// Clocks in the spans before `counted_to`.
    counted: u64,
    counted_to: u64,
}

impl Spans {
    /// Adds the clocks from `begin` up to, and without, `end`.
    pub(super) fn add(&mut self, begin: u64, end: u64) {
        let (mut begin, mut end) = (begin.max(self.counted_to), end);
        if begin >= end {
            return;
        }
        while let Some((&first, &behind)) = self.apart.range(..=end).next_back()
            && behind >= begin
        {
            (begin, end) = (begin.min(first), end.max(behind));
            self.apart.remove(&first);
        }
        self.apart.insert(begin, end);
        if self.apart.len() > MOST
            && let Some((first, behind)) = self.apart.pop_first()
        {
            self.counted += behind - first;
            self.counted_to = behind;
        }
    }

    /// The clocks of all.
    pub(super) fn clocks(&self) -> u64 {
        let apart = self.apart.iter().map(|(first, behind)| behind - first);
        self.counted + apart.sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Spans};

    #[test]
    fn each_clock_counts_once() {
        let mut spans = Spans::default();
        assert_eq!(spans.clocks(), 0);
        for (begin, end) in [(10, 20), (40, 45), (12, 16), (15, 25), (45, 46), (9, 10)] {
            spans.add(begin, end);
        }
        assert_eq!(spans.clocks(), 16 + 6);
        spans.add(5, 60);
        spans.add(7, 7);
        assert_eq!(spans.clocks(), 55);
    }

    #[test]
    fn spans_without_number_take_no_more_room() {
        let mut spans = Spans::default();
        let number = 3 * MOST as u64;
        for at in 0..number {
            spans.add(10 * at, 10 * at + 3);
            // One that was under way meanwhile.
            spans.add(10 * at.saturating_sub(5), 10 * at + 1);
            assert!(spans.apart.len() <= MOST);
        }
        assert_eq!(spans.clocks(), 10 * (number - 1) + 3);
        for at in (2 * number..4 * number).step_by(2) {
            spans.add(10 * at, 10 * at + 3);
            assert!(spans.apart.len() <= MOST);
        }
        assert_eq!(spans.clocks(), 10 * (number - 1) + 3 + 3 * number);
    }
}
