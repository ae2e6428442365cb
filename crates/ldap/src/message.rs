//! The messages of LDAP that reading contacts takes (RFC 4511, 4): written, and read back as far as they are of interest.

use crate::ber::{ENUMERATED, Elements, INTEGER, Malformed, OCTETS, SEQUENCE, SET, element, put, put_number};
use crate::filter::{Filter, put_flag};

/// Of the control for simple paged results (RFC 2696).
const PAGED: &str = "1.2.840.113556.1.4.319";
/// Of the operation that begins TLS (RFC 4511, 4.14.1).
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// Characters of a server's words that are repeated.
const WORDS_CHARS_MAX: usize = 200;

/// What a search asks for.
pub(crate) struct Search<'a> {
    pub(crate) base: &'a str,
    pub(crate) filter: &'a Filter,
    pub(crate) attributes: &'a [String],
    pub(crate) page_size: i32,
    /// Where the page before left off; empty for the first.
    pub(crate) cookie: &'a [u8],
}

fn message(id: i32, build: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    element(SEQUENCE, |out| {
        put_number(out, INTEGER, id);
        build(out);
    })
}

/// Who asks. The message holds the password: whoever sends it overwrites it.
pub(crate) fn bind(id: i32, dn: &str, password: &[u8]) -> Vec<u8> {
    message(id, |out| {
        let request = element(0x60, |request| {
            put_number(request, INTEGER, 3);
            put(request, OCTETS, dn.as_bytes());
            put(request, 0x80, password);
        });
        out.extend_from_slice(&request);
    })
}

pub(crate) fn start_tls(id: i32) -> Vec<u8> {
    message(id, |out| out.extend_from_slice(&element(0x77, |it| put(it, 0x80, START_TLS.as_bytes()))))
}

pub(crate) fn unbind(id: i32) -> Vec<u8> {
    message(id, |out| put(out, 0x42, &[]))
}

pub(crate) fn search(id: i32, search: &Search<'_>) -> Vec<u8> {
    message(id, |out| {
        let request = element(0x63, |request| {
            put(request, OCTETS, search.base.as_bytes());
            put_number(request, ENUMERATED, 2); // the whole subtree
            put_number(request, ENUMERATED, 0); // aliases stay aliases
            put_number(request, INTEGER, 0); // the server's own limits
            put_number(request, INTEGER, 0);
            put_flag(request, false);
            request.extend_from_slice(search.filter.encoded());
            let attributes = element(SEQUENCE, |list| {
                for attribute in search.attributes {
                    put(list, OCTETS, attribute.as_bytes());
                }
            });
            request.extend_from_slice(&attributes);
        });
        out.extend_from_slice(&request);
        let paged = element(SEQUENCE, |value| {
            put_number(value, INTEGER, search.page_size);
            put(value, OCTETS, search.cookie);
        });
        // Not critical: a server without pages answers with all at once.
        let controls = element(0xa0, |controls| {
            let control = element(SEQUENCE, |control| {
                put(control, OCTETS, PAGED.as_bytes());
                put(control, OCTETS, &paged);
            });
            controls.extend_from_slice(&control);
        });
        out.extend_from_slice(&controls);
    })
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// 0 is success (RFC 4511, 4.1.9).
    pub(crate) code: i32,
    /// The server's words, as far as they are printable.
    pub(crate) words: String,
}

/// An entry as it came: attribute by attribute, each with its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) dn: String,
    pub(crate) attributes: Vec<(String, Vec<Vec<u8>>)>,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Bound(Outcome),
    Extended(Outcome),
    Entry(Entry),
    /// Elsewhere there may be more: not followed.
    Reference,
    /// The page is over; where the next one goes on, empty where there is none.
    Done(Outcome, Vec<u8>),
    /// The server is about to hang up, and says why (RFC 4511, 4.4.1).
    Leaving(Outcome),
    /// Nothing that was asked for.
    Else,
}

/// Reads one message: its number, and what it says.
pub(crate) fn read(bytes: &[u8]) -> Result<(i32, Said), Malformed> {
    let mut message = Elements::new(Elements::new(bytes).expect(SEQUENCE)?);
    let id = message.number(INTEGER)?;
    let (tag, content) = message.next()?;
    let said = match tag {
        0x61 => Said::Bound(outcome(content)?),
        0x78 if id == 0 => Said::Leaving(outcome(content)?),
        0x78 => Said::Extended(outcome(content)?),
        0x64 => Said::Entry(entry(content)?),
        0x73 => Said::Reference,
        0x65 => {
            let cookie = if message.is_empty() { Vec::new() } else { cookie(message.expect(0xa0)?)? };
            Said::Done(outcome(content)?, cookie)
        }
        _ => Said::Else,
    };
    Ok((id, said))
}

