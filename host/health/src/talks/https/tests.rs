use std::io::{Read, Write};
use std::sync::Arc;

use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use super::Https;
use crate::check::{HttpCheck, Tls, Verify};
use crate::talk::{Talk, Verdict};
use crate::talks::peer::{self, hostile};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\n\r\nstatus: up";

/// An authority, and a file that names it.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, issuer.pem()).expect("a file");
    Authority {
        issuer,
        file,
        _folder: folder,
    }
}

/// A server with a certificate for a name; `expired`: long ago.
fn server(authority: &Authority, name: &str, expired: bool) -> ServerConnection {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    if expired {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    }
    let key = KeyPair::generate().expect("a key");
    let certificate = params
        .signed_by(&key, &authority.issuer)
        .expect("a certificate");
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate and its key");
    ServerConnection::new(Arc::new(config)).expect("a server")
}

fn check(host: Option<&str>) -> HttpCheck {
    HttpCheck {
        port: 443,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        host: host.map(str::to_owned),
        status: vec![(200, 299)],
        body: Some(regex::bytes::Regex::new("status: up").expect("a pattern")),
    }
}

fn talk(host: Option<&str>, server_name: Option<&str>, verify: Verify) -> Https {
    let tls = Tls {
        server_name: server_name.map(str::to_owned),
        verify,
    };
    let address = "192.0.2.1".parse().expect("an address");
    Https::new(&check(host), &tls, address).expect("a talk")
}

/// Lets both sides talk in pieces of `size`, until there is a verdict; and what the server was asked.
fn meet(
    talk: &mut Https,
    server: &mut ServerConnection,
    size: usize,
) -> (Verdict, Vec<u8>, Option<String>) {
    let (mut sent, mut request) = (Vec::new(), Vec::new());
    let mut verdict = talk.step(&[], false, &mut sent);
    for _ in 0..20 {
        let mut to_server = &sent[..];
        while !to_server.is_empty() {
            server.read_tls(&mut to_server).expect("it takes all");
            // It fails where the talk refuses its certificate.
            let _ = server.process_new_packets();
        }
        sent.clear();
        let mut plain = [0; 4096];
        if let Ok(length) = server.reader().read(&mut plain) {
            request.extend_from_slice(&plain[..length]);
            if request.ends_with(b"\r\n\r\n") {
                server.writer().write_all(ANSWER).expect("room");
                server.send_close_notify();
            }
        }
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).expect("room");
        }
        for piece in answer.chunks(size) {
            verdict = verdict.or_else(|| talk.step(piece, false, &mut sent));
        }
        if let Some(verdict) = verdict {
            let name = server.server_name().map(str::to_owned);
            return (verdict, request, name);
        }
    }
    panic!("no verdict");
}

#[test]
fn a_good_server_is_asked_over_tls() {
    let authority = authority();
    let verify = || Verify::File(authority.file.clone());
    for size in [1, 100, 100_000] {
        let mut server = server(&authority, "www.example.com", false);
        let mut talk = talk(Some("www.example.com:443"), None, verify());
        let (verdict, request, name) = meet(&mut talk, &mut server, size);
        assert_eq!(
            verdict,
            Verdict::pass("200 OK, the body is as wanted (TLS 1.3)")
        );
        assert!(request.starts_with(b"GET / HTTP/1.1\r\nHost: www.example.com:443\r\n"));
        assert_eq!(name.as_deref(), Some("www.example.com"));
    }
    // The name that is looked for need not be the one that is asked for.
    let mut other = server(&authority, "inside.example.com", false);
    let mut named = talk(
        Some("www.example.com"),
        Some("inside.example.com."),
        verify(),
    );
    assert!(meet(&mut named, &mut other, 1000).0.passed);
    // Without any name it is the address, which TLS does not send.
    let mut other = server(&authority, "192.0.2.1", false);
    let (verdict, _, name) = meet(&mut talk(None, None, verify()), &mut other, 1000);
    assert_eq!((verdict.passed, name), (true, None));
}

#[test]
fn a_bad_certificate_is_named() {
    let authority = authority();
    let stranger = self::authority();
    let file = Verify::File(authority.file.clone());
    let cases = [
        (
            server(&authority, "www.example.com", true),
            file.clone(),
            "its certificate has expired",
        ),
        (
            server(&authority, "other.example.com", false),
            file.clone(),
            "its certificate is not for www.example.com",
        ),
        (
            server(&stranger, "www.example.com", false),
            file,
            "its certificate is not from the authorities in the file",
        ),
        (
            server(&authority, "www.example.com", false),
            Verify::System,
            "its certificate is not from ",
        ),
    ];
    for (mut server, verify, message) in cases {
        let mut talk = talk(Some("www.example.com"), None, verify);
        let (verdict, request, _) = meet(&mut talk, &mut server, 1000);
        assert!(
            !verdict.passed && verdict.message.starts_with(message),
            "{verdict:?}"
        );
        assert!(request.is_empty(), "nothing is said to a stranger");
    }
    // Who does not look does not see it.
    let mut server = server(&stranger, "other.example.com", true);
    let mut talk = talk(Some("www.example.com"), None, Verify::None);
    assert!(meet(&mut talk, &mut server, 1000).0.passed);
}

