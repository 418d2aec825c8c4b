//! Verilates the card once for each variant and compiles the models, the runtime and the shim around them.

mod boundary;
mod compile;
mod merge;
mod model;
mod tools;
mod units;
mod variants;

use compile::{Compiler, Job};
use model::{Model, Translation};
use std::env;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use tools::Verilator;
use variants::{CORNERS, VARIANTS, variant_name};

/// The runtime's folder as seen from the output folder.
const RUNTIME: &str = "runtime";
/// The shim's.
const SHIM: &str = "shim";
/// The models'.
const CARDS: &str = "cards";
/// Without a list of wanted variants this one is built: it serves any number of ports with one engine.
const DEFAULT_VARIANT: &str = "p8e1";

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
    // The card may be built of other files than the RTL's own list names, into a folder of its own.
    let list = path_in("FLOWSWITCH_FILES").unwrap_or_else(|| rtl.join("flowswitch.f"));
    let sources = watch_rtl(&list)?;

    let verilator = Verilator::find(workspace)?;
    let cards = path_in("FLOWSWITCH_CARDS").unwrap_or_else(|| workspace.join("target/cards"));
    create(&cards)?;
    // One build at a time looks after the models; whoever comes second finds them made.
    let lock = cards.join("lock");
    let lock = File::create(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    lock.lock()
        .map_err(|error| format!("{}: {error}", cards.display()))?;
    let models = wanted_models(&cards)?;
    let configuration = cards.join("model.vlt");
    write_if_changed(&configuration, &boundary::configuration(&rtl)?)?;
    let translation = Translation {
        verilator: &verilator,
        rtl: &rtl,
        list: &list,
        sources: &sources,
        configuration: &configuration,
    };
    thread::scope(|scope| {
        let runs: Vec<_> = models
            .iter()
            .map(|model| scope.spawn(|| model.verilate(&translation)))
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
    link(&verilator.include(), &cards.join(RUNTIME))?;
    link(&verilator.include(), &out.join(RUNTIME))?;
    link(&here.join("cpp"), &out.join(SHIM))?;
    link(&cards, &out.join(CARDS))?;
    let program = bridge.get_compiler().path().to_path_buf();

    // The models are kept beside the tools: whatever else is built, in whatever profile, each is made once.
    let compiler = Compiler::new(program.clone(), common_flags(&[]), cards.clone())?;
    let mut jobs = runtime_jobs();
    for model in &models {
        jobs.extend(model_jobs(model)?);
    }
    compiler.run(&jobs)?;
    let mut objects: Vec<_> = jobs.iter().map(|job| cards.join(&job.object)).collect();

    let flags = common_flags(&[SHIM, CARDS, "cxxbridge/include", "cxxbridge/crate"]);
    let compiler = Compiler::new(program, flags, out.clone())?;
    let mut jobs = Vec::new();
    for name in ["card", "bus_bench", "register_bench"] {
        jobs.push(shim_job(Path::new(SHIM).join(format!("{name}.cpp")), name));
    }
    write_registry(&out, &models)?;
    jobs.push(shim_job("registry.cpp".into(), "registry"));
    for model in &models {
        let name = format!("instance_{}", model.name);
        let source = format!("{name}.cpp");
        write_if_changed(&out.join(&source), &instance(model))?;
        jobs.push(shim_job(source.into(), &name));
    }
    compiler.run(&jobs)?;
    objects.extend(jobs.iter().map(|job| out.join(&job.object)));
    compiler.archive(&objects, "libflowswitch_card.a")?;

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

fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
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

/// A path that is in the environment.
fn path_in(variable: &str) -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed={variable}");
    env::var_os(variable).map(PathBuf::from)
}

/// Has Cargo run this again when a source of the card changes; returns them. The list names them as seen from its folder.
fn watch_rtl(list: &Path) -> Result<Vec<PathBuf>, String> {
    let text = fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    let folder = list.parent().unwrap_or(Path::new(""));
    let files = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['-', '+', '#']))
        .filter(|line| !line.starts_with("//"))
        .map(|line| folder.join(line));
    let sources: Vec<_> = std::iter::once(list.to_path_buf()).chain(files).collect();
    for source in &sources {
        println!("cargo::rerun-if-changed={}", source.display());
    }
    Ok(sources)
}

