//! Gathers the C++ files of a model into few units of compilation.
//!
//! Verilator writes tens of files for a model, and half of the time that they take to compile goes into the headers that
//! each includes. So a unit includes several: enough units for two processors to share, not more.

use std::fs;
use std::io;
use std::path::Path;

/// What units are for. A file goes where the first of its words is found.
const KINDS: [Kind; 3] = [
    Kind {
        name: "trace",
        words: &["__Trace"],
        units: 1,
        runs: Runs::Once,
    },
    Kind {
        name: "cold",
        words: &["__Slow", "__Syms", "__ConstPool"],
        units: 2,
        runs: Runs::Once,
    },
    Kind {
        name: "hot",
        words: &[""],
        units: 4,
        runs: Runs::InEveryClock,
    },
];

struct Kind {
    name: &'static str,
    /// Words in the names of the files that go there.
    words: &'static [&'static str],
    units: usize,
    runs: Runs,
}

#[derive(Clone, Copy)]
enum Runs {
    /// Once, or only while tracing: not worth optimising.
    Once,
    InEveryClock,
}

/// How units begin.
const PREFIX: &str = "unit_";

/// Whether a file is a unit.
pub fn is_unit(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// The compiler's flag for a unit of a model that runs often, or of one that runs in tests alone: that is a tenth slower,
/// and compiled in two thirds of the time.
pub fn optimisation(unit: &str, often: bool) -> &'static str {
    let kind = KINDS
        .iter()
        .find(|kind| unit[PREFIX.len()..].starts_with(kind.name));
    match kind.map(|kind| kind.runs) {
        Some(Runs::Once) => "-O0",
        _ if often => "-O2",
        _ => "-O1",
    }
}

/// Writes the units of the files named, which are in the folder.
pub fn write_units(folder: &Path, names: &[String]) -> io::Result<()> {
    let mut left: Vec<(u64, &String)> = Vec::new();
    for name in names {
        left.push((fs::metadata(folder.join(name))?.len(), name));
    }
    // The largest first, each into the unit that is least full.
    left.sort_by_key(|(size, name)| (std::cmp::Reverse(*size), *name));
    for kind in &KINDS {
        let (own, others) = left
            .into_iter()
            .partition(|(_, name)| kind.words.iter().any(|word| name.contains(word)));
        left = others;
        let own: Vec<(u64, &String)> = own;
        let mut units = vec![(0, String::new()); kind.units];
        for (size, name) in own {
            if let Some(unit) = units.iter_mut().min_by_key(|(filled, _)| *filled) {
                unit.0 += size;
                unit.1.push_str(&format!("#include \"{name}\"\n"));
            }
        }
        for (number, (_, text)) in units.iter().enumerate() {
            let unit = format!("{PREFIX}{}_{number}.cpp", kind.name);
            fs::write(folder.join(unit), text)?;
        }
    }
    Ok(())
}
