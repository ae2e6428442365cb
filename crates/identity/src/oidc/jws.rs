//! Signed tokens (RFC 7515, compact): taken apart and held to a key of the issuer (RFC 7517). An allow-list of three
//! algorithms; the signatures themselves are ring's. Does not read what a token says.

use contracts::sign_in::{SignInProblem, Why};
use data_encoding::BASE64URL_NOPAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;

/// Bytes of an ID token. With two hundred groups in it Entra's have some 10 KB.
const TOKEN_BYTES_MAX: usize = 64 << 10;
/// Bytes of its header, decoded.
const HEADER_BYTES_MAX: usize = 4 << 10;
/// Bytes of a coordinate on P-256.
const P256_BYTES: usize = 32;

/// How a token may be signed. Nothing else is: not `none`, nothing with a shared secret (HS256), nothing on SHA-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSA with PKCS #1 v1.5 on SHA-256.
    Rs256,
    /// RSA-PSS on SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    fn parse(name: &str) -> Result<Algorithm, SignInProblem> {
        match name {
            "RS256" => Ok(Algorithm::Rs256),
            "PS256" => Ok(Algorithm::Ps256),
            "ES256" => Ok(Algorithm::Es256),
            _ => Err(Why::BadAlgorithm.with(format!("signed with \"{}\"", shown(name)))),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Ps256 => "PS256",
            Algorithm::Es256 => "ES256",
        }
    }
}

/// A name out of a token as it may be shown: short and plain.
fn shown(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).take(16).collect()
}

/// A token taken apart; nothing of it is believed yet.
pub(super) struct Jws<'a> {
    pub(super) algorithm: Algorithm,
    /// Which of the issuer's keys.
    pub(super) kid: Option<String>,
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

impl<'a> Jws<'a> {
    /// Takes a token apart.
    pub(super) fn parse(token: &'a str) -> Result<Jws<'a>, SignInProblem> {
        let unreadable = |what: &str| Why::TokenInvalid.with(what);
        if token.len() > TOKEN_BYTES_MAX {
            return Err(unreadable("the token is too long"));
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(unreadable("it is no signed token"));
        };
        let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes());
        let json = decode(header).map_err(|_| unreadable("its header is not Base64"))?;
        if json.len() > HEADER_BYTES_MAX {
            return Err(unreadable("its header is too long"));
        }
        let header_read: Header =
            serde_json::from_slice(&json).map_err(|_| unreadable("its header cannot be read"))?;
        let algorithm = Algorithm::parse(&header_read.alg)?;
        if header_read.crit.is_some() {
            return Err(unreadable("its header demands an extension"));
        }
        let signature = decode(signature).map_err(|_| unreadable("its signature is not Base64"))?;
        let signed = &token[..header.len() + 1 + payload.len()];
        Ok(Jws { algorithm, kid: header_read.kid, signed, payload, signature })
    }

    /// What it says, if this key has signed it.
    pub(super) fn verified(&self, key: &PublicKey) -> Result<Vec<u8>, SignInProblem> {
        let message = self.signed.as_bytes();
        let holds = match (self.algorithm, key) {
            (Algorithm::Rs256, PublicKey::Rsa { n, e }) => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, &self.signature)
                .is_ok(),
            (Algorithm::Ps256, PublicKey::Rsa { n, e }) => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PSS_2048_8192_SHA256, message, &self.signature)
                .is_ok(),
            (Algorithm::Es256, PublicKey::P256 { point }) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(message, &self.signature)
                    .is_ok()
            }
            (Algorithm::Rs256 | Algorithm::Ps256, PublicKey::P256 { .. })
            | (Algorithm::Es256, PublicKey::Rsa { .. }) => false,
        };
        if !holds {
            return Err(Why::BadSignature.into());
        }
        let payload = BASE64URL_NOPAD.decode(self.payload.as_bytes());
        payload.map_err(|_| Why::TokenInvalid.with("its content is not Base64"))
    }
}

/// A key of the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    /// Modulus and exponent, big-endian, without leading zeros. ring takes 2,048 to 8,192 bits.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// A point on P-256, uncompressed.
    P256 {
        /// 0x04, x, y.
        point: Vec<u8>,
    },
}

/// A key as an issuer publishes it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// Entra: for which issuer this key signs, of the many that share a list.
    pub(super) issuer: Option<String>,
}

