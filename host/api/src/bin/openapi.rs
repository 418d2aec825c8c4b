//! Prints the description of the API: `cargo run -p flowswitch-api --bin openapi > host/api/openapi.json`.

fn main() {
    print!("{}", flowswitch_api::server::description());
}
