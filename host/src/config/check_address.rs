//! Whom checks ask, and whether the host can ask them: each probe needs an address of the host of the same family.

use std::net::IpAddr;

use flowswitch_health::{Check, Kind};

use super::check::{Asked, FileCheck};
use super::problem::Problems;
use super::section::{Located, Section};
use super::{Host, Router};

/// Families in which the host can ask.
#[derive(Clone, Copy, Debug)]
pub(super) struct HostFamilies {
    ipv4: bool,
    ipv6: bool,
}

impl HostFamilies {
    pub(super) fn of(root: &Section<'_>, host: Option<&Host>) -> Self {
        // A host that is written wrongly is one error, not one for each check too.
        let Some(host) = host else {
            let written = root.item("host").is_some();
            return Self {
                ipv4: written,
                ipv6: written,
            };
        };
        let has = |ipv4| {
            let mut addresses = host.addresses.iter();
            addresses.any(|address| address.value.is_ipv4() == ipv4)
        };
        Self {
            ipv4: has(true),
            ipv6: has(false),
        }
    }

    fn has(self, address: IpAddr) -> bool {
        if address.is_ipv4() {
            self.ipv4
        } else {
            self.ipv6
        }
    }
}

/// Checks of a cluster, as far as they are the same for all its servers.
pub(super) struct ClusterChecks<'a> {
    checks: Vec<(FileCheck, Option<IpAddr>)>,
    host: HostFamilies,
    problems: &'a Problems,
}

impl<'a> ClusterChecks<'a> {
    pub(super) fn new(
        checks: Vec<FileCheck>,
        shared: &[Located<IpAddr>],
        host: HostFamilies,
        problems: &'a Problems,
    ) -> Self {
        let checks = checks.into_iter().map(|check| {
            let address = match check.asked.value {
                Asked::Member => first_of(&check, shared, host),
                Asked::Address(address) => Some(address),
                Asked::Own => None,
            };
            match address {
                Some(address) => refuse_other_family(&check, address, host, problems),
                None if !shared.is_empty() && check.asked.value == Asked::Member => {
                    refuse_other_family(&check, shared[0].value, host, problems);
                }
                None => {}
            }
            (check, address)
        });
        Self {
            checks: checks.collect(),
            host,
            problems,
        }
    }

    /// The checks of one server; `own` are its own addresses.
    pub(super) fn of_server(
        &self,
        name: &Located<String>,
        own: &[Located<IpAddr>],
    ) -> Vec<Located<Check>> {
        let checks = self.checks.iter().map(|(check, address)| {
            let mut address = *address;
            if check.asked.value == Asked::Own {
                address = first_of(check, own, self.host);
                match own.first() {
                    Some(_) if address.is_some() => {}
                    Some(own) => refuse_other_family(check, own.value, self.host, self.problems),
                    None => self.problems.add_pair(
                        &name.span,
                        &check.asked.span,
                        format!("server \"{}\" has no `address` of its own that a check could ask", name.value),
                        "give the server an `address`, or let the check ask the shared one (`address = \"shared\"`)",
                    ),
                }
            }
            asking(check, address)
        });
        checks.collect()
    }
}

/// The checks of one router: they ask its first address of a family that the host has.
pub(super) fn of_router(
    checks: &[FileCheck],
    addresses: &[Located<IpAddr>],
    host: HostFamilies,
) -> Vec<Located<Check>> {
    let ask = |check| asking(check, first_of(check, addresses, host));
    checks.iter().map(ask).collect()
}

/// Points at checks that the host cannot send to some router, once each.
pub(super) fn refuse_unasked(
    checks: &[FileCheck],
    routers: &[Router],
    host: HostFamilies,
    problems: &Problems,
) {
    for check in checks {
        let unasked = |router: &&Router| first_of(check, &router.addresses, host).is_none();
        let router = routers.iter().find(unasked);
        if let Some(address) = router.and_then(|router| router.addresses.first()) {
            refuse_other_family(check, address.value, host, problems);
        }
    }
}

fn asking(check: &FileCheck, address: Option<IpAddr>) -> Located<Check> {
    let silent = check.check.kind == Kind::Passive;
    check.kind.clone().map(|_| Check {
        address: address.filter(|_| !silent),
        ..check.check.clone()
    })
}

/// Whether probes leave by the card, from the host's address.
fn leaves_by_card(check: &FileCheck) -> bool {
    !matches!(check.check.kind, Kind::Exec(_) | Kind::Passive)
}

fn first_of(
    check: &FileCheck,
    addresses: &[Located<IpAddr>],
    host: HostFamilies,
) -> Option<IpAddr> {
    let mut addresses = addresses.iter().map(|address| address.value);
    addresses.find(|address| !leaves_by_card(check) || host.has(*address))
}

fn refuse_other_family(
    check: &FileCheck,
    address: IpAddr,
    host: HostFamilies,
    problems: &Problems,
) {
    if !leaves_by_card(check) || host.has(address) {
        return;
    }
    let (family, example) = match address {
        IpAddr::V4(_) => ("IPv4", "192.0.2.5/24"),
        IpAddr::V6(_) => ("IPv6", "2001:db8::5/64"),
    };
    problems.add(
        &check.asked.span,
        format!(
            "a check of kind \"{}\" needs [host] with an {family} address to ask {address}",
            check.kind.value
        ),
        "nobody to ask from",
        &format!("add one to `addresses` of [host], as in \"{example}\", that no other station has: probes come from it"),
    );
}
