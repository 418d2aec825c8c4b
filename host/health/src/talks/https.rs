//! The same over TLS.

use std::io::{ErrorKind, Read, Write};
use std::net::IpAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConnection, Error, ProtocolVersion};

use crate::check::{HttpCheck, Tls};
use crate::talk::{Talk, Verdict};
use crate::talks::authorities::{self, Authorities};
use crate::talks::http::Http;

/// A talk by HTTP/1.1 over TLS.
pub(super) struct Https {
    connection: ClientConnection,
    authorities: Authorities,
    /// As it is looked for in the certificate.
    name: String,
    http: Http,
}

impl Https {
    /// # Errors
    /// Why it cannot begin.
    pub(super) fn new(check: &HttpCheck, tls: &Tls, address: IpAddr) -> Result<Self, String> {
        let host = check.host.as_deref().map(without_port);
        let name = tls.server_name.as_deref().or(host).map(str::to_owned);
        let name = name.unwrap_or_else(|| address.to_string());
        let wanted = name.strip_suffix('.').unwrap_or(&name).to_owned();
        let server_name = ServerName::try_from(wanted)
            .map_err(|_| format!("\"{name}\" is no name for a certificate: set `server_name`"))?;
        let authorities = authorities::of(&tls.verify)?;
        let connection = ClientConnection::new(Arc::clone(&authorities.config), server_name);
        let mut connection = connection.map_err(|error| error.to_string())?;
        connection.set_buffer_limit(Some(64 * 1024));
        Ok(Self {
            connection,
            authorities,
            name,
            http: Http::new(check, address, 443),
        })
    }

    /// Decrypts what came and gives it to the talk inside.
    fn take(&mut self, mut received: &[u8], closed: bool) -> Result<Option<Verdict>, String> {
        loop {
            // With nothing left this tells the connection that there is no more.
            let ends = received.is_empty();
            if !ends || closed {
                let taken = self.connection.read_tls(&mut received);
                if taken.map_err(|error| error.to_string())? == 0 {
                    // It has said its last word: what follows is nobody's.
                    received = &[];
                }
            }
            let state = self.connection.process_new_packets();
            state.map_err(|error| self.explain(&error))?;
            if let Some(verdict) = self.take_plain()? {
                return Ok(Some(self.finish(verdict)));
            }
            if received.is_empty() && (ends || !closed) {
                break;
            }
        }
        match closed && self.connection.is_handshaking() {
            true => Err("it closed the connection in the TLS handshake".to_owned()),
            false => Ok(None),
        }
    }

    fn take_plain(&mut self) -> Result<Option<Verdict>, String> {
        if self.connection.is_handshaking() {
            return Ok(None);
        }
        let mut request = Vec::new();
        let mut verdict = self.http.step(&[], false, &mut request);
        let mut buffer = [0; 4096];
        while verdict.is_none() {
            verdict = match self.connection.reader().read(&mut buffer) {
                Ok(0) => self.http.step(&[], true, &mut request),
                Ok(length) => self.http.step(&buffer[..length], false, &mut request),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // Many servers close without a word; what was said before counts.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.http.step(&[], true, &mut request)
                }
                Err(error) => return Err(error.to_string()),
            };
        }
        let written = self.connection.writer().write_all(&request);
        written.map_err(|error| error.to_string())?;
        Ok(verdict)
    }

    fn finish(&self, mut verdict: Verdict) -> Verdict {
        let version = match self.connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS 1.3",
        };
        verdict.message = format!("{} ({version})", verdict.message);
        verdict
    }

    /// What an error means to the one who looks after the server.
    fn explain(&self, error: &Error) -> String {
        let trusted = self.authorities.trusted;
        let error = match error {
            Error::InvalidCertificate(error) => error,
            Error::InvalidMessage(_) => return "it does not talk TLS on this port".to_owned(),
            Error::AlertReceived(alert) => return format!("it ended TLS with the alert {alert:?}"),
            Error::PeerIncompatible(why) => {
                return format!("it wants TLS of another kind: {why:?}");
            }
            error => return format!("TLS: {error}"),
        };
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("its certificate is not for {}", self.name)
            }
            // One signed in the name of an authority, but not by it, is from a stranger too.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                format!("its certificate is not from {trusted}")
            }
            CertificateError::Revoked => "its certificate was revoked".to_owned(),
            error => format!("its certificate is not good: {error}"),
        }
    }
}

/// A `Host` header without its port.
fn without_port(host: &str) -> &str {
    if let Some(inside) = host.strip_prefix('[') {
        return inside.split(']').next().unwrap_or_default();
    }
    host.split(':').next().unwrap_or_default()
}

impl Talk for Https {
    fn step(&mut self, received: &[u8], closed: bool, send: &mut Vec<u8>) -> Option<Verdict> {
        let taken = self.take(received, closed);
        while self.connection.wants_write() {
            if !matches!(self.connection.write_tls(send), Ok(1..)) {
                break;
            }
        }
        match taken {
            Ok(verdict) => verdict,
            Err(message) => Some(Verdict::fail(message)),
        }
    }
}

#[cfg(test)]
mod tests;
