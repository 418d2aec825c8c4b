//! A server with a stack of its own (smoltcp on Ethernet), which shares its address with others.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr};

/// Makes a datagram of one that came.
pub type Replier = Box<dyn Fn(&[u8]) -> Vec<u8>>;

pub struct Server {
    pub mac: [u8; 6],
    pub port: u8,
    pub vlan: Option<u16>,
    /// It takes nothing and says nothing.
    pub silent: bool,
    interface: Interface,
    sockets: SocketSet<'static>,
    listeners: Vec<(u16, SocketHandle)>,
    /// What is said over a connection, by port.
    texts: BTreeMap<u16, Vec<u8>>,
    /// What is not yet said over the connections that are open.
    left: BTreeMap<SocketHandle, Vec<u8>>,
    repliers: Vec<(SocketHandle, Replier)>,
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
            texts: BTreeMap::new(),
            left: BTreeMap::new(),
            repliers: Vec::new(),
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

    /// Says this over each connection to the port, as soon as it has been asked for something.
    pub fn answer(&mut self, port: u16, text: Vec<u8>) {
        if self.texts.insert(port, text).is_none() {
            self.listen(port);
        }
    }

    /// Answers datagrams to this port.
    pub fn datagrams(&mut self, port: u16, replier: Replier) {
        let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 4], vec![0; 2048]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        socket.bind(port).unwrap();
        self.repliers.push((self.sockets.add(socket), replier));
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
                State::Closed => {
                    self.left.remove(handle);
                    socket.listen(*port).unwrap();
                }
                State::Established => self.established += 1,
                _ => {}
            }
            if socket.can_recv()
                && let Some(text) = self.texts.get(port)
            {
                socket.recv(|bytes| (bytes.len(), ())).unwrap();
                self.left.insert(*handle, text.clone());
            }
            if let Some(left) = self.left.get_mut(handle)
                && let Ok(sent) = socket.send_slice(left)
            {
                left.drain(..sent);
                if left.is_empty() {
                    self.left.remove(handle);
                    socket.close();
                }
            }
        }
        for (handle, replier) in &self.repliers {
            let socket = self.sockets.get_mut::<udp::Socket<'_>>(*handle);
            while let Ok((question, from)) = socket.recv() {
                let answer = replier(question);
                socket.send_slice(&answer, from).unwrap();
            }
        }
        self.interface.poll(now, &mut self.wire, &mut self.sockets);
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
