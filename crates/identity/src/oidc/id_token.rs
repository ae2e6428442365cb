//! What an ID token says, held to what was asked (OpenID Connect Core 3.1.3.7): who issued it, for whom, when, in answer to
//! which sign-in. The signature was checked before; rights are not here.

use std::collections::BTreeSet;

use contracts::sign_in::{SignInProblem, SignedIn, Subject, Why};
use data_encoding::BASE64URL_NOPAD;
use engine::Timestamp;
use serde::Deserialize;

use super::issuer::{IssuerName, is_allowed, is_guid};

/// Seconds by which clocks may differ: what Kerberos, and with it every Windows domain, allows.
pub(super) const SKEW_S: i64 = 300;
/// Characters of a name that is shown; longer ones are cut.
const SHOWN_CHARS_MAX: usize = 200;
/// Characters of an id. OpenID Connect allows 255 for `sub`.
const ID_CHARS_MAX: usize = 255;
/// Authentication contexts in one token; Entra has at most 99.
const CONTEXTS_MAX: usize = 99;

/// To what a token is held.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a IssuerName,
    pub(super) is_entra: bool,
    pub(super) client_id: &'a str,
    /// Tenants that may sign in; empty: that of the issuer.
    pub(super) tenants: &'a [String],
    /// For which issuer the key signs, where it says so.
    pub(super) key_issuer: Option<&'a str>,
    /// `None` where no nonce could be sent: by device code, and when tokens are renewed.
    pub(super) nonce: Option<&'a str>,
    /// The access token that came with it.
    pub(super) access_token: Option<&'a str>,
    /// The authentication context that was asked for.
    pub(super) context: Option<&'a str>,
    pub(super) now: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    azp: Option<String>,
    exp: Moment,
    iat: Moment,
    nbf: Option<Moment>,
    auth_time: Option<Moment>,
    nonce: Option<String>,
    at_hash: Option<String>,
    tid: Option<String>,
    oid: Option<String>,
    name: Option<String>,
    preferred_username: Option<String>,
    email: Option<String>,
    acr: Option<String>,
    acrs: Option<OneOrMany>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn all(&self) -> &[String] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// Seconds since 1970, possibly with a fraction (RFC 7519).
#[derive(Clone, Copy, Deserialize)]
struct Moment(f64);

impl Moment {
    /// Nothing outside the years 1970 to 9999 is a time of a token.
    fn seconds(self) -> Result<i64, SignInProblem> {
        if (0.0..253_402_300_800.0).contains(&self.0) {
            return Ok(self.0 as i64);
        }
        Err(Why::TokenInvalid.with("a time in it is none"))
    }
}

/// Who she is, as this token says; refused where it is not the token that was asked for.
pub(super) fn read(payload: &[u8], expected: &Expected<'_>) -> Result<SignedIn, SignInProblem> {
    let claims: Claims = serde_json::from_slice(payload)
        .map_err(|_| Why::TokenInvalid.with("it lacks what every ID token says"))?;
    let subject = claims.subject(expected)?;
    claims.is_for_us(expected)?;
    claims.is_of_now(expected.now)?;
    claims.answers(expected)?;
    let contexts = claims.contexts(expected)?;
    let now_s = expected.now.0.div_euclid(1000);
    // A time in our future is a clock's mistake, and would make the sign-in look fresh for too long.
    let signed_in_s = match claims.auth_time {
        Some(at) => at.seconds()?.min(now_s),
        None => now_s,
    };
    let username = shown(claims.preferred_username.as_deref().or(claims.email.as_deref()));
    Ok(SignedIn {
        name: shown(claims.name.as_deref())
            .or_else(|| username.clone())
            .unwrap_or_else(|| subject.object.clone()),
        username: username.unwrap_or_else(|| subject.object.clone()),
        email: shown(claims.email.as_deref()),
        signed_in_at: Timestamp(signed_in_s.saturating_mul(1000)),
        contexts,
        subject,
    })
}

impl Claims {
    fn subject(&self, expected: &Expected<'_>) -> Result<Subject, SignInProblem> {
        let tenant = self.tid.as_deref();
        if !expected.issuer.is(&self.iss, tenant) {
            return Err(Why::WrongIssuer.into());
        }
        let may_sign = |key: &str| IssuerName::may_use(key, &self.iss, tenant);
        if !expected.key_issuer.is_none_or(may_sign) {
            return Err(Why::WrongIssuer.with("signed with the key of another issuer"));
        }
        if !expected.tenants.is_empty() || expected.is_entra {
            let Some(tenant) = tenant else {
                return Err(Why::WrongTenant.with("it names no tenant"));
            };
            if !expected.tenants.is_empty() && !is_allowed(expected.tenants, tenant) {
                return Err(Why::WrongTenant.into());
            }
        }
        let is_id = |text: &str| !text.is_empty() && text.chars().count() <= ID_CHARS_MAX;
        let (tenant, object) = if expected.is_entra {
            let object = self.oid.as_deref().filter(|oid| is_guid(oid));
            (tenant.filter(|tid| is_guid(tid)), object)
        } else {
            (Some(self.iss.as_str()), Some(self.sub.as_str()).filter(|sub| is_id(sub)))
        };
        let (Some(tenant), Some(object)) = (tenant, object) else {
            return Err(Why::TokenInvalid.with("it does not say who signed in"));
        };
        // GUIDs are written in either case; one person has one name here.
        let written =
            |text: &str| if expected.is_entra { text.to_ascii_lowercase() } else { text.to_owned() };
        Ok(Subject { tenant: written(tenant), object: written(object) })
    }

