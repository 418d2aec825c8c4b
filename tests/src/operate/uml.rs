//! Protocols that the kernel around the test may lack, between stacks of a User-Mode-Linux machine: VLANs, IP in IP, GRE and
//! ESP. The machine's first process, `tests/operate/uml-init.sh`, sets up a client and two servers and asks.

use super::operator::{Operator, text};
use crate::live::command;
use crate::live::ledger::Ledger;
use crate::live::scenario::Failure;
use crate::vm::lines::Lines;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Ports of the card in use.
const PORTS: [&str; 3] = ["card-0", "card-1", "card-2"];
/// The machine may take so long for each of its lines.
const PATIENCE: Duration = Duration::from_secs(120);
/// What is asked.
const KINDS: [&str; 6] = ["plain", "vlan", "ip-in-ip", "gre", "esp", "esp-states"];

/// A machine that runs; killed when dropped.
struct Machine(Child);

impl Drop for Machine {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where what the machine needs was unpacked: `linux.uml`, its modules, busybox. `None`, with a word about it, if it was not.
pub fn unpacked(folder: &Path) -> Option<PathBuf> {
    let folder = folder.join("uml");
    if folder.join("usr/bin/linux.uml").exists() && folder.join("bin/busybox").exists() {
        return Some(folder);
    }
    println!(
        "SKIPPED: VLAN, IP in IP, GRE and ESP by User-Mode-Linux: there is no {}\n  unpack the packages user-mode-linux and busybox-static there",
        folder.join("usr/bin/linux.uml").display()
    );
    None
}

/// Asks everything once; `unpacked` has the machine, `init` is its first process. The operator's card has the ports of
/// [`devices`].
///
/// # Errors
/// If the machine cannot be started or falls silent; what is judged goes to the ledger.
pub fn ask_all(
    operator: &mut Operator,
    unpacked: &Path,
    settings: &Path,
    folder: &Path,
    ledger: &Ledger,
) -> Result<(), Failure> {
    operator.start_daemon(&settings.join("uml.toml"))?;
    join(folder)?;
    let modules = fs::read_dir(unpacked.join("usr/lib/uml/modules"))?;
    let modules = modules.filter_map(Result::ok).next();
    let modules = modules.ok_or("User-Mode-Linux has no modules")?.path();
    let init = settings.join("uml-init.sh").canonicalize()?;
    let mut command = Command::new(unpacked.join("usr/bin/linux.uml"));
    command
        .args([
            "mem=256M",
            "root=/dev/root",
            "rootfstype=hostfs",
            "rootflags=/",
            "ro",
            "quiet",
        ])
        .args(["con=null", "con0=fd:0,fd:1"])
        .arg(format!("init={}", init.display()))
        .arg(format!("uml_modules={}", modules.display()))
        .arg(format!(
            "uml_busybox={}",
            unpacked.join("bin/busybox").display()
        ))
        .args(
            (0..PORTS.len())
                .map(|port| format!("vec{port}:transport=tap,ifname=uml-{port},depth=128,gro=0")),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(fs::File::create(folder.join("uml.log"))?);
    let mut child = command.spawn()?;
    let printed = child.stdout.take().ok_or("the machine prints nothing")?;
    let _machine = Machine(child);
    let mut lines = Lines::new("the User-Mode-Linux machine", printed);
    for kind in KINDS {
        let (answered, of) = lines.find(&format!("tell of {kind}"), PATIENCE, |line| {
            result(line, kind)
        })?;
        ledger.count(format!("answered by User-Mode-Linux, {kind}"), answered);
        if answered != of {
            ledger.fault(format!("{kind}: {answered} of {of} answered"));
        }
    }
    Ok(())
}

/// The card's devices, by port.
pub fn devices(unused: [&'static str; 8]) -> [&'static str; 8] {
    let mut ports = unused;
    ports[..PORTS.len()].copy_from_slice(&PORTS);
    ports
}

/// "RESULT kind answered of"
fn result(line: &str, kind: &str) -> Option<(u64, u64)> {
    let mut words = line.strip_prefix("RESULT ")?.split_whitespace();
    (words.next()? == kind).then_some(())?;
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// Makes the machine's devices, and joins each to the card's.
fn join(folder: &Path) -> Result<(), Failure> {
    let mut rules = String::new();
    for (number, card) in PORTS.iter().enumerate() {
        let machine = format!("uml-{number}");
        command::run(&["ip", "tuntap", "add", "dev", &machine, "mode", "tap"])?;
        for device in [*card, &machine] {
            command::run(&["ip", "link", "set", device, "addrgenmode", "none"])?;
            command::run(&["ip", "link", "set", device, "mtu", "1600", "up"])?;
        }
        for (name, from, to) in [("up", machine.as_str(), *card), ("down", *card, &machine)] {
            rules += &format!(
                "table netdev uml {{\n  chain {name}{number} {{ type filter hook ingress device \"{from}\" priority 0; fwd to \"{to}\"; }}\n}}\n"
            );
        }
    }
    let file = folder.join("uml.nft");
    fs::write(&file, rules)?;
    command::run(&["nft", "-f", text(&file)?])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::result;

    #[test]
    fn a_result_has_a_kind_and_two_numbers() {
        assert_eq!(result("RESULT gre 4 5", "gre"), Some((4, 5)));
        for other in [
            "RESULT gre 4",
            "RESULT esp 4 5",
            "gre 4 5",
            "RESULT gre x 5",
        ] {
            assert_eq!(result(other, "gre"), None, "{other}");
        }
    }
}
