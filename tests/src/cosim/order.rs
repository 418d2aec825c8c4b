//! Which of a batch's frames each verdict record is about: a port's records come in the order of its frames.

use flowswitch_model::Model;
use flowswitch_sim::rtl::VerdictRecord;

/// A frame that entered by a network port.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Its bytes.
    pub data: Vec<u8>,
    /// Marked bad by the MAC.
    pub error: bool,
}

impl Entered {
    /// Clocks that it takes at the port.
    pub fn beats(&self) -> u64 {
        self.data.len().div_ceil(64) as u64
    }

    /// Whether row 1 drops it for itself, so that it has no record.
    pub fn malformed(&self) -> bool {
        Model::is_malformed(&self.data, self.error)
    }
}

/// Which of a port's frames were looked up.
#[derive(Clone, Debug, Default)]
pub struct LookedUp {
    /// For each record of the port, the position of its frame.
    pub frames: Vec<usize>,
    /// Positions of frames whose key found the port's queue full.
    pub overrun: Vec<usize>,
}

/// Matches a port's records with its frames. Where all frames that want a look-up have one there is nothing to
/// choose. Otherwise frames must have entered back to back, `start` being the clock of the first beat: then the clock
/// in which a frame entered tells it.
pub fn match_records(
    frames: &[Entered],
    records: &[&VerdictRecord],
    start: Option<u64>,
) -> Result<LookedUp, String> {
    let wanted: Vec<usize> = (0..frames.len())
        .filter(|&index| !frames[index].malformed())
        .collect();
    if wanted.len() == records.len() {
        return Ok(LookedUp {
            frames: wanted,
            overrun: Vec::new(),
        });
    }
    let Some(mut clock) = start else {
        return Err(format!(
            "{} look-ups of {} frames that want one, at a pace that the engine can keep",
            records.len(),
            wanted.len()
        ));
    };
    let mut looked_up = LookedUp::default();
    let mut records = records.iter().peekable();
    for (index, frame) in frames.iter().enumerate() {
        if records
            .next_if(|record| record.arrival_clock == clock)
            .is_some()
        {
            looked_up.frames.push(index);
        } else if !frame.malformed() {
            looked_up.overrun.push(index);
        }
        clock += frame.beats();
    }
    match records.next() {
        Some(record) => Err(format!(
            "a look-up of a frame of clock {}, in which none began",
            record.arrival_clock
        )),
        None => Ok(looked_up),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize) -> Entered {
        Entered {
            data: vec![0x55; length],
            error: false,
        }
    }

    fn record(arrival_clock: u64) -> VerdictRecord {
        VerdictRecord {
            engine: 0,
            port: 0,
            row: 19,
            reason: 0,
            egress: 1,
            flow: 0,
            clock: 0,
            arrival_clock,
        }
    }

    #[test]
    fn overrun_frames_are_told_by_their_clock() {
        let frames = [frame(64), frame(59), frame(128), frame(64)];
        let records = [record(100), record(104)];
        let found = match_records(&frames, &records.each_ref()[..], Some(100)).expect("a match");
        assert_eq!((found.frames, found.overrun), (vec![0, 3], vec![2]));
    }

    #[test]
    fn a_record_without_a_frame_is_a_fault() {
        let frames = [frame(64), frame(128), frame(64)];
        assert!(match_records(&frames, &[&record(100), &record(102)], Some(100)).is_err());
        assert!(match_records(&frames, &[&record(100)], None).is_err());
    }
}
