//! Measures how long a daemon takes to answer: `api_latency [SOCKET] [--json]`, 2,000 requests.

use std::process::ExitCode;

use flowswitch_api::DEFAULT_SOCKET;
use flowswitch_api::client::Client;
use flowswitch_api::latency::Latency;

const REQUESTS: usize = 2_000;

fn main() -> ExitCode {
    let (mut socket, mut json) = (DEFAULT_SOCKET.to_owned(), false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--json" => json = true,
            _ if argument.starts_with('-') => {
                eprintln!("usage: api_latency [SOCKET] [--json]");
                return ExitCode::from(2);
            }
            _ => socket = argument,
        }
    }
    match Client::new(socket).and_then(|client| Latency::measure(&client, REQUESTS)) {
        Ok(latency) if json => println!("{}", serde_json::json!(latency)),
        Ok(latency) => println!("{latency}"),
        Err(error) => {
            eprintln!("{error}; {}", error.remedy());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
