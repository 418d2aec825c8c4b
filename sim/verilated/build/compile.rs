//! Compiles C++ files, those that need it, on as many processors as Cargo grants.
//!
//! Verilator's runtime and models take by far the longest of everything in the workspace, hence the care: a file
//! is compiled again only if it, a header it includes, its command or the compiler has changed, and ccache is used
//! where installed. Commands name generated files relative to the output folder, so that ccache serves checkouts and
//! target folders from one another.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::SystemTime;

/// One file to compile.
pub struct Job {
    /// The C++ file: absolute, or relative to the output folder.
    pub source: PathBuf,
    /// The object, relative to the output folder.
    pub object: PathBuf,
    /// Flags beyond the common ones.
    pub flags: Vec<String>,
}

/// The compiler and where it works.
pub struct Compiler {
    /// Path of the C++ compiler.
    program: PathBuf,
    /// What it says of itself.
    version: String,
    /// Flags of all jobs.
    flags: Vec<String>,
    /// The output folder.
    folder: PathBuf,
}

impl Compiler {
    /// The compiler `program`, with `flags` in all jobs, at work in `folder`.
    pub fn new(program: PathBuf, flags: Vec<String>, folder: PathBuf) -> Result<Self, String> {
        let output = Command::new(&program).arg("--version").output();
        let output =
            output.map_err(|error| format!("cannot run {}: {error}", program.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(Self {
            version: text.lines().next().unwrap_or_default().to_owned(),
            program,
            flags,
            folder,
        })
    }

    /// Brings all objects up to date.
    pub fn run(&self, jobs: &[Job]) -> Result<(), String> {
        let stale = jobs.iter().filter(|job| !self.is_fresh(job));
        let queue = Mutex::new(stale);
        let failure = Mutex::new(None);
        let workers = env::var("NUM_JOBS")
            .ok()
            .and_then(|jobs| jobs.parse().ok())
            .unwrap_or(1);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    loop {
                        let job = queue.lock().ok().and_then(|mut queue| queue.next());
                        let Some(job) = job else { break };
                        if let (Err(error), Ok(mut failure)) = (self.compile(job), failure.lock()) {
                            *failure = Some(error);
                            break;
                        }
                    }
                });
            }
        });
        let failure = failure
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        failure.map_or(Ok(()), Err)
    }

    /// Puts objects into a new archive.
    pub fn archive(&self, objects: &[PathBuf], archive: &str) -> Result<(), String> {
        // An archive that is only added to would keep the objects of variants no longer wanted.
        let path = self.folder.join(archive);
        if path.exists() {
            fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        let program = env::var_os("AR").unwrap_or_else(|| "ar".into());
        let mut command = Command::new(program);
        command.current_dir(&self.folder).arg("crs").arg(archive);
        command.args(objects);
        run(command)
    }

    /// The arguments of a job.
    fn arguments(&self, job: &Job) -> Vec<String> {
        let mut arguments = self.flags.clone();
        arguments.extend_from_slice(&job.flags);
        arguments.extend(["-MMD".into(), "-c".into(), job.source.display().to_string()]);
        arguments.extend(["-o".into(), job.object.display().to_string()]);
        arguments
    }

    /// What an object was made by: it is kept beside it.
    fn record(&self, job: &Job) -> String {
        format!(
            "{}\n{}\n{}",
            self.program.display(),
            self.version,
            self.arguments(job).join("\n")
        )
    }

    fn compile(&self, job: &Job) -> Result<(), String> {
        let object = self.folder.join(&job.object);
        // Whatever ends this now leaves no object that passes for a whole one.
        let record = object.with_extension("command");
        match fs::remove_file(&record) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(format!("{}: {error}", record.display()));
            }
            _ => {}
        }
        if let Some(parent) = object.parent() {
            fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
        }
        let mut command = match find_ccache() {
            Some(ccache) => {
                let mut command = Command::new(ccache);
                command
                    .arg(&self.program)
                    .env("CCACHE_BASEDIR", &self.folder);
                command.env("CCACHE_NOHASHDIR", "1");
                command
            }
            None => Command::new(&self.program),
        };
        command.current_dir(&self.folder).args(self.arguments(job));
        run(command)?;
        fs::write(&record, self.record(job))
            .map_err(|error| format!("{}: {error}", record.display()))
    }

    /// Whether a job's object is there, made by the same command, and younger than all it was made from.
    fn is_fresh(&self, job: &Job) -> bool {
        let object = self.folder.join(&job.object);
        let Some(made) = modified(&object) else {
            return false;
        };
        let command = fs::read_to_string(object.with_extension("command"));
        if command.ok() != Some(self.record(job)) {
            return false;
        }
        let Ok(rule) = fs::read_to_string(object.with_extension("d")) else {
            return false;
        };
        let Some((_, sources)) = rule.split_once(':') else {
            return false;
        };
        sources
            .split_whitespace()
            .filter(|word| *word != "\\")
            .all(|source| modified(&self.folder.join(source)).is_some_and(|time| time < made))
    }
}

fn find_ccache() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join("ccache"))
        .find(|program| program.is_file())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
}

fn run(mut command: Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    ))
}
