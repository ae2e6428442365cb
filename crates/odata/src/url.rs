//! The URL of a question: its path as a resource, its options one by one. Decodes once, and judges lengths first.

use crate::lexer::{Token, lex};
use crate::model::{EntityType, Model};
use crate::problem::Problem;
use crate::value::Value;

/// The longest URL that is read: more than Excel sends.
pub const URL_BYTES_MAX: usize = 8_192;
/// Options of one URL.
const OPTIONS_MAX: usize = 32;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Resource {
    /// The list of sets.
    Service,
    /// The model.
    Metadata,
    /// A set.
    Set(&'static EntityType),
    /// How many there are in a set.
    Count(&'static EntityType),
    /// One of a set, by its key.
    One(&'static EntityType, Value),
}

/// Reads the path behind the root of the feed.
pub fn resource(model: &Model, path: &str) -> Result<Resource, Problem> {
    let path = decoded(path, false)?;
    let path = path.trim_matches('/');
    let (set, rest) = path.split_once('/').map_or((path, None), |(set, rest)| (set, Some(rest)));
    match (set, rest) {
        ("", None) => return Ok(Resource::Service),
        ("$metadata", None) => return Ok(Resource::Metadata),
        ("$batch", None) => return Err(Problem::not_supported("$batch is not supported; ask one by one")),
        _ => {}
    }
    let (name, key) = match set.find('(') {
        Some(open) => (&set[..open], Some(&set[open..])),
        None => (set, None),
    };
    let Some(entity) = model.set(name) else {
        let known: Vec<&str> = model.sets.iter().map(|entity| entity.set).collect();
        return Err(Problem::not_found(format!("there is no '{name}' here; there are {}", known.join(", "))));
    };
    match (key, rest) {
        (None, None) => Ok(Resource::Set(entity)),
        (None, Some("$count")) => Ok(Resource::Count(entity)),
        (Some(key), None) => Ok(Resource::One(entity, read_key(entity, key)?)),
        (_, Some(_)) => Err(Problem::not_supported(
            "paths behind an entity are not supported; use $select for properties and $expand for other entities",
        )),
    }
}

fn read_key(entity: &EntityType, key: &str) -> Result<Value, Problem> {
    let property = &entity.properties[0];
    let example = || {
        Problem::malformed(format!(
            "the key of {} is one {}, as in {}('1a')",
            entity.set,
            property.kind.edm(),
            entity.set
        ))
    };
    let tokens = lex(key)?;
    let words: Vec<&Token> = tokens.iter().map(|placed| &placed.token).collect();
    let value = match words.as_slice() {
        [Token::Sign('('), Token::Literal(value), Token::Sign(')'), Token::End] => value,
        [
            Token::Sign('('),
            Token::Name(name),
            Token::Sign('='),
            Token::Literal(value),
            Token::Sign(')'),
            Token::End,
        ] if name == property.name => value,
        _ => return Err(example()),
    };
    match value.kind() == Some(property.kind) {
        true => Ok(value.clone()),
        false => Err(example()),
    }
}

/// An option, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlOption {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Reads the options behind `?`.
pub fn options(query: &str) -> Result<Vec<UrlOption>, Problem> {
    if query.len() > URL_BYTES_MAX {
        return Err(Problem::too_much(format!(
            "the URL is longer than {URL_BYTES_MAX} bytes; ask for less at once"
        )));
    }
    let mut options: Vec<UrlOption> = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (name, value) = (decoded(name, true)?, decoded(value, true)?);
        if options.iter().any(|option| option.name == name) {
            return Err(Problem::malformed("it is given twice").of(&name));
        }
        if options.len() >= OPTIONS_MAX {
            return Err(Problem::too_much(format!("there are more than {OPTIONS_MAX} options")));
        }
        options.push(UrlOption { name, value });
    }
    Ok(options)
}

fn decoded(text: &str, plus_is_space: bool) -> Result<String, Problem> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                match (high, low) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => {
                        return Err(Problem::malformed(
                            "'%' in the URL is followed by two hexadecimal digits",
                        ));
                    }
                }
            }
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| Problem::malformed("the URL is not UTF-8"))
}

/// A text as it stands in a URL.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'~'
            | b'$'
            | b'('
            | b')'
            | b','
            | b'/' => {
                out.push(char::from(byte));
            }
            other => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(HEX[usize::from(other >> 4)]));
                out.push(char::from(HEX[usize::from(other & 15)]));
            }
        }
    }
    out
}
