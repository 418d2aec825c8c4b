//! Conversations for the tests of flows: clients behind router A, the servers of the clusters, and buckets that are
//! turned behind their backs, so that a flow that has lost its server shows.

use flowswitch_driver::image::{Bucket, ClusterSetup, Image};
use flowswitch_tests::cards::Bed;
use flowswitch_tests::fixture::{
    ROUTER_A_MAC, SERVER_0_MAC, SERVER_1_MAC, SERVER_2_MAC, WEB_BUCKET, WEB_MAC, image,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::rig::{HostReason, Rig};

/// Flags of a TCP segment.
pub const SYN: &str = "02";
/// See [`SYN`].
pub const SYN_ACK: &str = "12";
/// See [`SYN`].
pub const ACK: &str = "10";
/// See [`SYN`].
pub const FIN: &str = "11";
/// See [`SYN`].
pub const RST: &str = "04";

/// The client, 10.0.0.1.
pub const CLIENT: &str = "0a000001";
/// Another client, 10.0.0.2.
pub const CLIENT_2: &str = "0a000002";
/// The web cluster's address, 192.31.65.1.
pub const WEB_IP: &str = "c01f4101";
/// The other cluster's address, 192.31.65.9.
pub const OTHER_IP: &str = "c01f4109";
/// The client, 2001:db8::a.
pub const CLIENT_6: &str = "20010db8000000000000 00000000000a";
/// The web cluster's address, 2001:db8:65::1.
pub const WEB_IP_6: &str = "20010db8006500000000 000000000001";

/// Ports of the client's connection to the web server, 40000 and 80, and the other way round.
pub const PORTS: &str = "9c400050";
/// See [`PORTS`].
pub const PORTS_BACK: &str = "00509c40";

/// Number of bytes in hexadecimal text, as four digits.
fn length(text: &str, more: usize) -> String {
    let digits = text.chars().filter(|c| !c.is_whitespace()).count();
    format!("{:04x}", digits / 2 + more)
}

/// An IPv4 packet: flags and offset, protocol, addresses, what follows the header.
pub fn fragment4(word: &str, id: &str, protocol: &str, from: &str, to: &str, rest: &str) -> String {
    let length = length(rest, 20);
    [
        "0800 4500",
        &length,
        id,
        word,
        "40",
        protocol,
        "0000",
        from,
        to,
        rest,
    ]
    .concat()
}

/// An IPv4 packet that is no fragment.
pub fn ipv4(protocol: &str, from: &str, to: &str, rest: &str) -> String {
    fragment4("0000", "0001", protocol, from, to, rest)
}

/// An IPv6 packet.
pub fn ipv6(next: &str, from: &str, to: &str, rest: &str) -> String {
    let length = length(rest, 0);
    ["86dd 60000000", &length, next, "40", from, to, rest].concat()
}

/// A TCP segment: ports, flags.
pub fn tcp_header(ports: &str, flags: &str) -> String {
    [ports, "00000001 00000002 50", flags, "0400 0000 0000"].concat()
}

/// A UDP header: ports.
pub fn udp_header(ports: &str) -> String {
    [ports, "0008 0000"].concat()
}

/// A TCP segment of the client to the web server.
pub fn tcp(flags: &str) -> String {
    tcp_on(PORTS, flags)
}

/// A TCP segment of the client to the web server by other ports.
pub fn tcp_on(ports: &str, flags: &str) -> String {
    ipv4("06", CLIENT, WEB_IP, &tcp_header(ports, flags))
}

/// A TCP segment of the web server to the client.
pub fn tcp_back(flags: &str) -> String {
    tcp_back_on(PORTS_BACK, flags)
}

/// A TCP segment of the web server to the client by other ports.
pub fn tcp_back_on(ports: &str, flags: &str) -> String {
    ipv4("06", WEB_IP, CLIENT, &tcp_header(ports, flags))
}

/// A card on which clients and servers talk.
pub struct Talk {
    /// The card.
    pub rig: Rig,
    image: Image,
}

impl Talk {
    /// With the installation as it is.
    pub fn new(bed: Bed) -> Self {
        Self::with(bed, image())
    }

    /// With the installation as it is but for the web cluster's settings.
    pub fn with_cluster(bed: Bed, change: impl FnOnce(&mut ClusterSetup)) -> Self {
        let mut image = image();
        change(&mut image.clusters[0]);
        Self::with(bed, image)
    }

    /// With another installation.
    pub fn with(bed: Bed, image: Image) -> Self {
        let mut rig = bed.rig(&image);
        rig.jump_to_tick(0, 0);
        Self { rig, image }
    }

    /// Place and MAC of a server.
    fn server(server: u16) -> (u8, &'static str) {
        [(2, SERVER_0_MAC), (3, SERVER_1_MAC), (3, SERVER_2_MAC)][usize::from(server)]
    }

    /// What router A sends to the clusters goes to this server.
    #[track_caller]
    pub fn reaches(&mut self, server: u16, packet: &str) {
        let (place, mac) = Self::server(server);
        let with = |destination| hex60(&[destination, ROUTER_A_MAC, packet]);
        self.rig.sends(0, &with(WEB_MAC), place, &with(mac));
    }

    /// What router A sends to the clusters is dropped.
    #[track_caller]
    pub fn is_dropped(&mut self, reason: &str, packet: &str) {
        let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, packet]);
        self.rig.drops(0, &frame, reason);
    }

    /// What router A sends to the clusters is the host's.
    #[track_caller]
    pub fn is_the_hosts(&mut self, reason: HostReason, packet: &str) {
        let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, packet]);
        self.rig.to_host(0, &frame, reason);
    }

    /// What a server sends passes to router A.
    #[track_caller]
    pub fn replies(&mut self, server: u16, packet: &str) {
        let (place, mac) = Self::server(server);
        let frame = hex60(&[ROUTER_A_MAC, mac, packet]);
        self.rig.passes(place, &frame, 0);
    }

    /// From now on new flows of the web cluster go to the first, with the second behind it.
    #[track_caller]
    pub fn turn(&mut self, first: u16, second: u16) {
        self.change(|image| {
            image.buckets[WEB_BUCKET as usize] = Bucket {
                first: Some(first),
                second: Some(second),
            };
        });
    }

    /// Changes what the card is programmed with.
    #[track_caller]
    pub fn change(&mut self, change: impl FnOnce(&mut Image)) {
        change(&mut self.image);
        self.rig.program(&self.image);
    }

    /// Marks a server up or down.
    #[track_caller]
    pub fn member(&mut self, server: u16, up: bool) {
        let member = self.image.members.get_mut(&server).expect("a server");
        member.up = up;
        self.rig.member(server, up);
    }

    /// Lets time pass until the beginning of a tick, counted from the start.
    #[track_caller]
    pub fn tick(&mut self, tick: u64) {
        self.rig.jump_to_tick(tick, 0);
    }

    /// The client opens a connection to server 0, which answers: it is established, and new flows go to server 1.
    #[track_caller]
    pub fn establish(&mut self) {
        self.reaches(0, &tcp(SYN));
        self.replies(0, &tcp_back(SYN_ACK));
        self.turn(1, 0);
    }
}
