//! Where a card may come to something else than the model, because the contract leaves it open or hangs it on clocks that
//! the model does not count. This is the one list of them; `docs/src/card/leeway.md` is the same for readers.

use std::collections::BTreeMap;

/// Something in which a card may differ from the model without a fault of either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leeway {
    /// A key that waited for the flow table's keeper.
    KeyHeld,
    /// A flow that a full table refuses, or not.
    FlowRoom,
    /// A server chosen by loads that have just changed.
    Load,
    /// A look-up at the edge of a tick.
    TickEdge,
    /// Ticks in a long time that was skipped.
    LongSkip,
    /// Several look-up engines.
    Engines,
}

impl Leeway {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::KeyHeld,
        Self::FlowRoom,
        Self::Load,
        Self::TickEdge,
        Self::LongSkip,
        Self::Engines,
    ];

    /// Its name, as reports print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeyHeld => "key-held",
            Self::FlowRoom => "flow-room",
            Self::Load => "load",
            Self::TickEdge => "tick-edge",
            Self::LongSkip => "long-skip",
            Self::Engines => "engines",
        }
    }

    /// Why a card may differ.
    pub fn reason(self) -> &'static str {
        match self {
            Self::KeyHeld => {
                "look-ups wrote flows in 32 clocks without a break: the card may have held a key back for its flow table's \
                 keeper, and what comes behind it is later by a clock"
            }
            Self::FlowRoom => {
                "the flow table was more than half full: which flows find no room hangs on the slots that the keeper has \
                 freed by then"
            }
            Self::Load => {
                "a server was chosen by loads that changed a short time before: the card's are some clocks old, and expired \
                 flows count until they are removed"
            }
            Self::TickEdge => {
                "a look-up was under way when a tick ended: its parts may have counted with either tick"
            }
            Self::LongSkip => {
                "more time than 2^41 ns was skipped while addresses are announced: the card may count it as several ticks"
            }
            Self::Engines => {
                "the model has one look-up engine: with one for each port, what a look-up knows of others' flows, fragments \
                 and learned addresses hangs on clocks"
            }
        }
    }
}

/// How often, and since when, a card may have differed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasions {
    /// How often.
    pub count: u64,
    /// Simulated time of the first in ns.
    pub first_ns: u64,
}

/// The occasions on which a card may have differed from the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leeways(BTreeMap<Leeway, Occasions>);

impl Leeways {
    /// Notes an occasion.
    pub fn note(&mut self, leeway: Leeway, at_ns: u64) {
        self.0
            .entry(leeway)
            .and_modify(|known| known.count += 1)
            .or_insert(Occasions {
                count: 1,
                first_ns: at_ns,
            });
    }

    /// Those that there were, in the order of [`Leeway::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Leeway, Occasions)> {
        self.0
            .iter()
            .map(|(&leeway, &occasions)| (leeway, occasions))
    }

    /// True if a card cannot have differed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same with other times.
    pub fn at(&self, time: impl Fn(u64) -> u64) -> Self {
        let at = |(leeway, occasions): (Leeway, Occasions)| {
            let first_ns = time(occasions.first_ns);
            (
                leeway,
                Occasions {
                    first_ns,
                    ..occasions
                },
            )
        };
        Self(self.iter().map(at).collect())
    }

    /// Adds later ones.
    pub fn extend(&mut self, later: &Self) {
        for (leeway, occasions) in later.iter() {
            self.0
                .entry(leeway)
                .and_modify(|known| known.count += occasions.count)
                .or_insert(occasions);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_has_the_same_list() {
        let page = include_str!("../../../docs/src/card/leeway.md");
        let rows: Vec<(&str, &str)> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
            .filter_map(|(name, rest)| Some((name, rest.split_once(" | ")?.0)))
            .collect();
        let list = Leeway::ALL.map(|leeway| (leeway.name(), leeway.reason()));
        assert_eq!(rows, list);
    }

    #[test]
    fn occasions_are_counted_from_the_first() {
        let mut leeways = Leeways::default();
        assert!(leeways.is_empty());
        leeways.note(Leeway::Load, 30);
        leeways.note(Leeway::Load, 40);
        let mut later = Leeways::default();
        later.note(Leeway::Load, 3);
        later.note(Leeway::KeyHeld, 7);
        leeways.extend(&later.at(|ns| ns + 100));
        let found: Vec<_> = leeways.iter().collect();
        let of = |count, first_ns| Occasions { count, first_ns };
        assert_eq!(
            found,
            [(Leeway::KeyHeld, of(1, 107)), (Leeway::Load, of(3, 30))]
        );
    }
}
