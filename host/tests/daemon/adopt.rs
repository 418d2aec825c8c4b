//! What a daemon finds on the card when it begins.

use flowswitch_api::server::messages::Command;
use flowswitch_api::{Administrative, DeviceState};
use flowswitch_driver::fake::Commit;

use super::rig::{Daemon, Shared, THIRD, config, folder, image, write_config};

#[test]
fn an_untouched_card_is_programmed_and_adopted_afterwards_without_a_write() {
    let (card, text) = (Shared::new(), config(""));
    let folder = folder(&text);
    let mut daemon = Daemon::attached(folder.path(), &card);
    assert_eq!(card.differences(&image(&text)), Vec::<String>::new());
    assert_eq!(daemon.actions(), ["applied"]);
    let generation = daemon.status().configuration.generation;
    daemon.stop();
    card.forget_commits();
    let mut daemon = Daemon::attached(folder.path(), &card);
    assert_eq!(daemon.status().configuration.generation, generation);
    assert_eq!(card.commits(), Vec::<Commit>::new());
    assert_eq!(daemon.actions(), Vec::<String>::new());
}

#[test]
fn what_another_program_wrote_is_adopted_too() {
    let (card, text) = (Shared::new(), config(""));
    card.program(&image(&text)).unwrap();
    card.forget_commits();
    let folder = folder(&text);
    let daemon = Daemon::attached(folder.path(), &card);
    assert_eq!(card.commits(), Vec::<Commit>::new());
    daemon.stop();
}

#[test]
fn only_what_differs_is_written_and_servers_keep_their_numbers() {
    let (card, text) = (Shared::new(), config(""));
    let folder = folder(&text);
    Daemon::attached(folder.path(), &card).stop();
    // Another order, and one more: the old ones keep their numbers.
    let moved = config(THIRD).replace("name = \"a\" # the first", "name = \"x\"");
    let moved = moved.replace("02:00:00:00:02:01", "02:00:00:00:02:04");
    write_config(folder.path(), &moved);
    let mut daemon = Daemon::attached(folder.path(), &card);
    assert_eq!(daemon.actions(), ["applied"]);
    let status = daemon.status();
    let servers = status.clusters[0].servers.iter();
    let numbers: Vec<_> = servers.map(|s| (s.name.as_str(), s.number)).collect();
    assert_eq!(
        numbers.iter().find(|(name, _)| *name == "b"),
        Some(&("b", 1))
    );
    assert_eq!(daemon.running().text, moved);
}

#[test]
fn states_that_the_operator_set_outlive_the_daemon() {
    let (card, text) = (Shared::new(), config(""));
    let folder = folder(&text);
    let daemon = Daemon::attached(folder.path(), &card);
    let drain = |reply| Command::SetServer("a".to_owned(), Administrative::Drain, reply);
    let status = daemon.ask(drain).unwrap();
    assert!(status.configuration.unsaved);
    let maintenance =
        |reply| Command::SetRouter("r".to_owned(), Administrative::Maintenance, reply);
    daemon.ask(maintenance).unwrap();
    let drained = {
        let mut image = image(&text);
        image.members.get_mut(&0).unwrap().draining = true;
        let router = image.members.get_mut(&1024).unwrap();
        (router.up, router.up_on_link) = (false, false);
        image
    };
    assert_eq!(card.differences(&drained), Vec::<String>::new());
    daemon.stop();
    card.forget_commits();
    let daemon = Daemon::attached(folder.path(), &card);
    assert_eq!(card.commits(), Vec::<Commit>::new());
    let status = daemon.status();
    let server = &status.clusters[0].servers[0];
    assert_eq!(server.administrative, Administrative::Drain);
    assert!(daemon.running().text.contains("name = \"a\" # the first"));
    assert!(daemon.running().text.contains("state = \"drain\""));
    // Ready again, and everything is as it was.
    for name in ["a", "r"] {
        let ready = |reply| match name {
            "a" => Command::SetServer(name.to_owned(), Administrative::Ready, reply),
            _ => Command::SetRouter(name.to_owned(), Administrative::Ready, reply),
        };
        daemon.ask(ready).unwrap();
    }
    assert_eq!(card.differences(&image(&text)), Vec::<String>::new());
    assert!(!daemon.status().configuration.unsaved);
    assert_eq!(daemon.running().text, text);
    let nobody = |reply| Command::SetServer("z".to_owned(), Administrative::Ready, reply);
    assert_eq!(daemon.ask(nobody).unwrap_err().status, 404);
}

#[test]
fn a_wrong_file_does_not_end_what_runs() {
    let (card, text) = (Shared::new(), config(""));
    let folder = folder(&text);
    write_config(folder.path(), "[switch]\nports = 99\n");
    assert!(Daemon::try_start(folder.path(), card.clone()).is_err());
    write_config(folder.path(), &text);
    Daemon::attached(folder.path(), &card).stop();
    write_config(folder.path(), "[switch]\nports = 99\n");
    let daemon = Daemon::attached(folder.path(), &card);
    assert_eq!(daemon.running().text, text);
    assert_eq!(daemon.status().device.state, DeviceState::Attached);
}
