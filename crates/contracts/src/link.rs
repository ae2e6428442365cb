//! Links that ask for a call (CALL-7): `tel:`, `sip:` and `callto:`. Anybody may have written one, so everything that is not
//! plainly one number or one SIP address is refused (SEC-1). Dials nothing: the attendant is asked first.

use crate::address::{Address, AddressError};

/// The schemes that are read; the desktop registers these.
pub const SCHEMES: [&str; 3] = ["tel", "sip", "callto"];

/// Bytes of a link: an address of 256 characters, each of them escaped as `%41`, and the parameters phones add.
pub const LINK_BYTES_MAX: usize = 1024;

/// Why a link asks for no call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Longer than `LINK_BYTES_MAX`.
    #[error("the link is {0} bytes long; {LINK_BYTES_MAX} are read at most")]
    TooLong(usize),
    /// Another scheme, or none.
    #[error("the link begins with none of tel:, sip: and callto:")]
    Scheme,
    /// A `%` that is not followed by two hexadecimal digits, or that hides another one, a control character or no UTF-8.
    #[error("the link is wrongly escaped")]
    Escape,
    /// `tel:` or `callto:` with something that is no telephone number, `sip:` with something that is not `user@host`.
    #[error("the link names no number and no SIP address")]
    NoAddress,
    /// A key sequence such as `*21*4711#`, with which telephone systems are set. Nobody should do that by a link.
    #[error("the link holds a key sequence, not a number")]
    KeySequence,
    /// Nothing that could be dialled.
    #[error(transparent)]
    Address(#[from] AddressError),
}

/// Whom a link asks to call.
pub fn address_of(link: &str) -> Result<Address, LinkError> {
    if link.len() > LINK_BYTES_MAX {
        return Err(LinkError::TooLong(link.len()));
    }
    let (scheme, rest) = link.split_once(':').ok_or(LinkError::Scheme)?;
    let scheme =
        SCHEMES.into_iter().find(|known| known.eq_ignore_ascii_case(scheme)).ok_or(LinkError::Scheme)?;
    // Parameters and headers say how to reach somebody, not whom. They are cut before anything is unescaped: an escaped `;` or
    // `?` belongs to the name.
    let whom = rest.strip_prefix("//").unwrap_or(rest).split([';', '?']).next().unwrap_or_default();
    let whom = unescaped(whom)?;
    if whom.contains(['*', '#']) {
        return Err(LinkError::KeySequence);
    }
    let is_address = match scheme {
        "sip" => is_sip_address(&whom),
        "callto" => is_number(&whom) || is_sip_address(&whom),
        _ => is_number(&whom),
    };
    if is_address { Ok(Address::parse(&whom)?) } else { Err(LinkError::NoAddress) }
}

/// `%41` becomes `A`, once: what is still escaped then was escaped twice, to get past somebody.
fn unescaped(text: &str) -> Result<String, LinkError> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or(LinkError::Escape)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(LinkError::Escape);
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| LinkError::Escape)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    let text = String::from_utf8(bytes).map_err(|_| LinkError::Escape)?;
    if text.contains('%') || text.chars().any(char::is_control) { Err(LinkError::Escape) } else { Ok(text) }
}

/// Digits with the separators that RFC 3966 allows, and the spaces that people write.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('+').unwrap_or(text);
    text.contains(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || "-.() ".contains(c))
}

