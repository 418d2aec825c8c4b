//! The card's flows as the API lists them.

use std::collections::BTreeMap;

use flowswitch_api::{FORMAT, Flow, FlowList, FlowQuery};
use flowswitch_driver::flows::{Flow as Found, FlowFilter, FlowStatus};
use flowswitch_driver::image::ClusterSetup;
use flowswitch_driver::tables::{FlowEntry, FlowState};
use flowswitch_driver::{Card, Device, Error};

use crate::config::{did_you_mean, suggestion};
use crate::image::PlannedMember;

/// Flows listed if the query does not say.
const LIMIT: u32 = 100;
/// Most flows that a query may ask for, and most entries that one looks at.
const MOST: u32 = 10_000;
/// Stamps count ticks of so many bits of ns, in 13 bits.
const TICK_LOG2: u8 = 30;
const STAMPS: u16 = 1 << 13;
/// Ticks that unconfirmed entries live while the table is more than three quarters full.
const UNDER_PRESSURE: u16 = 3;

/// States and their words.
const STATES: [(&str, FlowState); 5] = [
    ("unconfirmed", FlowState::Unconfirmed),
    ("established", FlowState::Established),
    ("closing", FlowState::Fin),
    ("reset", FlowState::Rst),
    ("opened", FlowState::Opened),
];

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum FlowListError {
    /// No server has this name, nor is it the number of one.
    #[error("there is no server `{name}`")]
    NoServer {
        /// The name.
        name: String,
        /// Whether another was meant.
        meant: Option<String>,
    },
    /// No flow is ever in this state.
    #[error("`{0}` is no state of a flow")]
    NoState(String),
    /// More flows than one list holds, or none.
    #[error("{0} flows cannot be listed at once")]
    Limit(u32),
    /// The card.
    #[error(transparent)]
    Card(#[from] Error),
}

impl FlowListError {
    /// What mends it.
    pub fn remedy(&self) -> String {
        const SERVERS: &str = "`flowswitch status` shows the servers";
        match self {
            Self::NoServer {
                meant: Some(meant), ..
            } => format!("{meant} {SERVERS}"),
            Self::NoServer { .. } => SERVERS.to_owned(),
            Self::NoState(state) => suggestion(state, &STATES.map(|(word, _)| word)),
            Self::Limit(_) => "ask for 1 to 10000 flows".to_owned(),
            Self::Card(error) => crate::remedy::remedy(error).to_owned(),
        }
    }
}

/// Ticks as the card counts them now, to tell ages by.
struct Clock {
    now: Option<u16>,
    status: FlowStatus,
    /// By number, as far as they were needed.
    clusters: BTreeMap<u8, Option<ClusterSetup>>,
}

impl Clock {
    fn read<D: Device>(card: &mut Card<D>) -> Result<Self, Error> {
        let now = if card.capabilities().rings {
            Some((card.time_ns()? >> TICK_LOG2) as u16 % STAMPS)
        } else {
            None
        };
        Ok(Self {
            now,
            status: card.flow_status()?,
            clusters: BTreeMap::new(),
        })
    }

    /// Ticks until an entry is forgotten.
    fn left<D: Device>(
        &mut self,
        card: &mut Card<D>,
        entry: &FlowEntry,
    ) -> Result<Option<u32>, Error> {
        let Some(now) = self.now else { return Ok(None) };
        // Differences of stamps are modulo 2^13; those of the upper half are negative.
        let ahead = |end: u16| {
            let ahead = end.wrapping_sub(now) % STAMPS;
            u32::from(if ahead < STAMPS / 2 { ahead } else { 0 })
        };
        if !matches!(entry.state, FlowState::Unconfirmed | FlowState::Opened) {
            return Ok(Some(ahead(entry.stamp)));
        }
        let cluster = match self.clusters.get(&entry.cluster) {
            Some(cluster) => *cluster,
            None => {
                let cluster = card.read_entry::<Option<ClusterSetup>>(entry.cluster.into())?;
                self.clusters.insert(entry.cluster, cluster);
                cluster
            }
        };
        let age = cluster.map_or(0, |cluster| cluster.unconfirmed);
        let age = if self.status.pressure {
            age.min(UNDER_PRESSURE)
        } else {
            age
        };
        Ok(Some(ahead(entry.stamp.wrapping_add(age) % STAMPS)))
    }
}

/// Lists flows of a card. `servers` gives names to numbers; a server without a name goes by its number.
///
/// # Errors
/// See [`FlowListError`].
pub fn list<D: Device>(
    card: &mut Card<D>,
    servers: &[PlannedMember],
    query: &FlowQuery,
) -> Result<FlowList, FlowListError> {
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=MOST).contains(&limit) {
        return Err(FlowListError::Limit(limit));
    }
    let filter = FlowFilter {
        server: query
            .server
            .as_deref()
            .map(|name| number(card, servers, name))
            .transpose()?,
        state: query.state.as_deref().map(state).transpose()?,
    };
    let (wanted, next) = walk(card, query.from.unwrap_or(0), filter, limit as usize)?;
    let mut clock = Clock::read(card)?;
    let mut flows = Vec::with_capacity(wanted.len());
    for found in wanted {
        let entry = &found.entry;
        let server = servers.iter().find(|server| server.number == entry.server);
        let word = STATES.iter().find(|(_, state)| *state == entry.state);
        flows.push(Flow {
            index: found.index,
            server: server.map_or_else(|| entry.server.to_string(), |server| server.name.clone()),
            state: word.map_or("", |(word, _)| word).to_owned(),
            left_ticks: clock.left(card, entry)?,
            fingerprint: format!("{:010x}", entry.fingerprint),
        });
    }
    Ok(FlowList {
        format: FORMAT,
        live: card.flow_counters()?.live(),
        flows,
        next,
    })
}

