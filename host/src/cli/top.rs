//! `flowswitch top`: clusters, rates, flows, drops and events on one screen, with keys to drain.

mod draw;
mod feed;
#[cfg(test)]
#[path = "../../tests/cli/sample.rs"]
mod sample;
mod state;
#[cfg(test)]
mod tests;

use std::io::IsTerminal;
use std::time::Duration;

use clap::Args;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{self, Event};
use ratatui::{DefaultTerminal, Terminal};

use super::daemon_socket::SocketOption;
use super::failure::Failure;
use super::interrupted::Interrupted;
use super::print::print;
use super::stats::interval;
use super::status::unix_ms;
use feed::Feed;
use state::{State, Wish};

/// How long a key is waited for before news are looked at.
const SLICE: Duration = Duration::from_millis(50);
/// Size of the frame that --once prints.
const ONCE: (u16, u16) = (100, 40);

/// Shows clusters, servers, routers, rates, flows, drops and events as they change.
///
/// Keys: arrows choose a member, d drains it, r makes it ready, m takes it out for maintenance (asks first), q ends.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Top {
    #[command(flatten)]
    socket: SocketOption,
    /// Time between two readings, 100 ms to an hour.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = interval)]
    interval: Duration,
    /// Print one screen of 100 columns as text, after two readings.
    #[arg(long)]
    once: bool,
}

const EXAMPLE: &str = "\
Example:
  flowswitch top
  flowswitch top --once --interval 5s";

impl Top {
    pub(super) fn run(self) -> Result<(), Failure> {
        let client = self.socket.client()?;
        if self.once {
            let mut state = State::default();
            state.take(feed::reading(&client)?);
            std::thread::sleep(self.interval);
            state.take(feed::reading(&client)?);
            return print(frame(&state, unix_ms(), ONCE)?);
        }
        if !(std::io::stdout().is_terminal() && std::io::stdin().is_terminal()) {
            return Err(Failure::wrong(
                "top needs a terminal",
                "run it in one, or print one screen with --once",
            ));
        }
        // A daemon that is not there is told in full, before the screen is taken.
        let mut state = State::default();
        state.take(feed::reading(&client)?);
        let interrupted = Interrupted::listen()?;
        let feed = Feed::start(&client, self.interval);
        let mut terminal = ratatui::try_init().map_err(Failure::failed)?;
        let done = show(&mut terminal, &mut state, &feed, &interrupted);
        ratatui::restore();
        done.map_err(Failure::failed)
    }
}

/// Shows the screen until the user wants no more.
fn show(
    terminal: &mut DefaultTerminal,
    state: &mut State,
    feed: &Feed,
    interrupted: &Interrupted,
) -> std::io::Result<()> {
    loop {
        terminal.draw(|frame| draw::draw(state, unix_ms(), frame))?;
        if interrupted.wished() {
            return Ok(());
        }
        if event::poll(SLICE)?
            && let Event::Key(key) = event::read()?
        {
            match state.key(key) {
                Wish::None => {}
                Wish::Quit => return Ok(()),
                Wish::Set(kind, name, wanted) => {
                    let order = (kind, name, wanted);
                    state.message = Some(match feed.orders.try_send(order) {
                        Ok(()) => "asked".to_owned(),
                        Err(_) => "not asked: the daemon does not keep up".to_owned(),
                    });
                }
            }
        }
        for news in feed.news.try_iter() {
            state.take(news);
        }
    }
}

/// The screen as text, without blanks at the ends of lines.
fn frame(state: &State, now: u64, (columns, lines): (u16, u16)) -> Result<String, Failure> {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).map_err(Failure::failed)?;
    let drawn = terminal.draw(|frame| draw::draw(state, now, frame));
    let buffer = drawn.map_err(Failure::failed)?.buffer.clone();
    let text: Vec<String> = (buffer.content.chunks(usize::from(columns)))
        .map(|line| {
            let line: String = line.iter().map(|cell| cell.symbol()).collect();
            line.trim_end().to_owned()
        })
        .collect();
    Ok(text.join("\n"))
}
