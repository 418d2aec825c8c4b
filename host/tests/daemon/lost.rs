//! A card that goes and comes back.

use flowswitch::daemon::Notice;
use flowswitch_api::DeviceState;
use flowswitch_api::server::messages::Command;
use flowswitch_driver::fake::{Commit, FakeDevice};

use super::rig::{Daemon, Shared, THIRD, config, folder, image, text, write_config};

#[test]
fn a_card_that_vanishes_is_told_of_and_taken_back() {
    let (card, old) = (Shared::new(), config(""));
    let folder = folder(&old);
    let mut daemon = Daemon::attached(folder.path(), &card);
    for losses in 1..=3 {
        card.set_away(true);
        let status = daemon.wait_status(|status| status.device.state == DeviceState::Lost);
        assert_eq!(status.device.losses, losses);
        assert!(!status.device.why.is_empty());
        assert!(!status.clusters[0].servers[0].active);
        let error = daemon.ask(Command::Statistics).unwrap_err();
        assert_eq!(error.status, 503);
        assert!(!error.remedy.is_empty());
        assert_eq!(daemon.apply(&old, None).unwrap_err().status, 503);
        assert!(
            daemon
                .ask(|reply| Command::Check(text(&old), reply))
                .is_ok()
        );
        assert_eq!(daemon.running().text, old);
        card.forget_commits();
        card.set_away(false);
        daemon.wait_state(DeviceState::Attached);
        assert_eq!(card.commits(), Vec::<Commit>::new(), "it kept its tables");
    }
}

#[test]
fn a_card_that_lost_its_tables_gets_them_again() {
    let (card, old) = (Shared::new(), config(""));
    let folder = folder(&old);
    let mut daemon = Daemon::attached(folder.path(), &card);
    card.set_away(true);
    daemon.wait_state(DeviceState::Lost);
    *card.card() = FakeDevice::new(4);
    card.set_away(false);
    daemon.wait_state(DeviceState::Attached);
    assert_eq!(card.differences(&image(&old)), Vec::<String>::new());
}

#[test]
fn a_daemon_begins_without_its_card() {
    let (card, old) = (Shared::new(), config(""));
    card.set_away(true);
    let folder = folder(&old);
    let mut daemon = Daemon::start(folder.path(), &card);
    daemon.wait_state(DeviceState::Lost);
    let notices = daemon.notices.lock().unwrap().clone();
    assert!(notices.contains(&Notice::Ready));
    assert!(
        !notices.contains(&Notice::Answered),
        "no answer, no sign of life"
    );
    card.set_away(false);
    daemon.wait_state(DeviceState::Attached);
    assert_eq!(card.differences(&image(&old)), Vec::<String>::new());
    let notices = std::sync::Arc::clone(&daemon.notices);
    daemon.wait_status(|_| notices.lock().unwrap().contains(&Notice::Answered));
}

#[test]
fn a_reload_without_a_card_is_made_up_for() {
    let (card, old, new) = (Shared::new(), config(""), config(THIRD));
    let folder = folder(&old);
    let mut daemon = Daemon::attached(folder.path(), &card);
    card.set_away(true);
    daemon.wait_state(DeviceState::Lost);
    write_config(folder.path(), &new);
    assert_eq!(daemon.ask(Command::Reload).unwrap_err().status, 503);
    card.set_away(false);
    daemon.wait_status(|status| status.clusters[0].servers.len() == 3);
    daemon.wait_state(DeviceState::Attached);
    assert_eq!(daemon.running().text, new);
    assert_eq!(card.differences(&image(&new)), Vec::<String>::new());
}