impl Jwk {
    /// Whether this token may be signed with it.
    pub(super) fn is_for(&self, token: &Jws<'_>) -> bool {
        let family = match token.algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => "RSA",
            Algorithm::Es256 => "EC",
        };
        self.kty == family
            && self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == token.algorithm.name())
            && token.kid.as_ref().is_none_or(|kid| self.kid.as_ref() == Some(kid))
    }

    /// The key itself; `None` where it is none that Usher knows.
    pub(super) fn key(&self) -> Option<PublicKey> {
        let number = |text: &Option<String>| BASE64URL_NOPAD.decode(text.as_ref()?.as_bytes()).ok();
        match self.kty.as_str() {
            "RSA" => {
                let bare = |number: Vec<u8>| number.into_iter().skip_while(|byte| *byte == 0).collect();
                Some(PublicKey::Rsa { n: bare(number(&self.n)?), e: bare(number(&self.e)?) })
            }
            "EC" if self.crv.as_deref() == Some("P-256") => {
                let (x, y) = (number(&self.x)?, number(&self.y)?);
                let fits = x.len() == P256_BYTES && y.len() == P256_BYTES;
                fits.then(|| PublicKey::P256 { point: [&[4][..], &x, &y].concat() })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    use super::{Jwk, Jws};

    fn key_pair() -> EcdsaKeyPair {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).expect("a key")
    }

    fn jwk(pair: &EcdsaKeyPair) -> Jwk {
        let point = pair.public_key().as_ref();
        let (x, y) = (BASE64URL_NOPAD.encode(&point[1..33]), BASE64URL_NOPAD.encode(&point[33..]));
        let json = format!(r#"{{"kty":"EC","crv":"P-256","kid":"k1","x":"{x}","y":"{y}"}}"#);
        serde_json::from_str(&json).expect("a key")
    }

    fn signed(pair: &EcdsaKeyPair, header: &str, payload: &str) -> String {
        let text = |part: &str| BASE64URL_NOPAD.encode(part.as_bytes());
        let message = format!("{}.{}", text(header), text(payload));
        let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).expect("signs");
        format!("{message}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }

    fn refusal(token: &str, key: &Jwk) -> &'static str {
        let key = key.key().expect("a key");
        let read = Jws::parse(token).and_then(|jws| jws.verified(&key));
        read.err().map_or("none", |problem| problem.code)
    }

    #[test]
    fn a_token_is_believed_as_it_was_signed_and_not_otherwise_id_1() {
        let (pair, other) = (key_pair(), key_pair());
        let token = signed(&pair, r#"{"alg":"ES256","kid":"k1"}"#, r#"{"sub":"rita"}"#);
        let jws = Jws::parse(&token).expect("reads");
        assert!(jwk(&pair).is_for(&jws));
        let payload = jws.verified(&jwk(&pair).key().expect("a key")).expect("holds");
        assert_eq!(payload, br#"{"sub":"rita"}"#);
        assert_eq!(refusal(&token, &jwk(&other)), "sign-in.bad-signature");
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8(bytes).expect("text");
            assert_ne!(refusal(&bent, &jwk(&pair)), "none", "one letter was changed, at {at}");
        }
    }

    #[test]
    fn other_algorithms_are_refused_by_name_id_1() {
        let pair = key_pair();
        for algorithm in ["none", "None", "HS256", "RS1", "ES384", "EdDSA", "RS256 ", ""] {
            let header = format!(r#"{{"alg":"{algorithm}"}}"#);
            let token = signed(&pair, &header, "{}");
            assert_eq!(refusal(&token, &jwk(&pair)), "sign-in.bad-algorithm", "{algorithm}");
        }
        // Signed by the right key, and said to be signed in another family's way.
        let token = signed(&pair, r#"{"alg":"RS256"}"#, "{}");
        assert!(!jwk(&pair).is_for(&Jws::parse(&token).expect("reads")));
        assert_eq!(refusal(&token, &jwk(&pair)), "sign-in.bad-signature");
    }

    #[test]
    fn what_is_no_signed_token_is_refused_and_nothing_panics_sec_1() {
        let pair = key_pair();
        let long = format!("{}.e30.AA", BASE64URL_NOPAD.encode(&vec![b' '; 5000]));
        let huge = "a".repeat(70_000);
        for token in
            ["", ".", "..", "a.b.c", "e30.e30.e30", "a.b.c.d.e", "é.ü.ö", "e30=.e30.AA", &long, &huge]
        {
            assert_eq!(refusal(token, &jwk(&pair)), "sign-in.token-invalid", "{token:.20}");
        }
        let critical = signed(&pair, r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, "{}");
        assert_eq!(refusal(&critical, &jwk(&pair)), "sign-in.token-invalid");
    }

    #[test]
    fn keys_for_something_else_are_not_taken() {
        let jws = signed(&key_pair(), r#"{"alg":"ES256","kid":"k1"}"#, "{}");
        let jws = Jws::parse(&jws).expect("reads");
        let read = |json: &str| serde_json::from_str::<Jwk>(json).expect("a key");
        assert!(read(r#"{"kty":"EC","kid":"k1","alg":"ES256","use":"sig"}"#).is_for(&jws));
        for json in [
            r#"{"kty":"EC","kid":"k1","use":"enc"}"#,
            r#"{"kty":"EC","kid":"k1","alg":"ES384"}"#,
            r#"{"kty":"EC","kid":"k2"}"#,
            r#"{"kty":"EC"}"#,
            r#"{"kty":"RSA","kid":"k1"}"#,
            r#"{"kty":"oct","kid":"k1"}"#,
        ] {
            assert!(!read(json).is_for(&jws), "{json}");
        }
        for json in [
            r#"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#,
            r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#,
            r#"{"kty":"RSA","n":"AQAB"}"#,
            r#"{"kty":"oct","k":"AQAB"}"#,
        ] {
            assert_eq!(read(json).key(), None, "{json}");
        }
    }
}
