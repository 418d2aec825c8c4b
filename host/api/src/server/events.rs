//! Events as lines, for as long as somebody reads them.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};

use super::counters::Counters;
use crate::{Event, EventKind, FORMAT};

/// One reader of events.
pub(super) struct Reader {
    pub(super) events: broadcast::Receiver<Event>,
    pub(super) closed: watch::Receiver<()>,
    pub(super) counters: Counters,
    /// Its place among the readers, until it goes.
    pub(super) _place: OwnedSemaphorePermit,
}

impl Reader {
    /// The body of the answer: a JSON document a line.
    pub(super) fn into_body(self) -> Body {
        Body::from_stream(futures_util::stream::unfold(self, |mut reader| async {
            let line = reader.line().await?;
            Some((Ok::<_, Infallible>(line), reader))
        }))
    }

    /// The next line, or two if events were lost before it; `None` when the daemon ends.
    async fn line(&mut self) -> Option<Bytes> {
        let mut lost = 0_u64;
        let event = loop {
            tokio::select! {
                event = self.events.recv() => match event {
                    Ok(event) => break event,
                    Err(RecvError::Lagged(count)) => lost = lost.saturating_add(count),
                    Err(RecvError::Closed) => return None,
                },
                _ = self.closed.changed() => return None,
            }
        };
        let mut lines = Vec::new();
        if lost > 0 {
            self.counters.events_lost.inc_by(lost);
            push(&mut lines, &gap(&event, lost));
        }
        push(&mut lines, &event);
        Some(lines.into())
    }
}

fn push(lines: &mut Vec<u8>, event: &Event) {
    // An event is made of strings and numbers: it always has a JSON form.
    if serde_json::to_writer(&mut *lines, event).is_ok() {
        lines.push(b'\n');
    }
}

/// What stands for `count` events before `next` that were overwritten before their reader took them. It has the number of the last of them.
fn gap(next: &Event, count: u64) -> Event {
    Event {
        format: FORMAT,
        sequence: next.sequence.saturating_sub(1),
        unix_ms: next.unix_ms,
        kind: EventKind::Refused {
            what: "events that this reader was too slow for".to_owned(),
            count,
        },
    }
}
