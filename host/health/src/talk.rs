//! What is said over a connection, apart from how it is carried.

use crate::target::AgentWish;

/// What is said over one connection, or over datagrams: without input or output of its own.
pub(crate) trait Talk: Send {
    /// Takes what has come (of datagrams one at a time; nothing when the connection has just opened) and puts what is to be sent.
    /// `closed`: the other side sends no more. A verdict ends the talk; a connection that closed without one has failed.
    fn step(&mut self, received: &[u8], closed: bool, send: &mut Vec<u8>) -> Option<Verdict>;
}

/// What a probe has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// It is good.
    pub passed: bool,
    /// In a few words, what was found.
    pub message: String,
    /// What an agent said.
    pub agent: Option<AgentSaid>,
}

/// What an agent said; what it did not mention stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AgentSaid {
    /// Per cent of the configured weight, 0 to 256.
    pub weight_percent: Option<u16>,
    /// What it wants; of `ready` that is nothing special.
    pub wish: Option<Option<AgentWish>>,
}

impl Verdict {
    /// A good one.
    pub fn pass(message: impl Into<String>) -> Self {
        Self {
            passed: true,
            message: message.into(),
            agent: None,
        }
    }

    /// A bad one.
    pub fn fail(message: impl Into<String>) -> Self {
        Self {
            passed: false,
            message: message.into(),
            agent: None,
        }
    }
}

/// How a talk is carried, and to which port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// A connection.
    Tcp(u16),
    /// Datagrams.
    Udp(u16),
}
