//! A server with a stack of its own (smoltcp on Ethernet), which shares its address with others.

use std::collections::VecDeque;
use std::net::IpAddr;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr};

pub struct Server {
    pub mac: [u8; 6],
    pub port: u8,
    pub vlan: Option<u16>,
    /// It takes nothing and says nothing.
    pub silent: bool,
    interface: Interface,
    sockets: SocketSet<'static>,
    listeners: Vec<(u16, SocketHandle)>,
    wire: Wire,
    /// All frames to it.
    pub seen: Vec<Vec<u8>>,
    /// Connections that its programs got to see.
    pub established: usize,
}

impl Server {
    pub fn new(number: u8, port: u8, vlan: Option<u16>, addresses: &[IpAddr]) -> Self {
        let mac = [2, 0, 0, 0, 2, number];
        let mut wire = Wire::default();
        let mut config = Config::new(HardwareAddress::Ethernet(EthernetAddress(mac)));
        config.random_seed = number.into();
        let mut interface = Interface::new(config, &mut wire, Instant::ZERO);
        interface.update_ip_addrs(|list| {
            for address in addresses {
                let prefix = if address.is_ipv4() { 24 } else { 64 };
                list.push(IpCidr::new((*address).into(), prefix)).unwrap();
            }
        });
        Self {
            mac,
            port,
            vlan,
            silent: false,
            interface,
            sockets: SocketSet::new(Vec::new()),
            listeners: Vec::new(),
            wire,
            seen: Vec::new(),
            established: 0,
        }
    }

    /// Several connections at a time to this port.
    pub fn listen(&mut self, port: u16) {
        for _ in 0..4 {
            let mut socket = Socket::new(
                SocketBuffer::new(vec![0; 2048]),
                SocketBuffer::new(vec![0; 2048]),
            );
            socket.listen(port).unwrap();
            self.listeners.push((port, self.sockets.add(socket)));
        }
    }

    /// No more connections.
    pub fn close(&mut self) {
        for (_, handle) in self.listeners.drain(..) {
            self.sockets.remove(handle);
        }
    }

    /// Connections that are neither waited for nor over.
    pub fn half_open(&self) -> usize {
        self.listeners
            .iter()
            .map(|(_, handle)| self.sockets.get::<Socket<'_>>(*handle).state())
            .filter(|state| !matches!(state, State::Listen | State::Closed))
            .count()
    }

    /// Takes a frame; gives those that it sends.
    pub fn take(&mut self, now_ns: u64, frame: &[u8]) -> Vec<Vec<u8>> {
        let tag: &[u8] = &self.vlan.map_or(Vec::new(), |vlan| {
            [&[0x81, 0x00][..], &vlan.to_be_bytes()].concat()
        });
        assert_eq!(frame[12..].get(..tag.len()), Some(tag), "the server's VLAN");
        self.seen.push(frame.to_vec());
        if self.silent {
            return Vec::new();
        }
        let plain = [&frame[..12], &frame[12 + tag.len()..]].concat();
        self.wire.incoming.push_back(plain);
        self.poll(now_ns)
            .into_iter()
            .map(|frame| [&frame[..12], tag, &frame[12..]].concat())
            .collect()
    }

    fn poll(&mut self, now_ns: u64) -> Vec<Vec<u8>> {
        let now = Instant::from_micros((now_ns / 1000) as i64);
        self.interface.poll(now, &mut self.wire, &mut self.sockets);
        for (port, handle) in &self.listeners {
            let socket = self.sockets.get_mut::<Socket<'_>>(*handle);
            match socket.state() {
                State::Closed => socket.listen(*port).unwrap(),
                State::Established => self.established += 1,
                _ => {}
            }
        }
        self.wire.outgoing.drain(..).collect()
    }
}

#[derive(Default)]
struct Wire {
    incoming: VecDeque<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
}

impl Device for Wire {
    type RxToken<'a> = Incoming;
    type TxToken<'a> = Outgoing<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Incoming, Outgoing<'_>)> {
        let frame = self.incoming.pop_front()?;
        Some((Incoming(frame), Outgoing(&mut self.outgoing)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Outgoing<'_>> {
        Some(Outgoing(&mut self.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

struct Incoming(Vec<u8>);

impl RxToken for Incoming {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, take: F) -> R {
        take(&self.0)
    }
}

struct Outgoing<'a>(&'a mut VecDeque<Vec<u8>>);

impl TxToken for Outgoing<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        let mut frame = vec![0; length];
        let result = fill(&mut frame);
        self.0.push_back(frame);
        result
    }
}
