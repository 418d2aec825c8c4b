use proptest::prelude::*;

use super::AgentTalk;
use crate::talk::{AgentSaid, Talk, Verdict};
use crate::talks::peer::{self, hostile};
use crate::target::AgentWish;

const WORDS: &[&[u8]] = &[
    b"up",
    b"DOWN",
    b"75%",
    b" ",
    b",",
    b"\t",
    b"#",
    b"\r\n",
    b"maxconn:3",
    b"drain",
    b"maint",
    b"ready",
    b"%",
    b"999999%",
];

#[track_caller]
fn said(line: &[u8]) -> Verdict {
    peer::verdict(&|| Box::new(AgentTalk::new("")), line)
}

#[test]
fn what_an_agent_may_say() {
    let agent = |weight_percent, wish| AgentSaid {
        weight_percent,
        wish,
    };
    let (drain, maintenance) = (
        Some(Some(AgentWish::Drain)),
        Some(Some(AgentWish::Maintenance)),
    );
    for (line, passed, message, expected) in [
        ("up\n", true, "up", agent(None, None)),
        ("UP 75%\r\n", true, "up, 75%", agent(Some(75), None)),
        ("0%\n", true, "0%", agent(Some(0), None)),
        ("300%,up\n", true, "up, 256%", agent(Some(256), None)),
        ("99999999%\n", true, "256%", agent(Some(256), None)),
        ("50% 60%\n", true, "60%", agent(Some(60), None)),
        (
            "down # disk is full\n",
            false,
            "down: disk is full",
            agent(None, None),
        ),
        ("down#disk\n", false, "down: disk", agent(None, None)),
        ("failed\n", false, "down", agent(None, None)),
        ("fail\n", false, "down", agent(None, None)),
        (
            "stopped #by hand, up\n",
            false,
            "down: by hand, up",
            agent(None, None),
        ),
        ("up down\n", false, "down", agent(None, None)),
        ("drain\n", true, "drain", agent(None, drain)),
        (
            ",\tmaint ,10%\n",
            true,
            "maint, 10%",
            agent(Some(10), maintenance),
        ),
        ("drain ready\n", true, "ready", agent(None, Some(None))),
        (
            "maxconn:30\n",
            true,
            "maxconn passed over",
            agent(None, None),
        ),
        (
            "up maxconn:30 7up %\n",
            true,
            "up, maxconn passed over, \"7up\" passed over",
            agent(None, None),
        ),
        ("up\ndown\n", true, "up", agent(None, None)),
    ] {
        let expected = Verdict {
            passed,
            message: message.to_owned(),
            agent: Some(expected),
        };
        assert_eq!(said(line.as_bytes()), expected, "{line}");
    }
}

#[test]
fn what_says_nothing_fails() {
    for (line, message) in [
        (&b""[..], "it said nothing"),
        (b"\n", "it said nothing"),
        (b" , \r\n", "it said nothing"),
        (
            b"HTTP/1.1 400 Bad Request\r\n",
            "it said nothing known: \"HTTP/1.1 400",
        ),
        (b"-5% +5% 5 %5\n", "it said nothing known"),
        (b"# up\n", "it said nothing known"),
        (b"up 10", "its line \"up 10\" does not end"),
        (&[b'a'; 5000], "more than 1024 bytes"),
    ] {
        let verdict = said(line);
        assert!(!verdict.passed && verdict.agent.is_none(), "{verdict:?}");
        assert!(verdict.message.contains(message), "{verdict:?}");
    }
}

#[test]
fn it_is_asked_once() {
    let (sent, _) = peer::answer(&mut AgentTalk::new("web\n"), b"up\n", 1);
    assert_eq!(sent, b"web\n");
}

proptest! {
    #[test]
    fn no_line_makes_it_fail_otherwise(bytes in hostile(WORDS), size in 1usize..50) {
        let mut talk = AgentTalk::new("");
        let (_, pieces) = peer::answer(&mut talk, &bytes, size);
        prop_assert!(talk.line.len() <= 1024);
        let (_, whole) = peer::answer(&mut AgentTalk::new(""), &bytes, usize::MAX);
        let whole = whole.expect("the connection was closed");
        prop_assert!(whole.message.len() < 400);
        prop_assert_eq!(Some(whole), pieces);
        // Nothing is asked of it: a step after the verdict must only not break.
        talk.step(&bytes, true, &mut Vec::new());
    }
}
