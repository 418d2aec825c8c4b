//! What Verilator is told of the modules that a card has many of.
//!
//! A module that is instantiated often becomes a class of the model, with the functions of each instance. They are the
//! same but for what they reach beyond the instance, so its input ports are kept: then they reach nothing beyond, and
//! [`crate::merge`] keeps one of them. What is traced is chosen here too: waveforms show the card's own modules, not
//! what they are built of.

use std::fs;
use std::path::Path;

/// Modules whose instances share their functions, by file.
const SHARED: [&str; 5] = [
    "line_card/line_card.sv",
    "fabric/egress_port.sv",
    "lib/counter_ram.sv",
    "lookup/lookup_engine.sv",
    "stats/line_card_stats.sv",
];

/// Files whose signals are not traced.
const UNTRACED: [&str; 6] = [
    "*csr/generated/*",
    "*lib/*",
    "*checksum_tree.sv",
    "*first_one.sv",
    "*tabulation.sv",
    "*_netlist.v",
];

/// The configuration file for Verilator.
pub fn configuration(rtl: &Path) -> Result<String, String> {
    let mut text = String::from("`verilator_config\n");
    for file in UNTRACED {
        text.push_str(&format!("tracing_off -file \"{file}\"\n"));
    }
    for file in SHARED {
        let path = rtl.join(file);
        let source =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let module = Path::new(file)
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let inputs = inputs(&source, &module);
        if inputs.is_empty() {
            return Err(format!(
                "{}: no input port of {module} was found",
                path.display()
            ));
        }
        for input in inputs {
            text.push_str(&format!(
                "public_flat_rd -module \"{module}\" -var \"{input}\"\n"
            ));
        }
    }
    Ok(text)
}

/// The input ports of a module but its clock, one a line as the RTL has them.
fn inputs<'a>(source: &'a str, module: &str) -> Vec<&'a str> {
    let start = source
        .find(&format!("module {module}"))
        .unwrap_or(source.len());
    source[start..]
        .lines()
        .take_while(|line| line.trim() != ");")
        .map(|line| line.split("//").next().unwrap_or_default().trim())
        .filter(|line| line.starts_with("input "))
        .filter_map(|line| {
            // `wire type name [Unpacked]`: the last word that is no dimension.
            let line = line.trim_end_matches(',').trim_end();
            let line = match line.rfind('[') {
                Some(at) if line.ends_with(']') => line[..at].trim_end(),
                _ => line,
            };
            line.rsplit([' ', ']']).next()
        })
        .filter(|name| !name.is_empty() && *name != "clk")
        .collect()
}
