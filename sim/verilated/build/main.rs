//! Verilates the card once for each variant and compiles the models, the runtime and the shim around them.

mod boundary;
mod compile;
mod merge;
mod model;
mod tools;
mod variants;

use compile::{Compiler, Job};
use model::{INSTANCE, Model};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use tools::Verilator;
use variants::{VARIANTS, variant_name};

/// The runtime's folder as seen from the output folder.
const RUNTIME: &str = "runtime";
/// The shim's.
const SHIM: &str = "shim";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let here = folder("CARGO_MANIFEST_DIR")?;
    let out = folder("OUT_DIR")?;
    let workspace = here
        .ancestors()
        .nth(2)
        .ok_or("the crate is not in its workspace")?;
    let rtl = workspace.join("rtl");
    for path in ["build", "cpp", "src/bridge.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    watch_rtl(&rtl)?;

    let verilator = Verilator::find(workspace)?;
    let models = wanted_models(&out)?;
    let configuration = out.join("model.vlt");
    write_if_changed(&configuration, &boundary::configuration(&rtl)?)?;
    thread::scope(|scope| {
        let runs: Vec<_> = models
            .iter()
            .map(|model| scope.spawn(|| model.verilate(&verilator, &rtl, &configuration)))
            .collect();
        runs.into_iter().try_for_each(|run| {
            run.join()
                .map_err(|_| "Verilator's thread failed".to_owned())?
        })
    })?;

    let mut bridge = cxx_build::bridge("src/bridge.rs");
    bridge
        .std("c++20")
        .opt_level(2)
        .pic(false)
        .flag("-fPIE")
        .include(here.join("cpp"));
    bridge.compile("flowswitch_bridge");

    // By these names the same command compiles the same file in every checkout and target folder.
    link(&verilator.include(), &out.join(RUNTIME))?;
    link(&here.join("cpp"), &out.join(SHIM))?;
    let compiler = Compiler {
        program: bridge.get_compiler().path().to_path_buf(),
        flags: common_flags(),
        folder: out.clone(),
    };
    let mut jobs = runtime_jobs();
    for name in ["card", "bus_bench"] {
        jobs.push(shim_job(Path::new(SHIM).join(format!("{name}.cpp")), name));
    }
    write_registry(&out, &models)?;
    jobs.push(shim_job("registry.cpp".into(), "registry"));
    for model in &models {
        jobs.extend(model_jobs(model)?);
        write_instance(model)?;
        let source = PathBuf::from(&model.name).join(INSTANCE);
        jobs.push(shim_job(source, &format!("instance_{}", model.name)));
    }
    compiler.run(&jobs)?;
    compiler.archive(&jobs, "libflowswitch_card.a")?;

    println!("cargo::rustc-link-search=native={}", out.display());
    println!("cargo::rustc-link-lib=static=flowswitch_card");
    println!("cargo::rustc-link-lib=stdc++");
    println!("cargo::rustc-link-lib=z");
    let names: Vec<_> = models.iter().map(|model| model.name.as_str()).collect();
    println!(
        "cargo::rustc-env=FLOWSWITCH_BUILT_VARIANTS={}",
        names.join(",")
    );
    Ok(())
}

fn folder(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable)
        .map(PathBuf::from)
        .ok_or_else(|| format!("{variable} is not set"))
}

/// Makes `name` a link to `folder`, whatever it was a link to before.
fn link(folder: &Path, name: &Path) -> Result<(), String> {
    if fs::read_link(name).is_ok_and(|target| target == folder) {
        return Ok(());
    }
    if name.is_symlink() {
        fs::remove_file(name).map_err(|error| format!("{}: {error}", name.display()))?;
    }
    symlink(folder, name).map_err(|error| format!("{}: {error}", name.display()))
}

/// Has Cargo run this again when a source of the card changes.
fn watch_rtl(rtl: &Path) -> Result<(), String> {
    let list = rtl.join("flowswitch.f");
    println!("cargo::rerun-if-changed={}", list.display());
    let text = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    for line in text.lines().map(str::trim) {
        if !line.is_empty() && !line.starts_with(['-', '+', '/', '#']) {
            println!("cargo::rerun-if-changed={}", rtl.join(line).display());
        }
    }
    Ok(())
}

/// The variants named by `FLOWSWITCH_VARIANTS`, or all.
fn wanted_models(out: &Path) -> Result<Vec<Model>, String> {
    println!("cargo::rerun-if-env-changed=FLOWSWITCH_VARIANTS");
    let all = VARIANTS.map(|(ports, engines)| {
        let name = variant_name(ports, engines);
        Model {
            folder: out.join(&name),
            name,
            ports,
            engines,
        }
    });
    // Clippy links nothing, so it needs no model: only the bridge to them.
    println!("cargo::rerun-if-env-changed=RUSTC_WORKSPACE_WRAPPER");
    if env::var("RUSTC_WORKSPACE_WRAPPER").is_ok_and(|wrapper| wrapper.contains("clippy")) {
        return Ok(Vec::new());
    }
    let Ok(wanted) = env::var("FLOWSWITCH_VARIANTS") else {
        return Ok(all.into());
    };
    let wanted: Vec<_> = wanted
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| all.iter().all(|model| model.name != **name))
    {
        let known: Vec<_> = all.iter().map(|model| model.name.as_str()).collect();
        return Err(format!(
            "FLOWSWITCH_VARIANTS names {unknown:?}; the variants are {}",
            known.join(", ")
        ));
    }
    Ok(all
        .into_iter()
        .filter(|model| wanted.is_empty() || wanted.contains(&model.name.as_str()))
        .collect())
}

