//! Verilates one variant of the card.

use crate::merge::merge;
use crate::tools::Verilator;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The file that the build script adds to a model's own.
pub const INSTANCE: &str = "instance.cpp";

/// One Verilated variant.
pub struct Model {
    /// Name of the variant.
    pub name: String,
    /// Network ports.
    pub ports: u8,
    /// Look-up engines.
    pub engines: u8,
    /// Where its C++ files are.
    pub folder: PathBuf,
}

impl Model {
    /// Name of the generated class.
    pub fn class(&self) -> String {
        format!("V_{}", self.name)
    }

    /// Translates the card with these parameters. Files that come out as they were keep their time stamps, so
    /// that only what has changed is compiled again.
    pub fn verilate(
        &self,
        verilator: &Verilator,
        rtl: &Path,
        configuration: &Path,
    ) -> Result<(), String> {
        let fresh = self.folder.with_extension("fresh");
        remove(&fresh)?;
        let output = Command::new(verilator.program())
            .env("VERILATOR_ROOT", &verilator.root)
            .current_dir(rtl)
            .args(["--cc", "--no-timing", "--assert", "--trace-fst"])
            .args(["--x-assign", "unique", "--x-initial", "unique"])
            .args(["--trace-max-width", "8192", "-Wno-fatal"])
            .args(["--output-split", "60000", "--output-split-cfuncs", "60000"])
            // Across the walls of modules that optimisation would tie functions to one instance.
            .arg("-fno-dfg-scoped")
            .args(["--top-module", "flowswitch", "--prefix", &self.class()])
            .arg(format!("-GPorts={}", self.ports))
            .arg(format!("-GEngines={}", self.engines))
            .arg("--Mdir")
            .arg(&fresh)
            .arg(configuration)
            .args(["-F", "flowswitch.f"])
            .output()
            .map_err(|error| format!("cannot run {}: {error}", verilator.program().display()))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            return Err(format!("Verilator refuses variant {}:\n{text}", self.name));
        }
        sources(&fresh)
            .and_then(|names| merge(&fresh, &names))
            .and_then(|()| take_over(&fresh, &self.folder))
            .and_then(|()| fs::remove_dir_all(&fresh))
            .map_err(|error| format!("{}: {error}", self.folder.display()))
    }

    /// The model's C++ files, by name.
    pub fn sources(&self) -> Result<Vec<String>, String> {
        sources(&self.folder).map_err(|error| format!("{}: {error}", self.folder.display()))
    }
}

/// The C++ files that Verilator wrote into a folder, in order.
fn sources(folder: &Path) -> io::Result<Vec<String>> {
    let names = files(folder)?.into_iter();
    Ok(names
        .filter(|name| name.ends_with(".cpp") && name != INSTANCE)
        .collect())
}

/// Empties the way for a new output folder.
fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", folder.display()))
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

/// Makes the sources in `to` those in `from`, writing only what differs and removing what is stale.
fn take_over(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let mut wanted = files(from)?;
    wanted.retain(|name| name.ends_with(".cpp") || name.ends_with(".h"));
    for name in files(to)? {
        if name != INSTANCE && !wanted.contains(&name) {
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
