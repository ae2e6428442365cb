//! Words, literals and signs of an expression, each with its place. Does not know what they mean.

use crate::problem::Problem;
use crate::value::{Value, read_date, read_time};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A name, or a word such as `and`.
    Name(String),
    Literal(Value),
    Sign(char),
    End,
}

#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) token: Token,
    /// The character it begins at.
    pub(crate) at: usize,
}

/// All of an expression.
pub(crate) fn lex(text: &str) -> Result<Vec<Placed>, Problem> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        if letter.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, to) = match letter {
            '\'' => quoted(&letters, at)?,
            '0'..='9' => number(&letters, at)?,
            '-' if letters.get(at + 1).is_some_and(char::is_ascii_digit) => number(&letters, at)?,
            _ if letter.is_ascii_alphabetic() || matches!(letter, '_' | '$' | '@') => {
                let to = end(&letters, at + 1, |one| {
                    one.is_ascii_alphanumeric() || matches!(one, '_' | '.' | '@')
                });
                (word(letters[at..to].iter().collect()), to)
            }
            '(' | ')' | ',' | '/' | ';' | '=' | '*' | '-' | ':' => (Token::Sign(letter), at + 1),
            other => return Err(Problem::malformed(format!("'{other}' is not expected")).at(at)),
        };
        tokens.push(Placed { token, at });
        at = to;
    }
    tokens.push(Placed { token: Token::End, at: letters.len() });
    Ok(tokens)
}

fn end(letters: &[char], from: usize, goes_on: impl Fn(char) -> bool) -> usize {
    letters[from..].iter().position(|letter| !goes_on(*letter)).map_or(letters.len(), |more| from + more)
}

fn word(name: String) -> Token {
    match name.as_str() {
        "null" => Token::Literal(Value::Null),
        "true" => Token::Literal(Value::Bool(true)),
        "false" => Token::Literal(Value::Bool(false)),
        "INF" => Token::Literal(Value::Number(f64::INFINITY)),
        _ => Token::Name(name),
    }
}

/// A text in single quotes; two of them are one.
fn quoted(letters: &[char], at: usize) -> Result<(Token, usize), Problem> {
    let mut text = String::new();
    let mut next = at + 1;
    loop {
        match (letters.get(next), letters.get(next + 1)) {
            (Some('\''), Some('\'')) => {
                text.push('\'');
                next += 2;
            }
            (Some('\''), _) => return Ok((Token::Literal(Value::from(text)), next + 1)),
            (Some(letter), _) => {
                text.push(*letter);
                next += 1;
            }
            (None, _) => {
                return Err(Problem::malformed("the text that begins here has no closing quote").at(at));
            }
        }
    }
}

/// A number, a date or a moment.
fn number(letters: &[char], at: usize) -> Result<(Token, usize), Problem> {
    let to = end(letters, at + 1, |one| one.is_ascii_alphanumeric() || matches!(one, '.' | ':' | '+' | '-'));
    let text: String = letters[at..to].iter().collect();
    let value = if text.contains(':') {
        read_time(&text).map(Value::Time)
    } else if text.len() == 10 && text.as_bytes()[4] == b'-' {
        read_date(&text).map(Value::Date)
    } else if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        text.parse().ok().map(Value::Int)
    } else {
        text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::Number)
    };
    let refused = || {
        Problem::malformed(format!(
            "'{text}' is neither a number nor a moment; write 12, 1.5, 2026-01-31 or 2026-01-31T08:00:00Z"
        ))
        .at(at)
    };
    value.map(|value| (Token::Literal(value), to)).ok_or_else(refused)
}
