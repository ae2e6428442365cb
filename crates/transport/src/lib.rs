//! What all connections of ours to the outside share: the TLS that is spoken, and what went wrong in words. Opens no connection.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CipherSuite, ClientConfig};

/// The most certificates of authorities given beside those of the computer.
const AUTHORITIES_MAX: usize = 16;

/// Why no TLS can be spoken at all.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// What was given as the certificate of an authority is none.
    #[error("the certificate of the authority cannot be read: {0}")]
    Authority(String),
    /// This computer's own certificates.
    #[error("no TLS connection can be made on this computer: {0}")]
    Computer(#[from] rustls::Error),
}

/// TLS is rustls on ring, with the certificates this computer trusts, and with AES-256 and ChaCha20 only (DATA-3).
pub fn use_our_tls() {
    let mut provider = rustls::crypto::ring::default_provider();
    let is_strong = |suite: CipherSuite| {
        matches!(
            suite,
            CipherSuite::TLS13_AES_256_GCM_SHA384
                | CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
                | CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
                | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        )
    };
    provider.cipher_suites.retain(|suite| is_strong(suite.suite()));
    // Fails only where this program has chosen already, here or elsewhere, and then that holds.
    let _ = provider.install_default();
}

/// The TLS of a connection that is not HTTP: trusts what this computer trusts, and these authorities, in PEM, beside.
pub fn client_tls(authorities: &str) -> Result<Arc<ClientConfig>, TlsError> {
    use_our_tls();
    let unreadable = |why: &dyn std::fmt::Display| TlsError::Authority(why.to_string());
    let mut roots = Vec::new();
    if !authorities.trim().is_empty() {
        for root in CertificateDer::pem_slice_iter(authorities.as_bytes()) {
            roots.push(root.map_err(|error| unreadable(&error))?);
        }
        if roots.is_empty() || roots.len() > AUTHORITIES_MAX {
            return Err(unreadable(&format!("1 to {AUTHORITIES_MAX} certificates in PEM are taken")));
        }
        // The verifier passes over what it cannot use; whoever pasted it is told.
        let mut store = rustls::RootCertStore::empty();
        for root in &roots {
            store.add(root.clone()).map_err(|error| unreadable(&error))?;
        }
    }
    let builder = ClientConfig::builder();
    let provider = builder.crypto_provider().clone();
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider)?;
    // It is a verifier: what is called dangerous is only that another one than the built-in is chosen.
    let config = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(Arc::new(config.with_no_client_auth()))
}

/// What is wrong with a server's certificate, in words; `None` where it is something else.
pub fn certificate_problem(error: &std::io::Error) -> Option<String> {
    use rustls::CertificateError as Wrong;
    let rustls::Error::InvalidCertificate(wrong) = error.get_ref()?.downcast_ref::<rustls::Error>()? else {
        return None;
    };
    Some(match wrong {
        Wrong::Expired | Wrong::ExpiredContext { .. } => "it has expired".to_owned(),
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => {
            "it is not valid yet: perhaps this computer's clock is wrong".to_owned()
        }
        Wrong::UnknownIssuer => "it is signed by an authority that this computer does not trust".to_owned(),
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
            "it is made out to another name".to_owned()
        }
        Wrong::Revoked => "it was revoked".to_owned(),
        other => other.to_string(),
    })
}

/// An error with its causes, each once.
pub fn words_of(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{TlsError, client_tls, use_our_tls, words_of};

    #[test]
    fn only_suites_with_aes_256_and_chacha20_are_spoken_data_3() {
        use_our_tls();
        let provider = rustls::crypto::CryptoProvider::get_default().expect("it was chosen");
        let names: Vec<String> =
            provider.cipher_suites.iter().map(|suite| format!("{:?}", suite.suite())).collect();
        let strong = |name: &String| name.contains("AES_256") || name.contains("CHACHA20");
        assert!(names.len() == 6 && names.iter().all(strong), "{names:?}");
    }

    #[test]
    fn what_is_no_certificate_of_an_authority_is_refused_in_words_data_3() {
        for text in ["no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
            let Err(TlsError::Authority(why)) = client_tls(text) else { panic!("{text} is refused") };
            assert!(!why.is_empty());
        }
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = io::Error::other(io::Error::other("no route"));
        assert_eq!(words_of(&error), "no route");
    }
}
