//! When virtual addresses are announced by which logical port: section 3 of the verdicts page.

use crate::logical_port::numbers;

/// Ticks after the first in which a logical port is due again.
const REPEATS: u8 = 2;
/// Logical ports of a card.
const LOGICAL_PORTS: usize = 64;

/// The announcer's state. Sets of logical ports are a bit each.
#[derive(Clone, Debug)]
pub(crate) struct Announcer {
    /// In ticks; 0: never.
    interval: u16,
    /// Ticks since all were last due.
    elapsed: u16,
    /// Logical ports that are due.
    due: u64,
    /// Of each logical port, the ticks to come in which it is due.
    repeats: [u8; LOGICAL_PORTS],
    /// The logical port whose turn it is, and the number of its next virtual address.
    turn: Option<(u8, u8)>,
}

impl Default for Announcer {
    fn default() -> Self {
        Self {
            interval: 0,
            elapsed: 0,
            due: 0,
            repeats: [0; LOGICAL_PORTS],
            turn: None,
        }
    }
}

impl Announcer {
    pub(crate) fn set_interval(&mut self, interval: u16) {
        if interval == 0 {
            *self = Self::default();
        } else if self.interval == 0 {
            self.interval = interval;
            self.elapsed = 0;
            self.begin(u64::MAX);
        } else {
            self.interval = interval;
        }
    }

    /// These are due now and in the next two ticks.
    pub(crate) fn begin(&mut self, logical_ports: u64) {
        if self.interval == 0 {
            return;
        }
        self.due |= logical_ports;
        for number in numbers(logical_ports) {
            self.repeats[usize::from(number)] = REPEATS;
        }
    }

    /// The time has moved to another tick.
    pub(crate) fn tick(&mut self) {
        if self.interval == 0 {
            return;
        }
        for (number, repeats) in self.repeats.iter_mut().enumerate() {
            if let Some(left) = repeats.checked_sub(1) {
                *repeats = left;
                self.due |= 1 << number;
            }
        }
        self.elapsed += 1;
        if self.elapsed >= self.interval {
            self.elapsed = 0;
            self.due = u64::MAX;
        }
    }

    /// The logical port and the number of the virtual address to be announced next; of the logical ports only those
    /// in `able` are asked, the others are no longer due.
    pub(crate) fn next(&mut self, able: u64, vips: u8) -> Option<(u8, u8)> {
        self.due &= able;
        loop {
            let (logical_port, vip) = match self.turn.take() {
                Some(turn) => turn,
                None => {
                    let lowest = numbers(self.due).next()?;
                    self.due &= !(1 << lowest);
                    (lowest, 0)
                }
            };
            if able >> logical_port & 1 == 1 && vip < vips {
                // What is added later waits for its time.
                self.turn = (vip + 1 < vips).then_some((logical_port, vip + 1));
                return Some((logical_port, vip));
            }
        }
    }

    /// The logical port of which [`Announcer::next`] would name an address.
    pub(crate) fn peek(&self, able: u64, vips: u8) -> Option<u8> {
        let within = |(logical_port, vip): &(u8, u8)| able >> logical_port & 1 == 1 && *vip < vips;
        let turn = self
            .turn
            .filter(within)
            .map(|(logical_port, _)| logical_port);
        turn.or_else(|| numbers(self.due & able).next().filter(|_| vips != 0))
    }

    /// Whether the logical port that was named last has another address to tell.
    pub(crate) fn is_within_turn(&self) -> bool {
        self.turn.is_some()
    }

    /// True if nothing is due, whatever the logical ports are able to.
    pub(crate) fn is_quiet(&self) -> bool {
        self.due == 0 && self.turn.is_none()
    }

    /// Whether [`Announcer::next`] would name one.
    #[cfg(test)]
    fn is_due(&self, able: u64, vips: u8) -> bool {
        self.peek(able, vips).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that is announced now, as (logical port, virtual address).
    fn take(announcer: &mut Announcer, able: u64, vips: u8) -> Vec<(u8, u8)> {
        let announced = std::iter::from_fn(|| announcer.next(able, vips)).collect();
        assert!(!announcer.is_due(able, vips));
        announced
    }

    #[test]
    fn without_an_interval_nothing_is_announced() {
        let mut announcer = Announcer::default();
        announcer.begin(1);
        announcer.tick();
        assert_eq!(take(&mut announcer, u64::MAX, 3), []);
    }

    #[test]
    fn set_from_0_three_times_and_then_by_the_interval() {
        let mut announcer = Announcer::default();
        announcer.set_interval(5);
        let mut counts = Vec::new();
        for _ in 0..12 {
            counts.push(take(&mut announcer, 0b101, 2).len());
            announcer.tick();
        }
        assert_eq!(counts, [4, 4, 4, 0, 0, 4, 0, 0, 0, 0, 4, 0]);
        announcer.set_interval(7);
        assert_eq!(take(&mut announcer, 0b101, 2), [], "set from 5");
        announcer.set_interval(0);
        announcer.set_interval(7);
        assert_eq!(
            take(&mut announcer, 0b101, 2),
            [(0, 0), (0, 1), (2, 0), (2, 1)]
        );
    }

    #[test]
    fn a_link_that_comes_up_concerns_its_own_alone() {
        let mut announcer = Announcer::default();
        announcer.set_interval(100);
        for _ in 0..3 {
            take(&mut announcer, 0b11, 1);
            announcer.tick();
        }
        announcer.begin(0b10);
        assert!(announcer.is_due(0b11, 1));
        let announced: Vec<_> = (0..4)
            .map(|_| {
                let announced = take(&mut announcer, 0b11, 1);
                announcer.tick();
                announced
            })
            .collect();
        assert_eq!(
            announced,
            [vec![(1, 0)], vec![(1, 0)], vec![(1, 0)], vec![]]
        );
    }

    #[test]
    fn one_that_cannot_is_no_longer_due() {
        let mut announcer = Announcer::default();
        announcer.set_interval(100);
        assert_eq!(announcer.next(0b11, 2), Some((0, 0)));
        assert_eq!(take(&mut announcer, 0b10, 2), [(1, 0), (1, 1)]);
        assert_eq!(take(&mut announcer, 0b11, 2), []);
    }

    #[test]
    fn addresses_that_come_later_wait_for_their_time() {
        let mut announcer = Announcer::default();
        announcer.set_interval(100);
        assert_eq!(announcer.next(0b1, 1), Some((0, 0)));
        assert_eq!(take(&mut announcer, 0b1, 3), []);
        announcer.tick();
        assert_eq!(take(&mut announcer, 0b1, 3), [(0, 0), (0, 1), (0, 2)]);
    }
}
