//! What mends a failure of the driver.

use flowswitch_driver::{DeviceError, Error};

/// What to do about it; for failures whose own text does not say.
pub fn remedy(error: &Error) -> &'static str {
    match error {
        Error::Device(DeviceError::Unsupported(_)) => {
            "use the card itself: `--device vfio:ADDRESS`, or `socket:PATH` for one that another process serves"
        }
        Error::Device(DeviceError::Gone) => {
            "see that the card has power, is seated and enabled (lspci), and open it again"
        }
        Error::Device(DeviceError::Memory { .. }) => {
            "let the process lock more memory (ulimit -l), or close other users of the card"
        }
        Error::NotACard { .. } => "name a Flowswitch card: `flowswitch device list` shows them",
        Error::Version { major, known, .. } if major > known => {
            "use the flowswitch program of the card's bitstream, or a newer one"
        }
        Error::Version { .. } => "load the bitstream of this program's version into the card",
        Error::Image(_) | Error::Full { .. } => {
            "make the configuration smaller, or use a card that has more room (`flowswitch device info`)"
        }
        Error::ServerInUse { .. } => {
            "drain the old server and wait until its flows have ended, then apply again"
        }
        Error::Name(_) | Error::NotReadable(_) | Error::NotWritable(_) | Error::TooWide { .. } => {
            "`flowswitch reg list` shows all names with their bits and access"
        }
        Error::NoRings => {
            "load a bitstream with rings (`flowswitch reg read features.rings` gives 1)"
        }
        Error::Reset => {
            "apply the configuration again (`flowswitch apply --config FILE`); the daemon does so by itself"
        }
        Error::Ring(_) => {
            "see what the IOMMU refused (dmesg) and that the card is master of the bus (lspci -vv: BusMaster+)"
        }
        _ => {
            "reset the card (`flowswitch device reset`) and try again; if it stays, load its bitstream anew"
        }
    }
}
