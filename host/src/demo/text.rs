use super::Account;
use crate::duration::format_ns;
use crate::report::percent;

/// What the losses cost, in a few lines.
pub fn describe(account: &Account) -> String {
    let loss = &account.server_loss;
    let router = &account.router_loss;
    format!(
        "{} flows reached a server.\n\
         Link of {} lost at {}, restored at {}:\n  \
         {} frames found no server, {} had reached it and were left without an answer;\n  \
         {} of {} flows moved ({}), {} of them from {}; {} moved when it came back.\n\
         Router {} lost at {}:\n  \
         {} frames that servers sent to it went to another router, {} to it all the same.",
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
    )
}
