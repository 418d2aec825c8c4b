//! Where Verilator is.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// An installed Verilator.
pub struct Verilator {
    /// Its root: programs are in `bin`, the runtime is in `include`.
    pub root: PathBuf,
}

impl Verilator {
    /// Finds the Verilator of the Python environment that holds the project's tools.
    pub fn find(workspace: &Path) -> Result<Self, String> {
        println!("cargo::rerun-if-env-changed=FLOWSWITCH_TOOLS");
        let tools = env::var_os("FLOWSWITCH_TOOLS")
            .map_or_else(|| workspace.join("target/tools/venv"), PathBuf::from);
        let found = fs::read_dir(tools.join("lib"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path().join("site-packages/verilator"))
            .find(|root| root.join("bin/verilator_bin").is_file());
        found.map(|root| Self { root }).ok_or_else(|| {
            format!(
                "no Verilator under {}: run `make tools`, or set FLOWSWITCH_TOOLS to the Python \
                 environment that it is installed in",
                tools.display()
            )
        })
    }

    /// The program that translates.
    pub fn program(&self) -> PathBuf {
        self.root.join("bin/verilator_bin")
    }

    /// The runtime's sources and headers.
    pub fn include(&self) -> PathBuf {
        self.root.join("include")
    }
}
