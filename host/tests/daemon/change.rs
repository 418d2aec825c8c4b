//! Changes of the configuration while the daemon runs.

use flowswitch_api::server::messages::Command;
use flowswitch_api::{Administrative, ApplyRequest, FORMAT};
use flowswitch_driver::fake::Commit;

use super::rig::{Daemon, Shared, THIRD, config, folder, image, text, write_config};

#[test]
fn apply_diff_confirm_and_undo() {
    let (card, old, new) = (Shared::new(), config(""), config(THIRD));
    let folder = folder(&old);
    let mut daemon = Daemon::attached(folder.path(), &card);
    card.forget_commits();
    let checked = daemon
        .ask(|reply| Command::Check(text(&new), reply))
        .unwrap();
    assert_eq!(
        (checked.clusters, checked.servers, checked.routers),
        (1, 3, 1)
    );
    let diff = daemon
        .ask(|reply| Command::Diff(text(&new), reply))
        .unwrap();
    let keys: Vec<&str> = diff.differences.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "cluster.web.server.c.name",
            "cluster.web.server.c.mac",
            "cluster.web.server.c.port"
        ]
    );
    let dry = ApplyRequest {
        format: FORMAT,
        file: None,
        text: new.clone(),
        dry_run: true,
        confirm_timeout_ms: None,
    };
    let dry = daemon.ask(|reply| Command::Apply(dry, reply)).unwrap();
    assert!(dry.dry_run && !dry.unchanged);
    assert_eq!(dry.written, diff.would_write);
    assert_eq!(
        card.commits(),
        Vec::<Commit>::new(),
        "nothing was written so far"
    );
    assert_eq!(daemon.running().text, old);

    let applied = daemon.apply(&new, Some(600_000)).unwrap();
    assert_eq!(applied.written, diff.would_write);
    assert!(
        applied
            .confirm_within_ms
            .is_some_and(|left| left <= 600_000)
    );
    assert_eq!(card.differences(&image(&new)), Vec::<String>::new());
    let other = daemon.apply(&old, None).unwrap_err();
    assert_eq!(other.status, 409);
    daemon.ask(Command::Undo).unwrap();
    assert_eq!(card.differences(&image(&old)), Vec::<String>::new());
    assert_eq!(daemon.ask(Command::Undo).unwrap_err().status, 409);

    daemon.apply(&new, Some(600_000)).unwrap();
    daemon.ask(Command::Confirm).unwrap();
    assert_eq!(daemon.ask(Command::Confirm).unwrap_err().status, 409);
    assert!(daemon.apply(&new, None).unwrap().unchanged);
    assert_eq!(card.differences(&image(&new)), Vec::<String>::new());
    assert_eq!(
        daemon.actions(),
        [
            "applied",
            "applied",
            "undone",
            "applied",
            "confirmed",
            "applied"
        ]
    );
}

#[test]
fn what_nobody_confirms_is_taken_back() {
    let (card, old, new) = (Shared::new(), config(""), config(THIRD));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    for wrong in [0, 999, 3_600_001] {
        assert_eq!(daemon.apply(&new, Some(wrong)).unwrap_err().status, 400);
    }
    daemon.apply(&new, Some(1_000)).unwrap();
    assert_eq!(daemon.running().text, new);
    daemon.wait_status(|status| status.configuration.unconfirmed.is_none());
    assert_eq!(daemon.running().text, old);
    assert_eq!(card.differences(&image(&old)), Vec::<String>::new());
}

#[test]
fn wrong_configurations_are_refused_whole() {
    let (card, old) = (Shared::new(), config(""));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    card.forget_commits();
    let wrong = old
        .replace("port = 2", "port = 7")
        .replace("tcp/80", "tcp/http");
    let error = daemon.apply(&wrong, None).unwrap_err();
    assert_eq!((error.status, error.problems.len()), (400, 2));
    assert!(
        error
            .problems
            .iter()
            .all(|p| p.line > 1 && !p.remedy.is_empty())
    );
    let long = format!("#{}", "x".repeat(1 << 20));
    assert_eq!(daemon.apply(&long, None).unwrap_err().status, 413);
    let more_ports = old.replace("ports = 4", "ports = 8");
    let error = daemon.apply(&more_ports, None).unwrap_err();
    assert_eq!(error.status, 400, "the card has four ports: {error}");
    assert_eq!(card.commits(), Vec::<Commit>::new());
    assert_eq!(card.differences(&image(&old)), Vec::<String>::new());
    assert!(!folder.path().join("state/intent.json").exists());
}

#[test]
fn the_file_is_read_again() {
    let (card, old, new) = (Shared::new(), config(""), config(THIRD));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    write_config(folder.path(), &new);
    daemon.ask(Command::Reload).unwrap();
    assert_eq!(card.differences(&image(&new)), Vec::<String>::new());
    write_config(folder.path(), "ports");
    assert_eq!(daemon.ask(Command::Reload).unwrap_err().status, 400);
    assert_eq!(daemon.running().text, new);
}

#[test]
fn a_state_in_a_new_text_wins_over_the_operators() {
    let (card, old) = (Shared::new(), config(""));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    let set = |name: &str, state| {
        let name = name.to_owned();
        daemon
            .ask(|reply| Command::SetServer(name, state, reply))
            .unwrap()
    };
    set("a", Administrative::Drain);
    set("b", Administrative::Maintenance);
    let new = config("state = \"drain\"");
    daemon.apply(&new, None).unwrap();
    let servers = &daemon.status().clusters[0].servers;
    assert_eq!(
        servers[0].administrative,
        Administrative::Drain,
        "not spoken of"
    );
    assert_eq!(
        servers[1].administrative,
        Administrative::Drain,
        "as it says"
    );
}
