//! The words that name services: `tcp/80`, `tcp/5000-5100`, `esp`, `47`, `ipsec`, `any`.

const ICMP: u8 = 1;
const ICMPV6: u8 = 58;
const TCP: u8 = 6;
const UDP: u8 = 17;
const SCTP: u8 = 132;
const ESP: u8 = 50;
const AH: u8 = 51;

/// Names of layer-4 protocols, from the IANA registry.
const PROTOCOLS: [(&str, u8); 11] = [
    ("icmp", ICMP),
    ("igmp", 2),
    ("ipip", 4),
    ("tcp", TCP),
    ("udp", UDP),
    ("ipv6", 41),
    ("gre", 47),
    ("esp", ESP),
    ("ah", AH),
    ("icmpv6", ICMPV6),
    ("sctp", SCTP),
];

/// Remedy to show with a word that [`parse`] refuses.
pub(super) const REMEDY: &str = "write PROTOCOL/PORT, PROTOCOL/FROM-TO, PROTOCOL, \"ipsec\" or \"any\"; protocols are \
     tcp, udp, sctp, esp, ah, gre, icmp, icmpv6, igmp, ipip, ipv6 or a number from 0 to 255";

/// What a service matches besides the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceMatch {
    /// Layer-4 protocol, or any.
    pub protocol: Option<u8>,
    /// Inclusive range of destination ports, or any.
    pub ports: Option<(u16, u16)>,
    /// The protocol demands that a client's flows stay together (IKE, ESP and AH of one peer), so all of its cluster do.
    pub client_persistence: bool,
}

impl ServiceMatch {
    /// Whether some packet matches both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let protocol = match (self.protocol, other.protocol) {
            (Some(own), Some(others)) => own == others,
            _ => true,
        };
        let ports = match (self.ports, other.ports) {
            (Some((first, last)), Some((low, high))) => first <= high && low <= last,
            _ => true,
        };
        protocol && ports
    }

    /// Key to sort by, so that what is more specific comes first.
    pub fn generality(&self) -> (bool, u32) {
        let width = self
            .ports
            .map_or(u32::from(u16::MAX) + 1, |(low, high)| u32::from(high - low));
        (self.protocol.is_none(), width)
    }
}

/// What echo requests of a family match, other packets of ICMP too.
pub(crate) fn echo(ipv6: bool) -> ServiceMatch {
    ServiceMatch {
        protocol: Some(if ipv6 { ICMPV6 } else { ICMP }),
        ports: None,
        client_persistence: false,
    }
}

/// Why a word names no service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WordError {
    Unknown,
    NoPorts,
    Port,
    Reversed,
}

impl WordError {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Unknown => "names no service",
            Self::NoPorts => "names a port of a protocol that has none",
            Self::Port => "names a port that is not a number from 0 to 65535",
            Self::Reversed => "names a range of ports that ends before it begins",
        }
    }
}

/// The matches that a word stands for.
pub(super) fn parse(word: &str) -> Result<Vec<ServiceMatch>, WordError> {
    let one = |protocol, ports, client_persistence| ServiceMatch {
        protocol,
        ports,
        client_persistence,
    };
    match word {
        "any" => return Ok(vec![one(None, None, false)]),
        "ipsec" => {
            return Ok(vec![
                one(Some(UDP), Some((500, 500)), true),
                one(Some(UDP), Some((4500, 4500)), true),
                one(Some(ESP), None, true),
                one(Some(AH), None, true),
            ]);
        }
        _ => {}
    }
    let (name, ports) = match word.split_once('/') {
        Some((name, ports)) => (name, Some(ports)),
        None => (word, None),
    };
    let named = PROTOCOLS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, number)| *number);
    let protocol = named.or_else(|| number(name)).ok_or(WordError::Unknown)?;
    let Some(ports) = ports else {
        return Ok(vec![one(Some(protocol), None, false)]);
    };
    if ![TCP, UDP, SCTP].contains(&protocol) {
        return Err(WordError::NoPorts);
    }
    let (low, high) = ports.split_once('-').unwrap_or((ports, ports));
    let low: u16 = number(low).ok_or(WordError::Port)?;
    let high: u16 = number(high).ok_or(WordError::Port)?;
    if low > high {
        return Err(WordError::Reversed);
    }
    Ok(vec![one(Some(protocol), Some((low, high)), false)])
}

/// Digits only: `parse` alone would let a sign through.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// Writes a match as a word.
pub(crate) fn format(service: &ServiceMatch) -> String {
    let Some(number) = service.protocol else {
        return "any".to_owned();
    };
    let known = PROTOCOLS.iter().find(|(_, known)| *known == number);
    let protocol = known.map_or_else(|| number.to_string(), |(name, _)| (*name).to_owned());
    match service.ports {
        None => protocol,
        Some((low, high)) if low == high => format!("{protocol}/{low}"),
        Some((low, high)) => format!("{protocol}/{low}-{high}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ServiceMatch, WordError, format, parse};

    fn single(word: &str) -> ServiceMatch {
        parse(word).expect(word)[0]
    }

    #[test]
    fn words_and_their_matches() {
        let tcp = ServiceMatch {
            protocol: Some(6),
            ports: Some((80, 80)),
            client_persistence: false,
        };
        assert_eq!(parse("tcp/80"), Ok(vec![tcp]));
        assert_eq!(single("tcp/5000-5100").ports, Some((5000, 5100)));
        assert_eq!(
            (single("sctp").protocol, single("sctp").ports),
            (Some(132), None)
        );
        assert_eq!(single("47"), single("gre"));
        assert_eq!(single("any").protocol, None);
        let ipsec: Vec<String> = parse("ipsec").expect("a word").iter().map(format).collect();
        assert_eq!(ipsec, ["udp/500", "udp/4500", "esp", "ah"]);
        assert!(single("ipsec").client_persistence);
    }

    #[test]
    fn words_that_name_nothing() {
        for (word, error) in [
            ("", WordError::Unknown),
            ("http", WordError::Unknown),
            ("256", WordError::Unknown),
            ("+6", WordError::Unknown),
            ("any/80", WordError::Unknown),
            ("esp/5", WordError::NoPorts),
            ("tcp/", WordError::Port),
            ("tcp/65536", WordError::Port),
            ("tcp/80-", WordError::Port),
            ("tcp/90-80", WordError::Reversed),
        ] {
            assert_eq!(parse(word), Err(error), "{word}");
        }
    }

    #[test]
    fn overlaps() {
        assert!(single("tcp/80").overlaps(&single("tcp/1-100")));
        assert!(single("tcp").overlaps(&single("tcp/80")));
        assert!(single("any").overlaps(&single("esp")));
        assert!(!single("tcp/80").overlaps(&single("udp/80")));
        assert!(!single("tcp/80-90").overlaps(&single("tcp/91-95")));
    }
}
