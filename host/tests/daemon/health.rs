//! What links and checks do to the card.

use flowswitch_api::server::messages::Command;
use flowswitch_api::{Administrative, EventKind, Operational};
use flowswitch_driver::fake::Commit;

use super::rig::{Daemon, Shared, THIRD, config, folder, image};

fn operational(daemon: &Daemon, server: usize) -> Operational {
    daemon.status().clusters[0].servers[server].operational
}

#[test]
fn a_link_that_goes_takes_its_server_and_brings_it_back() {
    let (card, old) = (Shared::new(), config(THIRD));
    let folder = folder(&old);
    let daemon = Daemon::attached(folder.path(), &card);
    daemon.wait_status(|_| operational(&daemon, 0) == Operational::Up);
    card.forget_commits();
    card.set_link(1, false);
    daemon.wait_status(|status| status.clusters[0].servers[0].operational == Operational::Down);
    let mut expected = image(&old);
    expected.members.get_mut(&0).unwrap().up = false;
    assert_eq!(card.differences(&expected), Vec::<String>::new());
    // No bucket changes: the card itself takes the second.
    assert!(
        card.commits()
            .iter()
            .all(|commit| !matches!(commit, Commit::Bucket(..)))
    );
    card.set_link(1, true);
    daemon.wait_status(|status| status.clusters[0].servers[0].active);
    assert_eq!(card.differences(&image(&old)), Vec::<String>::new());
}

#[test]
fn both_of_a_bucket_down() {
    let (card, old) = (Shared::new(), config(THIRD));
    let folder = folder(&old);
    let mut daemon = Daemon::attached(folder.path(), &card);
    card.set_link(1, false);
    card.set_link(2, false);
    daemon.wait_status(|status| !status.clusters[0].servers.iter().take(2).any(|s| s.active));
    let nominal = image(&old);
    let held = card.card().buckets.clone();
    let range = nominal.services[0].buckets;
    for index in range.base..range.base + (1 << range.log2) {
        let bucket = nominal.buckets[index as usize];
        let word = held[&index];
        let found = flowswitch_driver::tables::decode_bucket(word);
        if [bucket.first, bucket.second].contains(&Some(2)) {
            assert_eq!(found, bucket, "one can: it stays");
        } else {
            assert_eq!(found.first, Some(2), "none can: it gets the third");
        }
    }
    card.set_link(1, true);
    card.set_link(2, true);
    daemon.wait_status(|status| status.clusters[0].servers.iter().all(|s| s.active));
    assert_eq!(card.differences(&nominal), Vec::<String>::new());
    let mut rebuilt = 0;
    while let Ok(event) = daemon.events.try_recv() {
        if let EventKind::Rebuilt { name, buckets, .. } = event.kind {
            assert_eq!(name, "web");
            rebuilt += buckets;
        }
    }
    assert!(rebuilt > 0);
}

/// What the card does with a cluster of which all servers fail their checks.
fn all_fail(word: &str, more: &str) -> (Shared, Daemon, tempfile::TempDir) {
    let check = "[[cluster.check]]\n kind = \"exec\"\n program = \"/bin/false\"\n interval = \"20ms\"\n \
                 timeout = \"20ms\"\n fall = 1";
    let text = config(&format!("{more}\n{check}"));
    let text = text.replace("services =", &format!("all_down = \"{word}\"\nservices ="));
    let card = Shared::new();
    let folder = folder(&text);
    let daemon = Daemon::attached(folder.path(), &card);
    daemon.wait_status(|status| status.clusters[0].all_down);
    (card, daemon, folder)
}

fn up(card: &Shared) -> Vec<bool> {
    let entries = card.card().entries.clone();
    // Bit 0 of a member's second word is `up`, whatever else is there: it is read by the driver.
    let mut found = Vec::new();
    for number in 0..3 {
        let words = entries.get(&(2, number)).copied().unwrap_or_default();
        let entry = <Option<flowswitch_driver::tables::MemberEntry> as flowswitch_driver::tables::Entry>::decode(&words);
        found.extend(entry.map(|entry| entry.member.up));
    }
    found
}

#[test]
fn keep_keeps_those_that_were_up() {
    let (card, daemon, _folder) = all_fail("keep", "");
    let kept = up(&card);
    let first = kept.iter().position(|up| *up);
    let first = first.expect("the last that was up stays so");
    // But what the operator says holds.
    let name = ["a", "b"][first].to_owned();
    let maintenance = |reply| Command::SetServer(name, Administrative::Maintenance, reply);
    daemon.ask(maintenance).unwrap();
    assert!(!up(&card)[first]);
}

#[test]
fn drop_takes_all_down() {
    let (card, _daemon, _folder) = all_fail("drop", "");
    assert_eq!(up(&card), [false, false]);
}

#[test]
fn a_server_that_is_down_stays_so_for_the_next_daemon() {
    let (card, daemon, folder) = all_fail("drop", "");
    daemon.stop();
    card.forget_commits();
    let daemon = Daemon::attached(folder.path(), &card);
    assert_eq!(card.commits(), Vec::<Commit>::new());
    assert_eq!(operational(&daemon, 0), Operational::Down);
}

#[test]
fn a_thousand_servers_on_two_links_that_go() {
    links_go(|i| 1 + i % 3, 1_000);
}

#[test]
fn two_of_a_thousand_servers_go() {
    links_go(|i| 1 + i.min(2), 1);
}

/// Links 1 and 2 of a card with all its servers go at once; tells how long it took. At least so many buckets are to be written.
fn links_go(port: impl Fn(usize) -> usize, least: u64) {
    let server = |i: usize| {
        format!(
            "[[cluster.server]]\nname = \"s{i}\"\nmac = \"02:00:00:01:{:02x}:{:02x}\"\nport = {}\n",
            i / 256,
            i % 256,
            port(i)
        )
    };
    let text: String = (0..1022).map(server).collect();
    let text = config(&text);
    let card = Shared::new();
    let folder = folder(&text);
    let mut daemon = Daemon::attached(folder.path(), &card);
    card.forget_commits();
    {
        // Both at once.
        let mut card = card.card();
        let status = card.registers[&0x024];
        card.registers.insert(0x024, status & !0b110);
        card.host.event(1);
    }
    daemon.wait_status(|status| {
        !status.clusters[0]
            .servers
            .iter()
            .any(|s| s.port != "3" && s.active)
    });
    let image = image(&text);
    let all: Vec<u16> = image
        .members
        .keys()
        .copied()
        .filter(|n| *n < 1024)
        .collect();
    let on_third = |number: &u16| image.members[number].logical_port == 3;
    let range = image.services[0].buckets;
    let held = card.card().buckets.clone();
    for index in range.base..range.base + (1 << range.log2) {
        let found = flowswitch_driver::tables::decode_bucket(held[&index]);
        let members = [found.first, found.second];
        assert!(
            members.iter().flatten().any(on_third),
            "bucket {index}: {found:?}"
        );
        assert!(members.iter().flatten().all(|number| all.contains(number)));
    }
    while let Ok(event) = daemon.events.try_recv() {
        if let EventKind::Rebuilt {
            buckets, took_us, ..
        } = event.kind
        {
            println!("{buckets} buckets written {took_us} us after the event");
            assert!(buckets >= least);
        }
    }
}
