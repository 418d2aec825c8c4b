//! Judges of what the stacks believe: who has which address, and whose addresses are valid.

use super::command::CommandError;
use super::ledger::Ledger;
use super::namespace::{Follower, Namespace};
use flowswitch_driver::image::MacAddress;
use std::net::IpAddr;
use std::sync::Arc;

/// States in which a neighbour entry is used. "NOARP" and "PERMANENT" would be somebody's setting.
const VALID: [&str; 4] = ["REACHABLE", "STALE", "DELAY", "PROBE"];

/// Addresses that must be at one MAC whenever a stack has them in its neighbour table.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The addresses.
    pub addresses: Vec<IpAddr>,
    /// The one MAC.
    pub mac: MacAddress,
}

/// A line of `ip neigh show` or `ip monitor neigh`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry<'a> {
    address: IpAddr,
    mac: Option<&'a str>,
    state: &'a str,
}

fn entry(line: &str) -> Option<Entry<'_>> {
    let line = line.trim().trim_start_matches("Deleted ");
    let words: Vec<&str> = line.split_whitespace().collect();
    let mac = words.windows(2).find(|pair| pair[0] == "lladdr");
    Some(Entry {
        address: words.first()?.parse().ok()?,
        mac: mac.map(|pair| pair[1]),
        state: words.last()?,
    })
}

impl Expected {
    fn judge(&self, machine: &str, line: &str, ledger: &Ledger) {
        let Some(entry) = entry(line) else { return };
        let Some(mac) = entry.mac else { return };
        if !self.addresses.contains(&entry.address) {
            return;
        }
        let family = family(&entry.address);
        if mac != self.mac.to_string() {
            ledger.fault(format!("{machine} has {} at {mac}", entry.address));
        } else if VALID.contains(&entry.state) {
            ledger.count(
                format!("{machine} has the cluster's {family} at its MAC"),
                1,
            );
        }
    }

    /// Looks at a machine's neighbour table now.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn look(&self, machine: &Namespace, ledger: &Ledger) -> Result<(), CommandError> {
        let table = machine.ip("neigh show")?;
        table
            .lines()
            .for_each(|line| self.judge(machine.name(), line, ledger));
        Ok(())
    }

    /// Looks at every change of a machine's neighbour table, however short, as long as the answer is kept.
    ///
    /// # Errors
    /// If the changes cannot be followed.
    pub fn follow(
        self,
        machine: &Namespace,
        ledger: &Arc<Ledger>,
    ) -> Result<Follower, CommandError> {
        let (name, ledger) = (machine.name(), Arc::clone(ledger));
        machine.follow(&["ip", "monitor", "neigh"], move |line| {
            ledger.count(format!("changes of the neighbour table of {name}"), 1);
            self.judge(name, line, &ledger);
        })
    }
}

/// Counts whether a machine has found a neighbour, at its right MAC.
///
/// # Errors
/// If the table cannot be read.
pub fn look_for(
    machine: &Namespace,
    address: IpAddr,
    mac: &str,
    ledger: &Ledger,
) -> Result<(), CommandError> {
    let table = machine.ip(&format!("neigh show {address}"))?;
    let (name, family) = (machine.name(), family(&address));
    for entry in table.lines().filter_map(entry) {
        match entry.mac {
            Some(found) if found != mac => {
                ledger.fault(format!("{name} has {address} at {found}"));
            }
            Some(_) if VALID.contains(&entry.state) => {
                ledger.count(format!("{name} has found the station by {family}"), 1);
            }
            _ => ledger.count(format!("{name} seeks the station by {family}"), 1),
        }
    }
    Ok(())
}

/// Looks whether a server has all addresses and none was refused.
///
/// # Errors
/// If they cannot be read.
pub fn look_at_addresses(
    server: &Namespace,
    addresses: &[IpAddr],
    ledger: &Ledger,
) -> Result<(), CommandError> {
    let name = server.name();
    let shown = server.ip("-o address show")?;
    for &address in addresses {
        ledger.count(format!("looks at the addresses of {name}"), 1);
        if let Some(fault) = fault_of(address, &shown) {
            ledger.fault(format!("{name}: {address} is {fault}"));
        }
    }
    Ok(())
}

