//! The PCI functions of this machine: which are cards, what keeps them from being opened, and binding.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::error::SetupError;

/// Vendor number of the boards' PCIe block.
pub const VENDOR: u16 = 0x10ee;
/// Device number of a Flowswitch card.
pub const DEVICE: u16 = 0xf105;
/// The kernel's driver that hands functions to programs.
const DRIVER: &str = "vfio-pci";
/// Drivers that leave a function of a group alone, so that the group is viable.
const HARMLESS: [&str; 3] = [DRIVER, "pci-stub", "pcieport"];

/// The address of a PCI function: domain, bus, device and function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PciAddress {
    domain: u32,
    bus: u8,
    device: u8,
    function: u8,
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            domain,
            bus,
            device,
            function,
        } = self;
        write!(f, "{domain:04x}:{bus:02x}:{device:02x}.{function}")
    }
}

impl FromStr for PciAddress {
    type Err = SetupError;

    /// Takes "0000:01:00.0", and "01:00.0" of domain 0.
    fn from_str(text: &str) -> Result<Self, SetupError> {
        let parse = || {
            let (place, function) = text.split_once('.')?;
            let mut parts = place.rsplit(':');
            let (device, bus) = (parts.next()?, parts.next()?);
            let domain = parts.next().unwrap_or("0");
            let hexadecimal = |text: &str, most: u32| {
                let digits = (1..=8).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                let value = digits.then(|| u32::from_str_radix(text, 16).ok())?;
                value.filter(|value| *value <= most)
            };
            let address = Self {
                domain: hexadecimal(domain, u32::MAX)?,
                bus: u8::try_from(hexadecimal(bus, 0xff)?).ok()?,
                device: u8::try_from(hexadecimal(device, 0x1f)?).ok()?,
                function: u8::try_from(hexadecimal(function, 7)?).ok()?,
            };
            parts.next().is_none().then_some(address)
        };
        parse().ok_or_else(|| SetupError::BadAddress(text.to_owned()))
    }
}

/// A PCI function that is or could be a card.
#[derive(Debug)]
pub struct Function {
    /// Its address, as `open` and `bind` take it.
    pub address: String,
    /// Vendor number.
    pub vendor: u16,
    /// Device number.
    pub device: u16,
    /// It is a Flowswitch card, by its numbers; else another function of the same vendor, such as a board with another bitstream.
    pub ours: bool,
    /// The kernel's driver that has it.
    pub driver: Option<String>,
    /// Its IOMMU group.
    pub group: Option<u32>,
    /// Whether it can be opened; if not, why and what mends it.
    pub state: Result<(), SetupError>,
}

/// A function that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Its folder in sysfs.
    pub folder: PathBuf,
    /// Its address.
    pub address: PciAddress,
    /// Its IOMMU group.
    pub group: u32,
}

/// Where the kernel tells of PCI functions, and where its device nodes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    sysfs: PathBuf,
    nodes: PathBuf,
}

impl Default for Host {
    /// The machine itself: `/sys` and `/dev`.
    fn default() -> Self {
        Self::with_roots("/sys", "/dev")
    }
}

impl Host {
    /// Another tree in the place of `/sys` and `/dev`. [`Host::check`], [`Host::list`] and [`Host::bind`] follow it.
    pub fn with_roots(sysfs: impl Into<PathBuf>, nodes: impl Into<PathBuf>) -> Self {
        Self {
            sysfs: sysfs.into(),
            nodes: nodes.into(),
        }
    }

