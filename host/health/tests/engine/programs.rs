//! Programs as checks: these run for real.

use std::time::{Duration, Instant};

use flowswitch_health::{Check, ExecCheck, Kind, Prober, Report, TargetId};

use crate::network::{check, station, target};

/// What a shell script as check of a server has come to after its first end.
fn after(script: &str, timeout: Duration) -> Report {
    let mut prober = Prober::new(station(), 1);
    let program = Check {
        timeout,
        interval: Duration::from_secs(60),
        fast_interval: Duration::from_millis(1),
        rise: 1,
        fall: 1,
        ..check(Kind::Exec(ExecCheck {
            program: "/bin/sh".into(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
        }))
    };
    prober.configure(vec![target(10, 3, vec![program])], 0);
    let begun = Instant::now();
    loop {
        let now = begun.elapsed().as_nanos() as u64;
        let next = prober.poll(now, &mut |_, _| panic!("it sends nothing"));
        let report = prober.report(TargetId(10), now).unwrap();
        if report.checks[0].passed + report.checks[0].failed > 0 {
            return report;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it hangs");
        std::thread::sleep(Duration::from_nanos(next.saturating_sub(now)));
    }
}

const AMPLE: Duration = Duration::from_secs(30);

#[test]
fn status_0_passes_and_the_first_line_is_told() {
    let report = after(
        "echo $FLOWSWITCH_TARGET at $FLOWSWITCH_ADDRESS $FLOWSWITCH_MAC ${HOME-no home}; echo more",
        AMPLE,
    );
    assert_eq!(report.checks[0].passed, 1);
    assert_eq!(
        report.checks[0].message,
        "s10 at 192.31.65.1 02:00:00:00:02:0a no home"
    );
}

#[test]
fn another_status_fails() {
    let report = after("exit 3", AMPLE);
    assert_eq!(report.checks[0].failed, 1);
    assert_eq!(report.why, "exec check failed: status 3");
    assert_eq!(
        after("kill -9 $$", AMPLE).checks[0].message,
        "killed by a signal"
    );
}

#[test]
fn what_takes_too_long_is_killed_with_all_that_it_started() {
    let folder = std::env::temp_dir().join(format!("flowswitch-exec-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("alive");
    let script = format!(
        "(while :; do echo x >>{0}; sleep 0.01; done) & wait",
        file.display()
    );
    let length = || std::fs::metadata(&file).map_or(0, |about| about.len());
    // On a busy machine the child may need longer to begin.
    for timeout in [300, 3_000, 30_000].map(Duration::from_millis) {
        let report = after(&script, timeout);
        assert_eq!(
            report.checks[0].message,
            "did not end in time and was killed"
        );
        if length() > 0 {
            break;
        }
    }
    let before = length();
    assert!(before > 0, "it never began");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(length(), before, "its child still runs");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn endless_output_is_read_but_not_kept() {
    let report = after("yes abc | head -c 10000000 | tr -d '\\n'", AMPLE);
    assert_eq!(report.checks[0].passed, 1, "{report:?}");
    assert_eq!(report.checks[0].message.len(), 200);
    let report = after("printf 'a\\033[31mb\\377\\n'", AMPLE);
    assert_eq!(report.checks[0].message, "a[31mb\u{fffd}");
}

#[test]
fn a_program_that_is_not_there_fails_with_the_reason() {
    let mut prober = Prober::new(station(), 1);
    let program = check(Kind::Exec(ExecCheck {
        program: "/nonexistent/check".into(),
        arguments: vec![],
    }));
    prober.configure(vec![target(10, 3, vec![program])], 0);
    let begun = Instant::now();
    loop {
        let now = begun.elapsed().as_nanos() as u64;
        prober.poll(now, &mut |_, _| true);
        let report = prober.report(TargetId(10), now).unwrap();
        if report.checks[0].failed > 0 {
            assert!(report.checks[0].message.contains("cannot be started"));
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it hangs");
        std::thread::sleep(Duration::from_millis(5));
    }
}
