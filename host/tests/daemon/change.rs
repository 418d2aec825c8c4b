//! Changes of the configuration while the daemon runs.

use flowswitch_api::server::messages::Command;
use flowswitch_api::{Administrative, ApplyRequest, DeviceState, FORMAT};
use flowswitch_driver::fake::Commit;
use flowswitch_driver::tables::{Entry, MemberEntry};

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
        yes: false,
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

/// The second server replaced by another.
fn replaced() -> String {
    config("")
        .replace("name = \"b\"", "name = \"c\"")
        .replace("02:00:00:00:02:02", "02:00:00:00:02:03")
}

/// Live flows of a server, as the card counts them.
fn set_flows(card: &Shared, server: u32, live: u32) {
    card.card()
        .entries
        .insert((18, server), [live, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn a_change_is_taken_back_though_its_server_has_flows_by_now() {
    let (card, old, new) = (Shared::new(), config(""), replaced());
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    // Nobody's flow hangs on the second server, so that its number goes to the new one.
    daemon.apply(&new, Some(600_000)).unwrap();
    assert_eq!(card.differences(&image(&new)), Vec::<String>::new());
    set_flows(&card, 1, 5);
    daemon.ask(Command::Undo).unwrap();
    assert_eq!(daemon.running().text, old);
    assert!(daemon.status().configuration.unconfirmed.is_none());
    let member = |number| {
        let words = card.card().entries.get(&(2, number)).copied();
        let entry = <Option<MemberEntry> as Entry>::decode(&words.unwrap_or_default());
        entry.map(|entry| entry.member.mac.0[5])
    };
    // The old one has another number: whose flows number 1 names is gone.
    assert_eq!([0, 1, 2].map(member), [Some(1), None, Some(2)]);
}

#[test]
fn a_server_that_comes_back_gets_its_flows_again() {
    let (card, old, new) = (Shared::new(), config(""), replaced());
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    set_flows(&card, 1, 5);
    daemon.apply(&new, Some(600_000)).unwrap();
    daemon.ask(Command::Undo).unwrap();
    assert_eq!(card.differences(&image(&old)), Vec::<String>::new());
}

#[test]
fn what_could_not_be_taken_back_is_tried_again() {
    let (card, old, new) = (Shared::new(), config(""), config(THIRD));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    daemon.apply(&new, Some(1_000)).unwrap();
    card.card().fail_after = Some(0);
    daemon.wait_status(|status| status.device.state == DeviceState::Lost);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert!(daemon.status().configuration.unconfirmed.is_some());
    card.mend();
    daemon.wait_status(|status| status.configuration.unconfirmed.is_none());
    assert_eq!(daemon.running().text, old);
    assert_eq!(card.differences(&image(&old)), Vec::<String>::new());
}

#[test]
fn maintenance_outlives_a_change_that_nobody_confirmed() {
    let (card, old) = (Shared::new(), config(""));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    let set = |name: &str, state| {
        let name = name.to_owned();
        daemon.ask(|reply| Command::SetServer(name, state, reply))
    };
    set("a", Administrative::Maintenance).unwrap();
    // The new text says something else of it, and so the operator's wish ends with that.
    let new = old.replace("name = \"a\"", "name = \"a\"\nstate = \"drain\"");
    daemon.apply(&new, Some(600_000)).unwrap();
    set("b", Administrative::Drain).unwrap();
    daemon.stop();
    let daemon = Daemon::attached(folder.path(), &card);
    assert_eq!(daemon.running().text.matches("state = ").count(), 2);
    let status = daemon.status();
    let states: Vec<_> = (status.clusters[0].servers.iter())
        .map(|server| server.administrative)
        .collect();
    assert_eq!(
        states,
        [Administrative::Maintenance, Administrative::Drain],
        "{}",
        daemon.running().text
    );
    assert_eq!(status.configuration.unconfirmed, None);
}

#[test]
fn a_client_does_not_choose_where_the_configuration_is_saved() {
    let (card, old, new) = (Shared::new(), config(""), config(THIRD));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    let request = ApplyRequest {
        format: FORMAT,
        file: Some("/etc/profile.d/x.sh".to_owned()),
        text: new,
        dry_run: false,
        confirm_timeout_ms: None,
        yes: false,
    };
    daemon.ask(|reply| Command::Apply(request, reply)).unwrap();
    let own = folder.path().join("config.toml").display().to_string();
    assert_eq!(daemon.running().file, Some(own));
    let named = daemon.status().configuration.file;
    assert_eq!(named.as_deref(), Some("/etc/profile.d/x.sh"));
}

#[test]
fn what_takes_all_from_clients_wants_a_yes() {
    let (card, old) = (Shared::new(), config(""));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    card.forget_commits();
    let start = old.find("  [[cluster.server]]").unwrap();
    let end = old.find("[[router_pool]]").unwrap();
    let no_server = format!("{}{}", &old[..start], &old[end..]);
    let no_cluster = "[switch]\nports = 4\n".to_owned();
    let request = |text: &str, dry_run, yes| ApplyRequest {
        format: FORMAT,
        file: None,
        text: text.to_owned(),
        dry_run,
        confirm_timeout_ms: None,
        yes,
    };
    let apply = |text: &str, dry_run, yes| {
        let request = request(text, dry_run, yes);
        daemon.ask(|reply| Command::Apply(request, reply))
    };
    for (text, why) in [
        (&no_server, "cluster \"web\""),
        (&no_cluster, "all clusters"),
    ] {
        let error = apply(text, false, false).unwrap_err();
        assert_eq!(error.status, 400);
        assert!(error.message.contains(why), "{error}");
        assert!(error.remedy.contains("--yes"), "{}", error.remedy);
        // What it would do may be asked.
        apply(text, true, false).unwrap();
        // A file that was emptied, or cut off.
        write_config(folder.path(), text);
        assert_eq!(daemon.ask(Command::Reload).unwrap_err().status, 400);
    }
    assert_eq!(card.commits(), Vec::<Commit>::new());
    daemon.stop();
    // Nor does a daemon that begins take it for what is meant.
    let daemon = Daemon::attached(folder.path(), &card);
    assert_eq!(daemon.running().text, old);
    assert_eq!(card.commits(), Vec::<Commit>::new());
    let request = request(&no_cluster, false, true);
    daemon.ask(|reply| Command::Apply(request, reply)).unwrap();
    assert_eq!(daemon.running().text, no_cluster);
    // It runs now, and so may be read again.
    daemon.ask(Command::Reload).unwrap();
}
