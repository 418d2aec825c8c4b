//! The configuration that should run.

use super::journal::Text;
use crate::config::{Config, ConfigError};
use crate::image::{Plan, PlanError, plan};

/// A configuration, and what it comes to on the card.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// As it was given.
    pub text: Text,
    /// What it says.
    pub config: Config,
    /// The card's tables with whole weights; whose the numbers are.
    pub plan: Plan,
    /// When it was applied, in ms since 1970.
    pub applied_unix_ms: u64,
}

/// A configuration that cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunningError {
    /// It is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No card has room for it.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// What a text is called that came without a name.
const UNNAMED: &str = "configuration";

impl Text {
    /// What it is called in messages.
    pub(super) fn name(&self) -> &str {
        self.file.as_deref().unwrap_or(UNNAMED)
    }
}

impl Running {
    /// Reads a text; numbers are those of a card that holds nothing.
    pub fn new(text: Text, applied_unix_ms: u64) -> Result<Self, RunningError> {
        let config = Config::parse(text.name(), &text.text)?;
        Ok(Self {
            plan: plan(&config)?,
            text,
            config,
            applied_unix_ms,
        })
    }
}
