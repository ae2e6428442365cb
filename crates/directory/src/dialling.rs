//! How numbers are dialled at the telephone system of this site, and how they come from there: what is dialled for an outside line,
//! how long extensions are, and which block of numbers they are in. Knows no country's plan: that is `numbering`.

use serde::{Deserialize, Serialize};

/// Characters that get an outside line, at most.
pub const OUTSIDE_CHARS_MAX: usize = 3;
/// The shortest and the longest extension that can be set, in digits.
pub const EXTENSION_DIGITS: std::ops::RangeInclusive<u8> = 2..=8;
/// Digits of a block without its extensions: a country code and something of an area at least, …
const BLOCK_DIGITS_MIN: usize = 4;
/// … and with them no more than a number has (ITU-T E.164).
const NUMBER_DIGITS_MAX: usize = 15;

/// How the telephone system of this site is dialled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dialling {
    /// What is dialled before numbers outside, such as `0` or `9`; empty: nothing.
    pub outside: String,
    /// The telephone system puts it before the numbers of callers from outside too.
    pub comes_with_outside: bool,
    /// Digits of the shortest extension, 2–8.
    pub extension_min: u8,
    /// Digits of the longest one, not less.
    pub extension_max: u8,
    /// What stands before the extensions for who calls from outside, with the country code: `+4144555`; empty: not known.
    pub block: String,
}

impl Default for Dialling {
    fn default() -> Dialling {
        Dialling {
            outside: String::new(),
            comes_with_outside: false,
            extension_min: 2,
            extension_max: 6,
            block: String::new(),
        }
    }
}

/// A field of it that cannot be, and what it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// As the fields of [`Dialling`] are called.
    pub field: &'static str,
    /// In words.
    pub why: String,
}

impl Dialling {
    /// The same, tidied, where every field is within its range.
    pub fn checked(self) -> Result<Dialling, Wrong> {
        let wrong = |field, why: String| Err(Wrong { field, why });
        let outside = self.outside.trim().to_owned();
        let is_dialled = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || b"*#".contains(&byte));
        if outside.len() > OUTSIDE_CHARS_MAX || !is_dialled(&outside) {
            let what = format!("An outside line is dialled with at most {OUTSIDE_CHARS_MAX} digits, * or #.");
            return wrong("outside", what);
        }
        if self.comes_with_outside && outside.is_empty() {
            return wrong("comes_with_outside", "Nothing is dialled for an outside line.".to_owned());
        }
        let (min, max) = (EXTENSION_DIGITS.start(), EXTENSION_DIGITS.end());
        if !EXTENSION_DIGITS.contains(&self.extension_min) {
            return wrong("extension_min", format!("An extension has {min} to {max} digits."));
        }
        if !EXTENSION_DIGITS.contains(&self.extension_max) || self.extension_max < self.extension_min {
            let min = self.extension_min;
            return wrong("extension_max", format!("The longest extension has {min} to {max} digits."));
        }
        let block: String =
            self.block.replace("(0)", "").chars().filter(|c| !" \u{a0}-/.()".contains(*c)).collect();
        let digits = block.strip_prefix('+').unwrap_or_default();
        let digits_max = NUMBER_DIGITS_MAX - usize::from(self.extension_max);
        let fits = (BLOCK_DIGITS_MIN..=digits_max).contains(&digits.len());
        if !block.is_empty() && (!fits || !digits.bytes().all(|byte| byte.is_ascii_digit())) {
            let what = format!(
                "A block is a + with the country code and what stands before the extensions, {BLOCK_DIGITS_MIN} to {digits_max} \
                 digits together, such as +41 44 555."
            );
            return wrong("block", what);
        }
        Ok(Dialling { outside, block, ..self })
    }

    /// Whether these digits are an extension: as long as one, and not what is dialled for elsewhere.
    pub(crate) fn is_extension(&self, digits: &str) -> bool {
        let lengths = usize::from(self.extension_min)..=usize::from(self.extension_max);
        let elsewhere = if self.outside.is_empty() { "0" } else { &self.outside };
        lengths.contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with(elsewhere)
    }

    /// The number of an extension for who calls from outside, where the block is known.
    pub(crate) fn whole(&self, extension: &str) -> Option<String> {
        (!self.block.is_empty()).then(|| format!("{}{extension}", self.block))
    }

    /// The extension of a number with its country code, where it is one of this site.
    pub(crate) fn extension<'a>(&self, whole: &'a str) -> Option<&'a str> {
        let block = Some(self.block.as_str()).filter(|block| !block.is_empty())?;
        whole.strip_prefix(block).filter(|extension| self.is_extension(extension))
    }

    /// The number of a caller from outside without what is dialled for an outside line, where it comes with that.
    pub(crate) fn without_outside<'a>(&self, digits: &'a str) -> Option<&'a str> {
        if !self.comes_with_outside || self.is_extension(digits) {
            return None;
        }
        digits.strip_prefix(&self.outside).filter(|rest| !rest.is_empty() && !self.outside.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialling, Wrong};

    #[test]
    fn what_is_out_of_range_is_refused_with_its_field_dir_2() {
        let good = || Dialling {
            outside: " 0 ".to_owned(),
            block: "+41 (0)44 555".to_owned(),
            ..Dialling::default()
        };
        let checked = good().checked().expect("it is within its range");
        assert_eq!((checked.outside.as_str(), checked.block.as_str()), ("0", "+4144555"));
        for (wrong, field) in [
            (Dialling { outside: "0000".to_owned(), ..good() }, "outside"),
            (Dialling { outside: "a".to_owned(), ..good() }, "outside"),
            (Dialling { outside: String::new(), comes_with_outside: true, ..good() }, "comes_with_outside"),
            (Dialling { extension_min: 1, ..good() }, "extension_min"),
            (Dialling { extension_max: 9, ..good() }, "extension_max"),
            (Dialling { extension_min: 4, extension_max: 3, ..good() }, "extension_max"),
            (Dialling { block: "044 555".to_owned(), ..good() }, "block"),
            (Dialling { block: "+41".to_owned(), ..good() }, "block"),
            (Dialling { block: "+4144555667788".to_owned(), ..good() }, "block"),
            (Dialling { block: "+4144x55".to_owned(), ..good() }, "block"),
        ] {
            let refused: Wrong = wrong.clone().checked().expect_err("it is refused");
            assert_eq!(refused.field, field, "{wrong:?}");
        }
    }

    /// Stored settings of earlier versions, and none at all.
    #[test]
    fn what_was_stored_is_read() {
        assert_eq!(serde_json::from_str::<Dialling>("{}").expect("it is read"), Dialling::default());
        let json = r#"{"outside":"9","comes_with_outside":true,"extension_min":4,"extension_max":4,"block":"+44207946"}"#;
        let read: Dialling = serde_json::from_str(json).expect("it is read");
        assert_eq!(serde_json::to_string(&read).expect("it is written"), json);
    }
}
