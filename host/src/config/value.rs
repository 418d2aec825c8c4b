//! Values that are written as text: Ethernet and IP addresses, spans of time.

use std::net::IpAddr;

use flowswitch_driver::image::MacAddress;

use super::section::{Located, Section};
use crate::duration;

/// Letters of a name at most: it stands in columns, labels and messages.
const LONGEST_NAME: usize = 63;

/// Reads `02:00:5e:00:65:01` (or with hyphens).
pub(crate) fn parse_mac(text: &str) -> Option<MacAddress> {
    let mut octets = [0; 6];
    let mut parts = text.split(if text.contains('-') { '-' } else { ':' });
    for octet in &mut octets {
        let part = parts.next().filter(|part| part.len() == 2)?;
        if !part.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        *octet = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(MacAddress(octets))
}

/// Writes an Ethernet address.
pub(crate) fn format_mac(mac: MacAddress) -> String {
    mac.0.map(|octet| format!("{octet:02x}")).join(":")
}

impl Section<'_> {
    /// The Ethernet address of one station.
    pub(super) fn mac(&self, key: &str) -> Option<Located<MacAddress>> {
        let text = self.required_string(key)?;
        let fault = match parse_mac(&text.value) {
            None => "is not an Ethernet address",
            Some(mac) if mac.0 == [0; 6] => "is all zero",
            Some(mac) if mac.0[0] & 1 != 0 => "is a group address",
            Some(mac) => return Some(text.map(|_| mac)),
        };
        self.problems.add(
            &text.span,
            format!("`{key}` {fault}"),
            fault,
            "give the address of one station, as in \"02:00:5e:00:65:01\" (first octet even)",
        );
        None
    }

    /// A list of IP addresses of single stations; at least one.
    pub(super) fn addresses(&self, key: &str) -> Option<Vec<Located<IpAddr>>> {
        self.require(key)?;
        let texts = self.strings(key)?;
        self.addresses_of(texts, key)
    }

    /// The same, but one address may stand without the list's brackets, and the key may be absent.
    pub(super) fn own_addresses(&self, key: &str) -> Option<Vec<Located<IpAddr>>> {
        match self.item(key) {
            Some(_) => self.addresses_of(self.one_or_more(key)?, key),
            None => Some(Vec::new()),
        }
    }

    fn addresses_of(&self, texts: Vec<Located<String>>, key: &str) -> Option<Vec<Located<IpAddr>>> {
        if texts.is_empty() {
            let (_, span) = self.item(key)?;
            self.problems.add(
                &span,
                format!("`{key}` is empty"),
                "empty",
                "list at least one IP address",
            );
        }
        // All are looked at; a list with a wrong one must not be judged by the others.
        let addresses = texts.into_iter().map(|text| self.address(text, key));
        let addresses: Vec<_> = addresses.collect();
        addresses.into_iter().collect()
    }

    /// One IP address of a single station.
    pub(super) fn address(&self, text: Located<String>, key: &str) -> Option<Located<IpAddr>> {
        let fault = match text.value.parse::<IpAddr>() {
            Err(_) => "is not an IP address",
            Ok(address) if address.is_multicast() => "is a multicast address",
            Ok(address) if address.is_unspecified() => "is the unspecified address",
            Ok(address) if address.is_loopback() => "is a loopback address",
            Ok(IpAddr::V4(address)) if address.is_broadcast() => "is the broadcast address",
            Ok(IpAddr::V4(address)) if address.octets()[0] >= 240 => "is reserved (240.0.0.0/4)",
            Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
                "is an IPv4 address in the form of IPv6"
            }
            Ok(address) => return Some(text.map(|_| address)),
        };
        self.problems.add(
            &text.span,
            format!("\"{}\" in `{key}` {fault}", text.value),
            fault,
            "give the address of one station without a prefix length, as in \"192.0.2.1\" or \"2001:db8::1\"",
        );
        None
    }

    /// A span of time in ns, within a range.
    pub(super) fn duration(&self, key: &str, least_ns: u64, most_ns: u64) -> Option<Located<u64>> {
        let text = self.string(key)?;
        let Some(ns) = duration::parse_ns(&text.value) else {
            self.problems.add(
                &text.span,
                format!("`{key} = \"{}\"` is not a span of time", text.value),
                "not a span of time",
                duration::REMEDY,
            );
            return None;
        };
        if ns < least_ns || ns > most_ns {
            let (least, most) = (duration::format_ns(least_ns), duration::format_ns(most_ns));
            self.problems.add(
                &text.span,
                format!("`{key} = \"{}\"` is out of range", text.value),
                "out of range",
                &format!("use a time from {least} to {most}"),
            );
            return None;
        }
        Some(text.map(|_| ns))
    }

    /// A name: letters, digits, `-`, `_` and `.`, with a letter among them, so that it is never taken for a number.
    pub(super) fn name(&self, key: &str) -> Option<Located<String>> {
        let name = self.string(key)?;
        let sound = name
            .value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        if name.value.len() > LONGEST_NAME {
            self.problems.add(
                &name.span,
                format!("a name of {} letters", name.value.len()),
                "too long",
                &format!("use at most {LONGEST_NAME} letters"),
            );
            return None;
        }
        if sound && name.value.chars().any(|c| c.is_ascii_alphabetic()) {
            return Some(name);
        }
        self.problems.add(
            &name.span,
            format!("\"{}\" cannot be a name", name.value),
            "not a name",
            "use letters (at least one), digits, `-`, `_` and `.`",
        );
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{MacAddress, format_mac, parse_mac};

    #[test]
    fn ethernet_addresses() {
        let mac = MacAddress([2, 0, 0x5e, 0, 0x65, 1]);
        assert_eq!(parse_mac("02:00:5e:00:65:01"), Some(mac));
        assert_eq!(parse_mac("02-00-5E-00-65-01"), Some(mac));
        assert_eq!(format_mac(mac), "02:00:5e:00:65:01");
        for text in [
            "",
            "02:00:5e:00:65",
            "02:00:5e:00:65:01:02",
            "2:0:5e:0:65:1",
            "+2:00:5e:00:65:01",
        ] {
            assert_eq!(parse_mac(text), None, "{text}");
        }
    }
}
