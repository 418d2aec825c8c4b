//! The virtual machine: QEMU with the card on its bus, and a guest that does what it is told over a serial line.

use super::failure::Failure;
use super::lines::Lines;
use serde_json::Value;
use std::fs::{File, read_to_string};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the guest may take to start on a busy machine.
const START: Duration = Duration::from_secs(300);
/// How long a command may take that says nothing else.
pub const PATIENCE: Duration = Duration::from_secs(300);
/// The machine's memory. Transparent huge pages, which make mapping it fast, need about so much.
const MEMORY: &str = "1G";
/// A status of no command: it has not ended.
const KILLED: i32 = -1;

/// What a command in the guest came to.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The command.
    pub command: String,
    /// Its status.
    pub status: i32,
    /// What it printed, errors too.
    pub output: String,
}

impl Answer {
    /// It, if it succeeded.
    ///
    /// # Errors
    /// [`Failure::Status`].
    pub fn succeeded(self) -> Result<Self, Failure> {
        if self.status == 0 {
            return Ok(self);
        }
        Err(Failure::Status {
            command: self.command,
            status: self.status,
            output: self.output,
        })
    }

    /// What it printed as JSON. Lines that are none of it, of errors and progress, come before.
    ///
    /// # Errors
    /// [`Failure::Answer`].
    pub fn json(&self) -> Result<Value, Failure> {
        let begin = self.output.find('{').unwrap_or(self.output.len());
        let values = serde_json::Deserializer::from_str(&self.output[begin..]).into_iter();
        let value = values.flatten().next();
        value.ok_or_else(|| self.lacks("JSON"))
    }

    /// It printed something else.
    pub fn lacks(&self, wanted: &'static str) -> Failure {
        Failure::Answer {
            command: self.command.clone(),
            wanted,
            output: self.output.clone(),
        }
    }
}

/// A running guest. Killed when dropped.
#[derive(Debug)]
pub struct Guest {
    child: Child,
    input: ChildStdin,
    lines: Lines,
    errors: PathBuf,
    next: u32,
    uptime: f64,
}

impl Guest {
    /// Boots it with the card at `socket`, and waits until it takes commands.
    ///
    /// # Errors
    /// If it does not.
    pub fn boot(
        tools: &Path,
        initrd: &Path,
        socket: &Path,
        folder: &Path,
    ) -> Result<Self, Failure> {
        let errors = folder.join("qemu.log");
        let log = File::create(&errors).map_err(Failure::io(errors.display().to_string()))?;
        let mut command = qemu(tools, initrd, socket, &folder.join("console.log"));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().map_err(Failure::io("QEMU"))?;
        let (input, output) = match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => (input, output),
            _ => unreachable!("both were asked for"),
        };
        let mut guest = Self {
            child,
            input,
            lines: Lines::new("the guest", output),
            errors,
            next: 0,
            uptime: 0.0,
        };
        let ready = |line: &str| line.strip_prefix("ready ")?.trim().parse().ok();
        match guest.lines.find("start", START, ready) {
            Ok(uptime) => guest.uptime = uptime,
            Err(failure) => return Err(guest.explained(failure)),
        }
        Ok(guest)
    }

    /// The guest's seconds from its kernel's start until it took commands.
    pub fn uptime(&self) -> f64 {
        self.uptime
    }

    /// Runs a command of the shell to its end.
    ///
    /// # Errors
    /// If the guest does not answer in time; then it is as good as dead.
    pub fn run(&mut self, command: &str, patience: Duration) -> Result<Answer, Failure> {
        let id = self.next;
        self.next += 1;
        let line = format!("{id} {command}\n");
        let sent = self.input.write_all(line.as_bytes());
        sent.and_then(|()| self.input.flush())
            .map_err(Failure::io(format!(
                "the guest cannot be told to `{command}`"
            )))?;
        let mut output = String::new();
        let (out, end) = (format!("o {id} "), format!("e {id} "));
        let status = self
            .lines
            .find(&format!("end `{command}`"), patience, |line| {
                if let Some(text) = line.strip_prefix(&out) {
                    output.push_str(text);
                    output.push('\n');
                }
                let status = line.strip_prefix(&end)?;
                Some(status.trim().parse().unwrap_or(KILLED))
            });
        let status = status.map_err(|failure| self.explained(failure))?;
        Ok(Answer {
            command: command.to_owned(),
            status,
            output,
        })
    }

    /// Runs a command that must succeed, with the usual patience.
    ///
    /// # Errors
    /// If it fails or does not end.
    pub fn must(&mut self, command: &str) -> Result<Answer, Failure> {
        self.run(command, PATIENCE)?.succeeded()
    }

    /// Kills the machine, as a fault.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn kill(mut self) -> Result<(), Failure> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map(drop).map_err(Failure::io("QEMU"))
    }

    /// Powers it off and waits until it has ended.
    ///
    /// # Errors
    /// If it does not end in time.
    pub fn power_off(mut self) -> Result<(), Failure> {
        let told = self.input.write_all(b"0 poweroff -f\n");
        told.map_err(Failure::io("the guest"))?;
        let begun = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if begun.elapsed() > PATIENCE {
                return Err(self.explained(Failure::Silent {
                    who: "the guest",
                    what: "does not power off".into(),
                    after: begun.elapsed(),
                    said: String::new(),
                }));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// What QEMU says of a failure is in its log.
    fn explained(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Silent {
                who,
                what,
                after,
                said,
            } => {
                let errors = read_to_string(&self.errors).unwrap_or_default();
                let said = format!("{said}\n{errors}").trim().to_owned();
                Failure::Silent {
                    who,
                    what,
                    after,
                    said,
                }
            }
            other => other,
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// QEMU without acceleration, run by the loader and with the libraries that were fetched with it.
fn qemu(tools: &Path, initrd: &Path, socket: &Path, console: &Path) -> Command {
    let root = tools.join("qemu");
    let function = serde_json::json!({
        "driver": "vfio-user-pci",
        "socket": { "path": socket.display().to_string(), "type": "unix" },
    });
    let mut command = Command::new(root.join("usr/lib64/ld-linux-x86-64.so.2"));
    command
        .arg("--library-path")
        .arg(root.join("usr/lib/x86_64-linux-gnu"))
        .arg(root.join("usr/bin/qemu-system-x86_64"))
        .arg("-L")
        .arg(root.join("usr/share/qemu"))
        .arg("-L")
        .arg(root.join("usr/share/seabios"))
        .args(["-nodefaults", "-no-user-config", "-no-reboot"])
        .args(["-display", "none", "-cpu", "max", "-smp", "1", "-m", MEMORY])
        .args(["-machine", "q35,accel=tcg,memory-backend=m"])
        .arg("-object")
        .arg(format!("memory-backend-memfd,id=m,size={MEMORY},share=on"))
        // Before the function that is behind it. Without caching mode QEMU would not see what the guest maps.
        .args(["-device", "intel-iommu,intremap=on,caching-mode=on"])
        .arg("-device")
        .arg(function.to_string())
        .arg("-kernel")
        .arg(tools.join("vmlinux"))
        .arg("-initrd")
        .arg(initrd)
        .args([
            "-append",
            "console=ttyS0 intel_iommu=on no_timer_check panic=-1 quiet",
        ])
        .arg("-serial")
        .arg(format!("file:{}", console.display()))
        .args(["-chardev", "stdio,id=harness,signal=off"])
        .args(["-serial", "chardev:harness"]);
    command
}