/// The variants that the list in the models' folder names. A list that does not exist is begun with the default;
/// whoever wants more adds to it, and nobody takes away: so no build undoes another's.
fn wanted_models(cards: &Path) -> Result<Vec<Model>, String> {
    let list = cards.join("wanted");
    if !list.exists() {
        write_if_changed(&list, &format!("{DEFAULT_VARIANT}\n"))?;
    }
    println!("cargo::rerun-if-changed={}", list.display());
    let text = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    let wanted: Vec<_> = text.split_whitespace().collect();
    let model = |name: String, ports, engines, parameters| Model {
        folder: cards.join(&name),
        name,
        ports,
        engines,
        parameters,
    };
    let plain = VARIANTS
        .iter()
        .map(|&(ports, engines)| model(variant_name(ports, engines), ports, engines, &[][..]));
    let corners = CORNERS.iter().map(|corner| {
        model(
            corner.name.into(),
            corner.ports,
            corner.engines,
            corner.parameters,
        )
    });
    let mut models: Vec<_> = plain.chain(corners).collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| models.iter().all(|model| model.name != **name))
    {
        let names: Vec<_> = models.iter().map(|model| model.name.as_str()).collect();
        return Err(format!(
            "{} names {unknown:?}; the variants are {}",
            list.display(),
            names.join(", ")
        ));
    }
    models.retain(|model| wanted.contains(&model.name.as_str()));
    Ok(models)
}

/// Flags of every file: what the runtime's headers need and what makes a model fast. Position-independent code as
/// for a library would cost a sixth of the speed; that for an executable costs nothing.
fn common_flags(folders: &[&str]) -> Vec<String> {
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
    for folder in [RUNTIME, "runtime/vltstd"].iter().chain(folders) {
        flags.push(format!("-I{folder}"));
    }
    flags.push("-I.".into());
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

/// The generated files of one model.
fn model_jobs(model: &Model) -> Result<Vec<Job>, String> {
    Ok(model
        .units()?
        .into_iter()
        .map(|name| Job {
            source: PathBuf::from(&model.name).join(&name),
            object: format!("objects/{}/{}.o", model.name, name.trim_end_matches(".cpp")).into(),
            flags: vec![units::optimisation(&name, model.name == DEFAULT_VARIANT).into()],
        })
        .collect())
}

/// The file that instantiates the clock loop for a model.
fn instance(model: &Model) -> String {
    let Model {
        name,
        ports,
        engines,
        ..
    } = model;
    let class = model.class();
    format!(
        "#include \"{name}/{class}.h\"\n#include \"verilated_card.h\"\n\
         namespace flowswitch {{\n\
         std::unique_ptr<Card> new_card_{name}(const CardSetup& setup) {{\n  \
         return std::make_unique<VerilatedCard<{class}, {ports}, {engines}>>(setup);\n}}\n}}\n"
    )
}

/// Writes the file that picks a variant.
fn write_registry(out: &Path, models: &[Model]) -> Result<(), String> {
    let mut declarations = String::new();
    let mut cases = String::new();
    for Model { name, .. } in models {
        let declaration =
            format!("std::unique_ptr<Card> new_card_{name}(const CardSetup& setup);\n");
        declarations.push_str(&declaration);
        writeln!(
            cases,
            "  if (name == \"{name}\") return new_card_{name}(setup);"
        )
        .map_err(|error| error.to_string())?;
    }
    let text = format!(
        "#include <stdexcept>\n\n#include \"card.h\"\n#include \"verilated.h\"\n\
         #include \"flowswitch-verilated/src/bridge.rs.h\"\n\
         namespace flowswitch {{\n{declarations}\
         std::unique_ptr<Card> new_card(rust::Str name, const CardSetup& setup) {{\n\
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
