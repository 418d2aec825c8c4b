//! Frames that no stack would send by itself: claims of others' addresses, many stations, connections never completed.

use crate::neighbour::{Arp, Discovery, group_mac};
use etherparse::PacketBuilder;
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, sendto, socket};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};
use std::os::fd::AsRawFd;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// Frames sent in one go: a wire has a queue, and what it does not take is lost. The card is simulated, and each broadcast
/// leaves by all its ports, so the next ones wait until it has dealt with these.
const BURST: u32 = 16;
/// How long that may take, in seconds.
const PATIENCE: &str = "60";
/// Time between two claims.
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

/// Sends a broadcast from each of so many stations by a device, at the pace of the card that answers for `to`.
///
/// # Errors
/// If there is no such device, raw sockets are not permitted, or the card does not answer.
pub fn flood_stations(device: &str, to: Ipv4Addr, stations: u32) -> io::Result<()> {
    let send = sender(device)?;
    for number in 0..stations {
        let [_, a, b, c] = number.to_be_bytes();
        let mut frame = vec![0xff; 6];
        // Locally administered, and nobody's.
        frame.extend([0x06, 0xf1, 0x00, a, b, c]);
        frame.extend(ETHERTYPE);
        frame.resize(60, 0);
        send(&frame)?;
        if ends_burst(number) {
            // The card answers by itself, after all that came before by this wire.
            let options = ["-q", "-f", "-c", PATIENCE, "-w", PATIENCE, "-I", device];
            answered(Command::new("arping").args(options), to)?;
        }
    }
    Ok(())
}

/// Asks for so many connections to port 80, each from someone who does not exist, at the pace of the card on the way.
///
/// # Errors
/// If raw sockets are not permitted, or nobody answers.
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
        if ends_burst(number) {
            let options = ["-q", "-n", "-c", "1", "-w", PATIENCE];
            answered(Command::new("ping").args(options), to)?;
        }
    }
    Ok(())
}

fn ends_burst(number: u32) -> bool {
    number % BURST == BURST - 1
}

/// Has a program ask somebody until there is an answer.
fn answered(ask: &mut Command, whom: Ipv4Addr) -> io::Result<()> {
    let output = ask.arg(whom.to_string()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{whom} does not answer: {said}")))
}
