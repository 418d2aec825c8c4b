//! Flows and fragments, as the caller sees and changes them.

use super::Model;
use crate::flow_rules::Effects;
use crate::flows::{Flow, FlowCounters, FlowKey};
use crate::outcome::{FlowEvent, Observed};
use crate::parse::parse;

impl Model {
    /// The flows that have not expired, in ascending order.
    pub fn flows(&self) -> Vec<Flow> {
        self.flows.flows(&self.tables.setup.clusters, self.fdb.tick)
    }

    /// The flow of that name, if it is remembered and has not expired.
    pub fn flow(&self, key: &FlowKey) -> Option<Flow> {
        let clusters = &self.tables.setup.clusters;
        let entry = self.flows.live(key, clusters, self.fdb.tick)?;
        Some(Flow {
            key: *key,
            server: entry.server,
            state: entry.state,
            cluster: entry.cluster,
        })
    }

    /// The name of the flow that a frame is looked up by, or would be if the rows let it come so far.
    pub fn flow_key(&self, port: u8, frame: &[u8]) -> Option<FlowKey> {
        let fields = parse(frame)?;
        self.judge(port, frame, &fields, &Observed::default())
            .flow_key()
    }

    /// Counters of flows.
    pub fn flow_counters(&self) -> &FlowCounters {
        self.flows.counters()
    }

    /// Entries that a server ever gained and lost; the difference are its live flows.
    pub fn flows_of_server(&self, server: u16) -> (u64, u64) {
        self.flows.server(server)
    }

    /// Forgets a flow; false if there was none.
    pub fn delete_flow(&mut self, key: &FlowKey) -> bool {
        self.flows.delete(key)
    }

    /// Forgets the flows of a server; returns their number.
    pub fn flush_flows(&mut self, server: u16) -> usize {
        self.flows.flush(server)
    }

    /// Forgets all flows, as when a card gets a new seed.
    pub fn clear_flows(&mut self) {
        self.flows.clear();
    }

    /// Writes what a frame does; `certain` if the flow's entry is the one that the model has.
    pub(super) fn remember(&mut self, effects: &Effects, certain: bool) {
        let &Effects {
            event,
            flow,
            fragment,
            lost_fragment,
        } = effects;
        if let Some(key) = lost_fragment {
            self.fragments.remove(&key);
            self.flows.count_overwritten_fragment();
        }
        if let Some((key, entry)) = fragment {
            self.fragments.write(key, entry, self.fdb.tick);
        }
        if !certain && event != FlowEvent::Orphan {
            return;
        }
        if let Some((key, entry)) = flow.filter(|_| certain) {
            let clusters = &self.tables.setup.clusters;
            let anew = self.flows.live(&key, clusters, self.fdb.tick).is_none();
            self.flows.write(key, entry, anew);
        }
        self.flows.count(event);
    }
}
