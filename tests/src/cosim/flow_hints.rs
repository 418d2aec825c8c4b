//! What a verdict record and the frame that left tell of a flow, for the model to take over: the contract leaves open
//! which of two servers has fewer flows, and, with an engine for each port, which of the last writes a look-up saw.

use flowswitch_model::{FIRST_ROUTER, FlowEvent, FlowKey, Mac, Model, Observed, Preview, View};
use flowswitch_sim::rtl::VerdictRecord;
use std::collections::{BTreeSet, HashMap};

/// How closely flows are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowCheck {
    /// Look-ups see all that went before: everything is equal.
    Exact,
    /// Look-ups may see older entries, and entries made while others were on their way: a frame goes as without an entry,
    /// or as with one of some server.
    Legal,
}

/// What is known of flows beside the model.
#[derive(Debug)]
pub struct Hints {
    check: FlowCheck,
    /// Servers that flows have had, where look-ups may see older entries.
    had: HashMap<FlowKey, BTreeSet<u16>>,
    /// Flows one of whose servers was chosen by load, when the frame that would have told which was lost.
    doubts: HashMap<FlowKey, BTreeSet<u16>>,
}

/// A frame with its record, and the server it was sent to as far as that was seen.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'a> {
    /// The record.
    pub record: &'a VerdictRecord,
    /// The bytes.
    pub frame: &'a [u8],
    /// Where a copy of it went.
    pub sent_to: Option<Mac>,
}

impl Hints {
    /// Nothing is known.
    pub fn new(check: FlowCheck) -> Self {
        Self {
            check,
            had: HashMap::new(),
            doubts: HashMap::new(),
        }
    }

    /// Compares in another way from now on.
    pub fn set_check(&mut self, check: FlowCheck) {
        self.check = check;
        self.had.clear();
    }

    /// How it compares.
    pub fn check(&self) -> FlowCheck {
        self.check
    }

    /// Nothing is known any more: all flows were forgotten.
    pub fn clear(&mut self) {
        self.had.clear();
        self.doubts.clear();
    }

    /// What the model should take over; it changes the model's flow where the frame tells what was not known before.
    pub fn observe(&mut self, model: &mut Model, looked: Looked<'_>) -> Observed {
        let observed = Observed {
            flow: FlowEvent::from_number(looked.record.flow),
            server: looked.sent_to.and_then(|mac| server_of(model, mac)),
            view: None,
        };
        let Some(key) = model.flow_key(looked.record.port, looked.frame) else {
            return observed;
        };
        match self.check {
            FlowCheck::Exact => {
                self.settle(model, looked, &key, observed.server);
                self.guess(model, looked, key, observed)
            }
            FlowCheck::Legal => self.view(model, looked, key, observed),
        }
    }

    /// Whether the event of a frame must be the model's.
    pub fn compares_event(&self, model: &Model, looked: Looked<'_>, event: FlowEvent) -> bool {
        let of_fragment = |event| matches!(event, FlowEvent::FollowsFragment | FlowEvent::Orphan);
        let seen = FlowEvent::from_number(looked.record.flow);
        self.check == FlowCheck::Exact
            || of_fragment(event)
            || seen.is_some_and(of_fragment)
            || model.flow_key(looked.record.port, looked.frame).is_none()
    }

    /// Ends a doubt, if the frame does.
    fn settle(
        &mut self,
        model: &mut Model,
        looked: Looked<'_>,
        key: &FlowKey,
        server: Option<u16>,
    ) {
        let Some(among) = self.doubts.get(key) else {
            return;
        };
        let source = looked.frame.get(6..12).and_then(|mac| mac.try_into().ok());
        let source = source.and_then(|mac| server_of(model, Mac(mac)));
        let other = || among.iter().copied().find(|&one| Some(one) != source);
        let shown = match FlowEvent::from_number(looked.record.flow) {
            Some(FlowEvent::Found) if looked.record.row >= 16 => source,
            Some(FlowEvent::Conflict) => other(),
            Some(FlowEvent::Found) => server,
            _ => None,
        };
        if let Some(shown) = shown.filter(|shown| among.contains(shown)) {
            model.correct_flow(key, shown);
            self.doubts.remove(key);
        }
    }

    /// Of a frame that was lost, the server is any by which the model comes to the same.
    fn guess(
        &mut self,
        model: &Model,
        looked: Looked<'_>,
        key: FlowKey,
        observed: Observed,
    ) -> Observed {
        let begins = matches!(
            observed.flow,
            Some(FlowEvent::Inserted | FlowEvent::Restarted)
        );
        if !begins || looked.record.row != 12 {
            return observed;
        }
        self.doubts.remove(&key);
        if observed.server.is_some() {
            return observed;
        }
        let mut fitting = BTreeSet::new();
        for server in servers(model) {
            let observed = Observed {
                server: Some(server),
                ..observed
            };
            let preview = model.preview(looked.record.port, looked.frame, &observed);
            let member = preview.filter(|preview| fits(preview, looked.record));
            fitting.extend(member.and_then(|preview| preview.member));
        }
        let server = fitting.first().copied();
        if fitting.len() > 1 {
            self.doubts.insert(key, fitting);
        }
        Observed { server, ..observed }
    }

    /// The older entry by which the model comes to the same.
    fn view(
        &mut self,
        model: &Model,
        looked: Looked<'_>,
        key: FlowKey,
        observed: Observed,
    ) -> Observed {
        let had = self.had.entry(key).or_insert_with(|| {
            let flow = model.flow(&key);
            flow.map(|flow| flow.server).into_iter().collect()
        });
        let absent = Observed {
            view: Some(View::Absent),
            ..observed
        };
        if looked.record.row >= 16 {
            let source = looked.frame.get(6..12).and_then(|mac| mac.try_into().ok());
            had.extend(source.and_then(|mac| server_of(model, Mac(mac))));
            return absent;
        }
        let chosen: Vec<Option<u16>> = match observed.server {
            Some(server) => vec![Some(server)],
            None => [None]
                .into_iter()
                .chain(servers(model).into_iter().map(Some))
                .collect(),
        };
        // Entries of frames that no record tells of come last.
        let others = servers(model);
        let others = others.into_iter().filter(|server| !had.contains(server));
        let of_servers = had.iter().copied().chain(others);
        let views: Vec<View> = [View::Absent]
            .into_iter()
            .chain(of_servers.flat_map(|server| [View::Of(server), View::OpenedBy(server)]))
            .collect();
        let seen = views
            .into_iter()
            .flat_map(|view| {
                chosen.iter().map(move |&server| Observed {
                    view: Some(view),
                    server,
                    ..observed
                })
            })
            .find_map(|candidate| {
                let preview = model.preview(looked.record.port, looked.frame, &candidate)?;
                let told = observed.server.is_none() || preview.member == observed.server;
                (fits(&preview, looked.record) && told).then_some((candidate, preview))
            });
        let Some((candidate, preview)) = seen else {
            return absent;
        };
        had.extend(preview.member);
        candidate
    }
}

fn fits(preview: &Preview, record: &VerdictRecord) -> bool {
    (preview.row, preview.reason, preview.egress_mask) == (record.row, record.reason, record.egress)
}

fn servers(model: &Model) -> Vec<u16> {
    let members = model.setup().members.keys().copied();
    members.filter(|&member| member < FIRST_ROUTER).collect()
}

fn server_of(model: &Model, mac: Mac) -> Option<u16> {
    let mut members = model.setup().members.iter();
    members
        .find(|(number, member)| **number < FIRST_ROUTER && member.mac == mac)
        .map(|(&number, _)| number)
}
