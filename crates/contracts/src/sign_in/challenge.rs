//! Reads a claims challenge out of a refusal (ID-3): `WWW-Authenticate: Bearer error="insufficient_claims", claims="…"`.
//! Does not act on it.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};

/// Bytes of the header and of the claims in it: real ones have some hundred, and requests have room for this much.
pub const CLAIMS_BYTES_MAX: usize = 8 << 10;

/// The claims, as JSON, that a service asks for in this value of `WWW-Authenticate`; `None` where it asks for none, or not in
/// a way that can be answered.
pub fn claims_challenge(header: &str) -> Option<String> {
    if header.len() > CLAIMS_BYTES_MAX {
        return None;
    }
    let parts = parts(header)?;
    let bearer = parts
        .iter()
        .position(|part| matches!(part, Part::Scheme(name) if name.eq_ignore_ascii_case("bearer")))?;
    let (mut error, mut claims) = (None, None);
    for part in &parts[bearer + 1..] {
        match part {
            Part::Scheme(_) => break,
            Part::Parameter(name, value) if name.eq_ignore_ascii_case("error") => {
                error = Some(value.as_str())
            }
            Part::Parameter(name, value) if name.eq_ignore_ascii_case("claims") => {
                claims = Some(value.as_str())
            }
            Part::Parameter(..) => {}
        }
    }
    if error != Some("insufficient_claims") {
        return None;
    }
    decoded(claims?)
}

/// Base64 of either alphabet, padded or not, as services differ; it must hold a JSON object.
fn decoded(claims: &str) -> Option<String> {
    let bare = claims.trim_end_matches('=').as_bytes();
    let bytes = BASE64URL_NOPAD.decode(bare).or_else(|_| BASE64_NOPAD.decode(bare)).ok()?;
    let json: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    json.is_object().then(|| json.to_string())
}

#[derive(Debug)]
enum Part {
    Scheme(String),
    Parameter(String, String),
}

/// The schemes and their parameters in order (RFC 9110, 11.6.1). A header that is not well-formed has none.
fn parts(header: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = header.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (name, after) = token(rest)?;
        let value = after.trim_start_matches([' ', '\t']).strip_prefix('=');
        rest = match value {
            Some(value) => {
                let (value, after) = value_of(value.trim_start_matches([' ', '\t']))?;
                parts.push(Part::Parameter(name.to_owned(), value));
                after
            }
            None => {
                parts.push(Part::Scheme(name.to_owned()));
                after
            }
        };
        rest = rest.trim_start_matches([' ', '\t', ',']);
    }
    Some(parts)
}

fn token(text: &str) -> Option<(&str, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        // Microsoft's services leave the quotes away at times, and Base64 then ends with `=`.
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{CLAIMS_BYTES_MAX, claims_challenge};

    const CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    const ENCODED: &str = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19";

    #[test]
    fn the_claims_of_a_refusal_are_read_id_3() {
        for header in [
            format!(
                r#"Bearer realm="", authorization_uri="https://login.example/authorize", error="insufficient_claims", claims="{ENCODED}""#
            ),
            format!(
                r#"bearer claims="{ENCODED}==",error="insufficient_claims",error_description="a \"quoted\" word, and a comma""#
            ),
            format!("Negotiate, Basic realm=\"x\", Bearer error=insufficient_claims, claims={ENCODED}="),
        ] {
            assert_eq!(claims_challenge(&header).as_deref(), Some(CLAIMS), "{header}");
        }
    }

    #[test]
    fn any_other_refusal_asks_for_no_claims() {
        for header in [
            String::new(),
            "Bearer".to_owned(),
            format!(r#"Bearer error="invalid_token", claims="{ENCODED}""#),
            r#"Bearer error="insufficient_claims""#.to_owned(),
            format!(r#"Basic error="insufficient_claims", claims="{ENCODED}""#),
            format!(r#"Bearer error="invalid_token", Basic error="insufficient_claims", claims="{ENCODED}""#),
            r#"Bearer error="insufficient_claims", claims="bm90IEpTT04""#.to_owned(),
            r#"Bearer error="insufficient_claims", claims="WzFd""#.to_owned(),
            format!(r#"Bearer error="insufficient_claims", claims="{ENCODED}"#),
            r#"Bearer error="insufficient_claims", claims="%%%""#.to_owned(),
            format!(r#"Bearer error="insufficient_claims", claims="{}""#, "e".repeat(CLAIMS_BYTES_MAX)),
            "Bearer é=\"\\".to_owned(),
        ] {
            assert_eq!(claims_challenge(&header), None, "{header}");
        }
    }
}
