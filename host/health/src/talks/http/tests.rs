use proptest::prelude::*;

use super::{Http, State};
use crate::check::HttpCheck;
use crate::talk::{Talk, Verdict};
use crate::talks::peer::{self, hostile};

const WORDS: &[&[u8]] = &[
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.0 503 No\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"X: y\r\n",
    b"\r\n",
    b"\n",
    b"5\r\nhello\r\n",
    b"0\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b"hello",
];

fn check(body: Option<&str>) -> HttpCheck {
    HttpCheck {
        port: 80,
        method: "GET".to_owned(),
        path: "/health?full=1".to_owned(),
        host: None,
        status: vec![(200, 299), (304, 304)],
        body: body.map(|body| regex::bytes::Regex::new(body).expect("a pattern")),
    }
}

fn talk(check: &HttpCheck) -> Http {
    Http::new(check, "192.0.2.1".parse().expect("an address"), 80)
}

#[track_caller]
fn judged(check: &HttpCheck, answer: &[u8]) -> Verdict {
    peer::verdict(&|| Box::new(talk(check)), answer)
}

#[track_caller]
fn bad(body: Option<&str>, answer: &[u8], message: &str) {
    let verdict = judged(&check(body), answer);
    assert!(!verdict.passed, "{}", verdict.message);
    assert!(verdict.message.contains(message), "{}", verdict.message);
}

#[test]
fn the_request() {
    let request = |check: &HttpCheck, address: &str| {
        let mut talk = Http::new(check, address.parse().expect("an address"), 80);
        let mut sent = Vec::new();
        assert_eq!(talk.step(&[], false, &mut sent), None);
        // It is sent once.
        assert_eq!(talk.step(b"HTTP/1.1 ", false, &mut sent), None);
        String::from_utf8(sent).expect("text")
    };
    let plain = "GET /health?full=1 HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: flowswitch\r\nAccept: */*\r\n\
                 Connection: close\r\n\r\n";
    assert_eq!(request(&check(None), "192.0.2.1"), plain);
    let other = HttpCheck {
        port: 8080,
        method: "HEAD".to_owned(),
        ..check(None)
    };
    let head = request(&other, "2001:db8::1");
    assert!(head.starts_with("HEAD /health"), "{head}");
    assert!(head.contains("\r\nHost: [2001:db8::1]:8080\r\n"), "{head}");
    let named = HttpCheck {
        host: Some("www.example.com".to_owned()),
        ..other
    };
    assert!(request(&named, "192.0.2.1").contains("\r\nHost: www.example.com\r\n"));
}

#[test]
fn the_status_decides() {
    let good = judged(&check(None), b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n");
    assert_eq!(good, Verdict::pass("200 OK"));
    assert!(judged(&check(None), b"HTTP/1.0 304\n\n").passed);
    let interim = b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n";
    assert_eq!(judged(&check(None), interim), Verdict::pass("204 None"));
    bad(
        None,
        b"HTTP/1.1 301 Moved\r\n\r\n",
        "301 Moved, wanted 200-299, 304",
    );
    bad(
        None,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "101 Switching",
    );
    bad(None, b"SSH-2.0-OpenSSH\r\n", "no HTTP/1.1");
    bad(None, b"HTTP/1.1 200 OK\r\n: x\r\n\r\n", "no HTTP/1.1");
    bad(
        None,
        b"HTTP/1.1 200 OK\r\nX: y\r\n",
        "in the middle of the headers",
    );
    bad(None, b"", "without an answer");
    let lines = b"X: y\r\n".repeat(101);
    bad(
        None,
        &[b"HTTP/1.1 200 OK\r\n", &lines[..], b"\r\n"].concat(),
        "more than 100 headers",
    );
    let long = b"a".repeat(17_000);
    bad(
        None,
        &[b"HTTP/1.1 200 OK\r\nX: ", &long[..]].concat(),
        "more than 16384 bytes",
    );
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(700);
    bad(None, &interim, "more than 16384 bytes");
}

#[test]
fn the_body_is_searched() {
    let pattern = Some("status: (ok|up)$");
    let good = |answer: &[u8]| {
        let verdict = judged(&check(pattern), answer);
        assert!(verdict.passed, "{}", verdict.message);
        assert_eq!(verdict.message, "200 OK, the body is as wanted");
    };
    good(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nstatus: up, and what nobody counted");
    good(b"HTTP/1.1 200 OK\r\ncontent-length: 10, 10\r\n\r\nstatus: up");
    good(b"HTTP/1.1 200 OK\r\n\r\nstatus: ok");
    good(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n7\r\nstatus:\r\n3\r\n ok\r\n0\r\n\r\n");
    // The chunks count, whatever length is told beside them.
    good(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na\r\nstatus: up\r\n0\r\n\r\n");
    bad(
        pattern,
        b"HTTP/1.1 200 OK\r\n\r\nstatus: down",
        "is not in the first 12 bytes of the body",
    );
    bad(pattern, b"HTTP/1.1 500 No\r\n\r\nstatus: up", "500 No");
    bad(
        pattern,
        b"HTTP/1.1 204 None\r\n\r\nstatus: up",
        "first 0 bytes",
    );
    bad(
        pattern,
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nstatus: up",
        "after 10 of 20 bytes",
    );
    bad(
        pattern,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nstatus: up\r\n",
        "middle of the body",
    );
    bad(
        pattern,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nstatus: up",
        "not a number",
    );
    bad(
        pattern,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "\"gzip, chunked\" was not asked for",
    );
    bad(
        pattern,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "is no length",
    );
    bad(
        pattern,
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "is no length",
    );
    bad(
        pattern,
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        "is no length",
    );
}

#[test]
fn only_the_first_64_kib_are_searched_and_kept() {
    let endless = check(Some("needle"));
    let mut talk = talk(&endless);
    let mut sent = Vec::new();
    assert_eq!(
        talk.step(b"HTTP/1.1 200 OK\r\n\r\n", false, &mut sent),
        None
    );
    let piece = [b'a'; 1000];
    let pieces = (1..).take(100);
    let verdict = pieces
        .map(|count| (count, talk.step(&piece, false, &mut sent)))
        .find(|(_, verdict)| verdict.is_some());
    let (count, verdict) = verdict.expect("a verdict before the end");
    assert_eq!(count, 66);
    let message = verdict.expect("a verdict").message;
    assert!(message.contains("the first 65536 bytes"), "{message}");
    let State::Body(body) = &talk.state else {
        panic!("no body");
    };
    assert_eq!(body.content.len(), 65_536);
}

proptest! {
    #[test]
    fn no_answer_makes_it_fail_otherwise(bytes in hostile(WORDS), size in 1usize..50, body in any::<bool>()) {
        let check = check(body.then_some("hello"));
        let (_, whole) = peer::answer(&mut talk(&check), &bytes, usize::MAX);
        let (_, pieces) = peer::answer(&mut talk(&check), &bytes, size);
        let whole = whole.expect("the connection was closed");
        prop_assert!(whole.message.len() < 300, "{}", whole.message);
        prop_assert_eq!(Some(whole.passed), pieces.map(|verdict| verdict.passed));
    }
}
