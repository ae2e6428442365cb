//! Telephone numbers as they are compared: with country code, national, or local. Knows how long country codes are
//! (ITU-T E.164) and nothing else of numbering plans. Does not normalise what is stored or dialled.

use contracts::Address;

/// Two numbers that agree in fewer digits than this are only the same when they are equal: shorter ones are extensions.
pub(crate) const TAIL_DIGITS: usize = 7;

/// One number, digits only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// `+41 44 …` or `0041 44 …`: country code and national number.
    International { country: String, national: String },
    /// `044 …`: without its leading zero.
    National(String),
    /// Anything else: an extension, or a number dialled within its area.
    Local(String),
}

impl Number {
    /// The number of an address; `None` where it has letters or feature codes (`*97`).
    pub(crate) fn of(address: &Address) -> Option<Number> {
        Number::read(address.user())
    }

    fn read(text: &str) -> Option<Number> {
        let (plus, digits) = match text.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let international =
            if plus { Some(digits) } else { digits.strip_prefix("00").filter(|rest| !rest.is_empty()) };
        Some(match (international, digits.strip_prefix('0')) {
            (Some(digits), _) => {
                let (country, national) = digits.split_at(country_code_len(digits));
                Number::International { country: country.to_owned(), national: national.to_owned() }
            }
            (None, Some(national)) if !national.is_empty() => Number::National(national.to_owned()),
            (None, _) => Number::Local(digits.to_owned()),
        })
    }

    /// The last digits, by which numbers that may be the same meet; all of them where there are fewer.
    pub(crate) fn tail(&self) -> &str {
        let digits = match self {
            Number::International { national, .. } => national,
            Number::National(digits) | Number::Local(digits) => digits,
        };
        &digits[digits.len().saturating_sub(TAIL_DIGITS)..]
    }

    /// Whether both ring at the same place: equal, or one without the prefix that the other has.
    pub(crate) fn same_line(&self, other: &Number) -> bool {
        use Number::{International, Local, National};
        match (self, other) {
            (International { country: c1, national: n1 }, International { country: c2, national: n2 }) => {
                c1 == c2 && n1 == n2
            }
            (National(a), National(b)) => a == b,
            // Some countries (Italy) keep the zero behind the country code.
            (International { national, .. }, National(digits))
            | (National(digits), International { national, .. }) => {
                digits.len() >= TAIL_DIGITS && national.strip_prefix('0').unwrap_or(national) == digits
            }
            (International { country, national }, Local(local))
            | (Local(local), International { country, national }) => {
                local.len() >= TAIL_DIGITS
                    && (national.ends_with(local) || *local == format!("{country}{national}"))
            }
            (National(digits), Local(local)) | (Local(local), National(digits)) => {
                local.len() >= TAIL_DIGITS && digits.ends_with(local)
            }
            (Local(a), Local(b)) => {
                a == b || (a.len().min(b.len()) >= TAIL_DIGITS && (a.ends_with(b) || b.ends_with(a)))
            }
        }
    }

    /// The ways of writing it as digits alone: `41445556677` and `0445556677`.
    pub(crate) fn written(&self) -> Vec<String> {
        match self {
            Number::International { country, national } => {
                vec![format!("{country}{national}"), format!("0{national}")]
            }
            Number::National(digits) => vec![format!("0{digits}")],
            Number::Local(digits) => vec![digits.clone()],
        }
    }
}

/// Whether a text consists of digits and what is written between them, with at least one digit.
pub(crate) fn looks_like_number(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || "+*#()-./ \u{a0}".contains(c))
}

/// The ways of writing a typed fragment of a number as digits alone; see [`Number::written`].
pub(crate) fn fragment(text: &str) -> Vec<String> {
    let text = text.replace("(0)", "");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let plus = if text.trim_start().starts_with('+') { "+" } else { "" };
    match Number::read(&format!("{plus}{digits}")) {
        // "+4" or "+41": the country code is not finished, or nothing follows it yet.
        Some(Number::International { country, national }) if national.is_empty() => vec![country],
        Some(number @ (Number::International { .. } | Number::National(_) | Number::Local(_))) => {
            number.written()
        }
        None => Vec::new(),
    }
}

/// How many digits the country code has with which these digits begin (ITU-T E.164 list of assigned codes).
fn country_code_len(digits: &str) -> usize {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
        "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
        "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [_, _, ..] if TWO.contains(&&digits[..2]) => 2,
        _ => 3,
    };
    length.min(digits.len())
}

#[cfg(test)]
mod tests {
    use contracts::Address;

    use super::{Number, fragment};

    fn same(a: &str, b: &str) -> bool {
        let number = |text: &str| Number::of(&Address::parse(text).expect("an address")).expect("a number");
        let both = (number(a).same_line(&number(b)), number(b).same_line(&number(a)));
        assert_eq!(both.0, both.1, "{a} and {b} disagree about each other");
        both.0
    }

    #[test]
    fn one_line_is_known_by_all_its_prefixes() {
        for (a, b) in [
            ("+41 44 555 66 77", "044 555 66 77"),
            ("+41 44 555 66 77", "0041445556677"),
            ("+41 44 555 66 77", "41445556677"),
            ("+41 44 555 66 77", "5556677"),
            ("044 555 66 77", "5556677"),
            ("+1 212 555 0199", "2125550199"),
            ("+39 06 5550 1234", "06 5550 1234"),
            ("4010", "4010@pbx.example.com"),
        ] {
            assert!(same(a, b), "{a} is {b}");
        }
    }

    #[test]
    fn lines_that_only_end_alike_are_not_the_same() {
        for (a, b) in [
            ("+41 44 555 66 77", "+49 44 555 66 77"),
            ("044 555 66 77", "043 555 66 77"),
            ("+41 44 555 66 77", "043 555 66 77"),
            ("4010", "14010"),
            ("+41 44 555 40 10", "4010"),
            ("0554010", "4010"),
            ("+352 44 5556", "044 5556"),
        ] {
            assert!(!same(a, b), "{a} is not {b}");
        }
    }

    #[test]
    fn a_fragment_is_looked_for_with_and_without_the_country_code() {
        assert_eq!(fragment("+41 44 55"), ["414455", "04455"]);
        assert_eq!(fragment("0041 (0)44"), ["4144", "044"]);
        assert_eq!(fragment("+41"), ["41"]);
        assert_eq!(fragment("044-55"), ["04455"]);
        assert_eq!(fragment("66 77"), ["6677"]);
        assert_eq!(fragment("00"), ["00"]);
    }
}
