//! nginx in a machine: a page that says whose it is, a file to fetch, a folder to send files to.

use super::process::Process;
use crate::live::namespace::Namespace;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Port of the pages. The echo server has port 80.
pub const WEB_PORT: u16 = 8_080;
/// How long it may take to listen.
const START: Duration = Duration::from_secs(60);

/// A web server's folder and process.
#[derive(Debug)]
pub struct Web {
    name: &'static str,
    folder: PathBuf,
    process: Process,
}

impl Web {
    /// Starts nginx in a machine, its files under `folder`, and waits until it listens.
    ///
    /// # Errors
    /// If it does not.
    pub fn start(machine: &Namespace, folder: &Path) -> io::Result<Self> {
        let name = machine.name();
        let folder = folder.join(name);
        for part in ["files", "sent", "parts"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let at = folder.display();
        // One process, so that to kill it is to kill all of it.
        let settings = format!(
            "daemon off; master_process off; pid {at}/pid; error_log {at}/error.log;\n\
             events {{ worker_connections 256; }}\n\
             http {{\n\
               access_log off; keepalive_timeout 600s; keepalive_requests 100000;\n\
               client_max_body_size 64m; client_body_temp_path {at}/parts;\n\
               proxy_temp_path {at}/parts; fastcgi_temp_path {at}/parts;\n\
               uwsgi_temp_path {at}/parts; scgi_temp_path {at}/parts;\n\
               server {{\n\
                 listen [::]:{WEB_PORT} ipv6only=off;\n\
                 location = / {{ return 200 \"{name}\\n\"; }}\n\
                 location /files/ {{ root {at}; add_header X-Server {name}; }}\n\
                 location /sent/ {{ root {at}; dav_methods PUT; }}\n\
               }}\n\
             }}\n"
        );
        let path = folder.join("nginx.conf");
        fs::write(&path, settings)?;
        let process = Self::launch(machine, &folder)?;
        let web = Self {
            name,
            folder,
            process,
        };
        web.wait(machine)?;
        Ok(web)
    }

    fn launch(machine: &Namespace, folder: &Path) -> io::Result<Process> {
        let path = folder.join("nginx.conf").display().to_string();
        let words = ["nginx", "-e", "stderr", "-c", &path];
        Process::start(Some(machine), &words, &folder.join("log"))
    }

    fn wait(&self, machine: &Namespace) -> io::Result<()> {
        let begun = Instant::now();
        let page = format!("http://127.0.0.1:{WEB_PORT}/");
        loop {
            let asked = machine.output(&["curl", "-s", "-m", "1", &page]);
            let asked = asked.map_err(io::Error::other)?;
            if asked.status.success() {
                return Ok(());
            }
            if begun.elapsed() > START {
                let said = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                let told = format!("nginx of {} does not listen: {said}", self.name);
                return Err(io::Error::other(told));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.process.runs()
    }

    /// Kills it: the machine refuses connections from then on.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()
    }

    /// Starts it again.
    ///
    /// # Errors
    /// If it does not listen.
    pub fn restart(&mut self, machine: &Namespace) -> io::Result<()> {
        self.process = Self::launch(machine, &self.folder)?;
        self.wait(machine)
    }

    /// The folder of files that are sent to clients.
    pub fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// The folder of files that clients sent.
    pub fn sent(&self) -> PathBuf {
        self.folder.join("sent")
    }
}
