//! One TCP connection from one station: a user-space stack that has no neighbours, because the Ethernet header is ours.

use std::collections::VecDeque;
use std::net::IpAddr;

use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpCidr};

use crate::talk::{Talk, Verdict};

/// What an Ethernet frame carries at most.
const MTU: usize = 1500;
/// Bytes that wait to be read, at most: so much a server may send ahead.
const RECEIVE_BUFFER: usize = 16 * 1024;
/// Bytes that wait to be acknowledged, at most.
const SEND_BUFFER: usize = 4 * 1024;

/// A stack with one connection. When that is over it can carry the next.
pub(crate) struct Connection {
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    wire: Wire,
    opened: bool,
    /// What the talk has put and the socket not yet taken.
    pending: Vec<u8>,
}

impl Connection {
    /// A stack at rest. `seed` makes its sequence numbers.
    pub fn idle(seed: u64) -> Self {
        let mut wire = Wire::default();
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let interface = Interface::new(config, &mut wire, Instant::ZERO);
        let mut sockets = SocketSet::new(Vec::with_capacity(1));
        let mut socket = Socket::new(
            SocketBuffer::new(vec![0; RECEIVE_BUFFER]),
            SocketBuffer::new(vec![0; SEND_BUFFER]),
        );
        socket.set_nagle_enabled(false);
        let handle = sockets.add(socket);
        Self {
            interface,
            sockets,
            handle,
            wire,
            opened: false,
            pending: Vec::new(),
        }
    }

    /// Begins to connect.
    ///
    /// # Errors
    /// Why these ends cannot be connected.
    pub fn open(&mut self, now: u64, from: (IpAddr, u16), to: (IpAddr, u16)) -> Result<(), String> {
        let prefix = if from.0.is_ipv4() { 32 } else { 128 };
        self.interface.update_ip_addrs(|addresses| {
            addresses.clear();
            // There is room: nothing else is in it.
            let _ = addresses.push(IpCidr::new(from.0.into(), prefix));
        });
        self.opened = false;
        self.pending.clear();
        self.wire.incoming = None;
        let socket = self.sockets.get_mut::<Socket<'_>>(self.handle);
        socket
            .connect(self.interface.context(), to, from)
            .map_err(|error| error.to_string())?;
        self.transmit(now);
        Ok(())
    }

    /// Takes a packet from the other end and lets the talk go on.
    pub fn receive(&mut self, now: u64, packet: &[u8], talk: &mut dyn Talk) -> Option<Verdict> {
        self.wire.incoming = Some(packet.to_vec());
        self.interface
            .poll_ingress_single(instant(now), &mut self.wire, &mut self.sockets);
        self.go_on(now, talk)
    }

    /// Does what the time asks for.
    pub fn go_on(&mut self, now: u64, talk: &mut dyn Talk) -> Option<Verdict> {
        let verdict = self.advance(talk);
        if verdict.is_some() {
            self.abort(now);
        } else {
            self.transmit(now);
        }
        verdict
    }

    fn advance(&mut self, talk: &mut dyn Talk) -> Option<Verdict> {
        let socket = self.sockets.get_mut::<Socket<'_>>(self.handle);
        if !self.opened {
            match socket.state() {
                State::SynSent | State::SynReceived => return None,
                State::Closed => return Some(Verdict::fail("connection refused")),
                _ => {}
            }
            self.opened = true;
            if let Some(verdict) = talk.step(&[], false, &mut self.pending) {
                return Some(verdict);
            }
        }
        while socket.can_recv() {
            let pending = &mut self.pending;
            let verdict = socket
                .recv(|bytes| (bytes.len(), talk.step(bytes, false, pending)))
                .ok()?;
            if verdict.is_some() {
                return verdict;
            }
        }
        match socket.state() {
            State::Closed => return Some(Verdict::fail("connection was reset")),
            State::CloseWait | State::LastAck | State::Closing | State::TimeWait => {
                let verdict = talk.step(&[], true, &mut self.pending);
                return Some(verdict.unwrap_or_else(|| Verdict::fail("connection was closed")));
            }
            _ => {}
        }
        if let Ok(taken) = socket.send_slice(&self.pending) {
            self.pending.drain(..taken);
        }
        None
    }

    /// Ends the connection at once, with RST, so that nothing of it stays with the other end.
    pub fn abort(&mut self, now: u64) {
        self.sockets.get_mut::<Socket<'_>>(self.handle).abort();
        self.transmit(now);
    }

    /// How far it has come, for a time-out.
    pub fn stage(&self) -> &'static str {
        if self.opened {
            "no answer in time"
        } else {
            "no connection in time"
        }
    }

    fn transmit(&mut self, now: u64) {
        let now = instant(now);
        while self
            .interface
            .poll_egress(now, &mut self.wire, &mut self.sockets)
            == PollResult::SocketStateChanged
        {}
    }

    /// A packet to be sent.
    pub fn take_packet(&mut self) -> Option<Vec<u8>> {
        self.wire.outgoing.pop_front()
    }

    /// When [`go_on`](Self::go_on) is to be called, if nothing comes before.
    pub fn next(&mut self, now: u64) -> Option<u64> {
        let delay = self.interface.poll_delay(instant(now), &self.sockets)?;
        Some(now.saturating_add(delay.total_micros().saturating_mul(1000).max(1000)))
    }
}

fn instant(now: u64) -> Instant {
    // 2^63 us are 292,000 years.
    Instant::from_micros((now / 1000) as i64)
}

/// The end of the stack: packets in and out.
#[derive(Default)]
struct Wire {
    incoming: Option<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
}

impl Device for Wire {
    type RxToken<'a> = Incoming;
    type TxToken<'a> = Outgoing<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Incoming, Outgoing<'_>)> {
        let packet = self.incoming.take()?;
        Some((Incoming(packet), Outgoing(&mut self.outgoing)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Outgoing<'_>> {
        Some(Outgoing(&mut self.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = MTU;
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
        let mut packet = vec![0; length];
        let result = fill(&mut packet);
        self.0.push_back(packet);
        result
    }
}
