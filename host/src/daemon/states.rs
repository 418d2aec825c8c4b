//! What is known of servers and routers, apart from the configuration.

use std::collections::BTreeSet;

use flowswitch_api::{Administrative, Operational};

/// Per cent of a weight that is the whole of it.
pub const WHOLE: u16 = 100;

/// A server of one cluster, or a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberState {
    /// What the operator wants, or its agent if that wants less.
    pub administrative: Administrative,
    /// What its checks have come to.
    pub operational: Operational,
    /// Per cent of its weight that it is to have now, 0 to 256.
    pub weight_percent: u16,
    /// It has checks: the return of its link alone does not bring it up.
    pub checked: bool,
}

impl Default for MemberState {
    /// Ready, not known to be up or down, of whole weight, without checks.
    fn default() -> Self {
        Self {
            administrative: Administrative::Ready,
            operational: Operational::Unknown,
            weight_percent: WHOLE,
            checked: false,
        }
    }
}

impl MemberState {
    /// Neither in maintenance nor found to be down.
    pub fn is_alive(&self) -> bool {
        self.administrative != Administrative::Maintenance && self.operational != Operational::Down
    }

    /// Takes no new flows while another can.
    pub fn drains(&self) -> bool {
        self.administrative == Administrative::Drain
    }
}

/// All of them, by position in the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// By cluster and server.
    pub servers: Vec<Vec<MemberState>>,
    /// By pool and router.
    pub routers: Vec<Vec<MemberState>>,
    /// Servers of each cluster that were alive when any was, by position.
    pub last_alive: Vec<BTreeSet<usize>>,
}

impl States {
    /// Notes which servers are alive, where any is; `sorry` tells which servers do not count.
    pub fn note_alive(&mut self, sorry: impl Fn(usize, usize) -> bool) {
        self.last_alive
            .resize_with(self.servers.len(), BTreeSet::new);
        for (cluster, (servers, last)) in self.servers.iter().zip(&mut self.last_alive).enumerate()
        {
            let alive = servers.iter().enumerate();
            let alive =
                alive.filter(|(server, state)| state.is_alive() && !sorry(cluster, *server));
            let alive: BTreeSet<usize> = alive.map(|(server, _)| server).collect();
            if !alive.is_empty() {
                *last = alive;
            }
        }
    }
}