    fn is_for_us(&self, expected: &Expected<'_>) -> Result<(), SignInProblem> {
        // Further audiences are not trusted: nobody else may come here with a token of ours.
        let is_ours = matches!(self.aud.all(), [only] if only == expected.client_id);
        if is_ours && self.azp.as_ref().is_none_or(|azp| azp == expected.client_id) {
            return Ok(());
        }
        Err(Why::WrongAudience.into())
    }

    fn is_of_now(&self, now: Timestamp) -> Result<(), SignInProblem> {
        let now = now.0.div_euclid(1000);
        let (expires, issued) = (self.exp.seconds()?, self.iat.seconds()?);
        if now >= expires + SKEW_S {
            return Err(Why::Expired.into());
        }
        if let Some(begins) = self.nbf
            && begins.seconds()? > now + SKEW_S
        {
            return Err(Why::NotYetValid.into());
        }
        if issued > now + SKEW_S {
            return Err(Why::ClockWrong.into());
        }
        Ok(())
    }

    fn answers(&self, expected: &Expected<'_>) -> Result<(), SignInProblem> {
        if let Some(nonce) = expected.nonce
            && self.nonce.as_deref() != Some(nonce)
        {
            return Err(Why::WrongNonce.into());
        }
        if let (Some(hash), Some(token)) = (&self.at_hash, expected.access_token) {
            // All three algorithms hash with SHA-256; the left half of it.
            let digest = ring::digest::digest(&ring::digest::SHA256, token.as_bytes());
            if *hash != BASE64URL_NOPAD.encode(&digest.as_ref()[..16]) {
                return Err(Why::TokenInvalid.with("it belongs to another access token"));
            }
        }
        Ok(())
    }

    fn contexts(&self, expected: &Expected<'_>) -> Result<BTreeSet<String>, SignInProblem> {
        let acrs = self.acrs.iter().flat_map(|acrs| acrs.all());
        // Entra's own `acr` says something else.
        let acr = self.acr.iter().filter(|_| !expected.is_entra);
        let contexts: BTreeSet<String> = acrs
            .chain(acr)
            .filter(|it| it.chars().count() <= ID_CHARS_MAX)
            .take(CONTEXTS_MAX)
            .cloned()
            .collect();
        if expected.context.is_some_and(|wanted| !contexts.contains(wanted)) {
            return Err(Why::StepUpMissing.into());
        }
        Ok(contexts)
    }
}

