//! What it costs to check 1,024 servers by TCP every second: `thousand [--targets N] [--seconds N] [--json]`.

use std::process::ExitCode;
use std::time::Duration;

use flowswitch_health::{Lateness, Measured, measure};

fn main() -> ExitCode {
    let (mut targets, mut seconds, mut json) = (1024, 10, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let number = match argument.as_str() {
            "--json" => {
                json = true;
                continue;
            }
            "--targets" => &mut targets,
            "--seconds" => &mut seconds,
            _ => return usage(),
        };
        match arguments.next().and_then(|text| text.parse().ok()) {
            Some(value) if value > 0 => *number = value,
            _ => return usage(),
        }
    }
    let measured = measure(targets, Duration::from_secs(seconds.into()));
    if json {
        print_json(&measured);
    } else {
        print_table(&measured);
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: thousand [--targets N] [--seconds N] [--json], each N above 0");
    ExitCode::from(2)
}

fn print_json(measured: &Measured) {
    let statistics = &measured.statistics;
    let lateness = &statistics.lateness;
    println!(
        r#"{{"format":1,"targets":{},"up":{},"seconds":{:.3},"probes":{},"failed":{},"cpu_percent":{:.3},"late_us_p50":{},"late_us_p99":{},"late_us_max":{}}}"#,
        measured.targets,
        measured.up,
        measured.wall.as_secs_f64(),
        statistics.probes,
        statistics.failed,
        measured.cpu_percent(),
        lateness.quantile_us(500),
        lateness.quantile_us(990),
        lateness.longest_us,
    );
}

fn print_table(measured: &Measured) {
    let statistics = &measured.statistics;
    let seconds = measured.wall.as_secs_f64();
    println!(
        "servers          {:>10}, up {}",
        measured.targets, measured.up
    );
    println!(
        "probes           {:>10}, {:.0} a second, {} failed",
        statistics.probes,
        statistics.probes as f64 / seconds,
        statistics.failed
    );
    println!("of one core      {:>10.2} %", measured.cpu_percent());
    println!(
        "of it each probe {:>10.1} us",
        measured.cpu.as_secs_f64() * 1e6 / statistics.probes.max(1) as f64
    );
    println!("\nprobes begun late by");
    for (entry, count) in statistics.lateness.buckets.iter().enumerate() {
        match Lateness::bound_us(entry) {
            _ if *count == 0 => {}
            Some(bound) => println!("  at most {bound:>7} us {count:>8}"),
            None => println!("  more             {count:>8}"),
        }
    }
    println!("  latest  {:>7} us", statistics.lateness.longest_us);
}