#[test]
fn a_file_of_authorities_is_read_again_when_it_changes() {
    let (authority, stranger) = (authority(), authority());
    let verify = Verify::File(authority.file.clone());
    let passes = |issuer: &Authority| {
        let mut server = server(issuer, "www.example.com", false);
        let mut talk = talk(Some("www.example.com"), None, verify.clone());
        meet(&mut talk, &mut server, 1000).0.passed
    };
    assert!(passes(&authority) && !passes(&stranger));
    let both = format!("{}{}", authority.issuer.pem(), stranger.issuer.pem());
    std::fs::write(&authority.file, both).expect("a file");
    assert!(passes(&authority) && passes(&stranger));
    let fault = |content: &[u8]| {
        std::fs::write(&authority.file, content).expect("a file");
        let tls = Tls {
            server_name: None,
            verify: verify.clone(),
        };
        let address = "192.0.2.1".parse().expect("an address");
        let talk = Https::new(&check(None), &tls, address);
        talk.err().expect("no authorities")
    };
    assert!(fault(b"nothing").contains("holds no certificate in PEM"));
    assert!(fault(b"-----BEGIN CERTIFICATE-----\n%%%\n").contains("cannot be read"));
    assert!(fault(&vec![b'a'; 2 << 20]).contains("at most 1 MiB"));
    std::fs::remove_file(&authority.file).expect("a file");
    let tls = Tls {
        server_name: None,
        verify,
    };
    let address = "192.0.2.1".parse().expect("an address");
    let talk = Https::new(&check(None), &tls, address);
    assert!(
        talk.err()
            .is_some_and(|error| error.contains("cannot be read"))
    );
}

#[test]
fn who_does_not_talk_tls_is_told_apart() {
    let open = || Box::new(talk(Some("www.example.com"), None, Verify::None)) as Box<dyn Talk>;
    let plain = peer::verdict(&open, b"HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_eq!(plain, Verdict::fail("it does not talk TLS on this port"));
    let silent = peer::verdict(&open, b"");
    assert_eq!(
        silent,
        Verdict::fail("it closed the connection in the TLS handshake")
    );
    let alert = peer::verdict(&open, &[21, 3, 3, 0, 2, 2, 40]);
    assert_eq!(
        alert,
        Verdict::fail("it ended TLS with the alert HandshakeFailure")
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_fail_otherwise(
        bytes in hostile(&[
            &[22, 3, 3, 0, 50, 2, 0, 0, 46, 3, 3],
            &[22, 3, 3, 0x40, 0],
            &[22, 3, 3, 0xff, 0xff, 2, 0xff, 0xff, 0xff],
            &[21, 3, 3, 0, 2, 1, 0],
            &[20, 3, 3, 0, 1, 1],
            &[23, 3, 3, 0, 5, 1, 2, 3, 4, 5],
        ]),
        size in 1usize..200,
    ) {
        let mut talk = talk(None, None, Verify::None);
        let (_, verdict) = peer::answer(&mut talk, &bytes, size);
        let verdict = verdict.expect("the connection was closed");
        prop_assert!(!verdict.passed && verdict.message.len() < 300, "{:?}", verdict);
    }

    #[test]
    fn what_is_changed_under_way_is_refused(place in any::<prop::sample::Index>(), bit in 0..8u32) {
        let authority = authority();
        let mut server = server(&authority, "www.example.com", false);
        let mut talk = talk(Some("www.example.com"), None, Verify::File(authority.file.clone()));
        let mut sent = Vec::new();
        prop_assert_eq!(talk.step(&[], false, &mut sent), None);
        server.read_tls(&mut &sent[..]).expect("it takes all");
        server.process_new_packets().expect("a hello");
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).expect("room");
        }
        let place = place.index(answer.len());
        answer[place] ^= 1 << bit;
        let first = talk.step(&answer, false, &mut sent);
        let verdict = first.or_else(|| talk.step(&[], true, &mut sent)).expect("a verdict");
        prop_assert!(!verdict.passed);
    }
}
