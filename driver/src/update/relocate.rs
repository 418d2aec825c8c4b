//! The order in which entries of a table with fixed places take new ones.

/// Writes that bring a table from `old` to `new`, both of the same length, as index and entry.
///
/// An entry is overwritten only when what it holds stands elsewhere by then or is not wanted any more. Where entries
/// change places in a circle, one of them waits in a free place meanwhile; if there is none it is missing for
/// the time of the other writes. Entries with equal keys are one and the same.
pub(super) fn relocate<T: Clone + PartialEq, K: PartialEq>(
    old: &[Option<T>],
    new: &[Option<T>],
    key: impl Fn(&T) -> K,
) -> Vec<(usize, Option<T>)> {
    let home = |entry: &Option<T>| {
        let key_of = entry.as_ref().map(&key)?;
        new.iter()
            .position(|other| other.as_ref().map(&key).as_ref() == Some(&key_of))
    };
    let mut waiting: Vec<usize> = (0..new.len()).filter(|i| old[*i] != new[*i]).collect();
    // Places lent, each with the place that its entry is to have.
    let mut lent: Vec<(usize, Option<usize>)> = Vec::new();
    let mut writes = Vec::new();
    while !waiting.is_empty() {
        let safe = |i: usize| home(&old[i]).is_none_or(|j| i == j || !waiting.contains(&j));
        let next = waiting.iter().copied().find(|i| safe(*i));
        let next = next.unwrap_or_else(|| {
            let first = waiting[0];
            let is_free = |i: &usize| {
                new[*i].is_none()
                    && (old[*i].is_none() || !waiting.contains(i))
                    && lent.iter().all(|(place, _)| place != i)
            };
            if let Some(free) = (0..new.len()).rev().find(is_free) {
                writes.push((free, old[first].clone()));
                lent.push((free, home(&old[first])));
            }
            first
        });
        writes.push((next, new[next].clone()));
        waiting.retain(|i| *i != next);
        lent.retain(|(place, home)| {
            if *home == Some(next) {
                writes.push((*place, None));
            }
            *home != Some(next)
        });
    }
    writes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Entries are a key and a value that may change.
    type Places = Vec<Option<(u8, bool)>>;

    /// Up to 11 different keys in 12 places.
    fn places() -> impl Strategy<Value = Places> {
        let keys = Just((0..12u8).collect::<Vec<_>>()).prop_shuffle();
        let values = prop::collection::vec(any::<bool>(), 12);
        let used = prop::collection::vec(prop::bool::weighted(0.9), 12);
        (keys, values, used).prop_map(|(keys, values, used)| {
            let entries = keys.into_iter().zip(values).zip(used);
            let entries = entries.map(|(entry, used)| used.then_some(entry));
            let mut entries: Places = entries.collect();
            entries[11] = None;
            entries
        })
    }

    proptest! {
        #[test]
        fn what_stays_is_never_missing(old in places(), new in places()) {
            let mut held = old.clone();
            let holds = |held: &Places, key| held.iter().flatten().any(|(other, _)| *other == key);
            let stays: Vec<u8> = (0..12).filter(|k| holds(&old, *k) && holds(&new, *k)).collect();
            for (index, entry) in relocate(&old, &new, |entry| entry.0) {
                held[index] = entry;
                for key in &stays {
                    prop_assert!(holds(&held, *key), "{key} is lost: {held:?}");
                }
            }
            prop_assert_eq!(held, new);
        }
    }

    #[test]
    fn without_a_free_place_the_end_is_right() {
        let old: Places = (0..4).map(|key| Some((key, false))).collect();
        let mut new = old.clone();
        new.swap(0, 1);
        new.swap(2, 3);
        let mut held = old.clone();
        for (index, entry) in relocate(&old, &new, |entry| entry.0) {
            held[index] = entry;
        }
        assert_eq!(held, new);
    }
}
