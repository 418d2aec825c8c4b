//! Names of devices, as every command takes them with `--device`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use flowswitch_driver::vfio::PciAddress;

/// Which device a command works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceName {
    /// A simulated card that begins and ends with the command.
    Sim,
    /// A PCI function bound to vfio-pci.
    Vfio(PciAddress),
    /// A card that another process serves on a vfio-user socket.
    Socket(PathBuf),
}

/// A text that names no device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} names no device: write `sim`, `vfio:ADDRESS` with a PCI address as in vfio:0000:01:00.0, or \
     `socket:PATH`"
)]
pub struct DeviceNameError(String);

impl FromStr for DeviceName {
    type Err = DeviceNameError;

    fn from_str(text: &str) -> Result<Self, DeviceNameError> {
        let wrong = || DeviceNameError(text.to_owned());
        if text == "sim" {
            return Ok(Self::Sim);
        }
        match text.split_once(':') {
            Some(("vfio", address)) => Ok(Self::Vfio(address.parse().map_err(|_| wrong())?)),
            Some(("socket", path)) if !path.is_empty() => Ok(Self::Socket(path.into())),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sim => f.write_str("sim"),
            Self::Vfio(address) => write!(f, "vfio:{address}"),
            Self::Socket(path) => write!(f, "socket:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceName;

    #[test]
    fn the_three_forms() {
        for text in ["sim", "vfio:0000:01:00.0", "socket:/run/card.sock"] {
            let name: DeviceName = text.parse().expect("a device");
            assert_eq!(name.to_string(), text);
        }
        let short: DeviceName = "vfio:3b:1f.7".parse().expect("the domain may be left out");
        assert_eq!(short.to_string(), "vfio:0000:3b:1f.7");
    }

    #[test]
    fn what_names_no_device() {
        for text in [
            "",
            "simulation",
            "vfio",
            "vfio:",
            "vfio:0000:01:00",
            "vfio:0000:01:20.0",
            "vfio:0000:01:00.8",
            "vfio:+001:01:00.0",
            "socket:",
            "0000:01:00.0",
        ] {
            let error = text.parse::<DeviceName>().expect_err(text).to_string();
            for form in ["`sim`", "vfio:0000:01:00.0", "`socket:PATH`"] {
                assert!(error.contains(form), "{form} in {error}");
            }
        }
    }
}
