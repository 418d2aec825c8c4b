//! How long the daemon takes to answer.

use std::fmt;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::FORMAT;
use crate::client::{Client, ClientError};

/// How long `GET /v1/status` took over one connection, one request after the other, as the client sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// [`FORMAT`].
    pub format: u32,
    /// Requests.
    pub requests: usize,
    /// Half of them took no longer, in ms.
    pub median_ms: f64,
    /// 99 of 100 took no longer, in ms.
    pub p99_ms: f64,
    /// None took longer, in ms.
    pub most_ms: f64,
}

impl Latency {
    /// Asks so many times, at least once, after one request that opens the connection and is not counted.
    ///
    /// # Errors
    /// [`ClientError`] of the first request that fails.
    pub fn measure(client: &Client, requests: usize) -> Result<Self, ClientError> {
        client.status()?;
        let mut took_ms = Vec::new();
        for _ in 0..requests.max(1) {
            let begun = Instant::now();
            client.status()?;
            took_ms.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        took_ms.sort_by(f64::total_cmp);
        Ok(Self {
            format: FORMAT,
            requests: took_ms.len(),
            median_ms: percentile(&took_ms, 50),
            p99_ms: percentile(&took_ms, 99),
            most_ms: percentile(&took_ms, 100),
        })
    }
}

/// The least value that `percent` of `sorted` do not exceed; 0 of none.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "GET /v1/status   {} requests", self.requests)?;
        writeln!(f, "median           {:.3} ms", self.median_ms)?;
        writeln!(f, "99th percentile  {:.3} ms", self.p99_ms)?;
        write!(f, "most             {:.3} ms", self.most_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(percentile(&values, 50), 100.0);
        assert_eq!(percentile(&values, 99), 198.0);
        assert_eq!(percentile(&values, 100), 200.0);
        assert_eq!(percentile(&values[..1], 99), 1.0);
        assert_eq!(percentile(&[], 99), 0.0);
    }
}
