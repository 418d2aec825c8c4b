use flowswitch_api::Administrative;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::sample;
use super::state::{News, State, Wish};
use super::{feed, frame};
use crate::cli::member_state::Kind;

const NOW: u64 = 1_700_000_000_000;

/// A screen after two readings, a second apart.
fn state() -> State {
    let mut state = State::default();
    for seconds in [99, 100] {
        let statistics = sample::statistics(NOW, seconds);
        let status = Box::new(sample::status(NOW));
        state.take(News::Reading(status, Some(Box::new(statistics))));
    }
    state
}

fn text(state: &State) -> String {
    frame(state, NOW, (100, 30)).expect("a screen")
}

fn press(state: &mut State, code: KeyCode) -> Wish {
    state.key(KeyEvent::new(code, KeyModifiers::NONE))
}

const SCREEN: &str = "
card vfio:0000:01:00.0 attached for 5 d; links DOWN: 2
generation 8, applied 4 d ago; states not saved

                                                         live    to it    to it    from it  from it
 member             state       health          weight   flows   frames/s bit/s    frames/s bit/s
 cluster web
>  s210             ready       up, 5 d         1        2060    1.0 k    1.0 M    2.0 k    2.0 M
   s220             drain       up, 3 d         4/10     2060    500      500 k    1.0 k    1.0 M
 cluster mail: ALL DOWN (sorry)
   gold             ready       down, 9 d       1        2060    0        0        0        0
   sorry            ready       unknown, 9 d    1        2060    0        0        0        0
 router pool exits
   r260             ready       up, 5 d         -        -       2.0 k    2.0 M    4.0 k    4.0 M






┌flows; drops, a second──────────┐┌events──────────────────────────────────────────────────────────┐
│4120 live flows                 ││server: web s210 up all checks pass                             │
│40 inserted/s, 0 refused/s      ││                                                                │
│no-service           200      2 ││                                                                │
│forged-source        100      1 ││                                                                │
│                                ││                                                                │
│                                ││                                                                │
│                                ││                                                                │
│                                ││                                                                │
└────────────────────────────────┘└────────────────────────────────────────────────────────────────┘
arrows choose  d drain  r ready  m maintenance  q quit";

#[test]
fn the_whole_screen() {
    let mut state = state();
    state.take(News::Event(
        "server: web s210 up all checks pass".to_owned(),
    ));
    let screen = text(&state);
    assert_eq!(screen, SCREEN.trim_start(), "{screen}");
}

#[test]
fn keys_choose_and_drain() {
    let mut state = state();
    let drain = |name: &str| Wish::Set(Kind::Server, name.to_owned(), Administrative::Drain);
    assert_eq!(press(&mut state, KeyCode::Char('d')), drain("s210"));
    assert_eq!(press(&mut state, KeyCode::Down), Wish::None);
    assert_eq!(press(&mut state, KeyCode::Char('d')), drain("s220"));
    for _ in 0..9 {
        press(&mut state, KeyCode::Down);
    }
    let ready = Wish::Set(Kind::Router, "r260".to_owned(), Administrative::Ready);
    assert_eq!(press(&mut state, KeyCode::Char('r')), ready);
    assert!(text(&state).contains(">  r260"), "{}", text(&state));
    press(&mut state, KeyCode::Home);
    press(&mut state, KeyCode::Up);
    assert_eq!(press(&mut state, KeyCode::Char('d')), drain("s210"));
    assert_eq!(press(&mut state, KeyCode::Char('q')), Wish::Quit);
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(state.key(control_c), Wish::Quit);
}

#[test]
fn maintenance_asks_first() {
    let mut state = state();
    assert_eq!(press(&mut state, KeyCode::Char('m')), Wish::None);
    assert!(text(&state).contains("s210: maintenance cuts its flows. Sure? y/n"));
    assert_eq!(
        press(&mut state, KeyCode::Char('d')),
        Wish::None,
        "not yes is no"
    );
    assert!(!text(&state).contains("Sure?"));
    press(&mut state, KeyCode::Char('m'));
    let maintenance = Wish::Set(Kind::Server, "s210".to_owned(), Administrative::Maintenance);
    assert_eq!(press(&mut state, KeyCode::Char('y')), maintenance);
}

#[test]
fn who_is_chosen_stays_chosen_when_the_configuration_changes() {
    let mut state = state();
    press(&mut state, KeyCode::Down);
    let mut status = sample::status(NOW);
    status.clusters[0].servers.reverse();
    state.take(News::Reading(Box::new(status.clone()), None));
    let drain = Wish::Set(Kind::Server, "s220".to_owned(), Administrative::Drain);
    assert_eq!(press(&mut state, KeyCode::Char('d')), drain);
    status.clusters.clear();
    status.pools.clear();
    state.take(News::Reading(Box::new(status), None));
    assert_eq!(press(&mut state, KeyCode::Char('d')), Wish::None);
    press(&mut state, KeyCode::End);
    press(&mut state, KeyCode::Down);
    text(&state);
}

#[test]
fn trouble_is_shown_and_goes() {
    let mut state = state();
    state.take(News::Trouble("nobody listens".to_owned()));
    assert!(text(&state).contains("NO ANSWER: nobody listens"));
    assert!(state.rates.is_none());
    state.take(News::Reading(Box::new(sample::status(NOW)), None));
    assert!(!text(&state).contains("NO ANSWER"));
}

#[test]
fn small_terminals_and_many_servers() {
    let mut state = state();
    let mut status = sample::status(NOW);
    let servers = (0..1_024).map(|number| sample::server(&format!("s{number}"), number, NOW));
    status.clusters[0].servers = servers.collect();
    state.take(News::Reading(Box::new(status), None));
    state.selected = 1_000;
    for number in 0..500 {
        state.take(News::Event(format!("event {number}")));
    }
    assert_eq!(state.events.len(), 200, "old events go");
    let screen = text(&state);
    assert!(
        screen.contains(">  s1000") && screen.contains("event 499"),
        "{screen}"
    );
    for size in [(1, 1), (20, 5), (80, 24), (300, 100)] {
        frame(&state, NOW, size).expect("a screen of any size");
    }
}

#[test]
fn events_as_lines() {
    let event = r#"{"format":1,"sequence":4,"unix_ms":5,"event":"link","port":2,"up":false}"#;
    let event = serde_json::from_str(event).expect("an event");
    assert_eq!(feed::line(&event), "link: port 2 up false");
    let event = r#"{"format":1,"sequence":4,"unix_ms":5,"event":"card","name":"\u001b[2J"}"#;
    let event = serde_json::from_str(event).expect("an event");
    assert_eq!(feed::line(&event), "card: \\u{1b}[2J");
}
