//! The results of a run: a table, and figures of merit in a file.

use super::faults::Cost;
use crate::live::scenario::Failure;
use crate::metrics::Figures;
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// What a run has measured.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// Of each fault.
    pub costs: Vec<Cost>,
    /// Of bulk, to the clients and back.
    pub mbit_per_s: Option<[f64; 2]>,
    /// Further figures: name and value.
    pub metrics: Vec<(&'static str, f64)>,
}

impl Results {
    /// The faults, a line each.
    pub fn table(&self) -> String {
        let mut table = format!(
            "{:<50} {:>8} {:>7} {:>6} {:>8} {:>10}\n",
            "fault", "requests", "failed", "moved", "seen ms", "recover ms"
        );
        for cost in &self.costs {
            let account = &cost.account;
            let seen = cost.seen_ms.map_or("-".to_owned(), |ms| ms.to_string());
            // A text takes all that is written to it.
            let _ = writeln!(
                table,
                "{:<50} {:>8} {:>7} {:>6} {:>8} {:>10}",
                cost.what,
                account.requests,
                account.failed,
                account.moved,
                seen,
                account.recover_ms
            );
        }
        table
    }

    /// The figures of merit.
    fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        for cost in &self.costs {
            let (name, account) = (cost.name, &cost.account);
            let failed = format!("live.requests_failed_{name}");
            figures.note(&failed, account.failed as f64);
            let recover = format!("live.recover_ms_{name}");
            figures.note(&recover, account.recover_ms as f64);
            if name == "apply" {
                figures.note("live.flows_moved_on_apply", account.moved as f64);
            }
        }
        if let Some([down, up]) = self.mbit_per_s {
            figures.note("live.mbit_per_s", down);
            figures.note("live.mbit_per_s_up", up);
        }
        for (name, value) in &self.metrics {
            figures.note(name, *value);
        }
        figures
    }

    /// Writes it all to a file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path, faults: &[String]) -> Result<(), Failure> {
        let cost = |cost: &Cost| {
            let account = &cost.account;
            json!({
                "name": cost.name,
                "what": cost.what,
                "requests": account.requests,
                "failed": account.failed,
                "moved": account.moved,
                "seen_ms": cost.seen_ms,
                "recover_ms": account.recover_ms,
                "reasons": account.reasons,
                "served": account.served,
            })
        };
        let document = json!({
            "format": 1,
            "metrics": self.figures().as_json(),
            "faults": self.costs.iter().map(cost).collect::<Vec<_>>(),
            "found_fault_with": faults,
        });
        Ok(fs::write(path, format!("{document:#}\n"))?)
    }
}
