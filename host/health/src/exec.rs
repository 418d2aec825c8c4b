//! Programs as checks: run by a few threads of their own, so that a slow one delays no other check.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::check::ExecCheck;
use crate::talk::Verdict;

/// Programs that run at a time.
const THREADS: usize = 8;
/// Programs that wait for a thread, at most.
const WAITING: usize = 1024;
/// Bytes of a program's first line that are kept.
const LINE: usize = 200;
/// How often a thread looks whether its program ended or is to be ended.
const LOOK: Duration = Duration::from_millis(10);
/// How long a killed program may take to go.
const GRACE: Duration = Duration::from_secs(1);

/// What runs the programs. Dropped: they are killed.
pub(crate) struct Programs {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    sender: Sender<Ended>,
    ended: Receiver<Ended>,
    under_way: usize,
}

/// A program under way. Dropped: it is killed.
pub(crate) struct Program(Arc<AtomicBool>);

impl Drop for Program {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A program that is over.
pub(crate) struct Ended {
    pub probe: u64,
    /// None: it was never begun, for want of a thread.
    pub verdict: Option<Verdict>,
    pub took_us: u64,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    filled: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

struct Job {
    probe: u64,
    check: ExecCheck,
    environment: [(&'static str, String); 3],
    timeout: Duration,
    put: Instant,
    cancelled: Arc<AtomicBool>,
}

impl Programs {
    pub fn new() -> Self {
        let (sender, ended) = channel();
        Self {
            shared: Arc::default(),
            threads: Vec::new(),
            sender,
            ended,
            under_way: 0,
        }
    }

    /// Begins a program. None: too many wait, or the system gives no thread.
    pub fn begin(
        &mut self,
        probe: u64,
        check: &ExecCheck,
        environment: [(&'static str, String); 3],
        timeout: Duration,
    ) -> Option<Program> {
        let cancelled = Arc::new(AtomicBool::new(false));
        if self.threads.len() < THREADS.min(self.under_way + 1) {
            let (shared, sender) = (Arc::clone(&self.shared), self.sender.clone());
            let thread = std::thread::Builder::new().name("health-exec".to_owned());
            // If the system gives no thread, those that are there must do.
            self.threads
                .extend(thread.spawn(move || work(&shared, &sender)));
        }
        let mut queue = lock(&self.shared.queue);
        if self.threads.is_empty() || queue.jobs.len() >= WAITING {
            return None;
        }
        queue.jobs.push_back(Job {
            probe,
            check: check.clone(),
            environment,
            timeout,
            put: Instant::now(),
            cancelled: Arc::clone(&cancelled),
        });
        drop(queue);
        self.under_way += 1;
        self.shared.filled.notify_one();
        Some(Program(cancelled))
    }

    /// One that is over.
    pub fn ended(&mut self) -> Option<Ended> {
        let ended = self.ended.try_recv().ok()?;
        self.under_way -= 1;
        Some(ended)
    }

    /// Some are under way.
    pub fn any(&self) -> bool {
        self.under_way > 0
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        let mut queue = lock(&self.shared.queue);
        queue.closed = true;
        queue.jobs.clear();
        drop(queue);
        self.shared.filled.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

fn lock(queue: &Mutex<Queue>) -> std::sync::MutexGuard<'_, Queue> {
    // Nothing panics with the lock held.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(shared: &Shared, sender: &Sender<Ended>) {
    loop {
        let mut queue = lock(&shared.queue);
        let job = loop {
            if queue.closed {
                return;
            }
            match queue.jobs.pop_front() {
                Some(job) => break job,
                None => {
                    queue = shared
                        .filled
                        .wait(queue)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        };
        drop(queue);
        let begun = Instant::now();
        let late = job.put.elapsed() > job.timeout;
        let verdict = (!late && !job.cancelled.load(Ordering::Relaxed)).then(|| {
            run(&job, || {
                job.cancelled.load(Ordering::Relaxed) || lock(&shared.queue).closed
            })
        });
        let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let ended = Ended {
            probe: job.probe,
            verdict,
            took_us,
        };
        if sender.send(ended).is_err() {
            return;
        }
    }
}

/// Runs a program to its end, or to the end of its time.
fn run(job: &Job, cancelled: impl Fn() -> bool) -> Verdict {
    let child = Command::new(&job.check.program)
        .args(&job.check.arguments)
        .env_clear()
        .envs(job.environment.iter().cloned())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            let program = job.check.program.display();
            return Verdict::fail(format!("{program} cannot be started: {error}"));
        }
    };
    let deadline = Instant::now() + job.timeout;
    let mut output = Output::new(child.stdout.take());
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || cancelled() {
            end(&mut child, GRACE);
            return Verdict::fail("did not end in time and was killed");
        }
        output.wait(left.min(LOOK));
        if has_ended(&child) {
            output.wait(Duration::ZERO);
            // What it left behind in the background goes with it.
            return match end(&mut child, GRACE) {
                Some(status) => output.verdict(status),
                None => Verdict::fail("its status cannot be read"),
            };
        }
    }
}

/// Whether a program has ended. It is not reaped, so that its number stays its own.
fn has_ended(child: &Child) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(pid(child)), options) {
        Ok(status) => status.is_some(),
        Err(_) => true,
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Kills a program with all that it has started, and reaps it.
fn end(child: &mut Child, grace: Duration) -> Option<ExitStatus> {
    // Without a group there is nothing left to kill.
    let _ = kill_process_group(pid(child), Signal::KILL);
    let deadline = Instant::now() + grace;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(LOOK / 10),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// The output of a program: the first line is kept, the rest read and forgotten, so that it never waits for a reader.
struct Output {
    pipe: Option<ChildStdout>,
    line: Vec<u8>,
    complete: bool,
}

impl Output {
    fn new(pipe: Option<ChildStdout>) -> Self {
        Self {
            pipe: pipe.filter(|pipe| rustix::io::ioctl_fionbio(pipe, true).is_ok()),
            line: Vec::new(),
            complete: false,
        }
    }

    /// Waits for output so long at most, and takes it.
    fn wait(&mut self, longest: Duration) {
        let Some(pipe) = &mut self.pipe else {
            std::thread::sleep(longest);
            return;
        };
        let limit = Timespec::try_from(longest).ok();
        // An interruption is followed by the next look.
        let _ = poll(
            &mut [PollFd::from_borrowed_fd(pipe.as_fd(), PollFlags::IN)],
            limit.as_ref(),
        );
        let mut bytes = [0; 4096];
        // As much as fits into a pipe, not more: a program that never stops writing must still be looked after.
        for _ in 0..16 {
            match pipe.read(&mut bytes) {
                Ok(0) => {
                    self.pipe = None;
                    return;
                }
                Ok(count) => {
                    for byte in &bytes[..count] {
                        self.complete |= *byte == b'\n' || self.line.len() >= LINE;
                        if !self.complete {
                            self.line.push(*byte);
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    fn verdict(&self, status: ExitStatus) -> Verdict {
        let line: String = String::from_utf8_lossy(&self.line)
            .chars()
            .filter(|character| !character.is_control())
            .collect();
        let message = match (line.trim(), status.code()) {
            ("", Some(code)) => format!("status {code}"),
            ("", None) => "killed by a signal".to_owned(),
            (line, _) => line.to_owned(),
        };
        Verdict {
            passed: status.success(),
            message,
            agent: None,
        }
    }
}
