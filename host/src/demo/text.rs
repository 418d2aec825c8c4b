use super::Account;
use crate::duration::format_ns;
use crate::report::percent;

/// What the losses cost and what became of ARP and neighbour discovery, in a few lines.
pub fn describe(account: &Account) -> String {
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