/// Flags of every file: what the runtime's headers need and what makes a model fast. Position-independent code as
/// for a library would cost a sixth of the speed; that for an executable costs nothing.
fn common_flags() -> Vec<String> {
    let mut flags: Vec<String> = [
        "-std=c++20",
        "-fPIE",
        "-fno-math-errno",
        "-w",
        "-DVERILATOR=1",
        "-DVM_TRACE=1",
    ]
    .map(Into::into)
    .into();
    flags.extend(["-DVM_TRACE_FST=1", "-DVM_COVERAGE=0", "-DVM_SC=0"].map(Into::into));
    // The shim handles what the runtime would print or end the process for.
    flags.extend(["-DVL_USER_STOP", "-DVL_USER_FINISH", "-DVL_USER_FATAL"].map(Into::into));
    for folder in [RUNTIME, "runtime/vltstd", SHIM] {
        flags.push(format!("-I{folder}"));
    }
    flags.extend(["-Icxxbridge/include", "-Icxxbridge/crate", "-I."].map(Into::into));
    flags
}

/// The runtime, compiled once for all variants.
fn runtime_jobs() -> Vec<Job> {
    ["verilated", "verilated_fst_c", "verilated_threads"]
        .map(|name| Job {
            source: Path::new(RUNTIME).join(format!("{name}.cpp")),
            object: format!("objects/runtime/{name}.o").into(),
            flags: vec!["-O2".into()],
        })
        .into()
}

fn shim_job(source: PathBuf, name: &str) -> Job {
    Job {
        source,
        object: format!("objects/shim/{name}.o").into(),
        flags: vec!["-O2".into()],
    }
}

/// The generated files of one model. What runs once, or only while tracing, is not worth optimising.
fn model_jobs(model: &Model) -> Result<Vec<Job>, String> {
    Ok(model
        .sources()?
        .into_iter()
        .map(|name| {
            let cold = ["__Slow", "__Syms", "__Trace", "__ConstPool"];
            let cold = cold.iter().any(|part| name.contains(part));
            Job {
                source: PathBuf::from(&model.name).join(&name),
                object: format!("objects/{}/{}.o", model.name, name.trim_end_matches(".cpp"))
                    .into(),
                flags: vec![if cold { "-O0" } else { "-O2" }.into()],
            }
        })
        .collect())
}

/// Writes the file that instantiates the clock loop for a model.
fn write_instance(model: &Model) -> Result<(), String> {
    let Model {
        name,
        ports,
        engines,
        ..
    } = model;
    let class = model.class();
    let text = format!(
        "#include \"{name}/{class}.h\"\n#include \"verilated_card.h\"\n\
         namespace flowswitch {{\n\
         std::unique_ptr<Card> new_card_{name}(const CardSetup& setup) {{\n  \
         return std::make_unique<VerilatedCard<{class}, {ports}, {engines}>>(setup);\n}}\n}}\n"
    );
    write_if_changed(&model.folder.join(INSTANCE), &text)
}

/// Writes the file that picks a variant.
fn write_registry(out: &Path, models: &[Model]) -> Result<(), String> {
    let mut declarations = String::new();
    let mut cases = String::new();
    for Model {
        name,
        ports,
        engines,
        ..
    } in models
    {
        let declaration =
            format!("std::unique_ptr<Card> new_card_{name}(const CardSetup& setup);\n");
        declarations.push_str(&declaration);
        let condition = format!("ports == {ports} && engines == {engines}");
        writeln!(cases, "  if ({condition}) return new_card_{name}(setup);")
            .map_err(|error| error.to_string())?;
    }
    let text = format!(
        "#include <stdexcept>\n\n#include \"card.h\"\n#include \"verilated.h\"\n\
         #include \"flowswitch-verilated/src/bridge.rs.h\"\n\
         namespace flowswitch {{\n{declarations}\
         std::unique_ptr<Card> new_card(uint8_t ports, uint8_t engines, const CardSetup& setup) {{\n\
         {cases}  throw std::invalid_argument(\"this variant was not built\");\n}}\n}}\n"
    );
    write_if_changed(&out.join("registry.cpp"), &text)
}

fn write_if_changed(path: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(path).ok().as_deref() == Some(text) {
        return Ok(());
    }
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
