//! What the harness's speed is measured against.

use crate::{Error, FrameIn, LoopResult, VerilatedCard};

/// Sends frames through an idle card by a clock loop written in C++ for this alone: back to back, network ports only,
/// no stalls, checks, records or registers. What leaves is collected and summed up; afterwards the card is as if the
/// harness had sent them.
///
/// # Errors
/// If a frame names no network port, or the model fails.
pub fn cpp_loop(
    card: &mut VerilatedCard,
    frames: &[FrameIn],
    bytes: &[u8],
) -> Result<LoopResult, Error> {
    card.bench_loop(frames, bytes)
}
