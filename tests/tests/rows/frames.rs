//! What follows the two MAC addresses of the frames, written by hand: ethertype, layer 3, layer 4. Addresses:
//! the client 10.0.0.1 (0a000001) or 2001:db8::a, the clusters as in `fixture::image`.

/// IPv4, 10.0.0.1 to 192.31.65.1, TCP 40000 to 80.
pub const WEB: &str = "0800
    4500002800010000 40066fae 0a000001 c01f4101
    9c40 0050 00000001 00000000 5002 0400 0000 0000";

/// The same to 192.31.65.1 port 8080.
pub const WEB_8080: &str = "0800
    4500002800010000 40066fae 0a000001 c01f4101
    9c40 1f90 00000001 00000000 5002 0400 0000 0000";

/// As [`WEB`], a reset: nothing remembers it, so each goes where the tables say.
pub const WEB_RESET: &str = "0800
    4500002800010000 40066fae 0a000001 c01f4101
    9c40 0050 00000001 00000000 5004 0400 0000 0000";

/// As [`WEB_8080`], a reset.
pub const WEB_8080_RESET: &str = "0800
    4500002800010000 40066fae 0a000001 c01f4101
    9c40 1f90 00000001 00000000 5004 0400 0000 0000";

/// IPv6, 2001:db8::a to 2001:db8:65::1, UDP 40000 to 443.
pub const QUIC: &str = "86dd
    60000000 0008 11 40
    20010db8000000000000 00000000000a 20010db8006500000000 000000000001
    9c40 01bb 0008 0000";

/// IPv4, 10.0.0.1 to 192.31.65.1, ESP with SPI 0x1234.
pub const ESP: &str = "0800
    4500002c00010000 40326f7e 0a000001 c01f4101
    00001234 00000001 0000000000000000 0000000000000000";

/// IPv4, 10.0.0.1 to 192.31.65.1, ICMP echo request: no service has it.
pub const ECHO: &str = "0800
    4500001c00010000 40016fbf 0a000001 c01f4101
    0800 f7ff 0000 0000";

/// IPv4, 10.0.0.1 to 192.31.65.9 of the other cluster, TCP 40000 to 80.
pub const OTHER: &str = "0800
    4500002800010000 40066fa6 0a000001 c01f4109
    9c40 0050 00000001 00000000 5002 0400 0000 0000";

/// IPv4, 10.0.0.1 to 192.31.65.10, UDP 40000 to 53: a cluster's address, but no service of it.
pub const CAUGHT: &str = "0800
    4500001c00010000 40116fa6 0a000001 c01f410a
    9c40 0035 0008 0000";

/// IPv4, 10.0.0.1 to 192.31.65.77, which is nobody's.
pub const STRANGER: &str = "0800
    4500002800010000 40066f62 0a000001 c01f414d
    9c40 0050 00000001 00000000 5002 0400 0000 0000";

/// IPv4, a server's reply: 192.31.65.1 port 80 to 10.0.0.1.
pub const REPLY: &str = "0800
    4500002800010000 40066fae c01f4101 0a000001
    0050 9c40 00000001 00000002 5010 0400 0000 0000";

/// IPv4, from the cluster's address to router A's own, 192.31.65.2.
pub const TO_ROUTER_A: &str = "0800
    4500002800010000 4006788d c01f4101 c01f4102
    0050 9c40 00000001 00000002 5010 0400 0000 0000";

/// ARP request of 192.31.65.77 for 192.31.65.78: nobody's concern.
pub const ARP: &str = "0806
    0001 0800 06 04 0001 020000000a01 c01f414d 000000000000 c01f414e";

/// No IP: an experimental ethertype and a few bytes.
pub const PLAIN: &str = "88b5 0102030405060708";

/// The broadcast address.
pub const BROADCAST: &str = "ffffffffffff";
/// An IPv4 multicast group's address.
pub const MULTICAST: &str = "01005e000001";
