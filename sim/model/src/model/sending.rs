//! From a verdict to copies, and what counts when they do not leave.

use super::{Model, ModelError};
use crate::build::retagged;
use crate::outcome::{DropReason, FrameCopy, Loss, Outcome, Verdict};
use crate::verdict::Judgement;

impl Model {
    /// Takes back the copies of an outcome of this model that were to leave by one egress, or those of them that had
    /// not left: they are dropped, together, instead of transmitted. What found no room does not count as sent to its
    /// member either, nor as an answer.
    ///
    /// # Errors
    /// [`ModelError::NoSuchCopy`] if the outcome has no such copies, or all of them had left; nothing is counted then.
    pub fn lose_copies(
        &mut self,
        outcome: &Outcome,
        egress: u8,
        loss: Loss,
    ) -> Result<(), ModelError> {
        let left = match loss {
            Loss::QueueFull => 0,
            Loss::LinkDown { left } => left,
        };
        let lost: Vec<_> = outcome.copies_to(egress).skip(left).collect();
        let host = self.ports();
        let port = self.counters.ports.get_mut(usize::from(egress));
        let Some(port) = port.filter(|_| !lost.is_empty()) else {
            return Err(ModelError::NoSuchCopy(egress));
        };
        for copy in &lost {
            port.transmitted.remove(copy.frame.len());
        }
        let reason = match loss {
            Loss::LinkDown { .. } => DropReason::LinkDown,
            Loss::QueueFull if egress == host => DropReason::HostFull,
            Loss::QueueFull => DropReason::EgressFull,
        };
        self.counters.drop_at(outcome.ingress, reason);
        let ingress = &mut self.counters.ports[usize::from(outcome.ingress)];
        // What was never begun is no extra copy.
        ingress.copies -= lost.len() as u64 - 1;
        if loss != Loss::QueueFull {
            return Ok(());
        }
        if let Verdict::Answer(_) = outcome.verdict {
            ingress.generated -= 1;
        }
        if let Some(member) = outcome.member_in {
            self.counters
                .members
                .entry(member)
                .or_default()
                .input
                .remove(outcome.received_bytes);
        }
        Ok(())
    }

    /// Turns a judgement into copies, and counts them.
    pub(super) fn conclude(&mut self, ingress: u8, frame: &[u8], judgement: Judgement) -> Outcome {
        let Judgement {
            row,
            verdict,
            member,
            sent,
            built,
            effects,
            explanation,
        } = judgement;
        let copies = self.copies(&verdict, sent.as_deref().unwrap_or(frame));
        let member_in = member.filter(|_| !copies.is_empty());
        for copy in &copies {
            self.counters.ports[usize::from(copy.egress)]
                .transmitted
                .add(copy.frame.len());
        }
        if let Some(member) = member_in {
            self.counters
                .members
                .entry(member)
                .or_default()
                .input
                .add(frame.len());
        }
        let counters = &mut self.counters.ports[usize::from(ingress)];
        counters.copies += (copies.len() as u64).saturating_sub(1);
        match verdict {
            Verdict::Drop(reason) => self.counters.drop_at(ingress, reason),
            Verdict::Answer(_) => counters.generated += 1,
            _ => {}
        }
        Outcome {
            ingress,
            row,
            verdict,
            explanation,
            built,
            copies,
            received_bytes: frame.len(),
            member_in,
            member_out: None,
            flow: effects.event,
            learning: None,
        }
    }

    pub(super) fn copies(&self, verdict: &Verdict, sent: &[u8]) -> Vec<FrameCopy> {
        let by_logical_port = |&number: &u8| {
            let logical_port = self.tables.logical_port(number)?;
            let frame = sent.to_vec();
            Some(FrameCopy {
                egress: logical_port.port,
                logical_port: Some(number),
                host_reason: None,
                frame: match logical_port.number() {
                    Some(vlan) => retagged(frame, vlan),
                    None => frame,
                },
            })
        };
        let as_it_is = |egress, host_reason| FrameCopy {
            egress,
            logical_port: None,
            host_reason,
            frame: sent.to_vec(),
        };
        match verdict {
            Verdict::Drop(_) => Vec::new(),
            Verdict::Host(reason) => vec![as_it_is(self.ports(), Some(*reason))],
            Verdict::Injected(egress) => vec![as_it_is(*egress, None)],
            Verdict::Answer(logical_port) => by_logical_port(logical_port).into_iter().collect(),
            Verdict::Ports(logical_ports) => {
                let mut copies: Vec<_> = logical_ports.iter().filter_map(by_logical_port).collect();
                copies.sort_by_key(|copy| copy.egress);
                copies
            }
        }
    }
}
