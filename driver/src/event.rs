//! One thing that a driver asked of a device, and what came of it: the unit of traces and recordings.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::device::DeviceError;
use crate::register_map;

/// First byte of the bucket window.
const BUCKETS: u32 = 0x8_0000;

/// Something asked of a device. As text it is one line that reads back as the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A register was read.
    Read {
        /// Byte offset in the window.
        offset: u32,
        /// What it held.
        value: u32,
    },
    /// A register was written.
    Write {
        /// Byte offset in the window.
        offset: u32,
        /// What was written.
        value: u32,
    },
    /// An access failed.
    Failed {
        /// Byte offset in the window.
        offset: u32,
        /// How.
        failure: Failure,
    },
    /// Time passed.
    Wait {
        /// How long, in ns.
        ns: u64,
    },
    /// Memory was allocated.
    Allocate {
        /// Bytes asked for.
        bytes: u64,
        /// Its address for the card.
        address: u64,
    },
    /// Interrupt vectors were taken.
    EnableInterrupts {
        /// How many.
        vectors: u8,
    },
    /// An interrupt was waited for.
    WaitInterrupt {
        /// Which vectors would have ended it, bit 0 is vector 0.
        mask: u32,
        /// At most how long, in ns.
        ns: u64,
        /// Which fired.
        fired: u32,
    },
    /// The function was reset.
    Reset,
    /// Something other than a register access failed.
    Refused {
        /// How.
        failure: Failure,
    },
}

/// How something failed, as far as recordings tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The card is gone.
    Gone,
    /// The card refused it.
    Refused,
    /// No answer came.
    NoAnswer,
    /// The device has no such thing.
    Unsupported,
    /// Anything else.
    Other,
}

impl Failure {
    const NAMES: [(Self, &'static str); 5] = [
        (Self::Gone, "gone"),
        (Self::Refused, "refused"),
        (Self::NoAnswer, "no-answer"),
        (Self::Unsupported, "unsupported"),
        (Self::Other, "other"),
    ];

    pub(crate) fn of(error: &DeviceError) -> Self {
        match error {
            DeviceError::Gone => Self::Gone,
            DeviceError::Refused { .. } => Self::Refused,
            DeviceError::NoAnswer { .. } => Self::NoAnswer,
            DeviceError::Unsupported(_) => Self::Unsupported,
            DeviceError::Memory { .. } | DeviceError::Failed(_) => Self::Other,
        }
    }

    /// The error that it was, as nearly as is known.
    pub(crate) fn error(self, offset: u32) -> DeviceError {
        match self {
            Self::Gone => DeviceError::Gone,
            Self::Refused => DeviceError::Refused { offset },
            Self::NoAnswer => DeviceError::NoAnswer { offset },
            Self::Unsupported => DeviceError::Unsupported("what was recorded as unsupported"),
            Self::Other => DeviceError::Failed("a failure that was recorded".into()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(failure, _)| failure == self);
        f.write_str(name.map_or("other", |(_, name)| name))
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { offset, value } => write!(f, "read {offset:#07x} {value:#010x}"),
            Self::Write { offset, value } => write!(f, "write {offset:#07x} {value:#010x}"),
            Self::Failed { offset, failure } => write!(f, "failed {offset:#07x} {failure}"),
            Self::Wait { ns } => write!(f, "wait {ns}"),
            Self::Allocate { bytes, address } => write!(f, "allocate {bytes} {address:#x}"),
            Self::EnableInterrupts { vectors } => write!(f, "enable-interrupts {vectors}"),
            Self::WaitInterrupt { mask, ns, fired } => {
                write!(f, "wait-interrupt {mask:#x} {ns} {fired:#x}")
            }
            Self::Reset => f.write_str("reset"),
            Self::Refused { failure } => write!(f, "refused {failure}"),
        }
    }
}

/// A line that tells of no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no event of a recording")]
pub struct EventError(String);

impl FromStr for Event {
    type Err = EventError;

    fn from_str(line: &str) -> Result<Self, EventError> {
        let parse = || {
            let mut words = line.split_whitespace();
            let kind = words.next()?;
            let rest: Vec<&str> = words.collect();
            let number = |at: usize| {
                let text: &str = rest.get(at)?;
                match text.strip_prefix("0x") {
                    Some(digits) => u64::from_str_radix(digits, 16).ok(),
                    None => text.parse().ok(),
                }
            };
            let word = |at| u32::try_from(number(at)?).ok();
            let failure = |at: usize| {
                let names = Failure::NAMES.iter();
                let mut names = names.filter(|(_, name)| rest.get(at) == Some(name));
                names.next().map(|(failure, _)| *failure)
            };
            let (event, count) = match kind {
                "read" => {
                    let (offset, value) = (word(0)?, word(1)?);
                    (Self::Read { offset, value }, 2)
                }
                "write" => {
                    let (offset, value) = (word(0)?, word(1)?);
                    (Self::Write { offset, value }, 2)
                }
                "failed" => {
                    let (offset, failure) = (word(0)?, failure(1)?);
                    (Self::Failed { offset, failure }, 2)
                }
                "wait" => (Self::Wait { ns: number(0)? }, 1),
                "allocate" => {
                    let (bytes, address) = (number(0)?, number(1)?);
                    (Self::Allocate { bytes, address }, 2)
                }
                "enable-interrupts" => {
                    let vectors = u8::try_from(number(0)?).ok()?;
                    (Self::EnableInterrupts { vectors }, 1)
                }
                "wait-interrupt" => {
                    let (mask, ns, fired) = (word(0)?, number(1)?, word(2)?);
                    (Self::WaitInterrupt { mask, ns, fired }, 3)
                }
                "reset" => (Self::Reset, 0),
                "refused" => {
                    let failure = failure(0)?;
                    (Self::Refused { failure }, 1)
                }
                _ => return None,
            };
            (rest.len() == count).then_some(event)
        };
        parse().ok_or_else(|| EventError(line.to_owned()))
    }
}

impl Event {
    /// The event with the name of its register, for people.
    pub fn named(&self) -> String {
        match self {
            Self::Read { offset, value } => format!("{} is {value:#x}", name(*offset)),
            Self::Write { offset, value } => format!("{} becomes {value:#x}", name(*offset)),
            Self::Failed { offset, failure } => format!("{} failed: {failure}", name(*offset)),
            other => other.to_string(),
        }
    }
}

/// The name of what is at a byte offset of the window.
fn name(offset: u32) -> String {
    if let Some(bucket) = offset.checked_sub(BUCKETS) {
        return format!("bucket {}", bucket / 4);
    }
    match register_map::at(offset) {
        Some(register) => register.name.to_owned(),
        None => format!("{offset:#07x}"),
    }
}

/// A duration in ns; the longest that can be told if it is longer.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
