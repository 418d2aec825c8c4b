//! The guest's file system: the unmodified program with the libraries that it loads, busybox, modules, configurations.

use super::failure::Failure;
use crate::live::command;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// What goes into it.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// What `tests/vm/fetch.sh` has fetched.
    pub tools: &'a Path,
    /// The guest's first program.
    pub init: &'a Path,
    /// `flowswitch`.
    pub program: &'a Path,
    /// Configurations, at `/` by their file names.
    pub configs: &'a [&'a Path],
}

impl Content<'_> {
    /// Builds it in `folder`, as a compressed cpio archive, whose path is returned.
    ///
    /// # Errors
    /// If something is missing, or a tool fails.
    pub fn build(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let root = folder.join("root");
        if root.exists() {
            fs::remove_dir_all(&root).map_err(Failure::io(root.display().to_string()))?;
        }
        let busybox = self.tools.join("busybox");
        install(&busybox, &root.join("bin/busybox"))?;
        symlink("busybox", root.join("bin/sh")).map_err(Failure::io("bin/sh"))?;
        for place in ["proc", "sys", "dev", "tmp"] {
            make_folder(&root.join(place))?;
        }
        install(self.init, &root.join("init"))?;
        let modules = self.tools.join("modules");
        let listed = fs::read_dir(&modules).map_err(Failure::io(modules.display().to_string()))?;
        for module in listed {
            let module = module.map_err(Failure::io("modules"))?;
            install(
                &module.path(),
                &root.join("modules").join(module.file_name()),
            )?;
        }
        self.install_program(&root)?;
        for config in self.configs {
            install(config, &root.join(config.file_name().unwrap_or_default()))?;
        }
        pack(&busybox, &root, &folder.join("initrd.gz"))
    }

    /// The program, its symbols left out of the copy, and the libraries where it looks for them.
    fn install_program(&self, root: &Path) -> Result<(), Failure> {
        let program = self.program.display().to_string();
        for library in libraries(&command::run(&["ldd", &program])?) {
            let inside = library.strip_prefix("/").unwrap_or(&library);
            install(&library, &root.join(inside))?;
        }
        let copy = root.join("bin/flowswitch");
        install(self.program, &copy)?;
        // Where there is no strip the guest starts more slowly, which is all.
        let _ = command::run(&["strip", &copy.display().to_string()]);
        Ok(())
    }
}

/// The paths that ldd names.
fn libraries(told: &str) -> Vec<PathBuf> {
    let path = |line: &str| {
        let words = line.split_whitespace();
        words
            .filter(|word| word.starts_with('/'))
            .map(PathBuf::from)
            .next()
    };
    told.lines().filter_map(path).collect()
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(Failure::io(path.display().to_string()))
}

fn install(from: &Path, to: &Path) -> Result<(), Failure> {
    if !from.is_file() {
        return Err(Failure::Missing {
            path: from.to_owned(),
            remedy: "it is missing; run this test by `make vm`, which builds and fetches what it needs",
        });
    }
    if let Some(folder) = to.parent() {
        make_folder(folder)?;
    }
    fs::copy(from, to).map(drop).map_err(Failure::io(format!(
        "{} to {}",
        from.display(),
        to.display()
    )))
}

fn pack(busybox: &Path, root: &Path, into: &Path) -> Result<PathBuf, Failure> {
    let script = r#"cd "$1" && "$0" find . | "$0" cpio -o -H newc 2>/dev/null | gzip -1 >"$2""#;
    let [busybox, root, archive] = [busybox, root, into].map(|path| path.display().to_string());
    command::run(&["sh", "-c", script, &busybox, &root, &archive])?;
    Ok(into.to_owned())
}

#[cfg(test)]
mod tests {
    use super::libraries;
    use std::path::Path;

    #[test]
    fn libraries_are_those_with_a_path() {
        let told = "\tlinux-vdso.so.1 (0x00007ffd)\n\
                    \tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f)\n\
                    \t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";
        let wanted = [
            "/lib/x86_64-linux-gnu/libz.so.1",
            "/lib64/ld-linux-x86-64.so.2",
        ];
        assert_eq!(libraries(told), wanted.map(Path::new));
    }
}
