//! A prober and servers, joined by a switch that delivers every frame by port and MAC, in simulated time.

use std::net::IpAddr;
use std::time::Duration;

use flowswitch_health::{Change, Check, Kind, Prober, Report, Station, Target, TargetId};

use crate::server::Server;

pub const HOST_MAC: [u8; 6] = [2, 0, 0, 0, 2, 5];
pub const SECOND: u64 = 1_000_000_000;

pub struct Network {
    pub prober: Prober,
    pub servers: Vec<Server>,
    pub now: u64,
    /// Frames that leave the prober, before they are delivered.
    pub sent: Vec<(u8, Vec<u8>)>,
    /// Changes of what servers answer on its way.
    pub tamper: Option<Tamper>,
    pub changes: Vec<Change>,
}

/// Takes the port and frame of an answer; gives what arrives in its place.
pub type Tamper = Box<dyn FnMut(u8, Vec<u8>) -> Vec<(u8, Vec<u8>)>>;

pub fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub fn shared() -> [IpAddr; 2] {
    [address("192.31.65.1"), address("2001:db8:65::1")]
}

pub fn station() -> Station {
    Station {
        mac: HOST_MAC,
        addresses: vec![address("192.31.65.5"), address("2001:db8:65::5")],
    }
}

/// A check each second (each half while changing), 400 ms at most, two to rise, three to fall.
pub fn check(kind: Kind) -> Check {
    Check {
        kind,
        address: None,
        interval: Duration::from_secs(1),
        fast_interval: Duration::from_millis(500),
        timeout: Duration::from_millis(400),
        jitter_percent: 0,
        rise: 2,
        fall: 3,
    }
}

/// The target that is server `number` on `port`.
pub fn target(number: u8, port: u8, checks: Vec<Check>) -> Target {
    Target {
        id: TargetId(number.into()),
        name: format!("s{number}"),
        mac: [2, 0, 0, 0, 2, number],
        port,
        vlan: None,
        address: shared()[0],
        checks,
        slow_start: Duration::ZERO,
    }
}

impl Network {
    pub fn new() -> Self {
        Self {
            prober: Prober::new(station(), 7),
            servers: Vec::new(),
            now: 1_000 * SECOND,
            sent: Vec::new(),
            tamper: None,
            changes: Vec::new(),
        }
    }

    /// Adds a server that listens on port 80 of the shared addresses.
    pub fn server(&mut self, number: u8, port: u8, vlan: Option<u16>) -> &mut Server {
        let mut server = Server::new(number, port, vlan, &shared());
        server.listen(80);
        self.servers.push(server);
        self.servers.last_mut().unwrap()
    }

    pub fn configure(&mut self, targets: Vec<Target>) {
        self.prober.configure(targets, self.now);
    }

    /// Lets time pass.
    pub fn run(&mut self, span: u64) {
        let end = self.now + span;
        loop {
            let next = self.turn();
            if next > end {
                break;
            }
            self.now = self.now.max(next);
        }
        self.now = end;
        self.turn();
    }

    /// All that happens now; gives when to come again.
    fn turn(&mut self) -> u64 {
        loop {
            let mut frames = Vec::new();
            let next = self.prober.poll(self.now, &mut |port, frame| {
                frames.push((port, frame.to_vec()));
                true
            });
            self.changes.extend(self.prober.take_changes());
            if frames.is_empty() {
                return next;
            }
            for (port, frame) in frames {
                self.deliver(port, &frame);
                self.sent.push((port, frame));
            }
        }
    }

    fn deliver(&mut self, port: u8, frame: &[u8]) {
        assert!(frame.len() >= 60, "a runt");
        assert_eq!(frame[6..12], HOST_MAC);
        let mut answers = Vec::new();
        for server in &mut self.servers {
            if server.port == port && (frame[..6] == server.mac || frame[0] & 1 != 0) {
                for answer in server.take(self.now, frame) {
                    answers.push((port, answer));
                }
            }
        }
        if let Some(tamper) = &mut self.tamper {
            answers = answers
                .into_iter()
                .flat_map(|(port, frame)| tamper(port, frame))
                .collect();
        }
        for (port, answer) in answers {
            self.prober.receive(self.now, port, &answer);
        }
    }

    pub fn report(&self, number: u8) -> Report {
        self.prober
            .report(TargetId(number.into()), self.now)
            .unwrap()
    }
}
