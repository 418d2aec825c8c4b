//! What keeps a card from being opened is told with its remedy: on made-up trees of `/sys` and `/dev`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use flowswitch_driver::vfio::{Host, SetupError, VfioDevice};
use tempfile::TempDir;

const CARD: &str = "0000:01:00.0";

/// A machine with a card that is ready to be opened.
struct Machine {
    root: TempDir,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let machine = Self { root };
        machine.driver("vfio-pci");
        machine.driver("xdma");
        machine.function(CARD, 0x10ee, 0xf105, Some(7), Some("vfio-pci"));
        machine.write("sys/bus/pci/drivers_probe", "");
        machine.write("dev/vfio/vfio", "");
        machine.write("dev/vfio/7", "");
        machine
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("a file")
    }

    fn driver(&self, name: &str) {
        self.write(&format!("sys/bus/pci/drivers/{name}/unbind"), "");
    }

    fn function(
        &self,
        address: &str,
        vendor: u16,
        device: u16,
        group: Option<u32>,
        driver: Option<&str>,
    ) {
        let folder = format!("sys/bus/pci/devices/{address}");
        self.write(&format!("{folder}/vendor"), &format!("{vendor:#06x}\n"));
        self.write(&format!("{folder}/device"), &format!("{device:#06x}\n"));
        self.write(&format!("{folder}/driver_override"), "(null)\n");
        if let Some(group) = group {
            let members = self.path(&format!("sys/kernel/iommu_groups/{group}/devices"));
            fs::create_dir_all(&members).expect("a folder");
            symlink(self.path(&folder), members.join(address)).expect("a link");
            let group = self.path(&format!("sys/kernel/iommu_groups/{group}"));
            symlink(group, self.path(&folder).join("iommu_group")).expect("a link");
        }
        self.bind(address, driver);
    }

    fn bind(&self, address: &str, driver: Option<&str>) {
        let link = self.path(&format!("sys/bus/pci/devices/{address}/driver"));
        let _ = fs::remove_file(&link);
        if let Some(driver) = driver {
            let driver = self.path(&format!("sys/bus/pci/drivers/{driver}"));
            symlink(driver, link).expect("a link");
        }
    }

    fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(path).expect("a folder");
        } else {
            fs::remove_file(path).expect("a file");
        }
    }

    fn host(&self) -> Host {
        Host::with_roots(self.path("sys"), self.path("dev"))
    }

    /// The error, whose message must hold the remedy.
    fn missing(&self, remedy: &str) -> SetupError {
        let error = self.host().check(CARD).expect_err("something is missing");
        assert!(error.to_string().contains(remedy), "{error}");
        error
    }
}

#[test]
fn a_card_that_is_ready() {
    let machine = Machine::new();
    let ready = machine.host().check(CARD).expect("nothing is missing");
    assert_eq!((ready.group, ready.address.to_string().as_str()), (7, CARD));
    assert_eq!(machine.host().check("01:00.0").expect("the same"), ready);
}

#[test]
fn what_is_missing_is_told_with_its_remedy() {
    let machine = Machine::new();
    assert!(matches!(
        machine.host().check("01:00"),
        Err(SetupError::BadAddress(_))
    ));
    assert!(matches!(
        machine.host().check("0000:02:00.0"),
        Err(SetupError::NoSuchDevice(_))
    ));

    machine.bind(CARD, Some("xdma"));
    let error = machine.missing("flowswitch device bind 0000:01:00.0");
    assert!(matches!(error, SetupError::NotBound { driver: Some(driver), .. } if driver == "xdma"));
    machine.bind(CARD, None);
    machine.missing("bound to no driver");
    machine.bind(CARD, Some("vfio-pci"));

    machine.remove("dev/vfio/7");
    assert!(matches!(
        machine.missing("modprobe vfio-pci"),
        SetupError::NoNode { .. }
    ));
    machine.write("dev/vfio/7", "");
    machine.remove("dev/vfio/vfio");
    assert!(matches!(
        machine.missing("modprobe vfio-pci"),
        SetupError::NoNode { .. }
    ));

    machine.remove("sys/bus/pci/devices/0000:01:00.0/iommu_group");
    assert!(matches!(
        machine.missing("intel_iommu=on"),
        SetupError::NoIommu(_)
    ));

    machine.write("sys/bus/pci/devices/0000:01:00.0/device", "0x9038\n");
    let error = machine.missing("10ee:9038, not a Flowswitch card");
    assert!(matches!(error, SetupError::NotOurs { device: 0x9038, .. }));
    machine.write("sys/bus/pci/devices/0000:01:00.0/device", "nonsense\n");
    assert!(matches!(machine.missing("device"), SetupError::Io { .. }));
}

