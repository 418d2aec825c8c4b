//! Whose word is taken for a TLS server's certificate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::check::Verify;

/// Bytes of a file of authorities: those of the whole web are a quarter of that.
const MOST_FILE: u64 = 1 << 20;
/// Files that are remembered.
const MOST_FILES: usize = 64;

/// How a server is met, and in words whom it is trusted by.
#[derive(Clone)]
pub(super) struct Authorities {
    pub config: Arc<ClientConfig>,
    pub trusted: &'static str,
}

/// A file as it was when it was read.
struct Remembered {
    modified: Option<SystemTime>,
    length: u64,
    authorities: Authorities,
}

static NOBODY: LazyLock<Result<Authorities, String>> = LazyLock::new(|| {
    let verifier = Arc::new(Unverified(ring::default_provider()));
    let config = builder()?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    Ok(finish(config.with_no_client_auth(), "anybody"))
});
/// Read once: it takes some ms, which are not to be spent on every probe.
static SYSTEM: LazyLock<Result<Authorities, String>> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs().certs;
    let (mut roots, mut trusted) = (RootCertStore::empty(), "the authorities of this host");
    if roots.add_parsable_certificates(found).0 == 0 {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        trusted = "Mozilla's list of authorities (this host has none)";
    }
    with_roots(roots, trusted)
});
/// A file is read again when it has changed.
static FILES: Mutex<BTreeMap<PathBuf, Remembered>> = Mutex::new(BTreeMap::new());

/// The authorities that a check trusts.
///
/// # Errors
/// Why there are none, with the remedy.
pub(super) fn of(verify: &Verify) -> Result<Authorities, String> {
    match verify {
        Verify::None => NOBODY.clone(),
        Verify::System => SYSTEM.clone(),
        Verify::File(path) => of_file(path),
    }
}

fn of_file(path: &Path) -> Result<Authorities, String> {
    let unreadable = |error: &dyn std::fmt::Display| {
        format!(
            "{} with authorities cannot be read: {error}",
            path.display()
        )
    };
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    let (modified, length) = (metadata.modified().ok(), metadata.len());
    if !metadata.is_file() || length > MOST_FILE {
        return Err(unreadable(&"it is no file of at most 1 MiB"));
    }
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = files.get(path)
        && (known.modified, known.length) == (modified, length)
    {
        return Ok(known.authorities.clone());
    }
    let text = std::fs::read(path).map_err(|error| unreadable(&error))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| unreadable(&error))?;
        roots.add(certificate).map_err(|error| unreadable(&error))?;
    }
    if roots.is_empty() {
        return Err(unreadable(&"it holds no certificate in PEM"));
    }
    let authorities = with_roots(roots, "the authorities in the file")?;
    if files.len() >= MOST_FILES {
        files.clear();
    }
    let known = Remembered {
        modified,
        length,
        authorities: authorities.clone(),
    };
    files.insert(path.to_owned(), known);
    Ok(authorities)
}

fn with_roots(roots: RootCertStore, trusted: &'static str) -> Result<Authorities, String> {
    let config = builder()?.with_root_certificates(roots);
    Ok(finish(config.with_no_client_auth(), trusted))
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, String> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())
}

fn finish(mut config: ClientConfig, trusted: &'static str) -> Authorities {
    // A resumed session shows no certificate: one that expired would go unnoticed.
    config.resumption = Resumption::disabled();
    Authorities {
        config: Arc::new(config),
        trusted,
    }
}

/// Takes any certificate.
#[derive(Debug)]
struct Unverified(CryptoProvider);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
