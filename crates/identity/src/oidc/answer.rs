//! What an issuer's token endpoint says, as `oauth2` reads it: tokens that are taken over and overwritten when dropped, and
//! refusals of which only codes are ever shown.

use std::fmt;
use std::time::Duration;

use contracts::sign_in::{SignInProblem, Why};
use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, ErrorResponse, RefreshToken, RequestTokenError, Scope, TokenResponse};
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use super::http::HttpError;

/// Tokens as they came. Their kinds print nothing of themselves.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct TokenAnswer {
    access_token: AccessToken,
    #[serde(deserialize_with = "bearer")]
    token_type: BasicTokenType,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    /// Keycloak's name for it.
    #[serde(default, alias = "refresh_expires_in", deserialize_with = "seconds")]
    refresh_token_expires_in: Option<u64>,
    /// A kind of `oauth2` that prints nothing, for a token it has no kind for.
    id_token: Option<AccessToken>,
}

/// The same, each overwritten when dropped.
pub(super) struct Tokens {
    pub(super) access: Zeroizing<String>,
    pub(super) access_s: Option<u64>,
    pub(super) refresh: Option<Zeroizing<String>>,
    pub(super) refresh_s: Option<u64>,
    pub(super) id: Option<Zeroizing<String>>,
}

impl TokenAnswer {
    pub(super) fn into_tokens(self) -> Tokens {
        Tokens {
            access: Zeroizing::new(self.access_token.into_secret()),
            access_s: self.expires_in,
            refresh: self.refresh_token.map(|token| Zeroizing::new(token.into_secret())),
            // Keycloak says 0 for "has no end of its own".
            refresh_s: self.refresh_token_expires_in.filter(|seconds| *seconds > 0),
            id: self.id_token.map(|token| Zeroizing::new(token.into_secret())),
        }
    }
}

impl TokenResponse for TokenAnswer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

/// Written in either case, and the only kind that Usher can use.
fn bearer<'de, D: Deserializer<'de>>(from: D) -> Result<BasicTokenType, D::Error> {
    let kind = String::deserialize(from)?;
    if kind.eq_ignore_ascii_case("bearer") {
        return Ok(BasicTokenType::Bearer);
    }
    Err(serde::de::Error::custom("the kind of token is not Bearer"))
}

/// A number, or as some issuers write it, a number in quotes.
fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Text(String),
    }
    Ok(match Option::<Written>::deserialize(from)? {
        None => None,
        Some(Written::Number(seconds)) => Some(seconds),
        Some(Written::Text(text)) => text.parse().ok(),
    })
}

/// How a token endpoint says no (RFC 6749, 5.2), with what Entra adds. Its description may name people: it is never shown.
#[derive(Deserialize, Serialize)]
pub(super) struct Denial {
    error: String,
    error_description: Option<String>,
    suberror: Option<String>,
    claims: Option<String>,
}

impl fmt::Debug for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Denial({self})")
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&code_of(&self.error, self.error_description.as_deref()))
    }
}

impl ErrorResponse for Denial {}

/// What of a refusal can be shown: the code of the standard, and Entra's own number, by which an administrator finds the page
/// that explains it.
pub(super) fn code_of(error: &str, description: Option<&str>) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let error: String = error.chars().filter(is_plain).take(40).collect();
    let number = description.and_then(|text| text.split_once("AADSTS")).map(|(_, rest)| rest);
    let number: String = number.unwrap_or("").chars().take_while(char::is_ascii_digit).take(10).collect();
    if number.is_empty() { error } else { format!("{error}, AADSTS{number}") }
}

/// Why tokens were not renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unrenewed {
    /// Nobody answers; what was there still holds.
    Unreachable(String),
    /// She must show herself again, with these claims if there are any; what was there still holds.
    Interaction(Option<String>),
    /// This service is refused, the session is not.
    Refused(SignInProblem),
    /// The session is over.
    Over(SignInProblem),
}

type Asked<T> = Result<T, RequestTokenError<HttpError, Denial>>;

/// What came of exchanging a code.
pub(super) fn exchanged<T>(answer: Asked<T>) -> Result<T, SignInProblem> {
    answer.map_err(|error| match error {
        RequestTokenError::ServerResponse(denial) if denial.error == "invalid_grant" => {
            Why::CodeReplayed.with(denial)
        }
        RequestTokenError::ServerResponse(denial) => Why::Refused.with(denial),
        RequestTokenError::Request(error) => of_http(error),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => not_oauth(),
    })
}

/// What came of renewing.
pub(super) fn renewed<T>(answer: Asked<T>) -> Result<T, Unrenewed> {
    answer.map_err(|error| match error {
        RequestTokenError::ServerResponse(denial) => denial.while_renewing(),
        RequestTokenError::Request(HttpError::Unreachable(words)) => Unrenewed::Unreachable(words),
        RequestTokenError::Request(error) => Unrenewed::Refused(of_http(error)),
        // A page of a hotel's network, for example.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            Unrenewed::Unreachable("something else than the issuer answered".to_owned())
        }
    })
}

