//! Compares every counter of the card, since the case began, with the model's.

use crate::drops::named_drops;
use flowswitch_model::{Counters as ModelCounters, Model};
use flowswitch_sim::counters::{Counters, FlowCounters, MemberCounters, PortCounters, Traffic};
use std::fmt::Debug;

/// Compares; `skipped` are the learning steps seen to be left out.
pub fn compare(
    before: &Counters,
    after: &Counters,
    model: &ModelCounters,
    skipped: u64,
) -> Result<(), String> {
    let mut card = Counters::default();
    for (port, (after, before)) in after.ports.iter().zip(&before.ports).enumerate() {
        let port_counters = PortCounters {
            received: less(after.received, before.received),
            transmitted: less(after.transmitted, before.transmitted),
        };
        let wanted = PortCounters {
            received: traffic(model.ports[port].received),
            transmitted: traffic(model.ports[port].transmitted),
        };
        same(&format!("port {port}"), &port_counters, &wanted)?;
        card.ports.push(port_counters);
    }
    for (number, after) in &after.members {
        let before = before.members.get(number).copied().unwrap_or_default();
        let counted = MemberCounters {
            input: less(after.input, before.input),
            output: less(after.output, before.output),
        };
        let wanted = model.members.get(number).copied().unwrap_or_default();
        let wanted = MemberCounters {
            input: traffic(wanted.input),
            output: traffic(wanted.output),
        };
        same(&format!("member {number}"), &counted, &wanted)?;
    }
    for (drops, (after, before)) in card
        .drops
        .iter_mut()
        .zip(after.drops.iter().zip(before.drops))
    {
        *drops = after.wrapping_sub(before);
    }
    let wanted = Counters {
        drops: model.drops(),
        ..Counters::default()
    };
    same(
        "drops by reason",
        &named_drops(&card),
        &named_drops(&wanted),
    )?;
    card.copies = after.copies.wrapping_sub(before.copies);
    same("extra copies", &card.copies, &model.copies())?;
    card.generated = after.generated.wrapping_sub(before.generated);
    same("frames generated", &card.generated, &model.generated())?;
    card.consumed = after.consumed.wrapping_sub(before.consumed);
    same("frames consumed", &card.consumed, &model.consumed())?;
    same(
        "learning steps left out",
        &after.learning_skipped.wrapping_sub(before.learning_skipped),
        &skipped,
    )?;
    same("frames in flight", &after.in_flight, &0)?;
    let (into, out) = card.conservation();
    same("conservation", &into, &out)
}

/// Compares what was counted of flows; with `exact` the model has seen all of it.
pub fn compare_flows(
    before: &FlowCounters,
    after: &FlowCounters,
    model: &Model,
    exact: bool,
) -> Result<(), String> {
    let counted = |of: fn(&FlowCounters) -> u64| of(after).wrapping_sub(of(before));
    let wanted = model.flow_counters();
    let orphans = counted(|of| of.orphan_fragments);
    same("orphan fragments", &orphans, &wanted.orphans)?;
    same(
        "fragments overwritten",
        &counted(|of| of.fragments_overwritten),
        &wanted.fragments_overwritten,
    )?;
    if !exact {
        return Ok(());
    }
    same(
        "flows inserted",
        &counted(|of| of.inserted),
        &wanted.inserted,
    )?;
    same("flows refused", &counted(|of| of.refused), &wanted.refused)?;
    same(
        "flows reassigned",
        &counted(|of| of.reassigned),
        &wanted.reassigned,
    )?;
    same(
        "flows restarted",
        &counted(|of| of.restarted),
        &wanted.restarted,
    )?;
    same("conflicts", &counted(|of| of.conflicts), &wanted.conflicts)?;
    // What has expired is removed some time later.
    let removed = counted(|of| of.removed);
    if removed > wanted.removed {
        return Err(format!(
            "{removed} flows were removed, but no more than {} have expired",
            wanted.removed
        ));
    }
    Ok(())
}

fn less(after: Traffic, before: Traffic) -> Traffic {
    Traffic {
        frames: after.frames.wrapping_sub(before.frames),
        bytes: after.bytes.wrapping_sub(before.bytes),
    }
}

fn traffic(counted: flowswitch_model::Traffic) -> Traffic {
    Traffic {
        frames: counted.frames,
        bytes: counted.bytes,
    }
}

fn same<T: Debug + PartialEq>(what: &str, card: &T, model: &T) -> Result<(), String> {
    if card == model {
        Ok(())
    } else {
        Err(format!(
            "counters differ: {what}\ncard:  {card:?}\nmodel: {model:?}"
        ))
    }
}
