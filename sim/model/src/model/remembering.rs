//! Flows and fragments, as the caller sees and changes them.

use super::Model;
use crate::flow_rules::Effects;
use crate::flows::{CROWDED, Flow, FlowCounters, FlowKey};
use crate::fragments::Fragments;
use crate::leeway::Leeway;
use crate::outcome::{FlowEvent, Observed, Preview};
use crate::parse::parse;
use std::collections::BTreeSet;

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
            stamp: entry.stamp,
        })
    }

    /// The name of the flow that a frame is looked up by, or would be if the rows let it come so far.
    pub fn flow_key(&self, port: u8, frame: &[u8]) -> Option<FlowKey> {
        let fields = parse(frame)?;
        self.judge(port, frame, &fields, &Observed::default())
            .flow_key()
    }

    /// What a frame would come to, if it were looked up now and taught nothing; `None` if it is too short.
    pub fn preview(&self, port: u8, frame: &[u8], observed: &Observed) -> Option<Preview> {
        let fields = parse(frame)?;
        let judge = self.judge(port, frame, &fields, observed);
        let judgement = judge.before_learning();
        let judgement = judgement.unwrap_or_else(|| judge.after_learning());
        let copies = self.copies(&judgement.verdict, frame);
        Some(Preview {
            row: judgement.row,
            reason: judgement.verdict.reason(),
            egress_mask: copies.iter().fold(0, |mask, copy| mask | 1 << copy.egress),
            member: judgement.member,
            flow: judgement.effects.event,
        })
    }

    /// Corrects the server of a flow that was chosen by load, once a card shows which it was; false if there is no such
    /// flow.
    pub fn correct_flow(&mut self, key: &FlowKey, server: u16) -> bool {
        self.flows.correct(key, server)
    }

    /// Counters of flows.
    pub fn flow_counters(&self) -> &FlowCounters {
        self.flows.counters()
    }

    /// Entries that a server ever gained and lost; the difference are its live flows.
    pub fn flows_of_server(&self, server: u16) -> (u64, u64) {
        self.flows.servers().totals(server)
    }

    /// Forgets a flow; false if there was none.
    pub fn delete_flow(&mut self, key: &FlowKey) -> bool {
        self.flows.delete(key)
    }

    /// Forgets the flows of a server; returns their number.
    pub fn flush_flows(&mut self, server: u16) -> usize {
        self.flows.flush(server)
    }

    /// Forgets all flows and fragments and takes another seed, which decides the places of fragments: its words in the
    /// order of the card's registers.
    pub fn set_flow_seed(&mut self, seed: [u32; 4]) {
        self.flows.clear();
        self.fragments = Fragments::new(seed);
    }

    /// Writes what a frame does; `certain` if the flow's entry is the one that the model has.
    pub(super) fn remember(&mut self, effects: &Effects, certain: bool) {
        let &Effects {
            event,
            flow,
            fragment,
            doubtful_load,
        } = effects;
        if doubtful_load {
            self.leeways.insert(Leeway::Load);
        }
        if let Some((key, entry)) = fragment
            && self.fragments.write(key, entry, self.fdb.tick)
        {
            self.flows.count_overwritten_fragment();
        }
        if !certain && event != FlowEvent::Orphan {
            return;
        }
        let mut writes = matches!(event, FlowEvent::Conflict | FlowEvent::Refused);
        if let Some((key, entry)) = flow.filter(|_| certain) {
            let clusters = &self.tables.setup.clusters;
            let before = self.flows.live(&key, clusters, self.fdb.tick);
            writes = before != Some(entry) || self.written.contains(&Some(key));
            if event == FlowEvent::Inserted && self.flows.holds(CROWDED) {
                self.leeways.insert(Leeway::FlowRoom);
            }
            self.flows.write(key, entry, before.is_none());
        }
        if event == FlowEvent::Refused {
            self.leeways.insert(Leeway::FlowRoom);
        }
        let key = flow.map(|(key, _)| key).filter(|_| writes);
        self.written = [key, self.written[0]];
        self.writes_flow = writes;
        self.flows.count(event);
    }

    /// Whether so many flows are remembered that an insertion may find its rows full in a card.
    pub(crate) fn is_crowded(&self) -> bool {
        self.flows.holds(CROWDED)
    }

    /// Whether the last look-up wrote to the flow table, or asked it for something.
    pub(crate) fn writes_flow(&self) -> bool {
        self.writes_flow
    }

    /// Tells the clock, and its slot of simulated time, by which loads are known to have changed a short time ago.
    /// Without it none is.
    pub(crate) fn set_clock(&mut self, clock: u64, slot: u64) {
        self.flows.set_clock(clock, slot);
    }

    /// Where a card may have come to something else since the last call.
    pub fn take_leeways(&mut self) -> BTreeSet<Leeway> {
        std::mem::take(&mut self.leeways)
    }
}
