//! The figures of merit of a run: printed as a table and put beside those of `make bench`.

use super::failure::Failure;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A name, a value and its unit.
pub type Metric = (&'static str, f64, &'static str);

/// Prints them and writes them into the report at `path`, whose other figures stay.
///
/// # Errors
/// If it cannot be written.
pub fn record(path: &Path, metrics: &[Metric]) -> Result<(), Failure> {
    let old = fs::read_to_string(path).ok();
    let old = old.and_then(|text| serde_json::from_str(&text).ok());
    let report = merged(old.unwrap_or(Value::Null), metrics);
    for (name, value, unit) in metrics {
        println!("{name:<40} {value:>14.4}  {unit}");
    }
    let what = path.display().to_string();
    fs::write(path, format!("{report:#}\n")).map_err(Failure::io(what))
}

fn merged(old: Value, metrics: &[Metric]) -> Value {
    let mut all = match old {
        Value::Object(mut report) => match report.remove("metrics") {
            Some(Value::Object(metrics)) => metrics,
            _ => serde_json::Map::new(),
        },
        _ => serde_json::Map::new(),
    };
    for (name, value, unit) in metrics {
        all.insert((*name).to_owned(), json!({ "value": value, "unit": unit }));
    }
    json!({ "format": 1, "metrics": all })
}

#[cfg(test)]
mod tests {
    use super::merged;
    use serde_json::{Value, json};

    #[test]
    fn others_stay_and_the_same_are_replaced() {
        let first = merged(Value::Null, &[("a", 1.0, "frames"), ("b", 2.0, "")]);
        let second = merged(first, &[("a", 3.0, "frames")]);
        assert_eq!(second["metrics"]["a"]["value"], json!(3.0));
        assert_eq!(second["metrics"]["b"]["value"], json!(2.0));
    }
}
