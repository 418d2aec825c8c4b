//! Verilates one variant of the card.

use crate::merge::merge;
use crate::tools::Verilator;
use crate::units::{is_unit, write_units};
use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a model was made from, beside its files.
const INPUTS: &str = "inputs";

/// What all variants are translated from, and by what.
pub struct Translation<'a> {
    /// The translator.
    pub verilator: &'a Verilator,
    /// The RTL's folder.
    pub rtl: &'a Path,
    /// The list of the card's files.
    pub list: &'a Path,
    /// The list and the files.
    pub sources: &'a [PathBuf],
    /// What Verilator is told of single modules.
    pub configuration: &'a Path,
}

impl Translation<'_> {
    /// A number that changes with the contents of any input, this program among them.
    fn fingerprint(&self, arguments: &[String]) -> io::Result<String> {
        let mut hasher = DefaultHasher::new();
        for file in self
            .sources
            .iter()
            .map(PathBuf::as_path)
            .chain([self.configuration])
        {
            fs::read(file)?.hash(&mut hasher);
        }
        fs::metadata(self.verilator.program())?
            .len()
            .hash(&mut hasher);
        arguments.hash(&mut hasher);
        include_str!("merge.rs").hash(&mut hasher);
        include_str!("units.rs").hash(&mut hasher);
        Ok(format!("{:016x}\n", hasher.finish()))
    }
}

/// One Verilated variant.
pub struct Model {
    /// Name of the variant.
    pub name: String,
    /// Network ports.
    pub ports: u8,
    /// Look-up engines.
    pub engines: u8,
    /// Parameters that are not at their defaults.
    pub parameters: &'static [(&'static str, u32)],
    /// Where its C++ files are.
    pub folder: PathBuf,
}

impl Model {
    /// Name of the generated class.
    pub fn class(&self) -> String {
        format!("V_{}", self.name)
    }

    /// Translates the card with these parameters, unless what was made before was made from the same. Files that come
    /// out as they were keep their time stamps, so that only what has changed is compiled again.
    pub fn verilate(&self, translation: &Translation) -> Result<(), String> {
        let arguments = self.arguments();
        let failure = |error| format!("{}: {error}", self.folder.display());
        let fingerprint = translation.fingerprint(&arguments).map_err(failure)?;
        let inputs = self.folder.join(INPUTS);
        if fs::read_to_string(&inputs).is_ok_and(|made_from| made_from == fingerprint) {
            return Ok(());
        }
        let fresh = self.folder.with_extension("fresh");
        remove(&fresh)?;
        let verilator = translation.verilator;
        let output = Command::new(verilator.program())
            .env("VERILATOR_ROOT", &verilator.root)
            .current_dir(translation.rtl)
            .args(&arguments)
            .arg("--Mdir")
            .arg(&fresh)
            .arg(translation.configuration)
            .arg("-F")
            .arg(translation.list)
            .output()
            .map_err(|error| format!("cannot run {}: {error}", verilator.program().display()))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            return Err(format!("Verilator refuses variant {}:\n{text}", self.name));
        }
        // What is taken over in part was made from nothing.
        remove_file(&inputs)?;
        sources(&fresh)
            .and_then(|names| merge(&fresh, &names).and_then(|()| write_units(&fresh, &names)))
            .and_then(|()| take_over(&fresh, &self.folder))
            .and_then(|()| fs::remove_dir_all(&fresh))
            .and_then(|()| fs::write(&inputs, &fingerprint))
            .map_err(failure)
    }

    /// Verilator's arguments.
    fn arguments(&self) -> Vec<String> {
        let (ports, engines) = (self.ports, self.engines);
        let fixed = [
            "--cc",
            "--no-timing",
            "--assert",
            "--trace-fst",
            "--x-assign",
            "unique",
            "--x-initial",
            "unique",
            "--trace-max-width",
            "8192",
            "-Wno-fatal",
            "--output-split",
            "60000",
            "--output-split-cfuncs",
            "60000",
            // Longer loops stay loops: they run under conditions that seldom hold, and unrolled they take long to
            // compile. Shorter ones, over ports and ways, run in every clock.
            "--unroll-count",
            "16",
            // Across the walls of modules that optimisation would tie functions to one instance.
            "-fno-dfg-scoped",
            "--top-module",
            "flowswitch",
            "--prefix",
        ];
        let own = [
            self.class(),
            format!("-GPorts={ports}"),
            format!("-GEngines={engines}"),
        ];
        let others = self
            .parameters
            .iter()
            .map(|(name, value)| format!("-G{name}={value}"));
        let fixed = fixed.map(str::to_owned).into_iter();
        fixed.chain(own).chain(others).collect()
    }

    /// The C++ files to compile, by name: each includes some of the model's.
    pub fn units(&self) -> Result<Vec<String>, String> {
        let mut names =
            sources(&self.folder).map_err(|error| format!("{}: {error}", self.folder.display()))?;
        names.retain(|name| is_unit(name));
        Ok(names)
    }
}

/// The C++ files that Verilator wrote into a folder, in order.
fn sources(folder: &Path) -> io::Result<Vec<String>> {
    let names = files(folder)?.into_iter();
    Ok(names.filter(|name| name.ends_with(".cpp")).collect())
}

/// Empties the way for a new output folder.
fn remove(folder: &Path) -> Result<(), String> {
    removed(folder, fs::remove_dir_all(folder))
}

fn remove_file(file: &Path) -> Result<(), String> {
    removed(file, fs::remove_file(file))
}

fn removed(path: &Path, result: io::Result<()>) -> Result<(), String> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Names of the files in a folder.
fn files(folder: &Path) -> io::Result<BTreeSet<String>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Whether a file is C++.
fn is_source(name: &str) -> bool {
    name.ends_with(".cpp") || name.ends_with(".h")
}

/// Makes the sources in `to` those in `from`, writing only what differs and removing what is stale.
fn take_over(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let mut wanted = files(from)?;
    wanted.retain(|name| is_source(name));
    for name in files(to)? {
        if is_source(&name) && !wanted.contains(&name) {
            fs::remove_file(to.join(name))?;
        }
    }
    for name in wanted {
        let new = fs::read(from.join(&name))?;
        if fs::read(to.join(&name)).ok().as_ref() != Some(&new) {
            fs::write(to.join(&name), new)?;
        }
    }
    Ok(())
}
