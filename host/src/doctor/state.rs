//! What a card tells of itself before it is tested.

use flowswitch_driver::{Card, Device, Error};

use super::Report;

/// Identity and sizes.
pub(super) fn identity<D: Device>(card: &Card<D>) -> String {
    let sizes = card.capabilities();
    format!(
        "FSW1, {} ports, {} look-up engine{}, 2^{} buckets, 2^{} flows",
        sizes.ports,
        sizes.engines,
        if sizes.engines == 1 { "" } else { "s" },
        sizes.buckets_log2,
        sizes.flows_log2,
    )
}

/// Whether the tables are whole, and flows remembered.
pub(super) fn state<D: Device>(report: &mut Report<'_>, card: &mut Card<D>) -> Result<(), Error> {
    let (generation, digest) = (card.generation()?, card.configuration()?);
    if generation == 0 {
        report.pass("state", "untouched: nothing was configured yet".to_owned());
    } else if generation % 2 == 1 {
        report.fail(
            "state",
            format!("generation {generation}: an update of the tables was begun and not ended"),
            "apply the configuration again: `flowswitch apply --config FILE`",
        );
    } else if !card.flow_status()?.ready {
        report.fail(
            "state",
            format!(
                "generation {generation}, but the flow table has no seed: no flow is remembered"
            ),
            "apply the configuration again: `flowswitch apply --config FILE`",
        );
    } else {
        report.pass(
            "state",
            format!("generation {generation}, configuration {digest:016x}, flow table in use"),
        );
    }
    Ok(())
}

/// Which links are up.
pub(super) fn links<D: Device>(report: &mut Report<'_>, card: &mut Card<D>) -> Result<(), Error> {
    let (up, ports) = (card.link_up()?, card.capabilities().ports);
    let names: Vec<String> = (0..ports)
        .filter(|port| up >> port & 1 == 1)
        .map(|port| port.to_string())
        .collect();
    if names.is_empty() {
        report.skip(
            "links",
            "no port has a link",
            "connect a port, and see that both ends have the same speed and FEC",
        );
    } else {
        report.pass(
            "links",
            format!("{} of {ports} up: port {}", names.len(), names.join(", ")),
        );
    }
    Ok(())
}
