//! Changes that are cut off at any point: afterwards the card holds the old or the new, never something between.

use flowswitch::daemon::journal::{Intent, Journal, Text};
use flowswitch_api::server::messages::Command;
use flowswitch_api::{Administrative, DeviceState};

use super::rig::{Daemon, Shared, THIRD, config, folder, image};

fn whole(text: &str) -> Text {
    Text {
        file: Some("test".to_owned()),
        text: text.to_owned(),
    }
}

/// Writes to the card that the change from one configuration to the other takes.
fn writes(old: &str, new: &str) -> usize {
    let card = Shared::new();
    card.program(&image(old)).unwrap();
    card.forget_commits();
    card.program(&image(new)).unwrap();
    card.commits().len()
}

/// Some of all points, the first and last always.
fn points(writes: usize) -> impl Iterator<Item = usize> {
    (0..writes).filter(move |k| *k < 8 || *k + 8 > writes || k % 29 == 0)
}

#[test]
fn a_card_that_fails_at_any_write_gets_back_what_it_held() {
    let (old, new) = (config(""), config(THIRD));
    for k in points(writes(&old, &new)) {
        let card = Shared::new();
        let folder = folder(&old);
        let mut daemon = Daemon::attached(folder.path(), &card);
        // It fails for good, so going back fails too.
        card.card().fail_after = Some(k);
        let error = daemon.apply(&new, None).unwrap_err();
        assert_eq!(error.status, 503, "write {k}");
        daemon.wait_state(DeviceState::Lost);
        if k % 2 == 0 {
            // The same daemon gets it back.
            card.mend();
            daemon.wait_state(DeviceState::Attached);
        } else {
            daemon.stop();
            card.mend();
            daemon = Daemon::attached(folder.path(), &card);
        }
        assert_eq!(
            card.differences(&image(&old)),
            Vec::<String>::new(),
            "write {k}"
        );
        assert_eq!(daemon.running().text, old);
        assert!(!folder.path().join("state/intent.json").exists());
    }
}

#[test]
fn a_change_that_was_cut_off_is_finished() {
    let (old, new) = (config(""), config(THIRD));
    let count = writes(&old, &new);
    for k in points(count).chain([usize::MAX]) {
        let card = Shared::new();
        let folder = folder(&old);
        Daemon::attached(folder.path(), &card).stop();
        // What a daemon that is killed leaves: the intent, and so many writes.
        let journal = Journal::open(&folder.path().join("state")).unwrap();
        let intent = Intent::new(Some(whole(&old)), whole(&new), None);
        journal.begin(&intent).unwrap();
        card.card().fail_after = Some(k);
        let cut = card.program(&image(&new));
        assert_eq!(cut.is_err(), k < count, "write {k}");
        card.mend();
        // The file has the new text: that is where it came from.
        super::rig::write_config(folder.path(), &new);
        let mut daemon = Daemon::attached(folder.path(), &card);
        assert_eq!(
            card.differences(&image(&new)),
            Vec::<String>::new(),
            "write {k}"
        );
        assert_eq!(daemon.running().text, new);
        assert_eq!(daemon.actions(), ["finished"]);
        assert!(!folder.path().join("state/intent.json").exists());
    }
}

#[test]
fn a_change_that_nobody_confirmed_is_undone() {
    let (old, new) = (config(""), config(THIRD));
    let count = writes(&old, &new);
    for k in [0, 1, count / 2, usize::MAX] {
        let card = Shared::new();
        let folder = folder(&old);
        Daemon::attached(folder.path(), &card).stop();
        let journal = Journal::open(&folder.path().join("state")).unwrap();
        let intent = Intent::new(Some(whole(&old)), whole(&new), Some(1));
        journal.begin(&intent).unwrap();
        card.card().fail_after = Some(k);
        let _ = card.program(&image(&new));
        card.mend();
        // Even if the file has the new text, and at each start from now on.
        super::rig::write_config(folder.path(), &new);
        for expected in [&["undone"][..], &[]] {
            let mut daemon = Daemon::attached(folder.path(), &card);
            assert_eq!(
                card.differences(&image(&old)),
                Vec::<String>::new(),
                "write {k}"
            );
            assert_eq!(daemon.running().text, old);
            assert_eq!(daemon.actions(), expected);
            daemon.stop();
        }
        // Until the operator asks for it.
        let daemon = Daemon::attached(folder.path(), &card);
        daemon
            .ask(flowswitch_api::server::messages::Command::Reload)
            .unwrap();
        assert_eq!(daemon.running().text, new);
        daemon.stop();
        assert_eq!(Daemon::attached(folder.path(), &card).running().text, new);
    }
}

#[test]
fn an_unconfirmed_change_of_a_daemon_that_ends_is_undone_by_the_next() {
    let (card, old, new) = (Shared::new(), config(""), config(THIRD));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    daemon.apply(&new, Some(600_000)).unwrap();
    daemon.stop();
    let daemon = Daemon::attached(folder.path(), &card);
    assert_eq!(daemon.running().text, old);
    assert_eq!(card.differences(&image(&old)), Vec::<String>::new());
}

#[test]
fn damaged_files_are_left_out() {
    let (card, old) = (Shared::new(), config(""));
    let folder = folder(&old);
    Daemon::attached(folder.path(), &card).stop();
    for name in ["state.json", "intent.json", "running.toml"] {
        std::fs::write(folder.path().join("state").join(name), b"\xff{").unwrap();
        let daemon = Daemon::attached(folder.path(), &card);
        assert_eq!(daemon.running().text, old, "{name}");
        assert_eq!(card.differences(&image(&old)), Vec::<String>::new());
    }
}

#[test]
fn files_of_another_version_are_left_out() {
    let (card, old) = (Shared::new(), config(""));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    let drain = |reply| Command::SetServer("a".to_owned(), Administrative::Drain, reply);
    daemon.ask(drain).unwrap();
    daemon.stop();
    let state = folder.path().join("state/state.json");
    let written = std::fs::read_to_string(&state).unwrap();
    let wanted = || {
        let daemon = Daemon::attached(folder.path(), &card);
        daemon.status().clusters[0].servers[0].administrative
    };
    assert_eq!(wanted(), Administrative::Drain);
    let other = written.replacen("\"format\": 1", "\"format\": 2", 1);
    assert_ne!(other, written);
    std::fs::write(&state, other).unwrap();
    assert_eq!(wanted(), Administrative::Ready);
}