/// `user@host` or `user@host:port`, or a number alone. No password: a link is no place for one.
fn is_sip_address(text: &str) -> bool {
    match text.split_once('@') {
        Some((user, host)) => {
            !user.is_empty()
                && user.chars().all(|c| c.is_ascii_alphanumeric() || "-_.!~'()&=+$".contains(c))
                && host.contains(|c: char| c.is_ascii_alphanumeric())
                && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c))
        }
        None => is_number(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{LINK_BYTES_MAX, LinkError, SCHEMES, address_of};
    use proptest::prelude::*;

    #[test]
    fn numbers_and_sip_addresses_are_read_as_people_write_them() {
        for (link, whom) in [
            ("tel:+47-22-10-00-01", "+4722100001"),
            ("TEL:4010", "4010"),
            ("tel:%2B4722100001", "+4722100001"),
            ("tel:+1-555-0100;ext=7", "+15550100"),
            ("tel:+41%20(0)44%20555%2066%2077", "+41445556677"),
            ("callto://+4722100001", "+4722100001"),
            ("callto:anna@example.com", "anna@example.com"),
            ("SIP:anna@example.com;transport=tcp", "anna@example.com"),
            ("sip:anna%2eberg@example.com:5070?subject=hello", "anna.berg@example.com:5070"),
            ("sip:4010@[2001:db8::1]", "4010@[2001:db8::1]"),
        ] {
            assert_eq!(address_of(link).map(|address| address.to_string()).as_deref(), Ok(whom), "{link}");
        }
    }

    #[test]
    fn whatever_else_is_written_as_a_link_is_refused_with_its_reason() {
        let long = format!("tel:{}", "1".repeat(LINK_BYTES_MAX));
        for (link, why) in [
            ("4722100001", LinkError::Scheme),
            ("https://example.com", LinkError::Scheme),
            (" tel:1", LinkError::Scheme),
            ("msteams:/l/call", LinkError::Scheme),
            ("javascript:alert(1)", LinkError::Scheme),
            ("tel", LinkError::Scheme),
            (long.as_str(), LinkError::TooLong(LINK_BYTES_MAX + 4)),
            ("tel:", LinkError::NoAddress),
            ("tel:+", LinkError::NoAddress),
            ("tel:javascript:alert(1)", LinkError::NoAddress),
            ("tel:sip:anna@example.com", LinkError::NoAddress),
            ("sip:sip:anna@example.com", LinkError::NoAddress),
            ("sip:anna:secret@example.com", LinkError::NoAddress),
            ("sip:anna@b@example.com", LinkError::NoAddress),
            ("sip:a\"b@c", LinkError::NoAddress),
            ("tel:4010,,1234", LinkError::NoAddress),
            ("tel:٤٠١٠", LinkError::NoAddress),
            ("tel:４０１０", LinkError::NoAddress),
            ("tel:40\u{202e}10", LinkError::NoAddress),
            ("sip:аnna@example.com", LinkError::NoAddress),
            ("tel:*21*4711#", LinkError::KeySequence),
            ("tel:%2A21%2A4711%23", LinkError::KeySequence),
            ("tel:1\r\n2", LinkError::Escape),
            ("tel:1%0d%0aVia:x", LinkError::Escape),
            ("tel:%252B47", LinkError::Escape),
            ("tel:1%", LinkError::Escape),
            ("tel:1%+1", LinkError::Escape),
            ("tel:1%ff", LinkError::Escape),
            ("tel:1%é", LinkError::Escape),
        ] {
            assert_eq!(address_of(link), Err(why), "{link:?}");
        }
    }

    /// Texts that look like links more often than chance would have it.
    fn links() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[0-9+().; -]{0,12}",
            "%[0-9a-fA-F]{0,2}",
            "[a-z@:/?#*%,\\[\\]\"'<>\r\n\t\\PC]{0,6}",
            Just("sip:".to_owned()),
            Just("javascript:".to_owned()),
            Just("%25".to_owned()),
        ];
        let scheme = prop_oneof![
            4 => proptest::sample::select(SCHEMES.to_vec()).prop_map(|scheme| format!("{scheme}:")),
            1 => "\\PC{0,8}",
        ];
        (scheme, proptest::collection::vec(piece, 0..12))
            .prop_map(|(scheme, pieces)| scheme + &pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// SEC-1: no text makes it panic, and what comes out can be dialled, shown and written into a SIP request as it is.
        #[test]
        fn what_a_link_asks_for_is_one_plain_address_or_nothing(link in links()) {
            if let Ok(address) = address_of(&link) {
                let whom = address.as_str();
                prop_assert!(whom.len() <= 256 && !whom.is_empty());
                prop_assert!(whom.is_ascii() && !whom.contains(|c: char| c.is_ascii_control() || "<>\"%*#;?,\\".contains(c)));
                prop_assert!(whom.matches('@').count() <= 1);
                prop_assert!(address.host().is_some() || whom.trim_start_matches('+').bytes().all(|c| c.is_ascii_digit()));
            }
        }

        #[test]
        fn any_text_at_all_is_answered(link in any::<String>()) {
            let _ = address_of(&link);
            let _ = address_of(&format!("tel:{link}"));
        }

        #[test]
        fn a_number_is_read_whether_it_is_escaped_or_not(digits in "[0-9]{1,30}") {
            let escaped: String = digits.bytes().map(|digit| format!("%{digit:02x}")).collect();
            prop_assert_eq!(address_of(&format!("tel:{digits}")), address_of(&format!("tel:{escaped}")));
        }
    }
}