/// Entries that a filter admits, and where to go on.
fn walk<D: Device>(
    card: &mut Card<D>,
    from: u32,
    filter: FlowFilter,
    limit: usize,
) -> Result<(Vec<Found>, Option<u32>), Error> {
    let mut wanted = Vec::new();
    // The filter is asked here rather than in the walk, so that a rare flow does not keep the card busy without end.
    for (looked, found) in (0..).zip(card.flows_from(from, FlowFilter::default())) {
        let found = found?;
        if wanted.len() == limit || looked == MOST {
            return Ok((wanted, Some(found.index)));
        }
        if filter.admits(&found.entry) {
            wanted.push(found);
        }
    }
    Ok((wanted, None))
}

fn state(word: &str) -> Result<FlowState, FlowListError> {
    let found = STATES.iter().find(|(other, _)| *other == word);
    found
        .map(|(_, state)| *state)
        .ok_or_else(|| FlowListError::NoState(word.to_owned()))
}

/// Number of a server, by name or number.
fn number<D: Device>(
    card: &Card<D>,
    servers: &[PlannedMember],
    name: &str,
) -> Result<u16, FlowListError> {
    let named = servers.iter().find(|server| server.name == name);
    let numbered = || {
        let number = name.parse().ok();
        number.filter(|number| *number < card.capabilities().servers)
    };
    named
        .map(|server| server.number)
        .or_else(numbered)
        .ok_or_else(|| {
            let names: Vec<&str> = servers.iter().map(|server| server.name.as_str()).collect();
            FlowListError::NoServer {
                name: name.to_owned(),
                meant: did_you_mean(name, &names),
            }
        })
}

#[cfg(test)]
mod tests {
    use flowswitch_api::FlowQuery;
    use flowswitch_driver::Card;
    use flowswitch_driver::fake::FakeDevice;

    use super::{FlowListError, list};
    use crate::image::PlannedMember;