/// Looks at every change of a server's addresses, however short, as long as the answer is kept.
///
/// # Errors
/// If the changes cannot be followed.
pub fn follow_addresses(
    server: &Namespace,
    addresses: &[IpAddr],
    ledger: &Arc<Ledger>,
) -> Result<Follower, CommandError> {
    let (name, ledger) = (server.name(), Arc::clone(ledger));
    let addresses = addresses.to_vec();
    server.follow(&["ip", "-o", "monitor", "address"], move |line| {
        for fault in addresses.iter().filter_map(|&a| lost(a, line)) {
            ledger.fault(format!("{name}: {fault}"));
        }
    })
}

/// How a line of `ip -o monitor address` takes an address away, if it does.
fn lost(address: IpAddr, line: &str) -> Option<String> {
    let change = line.strip_prefix("Deleted ");
    match fault_of(address, change.unwrap_or(line)) {
        Some("gone") => None,
        None => change.map(|_| format!("{address} was taken away")),
        Some(fault) => Some(format!("{address} became {fault}")),
    }
}

/// What is wrong with an address of `ip -o address show`, if anything.
fn fault_of(address: IpAddr, shown: &str) -> Option<&'static str> {
    let names = |line: &&str| {
        let mut words = line.split_whitespace().skip(3);
        let found = words.next().and_then(|word| word.split('/').next());
        found.and_then(|word| word.parse().ok()) == Some(address)
    };
    let Some(line) = shown.lines().find(names) else {
        return Some("gone");
    };
    [("dadfailed", "refused"), ("tentative", "tentative")]
        .into_iter()
        .find(|(flag, _)| line.split_whitespace().any(|word| word == *flag))
        .map(|(_, fault)| fault)
}

/// "IPv4" or "IPv6".
pub fn family(address: &IpAddr) -> &'static str {
    if address.is_ipv4() { "IPv4" } else { "IPv6" }
}

#[cfg(test)]
mod tests {
    use super::{Expected, fault_of, lost};
    use crate::fixture::{ip, mac};
    use crate::live::ledger::Ledger;

    fn judged(line: &str) -> bool {
        let expected = Expected {
            addresses: vec![ip("192.31.65.1"), ip("2001:db8:65::1")],
            mac: mac("02005e006501"),
        };
        let ledger = Ledger::default();
        expected.judge("router", line, &ledger);
        ledger.is_clean()
    }

    #[test]
    fn another_mac_is_a_fault() {
        assert!(judged("192.31.65.1 dev r lladdr 02:00:5e:00:65:01 STALE"));
        assert!(!judged("192.31.65.1 dev r lladdr 02:00:00:00:02:10 STALE"));
        assert!(!judged(
            "Deleted 2001:db8:65::1 dev r lladdr 02:00:00:00:02:10 router STALE"
        ));
        assert!(judged("192.31.65.20 dev r lladdr 02:00:00:00:0a:01 STALE"));
        assert!(judged("192.31.65.1 dev r  INCOMPLETE"));
    }

    #[test]
    fn a_deleted_address_is_lost() {
        let line = "2: a    inet 192.31.65.1/24 scope global a\\       valid_lft forever";
        assert_eq!(lost(ip("192.31.65.1"), line), None);
        let deleted = format!("Deleted {line}");
        assert!(lost(ip("192.31.65.1"), &deleted).is_some());
        assert_eq!(lost(ip("192.31.65.2"), &deleted), None);
    }

    #[test]
    fn an_address_is_there_and_valid() {
        let line = "2: a    inet6 2001:db8:65::1/64 scope global";
        let address = ip("2001:db8:65::1");
        assert_eq!(fault_of(address, line), None);
        assert_eq!(
            fault_of(
                address,
                &format!("{line} dadfailed tentative \\  valid_lft")
            ),
            Some("refused")
        );
        assert_eq!(
            fault_of(address, &format!("{line} tentative \\  valid_lft")),
            Some("tentative")
        );
        assert_eq!(fault_of(ip("192.31.65.1"), line), Some("gone"));
        assert_eq!(
            fault_of(address, "2: a    inet6 2001:db8:65::12/64 scope global"),
            Some("gone")
        );
    }
}