#[test]
fn a_group_in_use_is_told_with_who_uses_it() {
    let machine = Machine::new();
    // A bridge and a function without a driver do no harm.
    machine.driver("pcieport");
    machine.driver("snd_hda_intel");
    machine.driver("e1000e");
    machine.function("0000:00:01.0", 0x8086, 1, Some(7), Some("pcieport"));
    machine.function("0000:01:00.1", 0x8086, 2, Some(7), None);
    assert!(machine.host().check(CARD).is_ok());
    machine.function("0000:01:00.3", 0x8086, 4, Some(7), Some("e1000e"));
    machine.function("0000:01:00.2", 0x8086, 3, Some(7), Some("snd_hda_intel"));
    let SetupError::NotViable { group: 7, others } = machine.missing("IOMMU group 7") else {
        panic!("another error");
    };
    assert_eq!(
        others,
        ["0000:01:00.2 (snd_hda_intel)", "0000:01:00.3 (e1000e)"]
    );
}

#[test]
fn candidates_are_listed() {
    let machine = Machine::new();
    machine.function("0000:03:00.0", 0x10ee, 0x9038, None, Some("xdma"));
    machine.function("0000:00:02.0", 0x8086, 0x1234, Some(1), None);
    machine.function("0000:02:00.0", 0x10ee, 0xf105, Some(9), None);
    let found = machine.host().list().expect("a list");
    let told: Vec<_> = found
        .iter()
        .map(|one| {
            (
                one.address.as_str(),
                one.ours,
                one.group,
                one.driver.as_deref(),
                one.state.is_ok(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (CARD, true, Some(7), Some("vfio-pci"), true),
            ("0000:02:00.0", true, Some(9), None, false),
            ("0000:03:00.0", false, None, Some("xdma"), false),
        ]
    );
    let nothing = tempfile::tempdir().expect("a folder");
    let nowhere = Host::with_roots(nothing.path(), nothing.path());
    assert_eq!(nowhere.list().expect("no bus").len(), 0);
}

#[test]
fn binding_gives_the_kernel_its_commands() {
    let machine = Machine::new();
    machine.host().bind(CARD).expect("bound already");
    assert_eq!(
        machine.read("sys/bus/pci/drivers_probe"),
        "",
        "nothing to do"
    );
    machine.bind(CARD, Some("xdma"));
    // Nobody here carries the commands out.
    let error = machine.host().bind(CARD).expect_err("still bound to xdma");
    assert!(
        matches!(&error, SetupError::BindFailed { driver: Some(driver), .. } if driver == "xdma")
    );
    assert!(error.to_string().contains("dmesg"), "{error}");
    let folder = "sys/bus/pci/devices/0000:01:00.0";
    assert!(
        machine
            .read(&format!("{folder}/driver_override"))
            .starts_with("vfio-pci")
    );
    assert_eq!(machine.read("sys/bus/pci/drivers/xdma/unbind"), CARD);
    assert_eq!(machine.read("sys/bus/pci/drivers_probe"), CARD);

    machine.remove("sys/bus/pci/drivers/vfio-pci");
    let error = machine.host().bind(CARD).expect_err("no module");
    assert!(error.to_string().contains("modprobe vfio-pci"), "{error}");
    assert!(matches!(
        machine.host().bind("0000:09:00.0"),
        Err(SetupError::NoSuchDevice(_))
    ));
}

#[test]
fn the_machine_itself_has_no_card_at_an_impossible_place() {
    // Domain ffffffff: no machine has so many.
    let error = VfioDevice::open("ffffffff:ff:1f.7").expect_err("nothing is there");
    assert!(matches!(error, SetupError::NoSuchDevice(_)), "{error}");
    assert!(!Path::new("/sys/bus/pci/devices/ffffffff:ff:1f.7").exists());
}
