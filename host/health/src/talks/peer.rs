//! The other side of a talk, for tests: it says what it is given, in pieces.

use proptest::prelude::*;

use crate::talk::{Talk, Verdict};

/// What the talk says first, and its verdict about an answer in pieces of `size`, with the connection closed behind.
pub(super) fn answer(
    talk: &mut dyn Talk,
    answer: &[u8],
    size: usize,
) -> (Vec<u8>, Option<Verdict>) {
    let mut sent = Vec::new();
    let first = talk.step(&[], false, &mut sent);
    let verdict = first.or_else(|| {
        let mut pieces = answer.chunks(size);
        pieces.find_map(|piece| talk.step(piece, false, &mut sent))
    });
    let verdict = verdict.or_else(|| talk.step(&[], true, &mut sent));
    (sent, verdict)
}

/// Whether an answer is good, whatever its pieces; and the message.
#[track_caller]
pub(super) fn verdict(open: &dyn Fn() -> Box<dyn Talk>, bytes: &[u8]) -> Verdict {
    let sizes = [usize::MAX, 1, 2, 7, 100];
    let verdicts = sizes.map(|size| answer(&mut *open(), bytes, size).1);
    assert!(
        verdicts.iter().all(|verdict| *verdict == verdicts[0]),
        "{verdicts:?}"
    );
    verdicts[0].clone().expect("a verdict")
}

/// Bytes as a hostile peer sends them: some of what is right, some of what is not.
pub(super) fn hostile(words: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(words).prop_map(<[u8]>::to_vec);
    let garbage = prop::collection::vec(any::<u8>(), 0..40);
    let piece = prop_oneof![3 => word, 1 => garbage];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}
