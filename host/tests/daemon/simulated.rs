//! The daemon on the RTL, behind the socket that everybody uses.

use flowswitch::daemon::NamedDevice;
use flowswitch::device_name::DeviceName;
use flowswitch_api::server::messages::Command;
use flowswitch_api::{Administrative, DeviceState, TraceRequest};
use flowswitch_driver::Card;
use flowswitch_driver::socket::SocketDevice;
use flowswitch_sim::rtl::RtlOptions;
use flowswitch_sim::vfio_user::{Wires, serve};
use std::time::Duration;

use super::rig::{Daemon, THIRD, config, folder, image};

/// Clocks that a daemon may have its card run in a second in which nothing happens; a card that is not let rest runs some
/// tens of thousands even on a slow machine.
const IDLE_CLOCKS: u64 = 10_000;

#[test]
fn a_served_card() {
    // A new server counts as up until its link is looked at: `keep` would hold on to it.
    let text = |more| config(more).replace("services =", "all_down = \"drop\"\nservices =");
    let (old, new) = (text(""), text(THIRD));
    let folder = folder(&old);
    let socket = folder.path().join("card");
    let wires = Wires::connect(&[], 4).unwrap();
    let serving = serve(&socket, 4, RtlOptions::default(), wires, |_| ()).unwrap();
    let start = || {
        let device = NamedDevice::new(DeviceName::Socket(socket.clone()), Vec::new());
        let mut daemon = Daemon::try_start(folder.path(), device).unwrap();
        daemon.wait_state(DeviceState::Attached);
        daemon
    };
    let holds = |text: &str| {
        let mut card = Card::open(SocketDevice::connect(&socket).unwrap()).unwrap();
        let buckets = image(text).buckets;
        let mut pairs = (0..).zip(buckets);
        pairs.all(|(index, bucket)| card.read_bucket(index).unwrap() == bucket)
    };

    let daemon = start();
    assert!(daemon.status().device.links.iter().all(|link| !link.up));
    let statistics = daemon.ask(Command::Statistics).unwrap();
    // The smallest card that was built may have more ports.
    assert!(statistics.ports.len() >= 4);
    assert_eq!(statistics.servers.len(), 2);
    assert!(statistics.card_ns > 0);
    let frame = "02:00:5e:00:00:01 02:00:00:00:00:02 0800".to_owned() + &"00".repeat(46);
    let request = TraceRequest {
        frame,
        port: "0".to_owned(),
    };
    let traced = daemon.ask(|reply| Command::Trace(request, reply)).unwrap();
    assert!(!traced.looks.is_empty());
    let flows = daemon
        .ask(|reply| Command::Flows(Default::default(), reply))
        .unwrap();
    assert_eq!(flows.live, 0);
    daemon.apply(&new, Some(600_000)).unwrap();
    daemon.ask(Command::Undo).unwrap();
    daemon.apply(&new, None).unwrap();
    let drain = |reply| Command::SetServer("c".to_owned(), Administrative::Drain, reply);
    daemon.ask(drain).unwrap();
    let ready = |reply| Command::SetServer("c".to_owned(), Administrative::Ready, reply);
    let status = daemon.ask(ready).unwrap();
    // Its link was looked at: with all down the buckets are as they were written.
    daemon.wait_status(|status| status.clusters[0].all_down);
    daemon.stop();
    assert!(holds(&new) && !holds(&old));

    // The next one adopts it.
    super::rig::write_config(folder.path(), &new);
    let daemon = start();
    assert_eq!(
        daemon.status().configuration.generation,
        status.configuration.generation
    );

    // The card dies.
    serving.stopper().stop();
    let done = serving.wait();
    daemon.wait_status(|status| status.device.state == DeviceState::Lost);
    assert_eq!(daemon.ask(Command::Statistics).unwrap_err().status, 503);
    done.unwrap();
}

#[test]
fn an_idle_daemon_lets_its_card_rest() {
    let clocks = |idle: u64| {
        let folder = folder(&config(""));
        let socket = folder.path().join("card");
        let wires = Wires::connect(&[], 4).unwrap();
        let serving = serve(&socket, 4, RtlOptions::default(), wires, |_| ()).unwrap();
        let device = NamedDevice::new(DeviceName::Socket(socket), Vec::new());
        let mut daemon = Daemon::try_start(folder.path(), device).unwrap();
        daemon.wait_state(DeviceState::Attached);
        std::thread::sleep(Duration::from_secs(idle));
        daemon.stop();
        serving.stopper().stop();
        serving.wait().unwrap().clocks
    };
    let (short, long) = (clocks(1), clocks(5));
    assert!(
        long <= short + 4 * IDLE_CLOCKS,
        "{short} clocks with one second, {long} with five"
    );
}
