//! RST for TCP segments that no probe waits for, as any stack sends it: the answer to a probe that came too late must not
//! leave a half-open connection with the server.

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{IpProtocol, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber};

use crate::packet::{self, HOP_LIMIT, Packet};

/// The packet, with its ethertype, that refuses a segment (RFC 9293, 3.10.7.1); none if that is not valid or itself an RST.
pub(crate) fn reset(packet: &Packet<'_>) -> Option<(u16, Vec<u8>)> {
    let checks = ChecksumCapabilities::default();
    let (source, destination) = (packet.source.into(), packet.destination.into());
    let segment = TcpPacket::new_checked(packet.payload).ok()?;
    let asked = TcpRepr::parse(&segment, &source, &destination, &checks).ok()?;
    if asked.control == TcpControl::Rst {
        return None;
    }
    let (seq_number, ack_number) = match asked.ack_number {
        Some(number) => (number, None),
        None => (
            TcpSeqNumber(0),
            Some(asked.seq_number + asked.segment_len()),
        ),
    };
    let answer = TcpRepr {
        src_port: asked.dst_port,
        dst_port: asked.src_port,
        control: TcpControl::Rst,
        seq_number,
        ack_number,
        window_len: 0,
        window_scale: None,
        max_seg_size: None,
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    };
    let mut payload = vec![0; answer.buffer_len()];
    answer.emit(
        &mut TcpPacket::new_unchecked(&mut payload[..]),
        &destination,
        &source,
        &checks,
    );
    packet::build(
        packet.destination,
        packet.source,
        IpProtocol::Tcp,
        HOP_LIMIT,
        &payload,
    )
}
