//! The results of a run: a table, and figures of merit in a file.

use super::faults::Cost;
use crate::live::scenario::Failure;
use serde_json::{Map, Value, json};
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
    /// Further figures: name, value, unit.
    pub metrics: Vec<(String, f64, &'static str)>,
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

    /// The figures of merit by name.
    pub fn metrics(&self) -> Map<String, Value> {
        let mut metrics = Map::new();
        let mut add = |name: String, value: f64, unit: &str| {
            metrics.insert(name, json!({ "value": value, "unit": unit }));
        };
        for cost in &self.costs {
            let (name, account) = (cost.name, &cost.account);
            let failed = format!("live.requests_failed_{name}");
            add(failed, account.failed as f64, "requests");
            let recover = format!("live.recover_ms_{name}");
            add(recover, account.recover_ms as f64, "ms");
            if name == "apply" {
                let moved = account.moved as f64;
                add("live.flows_moved_on_apply".to_owned(), moved, "flows");
            }
        }
        if let Some([down, up]) = self.mbit_per_s {
            add("live.mbit_per_s".to_owned(), down, "Mbit/s");
            add("live.mbit_per_s_up".to_owned(), up, "Mbit/s");
        }
        for (name, value, unit) in &self.metrics {
            add(name.clone(), *value, unit);
        }
        metrics
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
            "metrics": self.metrics(),
            "faults": self.costs.iter().map(cost).collect::<Vec<_>>(),
            "found_fault_with": faults,
        });
        Ok(fs::write(path, format!("{document:#}\n"))?)
    }
}