impl Denial {
    fn while_renewing(self) -> Unrenewed {
        match (self.error.as_str(), self.suberror.as_deref()) {
            ("interaction_required" | "login_required" | "consent_required", _)
            | (
                "invalid_grant",
                Some(
                    "basic_action"
                    | "additional_action"
                    | "message_only"
                    | "consent_required"
                    | "user_password_expired",
                ),
            ) => Unrenewed::Interaction(self.claims),
            ("invalid_grant", _) => Unrenewed::Over(if self.is_of_age() {
                Why::SessionExpired.with(&self)
            } else {
                Why::TokenRevoked.with(&self)
            }),
            ("invalid_client" | "unauthorized_client", _) => Unrenewed::Over(Why::Refused.with(&self)),
            ("temporarily_unavailable" | "server_error" | "slow_down", _) => {
                Unrenewed::Unreachable(self.to_string())
            }
            _ => Unrenewed::Refused(Why::Refused.with(&self)),
        }
    }

    /// Entra's numbers for a session that has simply lasted long enough: 70043 (sign-in frequency), 700081, 700082 and 700084
    /// (life time, inactivity).
    fn is_of_age(&self) -> bool {
        let said = self.error_description.as_deref().unwrap_or("");
        ["AADSTS70043:", "AADSTS700081:", "AADSTS700082:", "AADSTS700084:"].iter().any(|it| said.contains(it))
    }
}

/// An HTTP problem of a sign-in.
pub(super) fn of_http(error: HttpError) -> SignInProblem {
    match error {
        HttpError::Unreachable(words) => Why::IssuerUnreachable.with(words),
        HttpError::Invalid(words) => Why::IssuerInvalid.with(words),
    }
}

/// Its parts are not shown: they may hold tokens.
pub(super) fn not_oauth() -> SignInProblem {
    Why::IssuerInvalid.with("its answer is not that of a token endpoint")
}

#[cfg(test)]
mod tests {
    use oauth2::RequestTokenError;

    use super::{Denial, TokenAnswer, Unrenewed, exchanged, renewed};
    use crate::oidc::http::HttpError;

    fn denial(json: &str) -> RequestTokenError<HttpError, Denial> {
        RequestTokenError::ServerResponse(serde_json::from_str(json).expect("a refusal"))
    }

    fn renewal(json: &str) -> String {
        match renewed::<()>(Err(denial(json))).expect_err("refused") {
            Unrenewed::Unreachable(_) => "unreachable".to_owned(),
            Unrenewed::Interaction(claims) => format!("interaction {}", claims.unwrap_or_default()),
            Unrenewed::Refused(problem) => format!("refused {}", problem.code),
            Unrenewed::Over(problem) => format!("over {}", problem.code),
        }
    }

    #[test]
    fn expiry_revocation_and_interaction_are_told_apart_id_3() {
        for (json, expected) in [
            (r#"{"error":"invalid_grant"}"#, "over sign-in.token-revoked"),
            (
                r#"{"error":"invalid_grant","error_description":"AADSTS50173: The provided grant has expired due to it being revoked"}"#,
                "over sign-in.token-revoked",
            ),
            (
                r#"{"error":"invalid_grant","error_description":"AADSTS700082: The refresh token has expired due to inactivity"}"#,
                "over sign-in.session-expired",
            ),
            (r#"{"error":"interaction_required","claims":"{}"}"#, "interaction {}"),
            (r#"{"error":"invalid_grant","suberror":"consent_required"}"#, "interaction "),
            (r#"{"error":"invalid_scope"}"#, "refused sign-in.refused"),
            (r#"{"error":"invalid_client"}"#, "over sign-in.refused"),
            (r#"{"error":"temporarily_unavailable"}"#, "unreachable"),
        ] {
            assert_eq!(renewal(json), expected, "{json}");
        }
    }

    #[test]
    fn of_a_refusal_only_codes_are_shown_id_2() {
        let json = r#"{"error":"invalid_client\n<b>","error_description":"AADSTS7000218: rita@contoso.example, token eyJ0"}"#;
        let problem = exchanged::<()>(Err(denial(json))).expect_err("refused");
        assert!(problem.message.ends_with("(invalid_clientb, AADSTS7000218)"), "{problem}");
        assert_eq!(problem.code, "sign-in.refused");
    }

    #[test]
    fn tokens_print_nothing_of_themselves_id_2() {
        let json = r#"{"access_token":"secret-a","refresh_token":"secret-r","id_token":"secret-i","token_type":"bEARER",
            "expires_in":"3599","refresh_expires_in":1800}"#;
        let answer: TokenAnswer = serde_json::from_str(json).expect("reads");
        assert!(!format!("{answer:?}").contains("secret"));
        let tokens = answer.into_tokens();
        assert_eq!((tokens.access_s, tokens.refresh_s), (Some(3599), Some(1800)));
        let mac = serde_json::from_str::<TokenAnswer>(r#"{"access_token":"a","token_type":"mac"}"#);
        assert!(mac.is_err(), "a kind of token that cannot be used");
    }
}
