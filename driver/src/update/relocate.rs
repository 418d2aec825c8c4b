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
    let mut parked = Vec::new();
    let mut writes = Vec::new();
    while !waiting.is_empty() {
        let safe = |i: usize| home(&old[i]).is_none_or(|j| i == j || !waiting.contains(&j));
        let next = waiting
            .iter()
            .copied()
            .find(|i| safe(*i))
            .unwrap_or_else(|| {
                let first = waiting[0];
                // A place that is to be empty and is so by now.
                let free = (0..new.len()).rev().find(|i| {
                    new[*i].is_none()
                        && !parked.contains(i)
                        && (old[*i].is_none() || !waiting.contains(i))
                });
                if let Some(free) = free {
                    writes.push((free, old[first].clone()));
                    parked.push(free);
                }
                first
            });
        writes.push((next, new[next].clone()));
        waiting.retain(|i| *i != next);
    }
    writes.extend(parked.into_iter().map(|index| (index, None)));
    writes
}