    /// All functions of the boards' vendor, in order of their addresses.
    ///
    /// # Errors
    /// [`SetupError::Io`] if sysfs cannot be read.
    pub fn list(&self) -> Result<Vec<Function>, SetupError> {
        let path = self.sysfs.join("bus/pci/devices");
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            // A machine without a PCI bus.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(SetupError::Io { path, source }),
        };
        let names = entries.flatten().map(|entry| entry.file_name());
        let mut addresses: Vec<PciAddress> = names
            .filter_map(|name| name.to_str()?.parse().ok())
            .collect();
        addresses.sort();
        let functions = addresses.into_iter().filter_map(|address| {
            let folder = self.folder(address);
            let (vendor, device) = (
                number(&folder, "vendor").ok()?,
                number(&folder, "device").ok()?,
            );
            (vendor == VENDOR).then(|| Function {
                address: address.to_string(),
                vendor,
                device,
                ours: device == DEVICE,
                driver: link_name(&folder.join("driver")),
                group: group(&folder),
                state: self.check(&address.to_string()).map(|_| ()),
            })
        });
        Ok(functions.collect())
    }

    /// Tells whether a card can be opened by this user. Nothing is changed.
    ///
    /// # Errors
    /// What is missing, with what mends it.
    pub fn check(&self, address: &str) -> Result<Ready, SetupError> {
        let ready = self.find(address)?;
        let driver = link_name(&ready.folder.join("driver"));
        if driver.as_deref() != Some(DRIVER) {
            let address = ready.address.to_string();
            return Err(SetupError::NotBound { address, driver });
        }
        self.check_viable(&ready)?;
        // The group may be open once only: it is closed again at once.
        for node in ["vfio".to_owned(), ready.group.to_string()] {
            let path = self.nodes.join("vfio").join(node);
            let opened = fs::OpenOptions::new().read(true).write(true).open(&path);
            opened.map_err(|error| SetupError::of_node(path, error))?;
        }
        Ok(ready)
    }

    /// Hands a card to `vfio-pci`, whatever driver had it; needs root. Nothing is done if that has it already.
    ///
    /// # Errors
    /// What keeps it from being bound, with what mends it.
    pub fn bind(&self, address: &str) -> Result<(), SetupError> {
        let ready = self.find(address)?;
        let name = ready.address.to_string();
        let driver = ready.folder.join("driver");
        if link_name(&driver).as_deref() == Some(DRIVER) {
            return Ok(());
        }
        if !self.sysfs.join("bus/pci/drivers").join(DRIVER).exists() {
            return Err(SetupError::NoModule);
        }
        command(&ready.folder.join("driver_override"), DRIVER)?;
        if driver.exists() {
            command(&driver.join("unbind"), &name)?;
        }
        command(&self.sysfs.join("bus/pci/drivers_probe"), &name)?;
        match link_name(&driver) {
            Some(driver) if driver == DRIVER => Ok(()),
            driver => Err(SetupError::BindFailed {
                address: name,
                driver,
            }),
        }
    }

    /// A card with an IOMMU group, bound or not.
    fn find(&self, address: &str) -> Result<Ready, SetupError> {
        let address: PciAddress = address.parse()?;
        let folder = self.folder(address);
        let name = address.to_string();
        if !folder.exists() {
            return Err(SetupError::NoSuchDevice(name));
        }
        let (vendor, device) = (number(&folder, "vendor")?, number(&folder, "device")?);
        if (vendor, device) != (VENDOR, DEVICE) {
            return Err(SetupError::NotOurs {
                address: name,
                vendor,
                device,
            });
        }
        let group = group(&folder).ok_or(SetupError::NoIommu(name))?;
        Ok(Ready {
            folder,
            address,
            group,
        })
    }

    /// The kernel refuses a group of which it uses another function itself.
    fn check_viable(&self, ready: &Ready) -> Result<(), SetupError> {
        let path = ready.folder.join("iommu_group/devices");
        let entries = fs::read_dir(&path).map_err(|source| SetupError::Io { path, source })?;
        let mut others: Vec<String> = entries
            .flatten()
            .filter_map(|entry| {
                let driver = link_name(&entry.path().join("driver"))?;
                let harmless = HARMLESS.contains(&driver.as_str());
                (!harmless).then(|| format!("{} ({driver})", entry.file_name().display()))
            })
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        others.sort();
        let group = ready.group;
        Err(SetupError::NotViable { group, others })
    }

    fn folder(&self, address: PciAddress) -> PathBuf {
        self.sysfs.join("bus/pci/devices").join(address.to_string())
    }
}

/// A number of sysfs, such as 0x10ee.
fn number(folder: &Path, name: &str) -> Result<u16, SetupError> {
    let path = folder.join(name);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(SetupError::Io { path, source }),
    };
    let digits = text.trim().strip_prefix("0x").unwrap_or_default();
    u16::from_str_radix(digits, 16).map_err(|error| SetupError::Io {
        path,
        source: io::Error::other(error),
    })
}

fn group(folder: &Path) -> Option<u32> {
    link_name(&folder.join("iommu_group"))?.parse().ok()
}

/// The last part of what a link leads to.
fn link_name(link: &Path) -> Option<String> {
    Some(fs::read_link(link).ok()?.file_name()?.to_str()?.to_owned())
}

/// Writes a command to a file of sysfs, which is never created.
fn command(path: &Path, text: &str) -> Result<(), SetupError> {
    let mut options = fs::OpenOptions::new();
    let written = options
        .write(true)
        .open(path)
        .and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|error| SetupError::of_command(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_of_a_node_means() {
        let path = || PathBuf::from("/dev/vfio/7");
        let of = |number| SetupError::of_node(path(), io::Error::from_raw_os_error(number));
        // ENOENT, EACCES, EPERM, EBUSY.
        assert!(matches!(of(2), SetupError::NoNode { .. }));
        assert!(matches!(of(13), SetupError::Permission { .. }));
        assert!(matches!(of(1), SetupError::Permission { .. }));
        assert!(matches!(of(16), SetupError::Busy { .. }));
        assert!(matches!(of(5), SetupError::Io { .. }));
        let command = SetupError::of_command(path(), io::Error::from_raw_os_error(13));
        assert!(matches!(command, SetupError::NeedsRoot { .. }));
    }

    #[test]
    fn addresses() {
        let parse = |text: &str| {
            text.parse::<PciAddress>()
                .map(|address| address.to_string())
        };
        assert_eq!(parse("0000:01:00.0").unwrap(), "0000:01:00.0");
        assert_eq!(parse("3b:1f.7").unwrap(), "0000:3b:1f.7");
        assert_eq!(parse("10000:E1:00.0").unwrap(), "10000:e1:00.0");
        let bad = [
            "",
            "0",
            "01:00",
            "1:2:3:4.0",
            "0000:01:20.0",
            "0000:01:00.8",
            "../..:01.0",
            "+1:2.0",
            "0000::0.0",
        ];
        for text in bad {
            assert!(
                matches!(parse(text), Err(SetupError::BadAddress(_))),
                "{text}"
            );
        }
    }
}
