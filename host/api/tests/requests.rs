//! Requests that are wrong: each is answered with what is wrong and what mends it.

mod support;

use flowswitch_api::{ErrorBody, path};
use proptest::prelude::*;
use support::{Daemon, parts};

const JSON: &str = "application/json";

/// The refusal that an answer is; the status in it is that of HTTP.
fn refusal((status, body): (u16, String)) -> (u16, String) {
    let refusal: ErrorBody =
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{status} {body:?}: {error}"));
    assert_eq!(refusal.error.status, status);
    assert!(body.starts_with("{\"format\":1,"), "{body}");
    assert!(!refusal.error.remedy.is_empty() && !refusal.error.message.is_empty());
    (status, refusal.error.message)
}

#[test]
fn wrong_documents_are_refused_by_line_and_column() {
    let daemon = Daemon::new();
    let post = |path, body: &str| refusal(daemon.request("POST", path, JSON, body.as_bytes()));
    for (path, body, expected) in [
        (path::APPLY, "", "EOF"),
        (path::APPLY, "{", "line 1 column 1"),
        (
            path::CHECK,
            "{\"format\":1,\n \"text\":\"\",\n \"x\":1}",
            "unknown field `x`",
        ),
        (
            path::CHECK,
            "{\"format\":1,\n \"text\":\"\",\n \"x\":1}",
            "line 3 column 4",
        ),
        (
            path::APPLY,
            "{\"format\":1,\"text\":\"\",\"dryrun\":true}",
            "`dryrun`",
        ),
        (
            path::APPLY,
            "{\"format\":1,\"text\":7}",
            "expected a string",
        ),
        (path::APPLY, "{\"format\":1}", "missing field `text`"),
        (
            path::APPLY,
            "{\"format\":1,\"format\":1,\"text\":\"\"}",
            "duplicate field",
        ),
        (path::APPLY, "{\"format\":2,\"text\":\"\"}", "format 2"),
        (path::DIFF, "{\"format\":-1,\"text\":\"\"}", "-1"),
        (path::DIFF, "{\"format\":1,\"text\":\"\"} x", "trailing"),
        (
            path::APPLY,
            "{\"format\":1,\"text\":\"\",\"confirm_timeout_ms\":999}",
            "confirm_timeout_ms",
        ),
        (
            path::TRACE,
            "{\"frame\":\"\",\"port\":\"0\",\"ports\":1}",
            "`ports`",
        ),
        (path::APPLY, "[]", "invalid"),
        (path::APPLY, "null", "invalid type"),
        (
            path::CHECK,
            "{\"format\":1,\"text\":\"\u{0}\"}",
            "control character",
        ),
    ] {
        let (status, message) = post(path, body);
        assert_eq!(status, 400, "{body}: {message}");
        assert!(message.contains(expected), "{body}: {message}");
    }
    let (status, message) = refusal(daemon.request("POST", path::CHECK, JSON, b"{\"\xff\":1}"));
    assert_eq!(status, 400, "{message}");
    let put =
        |body: &str| refusal(daemon.request("PUT", "/v1/servers/s1/state", JSON, body.as_bytes()));
    let (status, message) = put("{\"state\":\"up\"}");
    assert!(status == 400 && message.contains("`up`"), "{message}");
    assert!(daemon.asked.lock().unwrap().is_empty());
    daemon.is_well();
}

#[test]
fn queries_are_refused_like_documents() {
    let daemon = Daemon::new();
    for (query, expected) in [
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("from=4294967296", "from"),
        ("serverr=s1", "serverr"),
        ("limit=1&limit=2", "duplicate"),
    ] {
        let path = format!("{}?{query}", path::FLOWS);
        let (status, message) = refusal(daemon.request("GET", &path, JSON, b""));
        assert!(
            status == 400 && message.contains(expected),
            "{query}: {message}"
        );
    }
    let (status, _) = refusal(daemon.request("PUT", "/v1/servers/%ff/state", JSON, b"{}"));
    assert_eq!(status, 400);
}