/// A name as it can be shown: without control characters, not endless; `None` where nothing is left.
fn shown(text: Option<&str>) -> Option<String> {
    let text: String = text?.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use engine::Timestamp;
    use serde_json::{Value, json};

    use super::{Expected, read};
    use crate::oidc::issuer::IssuerName;

    const NOW_S: i64 = 1_795_000_000;
    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const OBJECT: &str = "4C25CA2C-8E0F-4D7C-A6A5-6B4F7E1B0F10";

    fn claims() -> Value {
        json!({
            "iss": format!("https://login.example/{TENANT}/v2.0"), "sub": "pairwise", "aud": "usher", "exp": NOW_S + 3600,
            "iat": NOW_S, "nbf": NOW_S, "nonce": "n1", "tid": TENANT, "oid": OBJECT, "name": "Rita Frei",
            "preferred_username": "rita@contoso.example", "acrs": ["c1"],
        })
    }

    /// The code of the refusal; nothing where it is believed.
    fn check(change: Value) -> &'static str {
        check_at(change, |expected| expected)
    }

    fn check_at(change: Value, asked: impl Fn(Expected<'static>) -> Expected<'static>) -> &'static str {
        let mut claims = claims();
        for (name, value) in change.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        let issuer: &'static IssuerName = Box::leak(Box::new(IssuerName::OfTenant {
            before: "https://login.example/".to_owned(),
            after: "/v2.0".to_owned(),
        }));
        let tenants: &'static [String] = Box::leak(Box::new([TENANT.to_owned()]));
        let expected = asked(Expected {
            issuer,
            is_entra: true,
            client_id: "usher",
            tenants,
            key_issuer: None,
            nonce: Some("n1"),
            access_token: None,
            context: None,
            now: Timestamp(NOW_S * 1000 + 500),
        });
        read(claims.to_string().as_bytes(), &expected).err().map_or("", |problem| problem.code)
    }

    #[test]
    fn a_token_is_refused_for_each_thing_that_is_not_as_asked_id_1() {
        const OTHER: &str = "a8990e1f-ff32-408a-9f8e-78d3b9139b95";
        assert_eq!(check(json!({})), "");
        for (change, code) in [
            (json!({"iss": "https://evil.example/"}), "sign-in.wrong-issuer"),
            (json!({"tid": OTHER}), "sign-in.wrong-issuer"),
            (
                json!({"tid": OTHER, "iss": format!("https://login.example/{OTHER}/v2.0")}),
                "sign-in.wrong-tenant",
            ),
            (json!({"aud": "another"}), "sign-in.wrong-audience"),
            (json!({"aud": ["usher", "another"]}), "sign-in.wrong-audience"),
            (json!({"aud": []}), "sign-in.wrong-audience"),
            (json!({"azp": "another"}), "sign-in.wrong-audience"),
            (json!({"nonce": "n2"}), "sign-in.wrong-nonce"),
            (json!({"nonce": null}), "sign-in.wrong-nonce"),
            (json!({"oid": null}), "sign-in.token-invalid"),
            (json!({"oid": "rita"}), "sign-in.token-invalid"),
            (json!({"sub": null}), "sign-in.token-invalid"),
            (json!({"exp": "tomorrow"}), "sign-in.token-invalid"),
            (json!({"exp": -1}), "sign-in.token-invalid"),
            (json!({"exp": 1e300}), "sign-in.token-invalid"),
        ] {
            assert_eq!(check(change.clone()), code, "{change}");
        }
        assert_eq!(check(json!({"aud": ["usher"], "azp": "usher"})), "");
    }

    #[test]
    fn clocks_may_differ_by_five_minutes_and_not_by_more_id_1() {
        for (change, code) in [
            (json!({"exp": NOW_S - 299}), ""),
            (json!({"exp": NOW_S - 300}), "sign-in.expired"),
            (json!({"nbf": NOW_S + 300}), ""),
            (json!({"nbf": NOW_S + 301}), "sign-in.not-yet-valid"),
            (json!({"iat": NOW_S + 300}), ""),
            (json!({"iat": NOW_S + 301}), "sign-in.clock-wrong"),
            (json!({"nbf": null, "exp": NOW_S as f64 + 0.5}), ""),
        ] {
            assert_eq!(check(change.clone()), code, "{change}");
        }
    }

    #[test]
    fn the_access_token_beside_it_is_the_one_it_was_issued_with_id_1() {
        // The example of OpenID Connect Core, A.3.
        let with = |hash: &str, token: &'static str| {
            check_at(json!({"at_hash": hash}), |expected| Expected { access_token: Some(token), ..expected })
        };
        assert_eq!(with("77QmUPtjPfzWtF2AnpK9RQ", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "");
        assert_eq!(with("77QmUPtjPfzWtF2AnpK9RQ", "another"), "sign-in.token-invalid");
    }

    #[test]
    fn a_step_up_is_believed_only_where_the_token_says_so_id_3() {
        let wants =
            |context| move |expected: Expected<'static>| Expected { context: Some(context), ..expected };
        assert_eq!(check_at(json!({}), wants("c1")), "");
        assert_eq!(check_at(json!({"acrs": "c2"}), wants("c2")), "");
        assert_eq!(check_at(json!({}), wants("c2")), "sign-in.step-up-missing");
        // Entra's acr is no context.
        assert_eq!(check_at(json!({"acrs": null, "acr": "c2"}), wants("c2")), "sign-in.step-up-missing");
    }

    #[test]
    fn a_key_of_another_tenants_issuer_signs_nothing_here_id_1() {
        let signed_by =
            |key| move |expected: Expected<'static>| Expected { key_issuer: Some(key), ..expected };
        assert_eq!(check_at(json!({}), signed_by("https://login.example/{tenantid}/v2.0")), "");
        let other = "https://login.example/a8990e1f-ff32-408a-9f8e-78d3b9139b95/v2.0";
        assert_eq!(check_at(json!({}), signed_by(other)), "sign-in.wrong-issuer");
    }

    #[test]
    fn other_issuers_name_a_person_by_their_own_address_and_sub() {
        let issuer = IssuerName::Exactly("https://id.example".to_owned());
        let expected = Expected {
            issuer: &issuer,
            is_entra: false,
            client_id: "usher",
            tenants: &[],
            key_issuer: None,
            nonce: None,
            access_token: None,
            context: Some("gold"),
            now: Timestamp(NOW_S * 1000),
        };
        let claims = json!({"iss": "https://id.example", "sub": "Rita", "aud": "usher", "exp": NOW_S + 60, "iat": NOW_S,
            "auth_time": NOW_S - 50, "acr": "gold", "name": " \u{7}Rita\u{1b}[0m Frei "});
        let who = read(claims.to_string().as_bytes(), &expected).expect("believed");
        assert_eq!(
            (who.subject.tenant.as_str(), who.subject.object.as_str()),
            ("https://id.example", "Rita")
        );
        assert_eq!((who.name.as_str(), who.username.as_str()), ("Rita[0m Frei", "Rita"));
        assert_eq!(who.signed_in_at, Timestamp((NOW_S - 50) * 1000));
        let allowed = [TENANT.to_owned()];
        let refused = read(claims.to_string().as_bytes(), &Expected { tenants: &allowed, ..expected });
        assert_eq!(refused.err().map(|problem| problem.code), Some("sign-in.wrong-tenant"));
    }
}
