//! Whether the card may have found a queue full: the model takes over which copies it dropped, once that is shown.

use std::collections::BTreeMap;

/// Keys that wait at a port at least before one is refused.
const QUEUE_KEYS: usize = 16;
/// Clocks by which the card's own account of a queue may lag behind what is seen from outside: a beat is read three
/// clocks before it leaves, and its room is given back one or two clocks later.
const SLACK: u64 = 8;

/// A frame on one queue's way, in order; it may leave several times.
#[derive(Clone, Copy, Debug)]
pub struct Queued {
    /// Clock in which its verdict was there.
    pub verdict_clock: u64,
    /// Its beats.
    pub beats: u64,
    /// Clocks in which the first beats of its first and of its last copy left; `None` if it was dropped.
    pub left: Option<(u64, u64)>,
    /// Whether it left in several copies.
    pub several: bool,
}

/// Clocks in which each port began to send a frame, ascending.
#[derive(Clone, Debug)]
pub struct Sendings {
    /// Beats of a queue from one port to another.
    queue_beats: u64,
    by_egress: BTreeMap<u8, Vec<u64>>,
}

impl Sendings {
    /// None yet, of a card whose queues hold so many beats.
    pub fn new(queue_beats: u16) -> Self {
        Self {
            queue_beats: queue_beats.into(),
            by_egress: BTreeMap::new(),
        }
    }

    /// Notes a departure. Departures come in the order of their clocks.
    pub fn note(&mut self, egress: u8, clock: u64) {
        self.by_egress.entry(egress).or_default().push(clock);
    }

    /// The latest clock in which the frame whose first beat left in `clock` can have been sent whole: that before
    /// the port's next frame.
    fn sent_by(&self, egress: u8, clock: u64) -> u64 {
        let clocks = self.by_egress.get(&egress).map_or(&[][..], Vec::as_slice);
        let next = clocks.partition_point(|&other| other <= clock);
        clocks.get(next).copied().unwrap_or(u64::MAX)
    }

    /// At most so many places are not free again in a clock, of those of frames that had left in several copies before:
    /// they become free one a clock, in clocks in which no other beat of the queue is read.
    fn late_places(&self, egress: u8, frames: &[Queued], clock: u64) -> u64 {
        let mut late = 0u64;
        let mut busy_until = 0;
        for frame in frames {
            let Some((first, last)) = frame.left.filter(|(first, _)| *first < clock) else {
                continue;
            };
            late = late.saturating_sub(first.saturating_sub(busy_until));
            busy_until = self.sent_by(egress, last).min(clock);
            if frame.several {
                late += frame.beats;
            }
        }
        late.saturating_sub(clock.saturating_sub(busy_until + SLACK))
    }
}

/// Checks that each dropped frame of one queue can have found it full: the beats before it that were not sent, and its
/// own, are more than the queue holds. Returns the number of drops.
pub fn check_drops(egress: u8, frames: &[Queued], sendings: &Sendings) -> Result<u64, String> {
    let mut drops = 0;
    for (index, frame) in frames
        .iter()
        .enumerate()
        .filter(|(_, frame)| frame.left.is_none())
    {
        drops += 1;
        let waiting: u64 = frames[..index]
            .iter()
            .filter(|before| {
                let left = before.left.map(|(_, last)| sendings.sent_by(egress, last));
                left.is_some_and(|clock| clock.saturating_add(SLACK) > frame.verdict_clock)
            })
            .map(|before| before.beats)
            .sum();
        let late = sendings.late_places(egress, &frames[..index], frame.verdict_clock);
        if waiting + late + frame.beats <= sendings.queue_beats {
            return Err(format!(
                "a frame of {} beats for port {egress}, judged in clock {}, is missing, although at most {waiting} \
                 beats waited before it and {late} places were not free yet",
                frame.beats, frame.verdict_clock
            ));
        }
    }
    Ok(drops)
}

/// Checks that a frame of a port can have found the key queue full: `ended` are the clocks in which the port's frames
/// had come whole and `judged` those of their verdicts, of frames before it that were looked up; it came whole in `clock`.
pub fn check_overrun(ended_and_judged: &[(u64, u64)], clock: u64) -> Result<(), String> {
    let waiting = ended_and_judged
        .iter()
        .rev()
        .take_while(|(_, judged)| *judged > clock)
        .count();
    if waiting < QUEUE_KEYS {
        return Err(format!(
            "a key of clock {clock} was refused while {waiting} waited or were being looked up"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_needs_a_full_queue() {
        let mut sendings = Sendings::new(512);
        for clock in [10_000, 10_150, 10_300, 10_450] {
            sendings.note(2, clock);
        }
        let copy = |verdict_clock, left: Option<u64>| Queued {
            verdict_clock,
            beats: 150,
            left: left.map(|clock| (clock, clock)),
            several: false,
        };
        let held = [
            copy(0, Some(10_000)),
            copy(150, Some(10_150)),
            copy(300, Some(10_300)),
        ];
        assert_eq!(
            check_drops(2, &[&held[..], &[copy(450, None)]].concat(), &sendings),
            Ok(1)
        );
        // With one fewer before it there is room; so there is when the first has left.
        assert!(check_drops(2, &[&held[..2], &[copy(450, None)]].concat(), &sendings).is_err());
        assert!(check_drops(2, &[&held[..], &[copy(10_200, None)]].concat(), &sendings).is_err());
    }

    #[test]
    fn places_of_several_copies_are_late() {
        let mut sendings = Sendings::new(512);
        for clock in [100, 300, 500, 900] {
            sendings.note(2, clock);
        }
        let frames = [Queued {
            verdict_clock: 50,
            beats: 150,
            left: Some((100, 300)),
            several: true,
        }];
        // Its last copy was sent by clock 500.
        assert_eq!(sendings.late_places(2, &frames, 500), 150);
        assert_eq!(sendings.late_places(2, &frames, 500 + SLACK + 50), 100);
        assert_eq!(sendings.late_places(2, &frames, 500 + SLACK + 150), 0);
        let single = Queued {
            several: false,
            ..frames[0]
        };
        assert_eq!(sendings.late_places(2, &[single], 500), 0);
    }

    #[test]
    fn an_overrun_needs_waiting_keys() {
        let waiting: Vec<_> = (0..16).map(|clock| (clock, 100 + clock)).collect();
        assert_eq!(check_overrun(&waiting, 20), Ok(()));
        assert!(check_overrun(&waiting[1..], 20).is_err());
        assert!(check_overrun(&waiting, 101).is_err());
    }
}
