//! Which members a bucket gets whose own cannot take its flows.

use flowswitch_driver::image::{Bucket, ROUTERS, SERVERS};

/// Looks into the table for another bucket's first member before any candidate will do.
const LOOKS: u64 = 64;

/// How a member stands to the others of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Takes its share.
    Ready,
    /// Takes new flows when nobody is ready.
    Draining,
    /// Is up, and takes none of the table's flows: a sorry server while others serve.
    Reserve,
    /// Down, or in maintenance.
    Out,
}

/// Who can take flows.
pub struct Choice {
    /// Members that take new flows now, in order.
    candidates: Vec<u16>,
    /// By number.
    is_candidate: Vec<bool>,
    /// Members that the card holds to be up and that must not have frames of this table.
    barred: Vec<u16>,
}

impl Choice {
    /// From all members of a table.
    pub fn new(members: impl Iterator<Item = (u16, Standing)> + Clone, barred: Vec<u16>) -> Self {
        let those = |wanted: Standing| {
            let found = members.clone().filter(|(_, standing)| *standing == wanted);
            found.map(|(number, _)| number).collect::<Vec<u16>>()
        };
        let ready = those(Standing::Ready);
        let candidates = if ready.is_empty() {
            those(Standing::Draining)
        } else {
            ready
        };
        let mut is_candidate = vec![false; usize::from(SERVERS + ROUTERS)];
        for number in &candidates {
            if let Some(is) = is_candidate.get_mut(usize::from(*number)) {
                *is = true;
            }
        }
        Self {
            is_candidate,
            candidates,
            barred,
        }
    }

    fn takes(&self, member: u16) -> bool {
        let is = self.is_candidate.get(usize::from(member));
        is.copied().unwrap_or_default()
    }

    /// Buckets of a table that must not stay as they are, by position, and what they become. `port` tells a member's network
    /// port.
    pub fn changed(&self, nominal: &[Bucket], port: impl Fn(u16) -> u8) -> Vec<(usize, Bucket)> {
        let mut changed = Vec::new();
        for (index, bucket) in nominal.iter().enumerate() {
            let members = || [bucket.first, bucket.second].into_iter().flatten();
            let barred = !self.barred.is_empty() && members().any(|m| self.barred.contains(&m));
            if self.candidates.is_empty() || members().any(|member| self.takes(member)) {
                if barred {
                    let mut left = members().filter(|member| !self.barred.contains(member));
                    let (first, second) = (left.next(), left.next());
                    changed.push((index, Bucket { first, second }));
                }
            } else {
                changed.push((index, self.rescue(nominal, index, &port)));
            }
        }
        changed
    }

    /// Follows other buckets of the table, which keep to the weights; the same ones whoever is down.
    fn rescue(&self, nominal: &[Bucket], index: usize, port: impl Fn(u16) -> u8) -> Bucket {
        let mut first = None;
        let mut second = None;
        for look in 0..LOOKS {
            let other = mix(index as u64, look) % nominal.len() as u64;
            let member = nominal[other as usize].first;
            let Some(member) = member.filter(|member| self.takes(*member)) else {
                continue;
            };
            match first {
                None => first = Some(member),
                Some(chosen) if chosen == member => {}
                Some(chosen) if port(chosen) != port(member) => {
                    second = Some(member);
                    break;
                }
                Some(_) => second = second.or(Some(member)),
            }
        }
        let count = self.candidates.len();
        let any = mix(index as u64, LOOKS) as usize % count;
        let first = first.unwrap_or(self.candidates[any]);
        let following = (1..count).map(|step| self.candidates[(any + step) % count]);
        let second = second.or_else(|| {
            let mut others = following.filter(|member| *member != first);
            others.next()
        });
        Bucket {
            first: Some(first),
            second,
        }
    }
}

/// A number that looks random (SplitMix64).
fn mix(index: u64, look: u64) -> u64 {
    let mut z = index
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(look.wrapping_mul(0xd1b5_4a32_d192_ed03))
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}
