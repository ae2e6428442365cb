//! Which of our own lines somebody dialled: by the user part of the address alone, for the host is whatever the telephone
//! system puts there; numbers with or without their prefixes. Does not know what the lines are for.

use std::collections::HashMap;

use contracts::Address;

use crate::number::Number;

/// Addresses, and what each stands for.
#[derive(Clone, Debug)]
pub struct Lines<T> {
    by_user: HashMap<String, T>,
    by_tail: HashMap<String, Vec<(Number, T)>>,
}

impl<T> Default for Lines<T> {
    fn default() -> Lines<T> {
        Lines { by_user: HashMap::new(), by_tail: HashMap::new() }
    }
}

impl<T: Copy + PartialEq> Lines<T> {
    /// Adds an address. `Err` with what it stands for already, where somebody who dials it could mean that.
    pub fn add(&mut self, address: &Address, stands_for: T) -> Result<(), T> {
        let number = Number::of(address);
        if let Some(other) = self.known(address, number.as_ref()).find(|other| *other != stands_for) {
            return Err(other);
        }
        self.by_user.insert(user(address), stands_for);
        if let Some(number) = number {
            self.by_tail.entry(number.tail().to_owned()).or_default().push((number, stands_for));
        }
        Ok(())
    }

    /// What a dialled address stands for; `None` where it is none of these, or a short form that fits several.
    pub fn find(&self, dialled: &Address) -> Option<T> {
        if let Some(exact) = self.by_user.get(&user(dialled)) {
            return Some(*exact);
        }
        let number = Number::of(dialled)?;
        let mut found = self.known(dialled, Some(&number));
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }

    fn known<'a>(&'a self, address: &Address, number: Option<&'a Number>) -> impl Iterator<Item = T> + 'a {
        let exact = self.by_user.get(&user(address)).copied();
        let alike = number.into_iter().flat_map(|number| {
            let lines = self.by_tail.get(number.tail()).into_iter().flatten();
            lines.filter(|(other, _)| number.same_line(other)).map(|(_, stands_for)| *stands_for)
        });
        exact.into_iter().chain(alike)
    }
}

/// No telephone system in use cares for the case of a user's name.
fn user(address: &Address) -> String {
    address.user().to_lowercase()
}

#[cfg(test)]
mod tests {
    use contracts::Address;

    use super::Lines;

    fn address(text: &str) -> Address {
        Address::parse(text).expect("an address")
    }

    fn lines(all: &[(&str, u8)]) -> Lines<u8> {
        let mut lines = Lines::default();
        for (text, stands_for) in all {
            lines.add(&address(text), *stands_for).unwrap_or_else(|other| panic!("{text} is of {other}"));
        }
        lines
    }

    #[test]
    fn a_line_is_known_with_and_without_prefix_and_whatever_the_host_is_route_1() {
        let lines = lines(&[("+41 44 555 66 77", 1), ("4000", 2), ("Sales@example.com", 3)]);
        for (dialled, meant) in [
            ("+41445556677", Some(1)),
            ("0445556677@192.0.2.1", Some(1)),
            ("5556677", Some(1)),
            ("4000@pbx", Some(2)),
            ("sales@192.0.2.1", Some(3)),
            ("14000", None),
            ("+49445556677", None),
            ("support", None),
        ] {
            assert_eq!(lines.find(&address(dialled)), meant, "{dialled}");
        }
    }

    #[test]
    fn a_line_that_another_thing_has_is_refused_route_1() {
        let mut lines = lines(&[("+41 44 555 66 77", 1), ("sales", 2)]);
        assert_eq!(lines.add(&address("044 555 66 77"), 2), Err(1));
        assert_eq!(lines.add(&address("SALES@example.com"), 1), Err(2));
        assert_eq!(lines.add(&address("0445556677"), 1), Ok(()), "twice the same thing is no clash");
    }

    #[test]
    fn a_short_form_that_fits_two_lines_is_not_guessed_route_1() {
        let lines = lines(&[("+41 44 555 66 77", 1), ("+49 30 555 66 77", 2)]);
        assert_eq!(lines.find(&address("5556677")), None);
        assert_eq!(lines.find(&address("030 555 66 77")), Some(2));
    }
}
