//! Compiles C++ files, those that need it, on as many processors as Cargo grants.
//!
//! Verilator's runtime and models take by far the longest of everything in the workspace, hence the care: a file
//! is compiled again only if it, a header it includes or its command has changed, and ccache is used where
//! installed. Commands name generated files relative to the output folder, so that ccache serves checkouts and
//! target folders from one another.

use std::env;
use std::fs;
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
    pub program: PathBuf,
    /// Flags of all jobs.
    pub flags: Vec<String>,
    /// The output folder.
    pub folder: PathBuf,
}

impl Compiler {
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

    fn compile(&self, job: &Job) -> Result<(), String> {
        let object = self.folder.join(&job.object);
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
        let arguments = self.arguments(job);
        command.current_dir(&self.folder).args(&arguments);
        run(command)?;
        let record = object.with_extension("command");
        fs::write(&record, arguments.join("\n"))
            .map_err(|error| format!("{}: {error}", record.display()))
    }

    /// Whether a job's object is there, made by the same command, and younger than all it was made from.
    fn is_fresh(&self, job: &Job) -> bool {
        let object = self.folder.join(&job.object);
        let Some(made) = modified(&object) else {
            return false;
        };
        let command = fs::read_to_string(object.with_extension("command"));
        if command.ok() != Some(self.arguments(job).join("\n")) {
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
