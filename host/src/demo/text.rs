use super::{Account, Change, Following};
use crate::duration::format_ns;
use crate::report::{percent, table};

/// Where flows went at each change, what the losses cost, and what became of ARP and neighbour discovery.
pub fn describe(account: &Account) -> String {
    format!(
        "{}\n\n{}\n\n{}",
        changes(account),
        following(account),
        losses(account)
    )
}

/// What the flows did after each change.
fn changes(account: &Account) -> String {
    let header = ["after", "at", "seen again", "moved", "of lost"];
    let servers = account.servers.iter().cloned();
    let header: Vec<String> = header
        .map(str::to_owned)
        .into_iter()
        .chain(servers)
        .collect();
    let row = |change: &Change| {
        let first = [
            change.what.clone(),
            format_ns(change.at_ns),
            change.flows_seen.to_string(),
            change.moved.to_string(),
            change.moved_from_lost.to_string(),
        ];
        let new = change.new_flows.iter().map(u64::to_string);
        first.into_iter().chain(new).collect::<Vec<_>>()
    };
    format!(
        "Flows seen again after each change, moves, those from a lost server; new flows by server:\n{}",
        table(header, account.changes.iter().map(row).collect())
    )
}

/// What had to find the server of a flow.
fn following(account: &Account) -> String {
    let Following {
        opened,
        opened_answered,
        fragments,
        fragments_followed,
        disordered,
        disordered_whole,
        errors,
        errors_followed,
    } = account.following;
    let rows = [
        (
            "connections opened by servers, answered",
            opened,
            opened_answered,
        ),
        ("fragments, with their flow", fragments, fragments_followed),
        ("datagrams in disorder, whole", disordered, disordered_whole),
        (
            "ICMP errors, with the flow they quote",
            errors,
            errors_followed,
        ),
    ];
    let rows = rows.map(|(what, sent, met)| [what.to_owned(), sent.to_string(), met.to_string()]);
    table(["what must follow", "sent", "found"], rows.into())
}

fn losses(account: &Account) -> String {
    let loss = &account.server_loss;
    let router = &account.router_loss;
    let addresses = &account.addresses;
    let storm = &addresses.storm;
    format!(
        "{} flows reached a server.\n\
         Link of {} lost at {}, restored at {}:\n  \
         {} frames found no server, {} had reached it and were left without an answer;\n  \
         {} of {} flows moved ({}), {} of them from {}; {} moved when it came back.\n\
         Router {} lost at {}:\n  \
         {} frames that servers sent to it went to another router, {} to it all the same.\n\
         ARP and neighbour discovery:\n  \
         {} answered for the cluster, {} for routers, {} for the host; {} announcements;\n  \
         {} claims of servers swallowed, {} of an outsider dropped as conflict, {} copies forwarded;\n  \
         {} missing, {} unexpected.\n\
         Storm of requests on every port at {}, for {}:\n  \
         {} of {} answered; {} of {} frames of flows lost meanwhile.",
        account.flows,
        loss.server,
        format_ns(loss.lost_ns),
        format_ns(loss.back_ns),
        loss.undelivered,
        loss.unanswered,
        loss.flows_moved,
        loss.flows_seen,
        percent(loss.flows_moved, loss.flows_seen),
        loss.moved_from_lost,
        loss.server,
        loss.moved_back,
        router.router,
        format_ns(router.lost_ns),
        router.readdressed,
        router.misled,
        addresses.cluster_answers,
        addresses.router_answers,
        addresses.host_answers,
        addresses.announcements,
        addresses.swallowed,
        addresses.conflicts,
        addresses.forwarded,
        addresses.missing,
        addresses.unexpected,
        format_ns(storm.at_ns),
        format_ns(storm.length_ns),
        storm.answered,
        storm.requests,
        storm.flow_frames_lost,
        storm.flow_frames,
    )
}
