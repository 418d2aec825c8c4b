//! Frames in words, for the reports of failed comparisons.

use crate::discovery::Discovery;
use crate::mac::Mac;
use crate::parse::{FRAGMENT_HEADER, has_ports, has_spi, is_chained, parse};
use crate::window::Window;
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Extension headers printed at most: a chain of empty ones can be as long as the frame.
const MOST_HEADERS: usize = 12;

/// The layers of a frame, one short line each, as far as the card's window reaches: Ethernet, tags, IP, its chain of
/// headers, and what the card makes of it.
pub fn describe(frame: &[u8]) -> String {
    let mut text = format!("{} bytes", frame.len());
    if write_layers(&mut text, frame).is_none() {
        text.push_str("\n  ... cut off");
    }
    text
}

fn line(text: &mut String, layer: std::fmt::Arguments<'_>) -> Option<()> {
    write!(text, "\n  {layer}").ok()
}

/// `None` where the frame ends before its headers do.
fn write_layers(text: &mut String, frame: &[u8]) -> Option<()> {
    let window = Window::new(frame);
    let (destination, source) = (Mac(window.bytes(0)?), Mac(window.bytes(6)?));
    line(text, format_args!("ethernet {source} > {destination}"))?;
    let (ethertype, layer3) = window.layer3()?;
    for tag in (12..layer3 - 2).step_by(4) {
        let (kind, control) = (window.u16(tag)?, window.u16(tag + 2)?);
        let (priority, vlan) = (control >> 13, control & 0x0fff);
        line(
            text,
            format_args!("tag {kind:#06x} vlan {vlan} priority {priority}"),
        )?;
    }
    match ethertype {
        0x0800 => write_ipv4(text, window, layer3)?,
        0x86dd => write_ipv6(text, window, layer3)?,
        _ => line(text, format_args!("ethertype {ethertype:#06x}"))?,
    }
    write_reading(text, frame)
}

fn write_ipv4(text: &mut String, window: Window<'_>, start: usize) -> Option<()> {
    let header: [u8; 20] = window.bytes(start)?;
    let (source, destination): ([u8; 4], [u8; 4]) =
        (window.bytes(start + 12)?, window.bytes(start + 16)?);
    let total = u16::from_be_bytes([header[2], header[3]]);
    let fragment = u16::from_be_bytes([header[6], header[7]]);
    line(
        text,
        format_args!(
            "ipv4 {} > {} version {} ihl {} total {total} protocol {}{}",
            Ipv4Addr::from(source),
            Ipv4Addr::from(destination),
            header[0] >> 4,
            header[0] & 15,
            header[9],
            fragment_words(fragment & 0x1fff, fragment & 0x2000 != 0),
        ),
    )
}

fn write_ipv6(text: &mut String, window: Window<'_>, start: usize) -> Option<()> {
    let header: [u8; 8] = window.bytes(start)?;
    let (source, destination): ([u8; 16], [u8; 16]) =
        (window.bytes(start + 8)?, window.bytes(start + 24)?);
    let payload = u16::from_be_bytes([header[4], header[5]]);
    line(
        text,
        format_args!(
            "ipv6 {} > {} version {} payload {payload} next {}",
            Ipv6Addr::from(source),
            Ipv6Addr::from(destination),
            header[0] >> 4,
            header[6],
        ),
    )?;
    let (mut next, mut at) = (header[6], start + 40);
    for _ in 0..MOST_HEADERS {
        if !is_chained(next) {
            break;
        }
        let [following, length, high, low] = window.bytes(at)?;
        let word = u16::from_be_bytes([high, low]);
        let words = match next {
            FRAGMENT_HEADER => fragment_words(word >> 3, word & 1 == 1),
            _ => String::new(),
        };
        line(
            text,
            format_args!("header {next} next {following} length {length}{words}"),
        )?;
        at += match next {
            FRAGMENT_HEADER => 8,
            _ => 8 * (usize::from(length) + 1),
        };
        next = following;
    }
    Some(())
}

fn fragment_words(offset: u16, more: bool) -> String {
    match (offset, more) {
        (0, false) => String::new(),
        _ => format!(
            " fragment at {}{}",
            8 * u32::from(offset),
            if more { ", more follow" } else { "" }
        ),
    }
}

/// What the card reads, which is not always what the headers say.
fn write_reading(text: &mut String, frame: &[u8]) -> Option<()> {
    let fields = parse(frame)?;
    if let Some(discovery) = fields.discovery {
        let Discovery {
            asked,
            claimed,
            checked,
            ..
        } = discovery;
        let (kind, unchecked) = (
            discovery.kind.name(),
            if checked { "" } else { ", unchecked" },
        );
        return line(
            text,
            format_args!("read as {kind}, asks for {asked}, claims {claimed}{unchecked}"),
        );
    }
    let Some(ip) = fields.ip else {
        return line(text, format_args!("read as a plain layer-2 frame"));
    };
    let protocol = ip
        .protocol
        .map_or("unknown".to_owned(), |protocol| protocol.to_string());
    match (ip.protocol, ip.layer4) {
        (Some(number), Some([a, b, c, d])) if has_ports(number) => {
            let (source, destination) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            line(
                text,
                format_args!("read as protocol {protocol}, ports {source} > {destination}"),
            )
        }
        (Some(number), Some(word)) if has_spi(number) => {
            let spi = u32::from_be_bytes(word);
            line(
                text,
                format_args!("read as protocol {protocol}, SPI {spi:#010x}"),
            )
        }
        _ => line(
            text,
            format_args!("read as protocol {protocol}, by addresses"),
        ),
    }
}