#[test]
fn paths_methods_types_and_sizes() {
    let daemon = Daemon::new();
    for path in [
        "/",
        "/v1",
        "/v2/status",
        "/v1/status/",
        "/v1/servers/state",
        "/../etc/passwd",
    ] {
        assert_eq!(
            refusal(daemon.request("GET", path, JSON, b"")).0,
            404,
            "{path}"
        );
    }
    for (method, path) in [
        ("POST", path::STATUS),
        ("DELETE", path::CONFIGURATION),
        ("GET", path::APPLY),
        ("BREW", path::EVENTS),
    ] {
        assert_eq!(
            refusal(daemon.request(method, path, JSON, b"")).0,
            405,
            "{method} {path}"
        );
    }
    let whole = daemon.raw(b"PUT /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(whole.to_lowercase().contains("allow: get"), "{whole}");

    for kind in [
        "text/plain",
        "application/jsonx",
        "",
        "application/x-www-form-urlencoded",
    ] {
        let answer = daemon.request("POST", path::CHECK, kind, b"{\"format\":1,\"text\":\"\"}");
        assert_eq!(refusal(answer).0, 415, "{kind}");
    }
    let kind = "Application/JSON; charset=utf-8";
    let answer = daemon.request("POST", path::CHECK, kind, b"{\"format\":1,\"text\":\"\"}");
    assert_eq!(answer.0, 200, "{}", answer.1);

    let sized = |length: usize| {
        let body = format!("{{\"format\":1,\"text\":\"{}\"}}", "x".repeat(length));
        daemon.request("POST", path::CHECK, JSON, body.as_bytes())
    };
    assert_eq!(sized(1 << 20).0, 200);
    // Too long as a configuration, and too long to be read.
    for length in [(1 << 20) + 1, 3 << 20, 12 << 20] {
        assert_eq!(refusal(sized(length)).0, 413, "{length}");
    }
    daemon.is_well();
}

#[test]
fn nesting_is_limited() {
    let daemon = Daemon::new();
    for body in ["[".repeat(1_000_000), "{\"format\":".repeat(100_000)] {
        let (status, message) = refusal(daemon.request("POST", path::APPLY, JSON, body.as_bytes()));
        assert_eq!(status, 400, "{message}");
    }
    daemon.is_well();
}

/// Any JSON document, nested or not.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>().prop_map(|value| value.to_string()),
        ".{0,8}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(6, 40, 4, |inner| {
        let key = prop_oneof![
            Just("format"),
            Just("text"),
            Just("state"),
            Just("frame"),
            Just("x")
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::vec((key, inner), 0..4).prop_map(|all| {
                let all: Vec<_> = all
                    .iter()
                    .map(|(key, value)| format!("\"{key}\":{value}"))
                    .collect();
                format!("{{{}}}", all.join(","))
            }),
        ]
    })
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let good =
        r#"{"format":1,"file":"a","text":"[switch]","dry_run":true,"confirm_timeout_ms":5000}"#;
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        json().prop_map(String::into_bytes),
        // A good one, cut off.
        (0..good.len()).prop_map(move |length| good.as_bytes()[..length].to_vec()),
        // A good one with a byte changed.
        (0..good.len(), any::<u8>()).prop_map(move |(at, byte)| {
            let mut body = good.as_bytes().to_vec();
            body[at] = byte;
            body
        }),
    ]
}

#[test]
fn any_body_is_answered() {
    let daemon = Daemon::new();
    let posts = [
        path::CHECK,
        path::DIFF,
        path::APPLY,
        path::TRACE,
        path::CONFIRM,
    ];
    proptest!(ProptestConfig::with_cases(400), |(body in bodies(), at in 0..posts.len())| {
        let (status, answer) = daemon.request("POST", posts[at], JSON, &body);
        if status != 200 {
            prop_assert_eq!(refusal((status, answer)).0, 400);
        }
    });
    daemon.is_well();
}

#[test]
fn any_bytes_at_all_end_in_an_answer_or_a_closed_connection() {
    let daemon = Daemon::new();
    let begun = prop_oneof![
        Just(String::new()),
        Just("GET /v1/status HTTP/1.1\r\n".to_owned()),
        Just("POST /v1/configuration/apply HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned()),
        Just("POST /v1/configuration/apply HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n".to_owned()),
    ];
    proptest!(ProptestConfig::with_cases(200), |(begun in begun, bytes in prop::collection::vec(any::<u8>(), 0..300))| {
        let mut stream = daemon.connect();
        use std::io::Write;
        let _ = stream.write_all(begun.as_bytes());
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let (status, _) = parts(&support::rest(&mut stream));
        prop_assert!(status == 0 || (200..600).contains(&status));
    });
    daemon.is_well();
}
