//! Real captures, and a cluster for each.
//!
//! They are looked for in `shared/captures` beside the workspace. Its README names each one's most frequent destination, which becomes a
//! cluster, so that the capture is traffic to balance.

use crate::fixture::{member, service, whole_port};
use flowswitch_driver::image::{
    Bucket, BucketRange, ClusterSetup, Image, MacAddress, PortSetup, Service,
};
use flowswitch_sim::pcap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Ports of the cards.
pub const PORTS: u8 = 4;

/// A capture.
pub struct Source {
    /// Its file's name.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// Its frames, padded as a MAC does.
    pub frames: Vec<Vec<u8>>,
    /// The most frequent destination.
    address: IpAddr,
    mac: MacAddress,
}

impl Source {
    /// The most frequent destination, whose address becomes a cluster's; none if its MAC cannot be a station's.
    pub fn cluster(&self) -> Option<(IpAddr, MacAddress)> {
        let usable = self.mac.0[0] & 1 == 0 && self.mac.0 != [0; 6];
        usable.then_some((self.address, self.mac))
    }
}

/// All captures, or why there are none.
///
/// # Errors
/// If there is no folder.
///
/// # Panics
/// If a capture cannot be read.
pub fn sources() -> Result<Vec<Source>, String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace");
    let folder = workspace.join("../shared/captures");
    let table = folder.join("README.md");
    let readme =
        std::fs::read_to_string(&table).map_err(|error| format!("{}: {error}", table.display()))?;
    let rows = readme.lines().filter_map(|line| row(&folder, line));
    Ok(rows
        .map(|(path, address, mac)| source(&path, address, mac))
        .collect())
}

/// A row of the table: file, address, MAC.
fn row(folder: &Path, line: &str) -> Option<(PathBuf, IpAddr, MacAddress)> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [_, file, _, _, destination, _] = cells[..] else {
        return None;
    };
    let (address, mac) = destination.split_once(' ')?;
    let mut octets = [0; 6];
    for (octet, text) in octets.iter_mut().zip(mac.split(':')) {
        *octet = u8::from_str_radix(text, 16).ok()?;
    }
    Some((folder.join(file), address.parse().ok()?, MacAddress(octets)))
}

fn source(path: &Path, address: IpAddr, mac: MacAddress) -> Source {
    let capture =
        pcap::read_file(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let frames = capture.records.into_iter().map(|record| {
        let mut frame = record.data;
        pcap::pad(&mut frame);
        frame
    });
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Source {
        name,
        path: path.to_owned(),
        frames: frames.collect(),
        address,
        mac,
    }
}

/// Four servers, one on each port, share the capture's most frequent destination, whose MAC becomes virtual if it can
/// be a station's at all.
pub fn image(source: &Source) -> Image {
    let all = (1u64 << PORTS) - 1;
    let usable = source.cluster().is_some();
    let cluster = Service {
        buckets: BucketRange { base: 0, log2: 4 },
        ..service(&source.address.to_string(), None, None)
    };
    Image {
        ports: vec![PortSetup::default(); PORTS.into()],
        logical_ports: (0..PORTS).map(|port| whole_port(port, all)).collect(),
        fdb_age: 280,
        services: if usable { vec![cluster] } else { Vec::new() },
        clusters: vec![ClusterSetup::default()],
        members: (0..PORTS)
            .map(|n| (u16::from(n), member(&format!("06000000000{n}"), n)))
            .collect(),
        virtual_macs: if usable { vec![source.mac] } else { Vec::new() },
        host: Some(MacAddress([6, 0, 0, 0, 0, 0x10])),
        buckets: (0..16u16)
            .map(|n| Bucket {
                first: Some(n % 4),
                second: Some((n + 1) % 4),
            })
            .collect(),
        ..Image::default()
    }
}