    /// Number of the flow table, and of the one with the clusters' ages.
    const FLOW: u8 = 16;
    const CLUSTER: u8 = 15;
    /// Tick of the card's time.
    const NOW: u64 = 100;

    /// A card with an entry (state, server, stamp) at each index named.
    fn card(entries: &[(u32, u64, u64, u64)]) -> Card<FakeDevice> {
        let mut device = FakeDevice::new(4);
        device.host.time_ns = NOW << 30;
        // Unconfirmed flows of cluster 3 live for 56 ticks.
        device
            .entries
            .insert((CLUSTER, 3), [0, 0, 0, 56, 0, 0, 0, 0]);
        for (index, state, server, stamp) in entries {
            let low = 0xab_cdef_0123 | server << 40 | state << 50 | 3 << 53 | stamp << 59;
            let words = [
                low as u32,
                (low >> 32) as u32,
                (stamp >> 5) as u32,
                0,
                0,
                0,
                0,
                0,
            ];
            device.entries.insert((FLOW, *index), words);
        }
        Card::open(device).expect("a card")
    }

    fn servers() -> Vec<PlannedMember> {
        let named = |(name, number): (&str, u16)| PlannedMember {
            name: name.to_owned(),
            number,
        };
        [("s210", 0), ("s220", 7)].into_iter().map(named).collect()
    }

    #[test]
    fn names_states_and_what_is_left() {
        // Unconfirmed since tick 90; established until 150; closing, its age passed; opened, stamp wrapped.
        let entries = [
            (1, 1, 0, 90),
            (5, 2, 7, 150),
            (6, 3, 7, 99),
            (9, 5, 3, 8_190),
        ];
        let found = list(&mut card(&entries), &servers(), &FlowQuery::default()).expect("a list");
        let flows: Vec<_> = (found.flows.iter())
            .map(|flow| (flow.index, &*flow.server, &*flow.state, flow.left_ticks))
            .collect();
        let expected = [
            (1, "s210", "unconfirmed", Some(46)),
            (5, "s220", "established", Some(50)),
            (6, "s220", "closing", Some(0)),
            (9, "3", "opened", Some(0)),
        ];
        assert_eq!(flows, expected);
        assert_eq!(found.flows[0].fingerprint, "abcdef0123");
        assert_eq!(found.next, None);
    }

    #[test]
    fn filters_and_pages() {
        let entries: Vec<_> = (0..250)
            .map(|index| (index, 1 + u64::from(index % 2), 7, 150))
            .collect();
        let mut card = card(&entries);
        let mut query = FlowQuery {
            server: Some("s220".to_owned()),
            state: Some("established".to_owned()),
            ..FlowQuery::default()
        };
        let page = list(&mut card, &servers(), &query).expect("a list");
        assert_eq!((page.flows.len(), page.next), (100, Some(200)));
        query.from = page.next;
        let page = list(&mut card, &servers(), &query).expect("a list");
        assert_eq!((page.flows.len(), page.next), (25, None));
        query.server = Some("0".to_owned());
        query.from = None;
        let page = list(&mut card, &servers(), &query).expect("a list");
        assert_eq!((page.flows.len(), page.next), (0, None));
    }

    #[test]
    fn what_cannot_be_listed_is_told() {
        let refused =
            |query: FlowQuery| list(&mut card(&[]), &servers(), &query).expect_err("refused");
        let server = FlowQuery {
            server: Some("s999".to_owned()),
            ..FlowQuery::default()
        };
        assert!(matches!(refused(server), FlowListError::NoServer { name, .. } if name == "s999"));
        let state = FlowQuery {
            state: Some("open".to_owned()),
            ..FlowQuery::default()
        };
        assert!(matches!(refused(state), FlowListError::NoState(_)));
        for limit in [0, 10_001] {
            let query = FlowQuery {
                limit: Some(limit),
                ..FlowQuery::default()
            };
            assert!(matches!(refused(query), FlowListError::Limit(_)));
        }
    }
}