fn outcome(content: &[u8]) -> Result<Outcome, Malformed> {
    let mut elements = Elements::new(content);
    let code = elements.number(ENUMERATED)?;
    elements.expect(OCTETS)?;
    let words = String::from_utf8_lossy(elements.expect(OCTETS)?).into_owned();
    let words = words.chars().filter(|c| !c.is_control()).take(WORDS_CHARS_MAX).collect();
    Ok(Outcome { code, words })
}

fn entry(content: &[u8]) -> Result<Entry, Malformed> {
    let mut elements = Elements::new(content);
    let dn = String::from_utf8_lossy(elements.expect(OCTETS)?).into_owned();
    let mut list = Elements::new(elements.expect(SEQUENCE)?);
    let mut attributes = Vec::new();
    while !list.is_empty() {
        let mut attribute = Elements::new(list.expect(SEQUENCE)?);
        let name = String::from_utf8_lossy(attribute.expect(OCTETS)?).into_owned();
        let mut set = Elements::new(attribute.expect(SET)?);
        let mut values = Vec::new();
        while !set.is_empty() {
            values.push(set.expect(OCTETS)?.to_vec());
        }
        attributes.push((name, values));
    }
    Ok(Entry { dn, attributes })
}

fn cookie(controls: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut controls = Elements::new(controls);
    while !controls.is_empty() {
        let mut control = Elements::new(controls.expect(SEQUENCE)?);
        if control.expect(OCTETS)? != PAGED.as_bytes() {
            continue;
        }
        while !control.is_empty() {
            if let (OCTETS, value) = control.next()? {
                let mut paged = Elements::new(Elements::new(value).expect(SEQUENCE)?);
                paged.number(INTEGER)?;
                return Ok(paged.expect(OCTETS)?.to_vec());
            }
        }
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An answer as a server writes it.
    fn answer(id: i32, tag: u8, build: impl FnOnce(&mut Vec<u8>), controls: Option<&[u8]>) -> Vec<u8> {
        message(id, |out| {
            out.extend_from_slice(&element(tag, build));
            if let Some(controls) = controls {
                put(out, 0xa0, controls);
            }
        })
    }

    fn result(out: &mut Vec<u8>, code: i32, words: &str) {
        put_number(out, ENUMERATED, code);
        put(out, OCTETS, b"");
        put(out, OCTETS, words.as_bytes());
    }

    #[test]
    fn an_entry_and_the_cookie_of_the_next_page_are_read() {
        let bytes = answer(
            2,
            0x64,
            |out| {
                put(out, OCTETS, b"cn=a");
                let list = element(SEQUENCE, |list| {
                    let attribute = element(SEQUENCE, |attribute| {
                        put(attribute, OCTETS, b"mail");
                        put(attribute, SET, &element(OCTETS, |value| value.extend_from_slice(b"a@b")));
                    });
                    list.extend_from_slice(&attribute);
                });
                out.extend_from_slice(&list);
            },
            None,
        );
        let attributes = vec![("mail".to_owned(), vec![b"a@b".to_vec()])];
        assert_eq!(read(&bytes), Ok((2, Said::Entry(Entry { dn: "cn=a".to_owned(), attributes }))));

        let control = element(SEQUENCE, |control| {
            put(control, OCTETS, PAGED.as_bytes());
            put_flag(control, false);
            let value = element(SEQUENCE, |value| {
                put_number(value, INTEGER, 0);
                put(value, OCTETS, b"next");
            });
            put(control, OCTETS, &value);
        });
        let bytes = answer(2, 0x65, |out| result(out, 0, ""), Some(&control));
        let done = Outcome { code: 0, words: String::new() };
        assert_eq!(read(&bytes), Ok((2, Said::Done(done, b"next".to_vec()))));
    }

    #[test]
    fn a_servers_words_are_cut_and_hold_no_line_breaks() {
        let bytes = answer(1, 0x61, |out| result(out, 49, &format!("no\n{}", "x".repeat(500))), None);
        let Ok((1, Said::Bound(outcome))) = read(&bytes) else { panic!("an answer to a bind") };
        assert_eq!((outcome.code, outcome.words.len()), (49, WORDS_CHARS_MAX));
        assert!(outcome.words.starts_with("nox"));
    }

    proptest! {
        /// SEC-1: also bytes that look much like a message.
        #[test]
        fn no_answer_whatever_makes_it_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..64),
            tag in prop::sample::select(vec![0x61_u8, 0x64, 0x65, 0x73, 0x78]),
            at in any::<prop::sample::Index>(),
        ) {
            let _ = read(&bytes);
            let wrapped = answer(1, tag, |out| out.extend_from_slice(&bytes), Some(&bytes));
            let _ = read(&wrapped);
            let mut good = answer(1, 0x65, |out| result(out, 0, "fine"), None);
            let at = at.index(good.len());
            good[at] ^= bytes.first().copied().unwrap_or(1);
            let _ = read(&good);
        }
    }
}
