//! Reads the answers of Graph into changes of the roster. What is not known is passed over; what is known and has another type
//! than Microsoft describes is refused with the place where it stands, never with what stood there.

use contracts::roster::{Link, MemberChange, PersonChange, TeamChange};
use serde_json::{Map, Value};

/// Something is not as Microsoft describes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} {what}")]
pub struct Unreadable {
    /// Where: `value[3].accountEnabled`.
    pub path: String,
    /// What is expected there.
    pub what: &'static str,
}

/// One page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Where it goes on; a list that is no delta ends without.
    pub(crate) to: Option<Link>,
}

const USER: &str = "#microsoft.graph.user";

/// A page of `users/delta`.
pub(crate) fn users(body: &[u8]) -> Result<Page<PersonChange>, Unreadable> {
    page(body, |user| {
        let object = user.id()?;
        if user.is_removed()? {
            return Ok(Some(PersonChange::Gone { object }));
        }
        Ok(Some(PersonChange::There {
            object,
            display_name: user.text("displayName")?,
            first_name: user.text("givenName")?,
            last_name: user.text("surname")?,
            email: user.text("mail")?,
            username: user.text("userPrincipalName")?,
            enabled: user.flag("accountEnabled")?,
        }))
    })
}

/// A page of `groups/delta`. A group whose members do not fit on one page comes on several.
pub(crate) fn groups(body: &[u8]) -> Result<Page<TeamChange>, Unreadable> {
    page(body, |group| {
        let object = group.id()?;
        if group.is_removed()? {
            return Ok(Some(TeamChange::Gone { object }));
        }
        let mut members = Vec::new();
        for member in group.list("members@delta")? {
            // Devices, other groups, applications: they sign in nowhere. A team in a team does not license.
            if member.is_user()? {
                members.push(MemberChange { object: member.id()?, joined: !member.is_removed()? });
            }
        }
        Ok(Some(TeamChange::There { object, name: group.text("displayName")?, members }))
    })
}

/// A page of a group's owners.
pub(crate) fn owners(body: &[u8]) -> Result<Page<String>, Unreadable> {
    page(body, |owner| if owner.is_user()? { owner.id().map(Some) } else { Ok(None) })
}

/// Graph's own code of an error, as far as it is one; never its message, which may name people.
pub(crate) fn error_code(body: &[u8]) -> String {
    const CHARS_MAX: usize = 64;
    let error: Option<Value> = serde_json::from_slice(body).ok();
    let code = error.as_ref().and_then(|error| error["error"]["code"].as_str()).unwrap_or("no code");
    let plain = |char: &char| char.is_ascii_alphanumeric() || [' ', '_', '-', '.'].contains(char);
    code.chars().filter(plain).take(CHARS_MAX).collect()
}

pub(crate) fn page<T>(
    body: &[u8],
    read: impl Fn(&Object<'_>) -> Result<Option<T>, Unreadable>,
) -> Result<Page<T>, Unreadable> {
    let value = json(body)?;
    let root = Object::of(&value, String::new())?;
    if root.fields.get("value").is_none() {
        return Err(root.not("value", "is missing"));
    }
    let mut items = Vec::new();
    for object in root.list("value")? {
        items.extend(read(&object)?);
    }
    let link = |name| root.text(name).map(|link| link.filter(|link| !link.is_empty()));
    let to = match (link("@odata.nextLink")?, link("@odata.deltaLink")?) {
        (Some(next), None) => Some(Link::Next(next)),
        (None, Some(delta)) => Some(Link::Delta(delta)),
        (None, None) => None,
        (Some(_), Some(_)) => return Err(root.not("@odata.deltaLink", "stands beside a nextLink")),
    };
    Ok(Page { items, to })
}

/// One object, not a page of them.
pub(crate) fn object<T>(
    body: &[u8],
    read: impl Fn(&Object<'_>) -> Result<T, Unreadable>,
) -> Result<T, Unreadable> {
    read(&Object::of(&json(body)?, String::new())?)
}

fn json(body: &[u8]) -> Result<Value, Unreadable> {
    serde_json::from_slice(body).map_err(|error| Unreadable {
        path: format!("line {}, column {}", error.line(), error.column()),
        what: "is not JSON",
    })
}

/// An object, and where it stands.
pub(crate) struct Object<'a> {
    fields: &'a Map<String, Value>,
    path: String,
}

impl<'a> Object<'a> {
    fn of(value: &'a Value, path: String) -> Result<Object<'a>, Unreadable> {
        match value {
            Value::Object(fields) => Ok(Object { fields, path }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let path = if path.is_empty() { "the answer".to_owned() } else { path };
                Err(Unreadable { path, what: "is not an object" })
            }
        }
    }

    pub(crate) fn not(&self, name: &str, what: &'static str) -> Unreadable {
        Unreadable { path: self.path_of(name), what }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(crate) fn id(&self) -> Result<String, Unreadable> {
        match self.text("id")? {
            Some(id) if !id.is_empty() => Ok(id),
            Some(_) | None => Err(self.not("id", "is missing or empty")),
        }
    }

    /// `None` where nothing is said, an empty text where it was taken away.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Unreadable> {
        match self.fields.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(String::new())),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.not(name, "is not a text")),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Unreadable> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.not(name, "is not true or false")),
        }
    }

    pub(crate) fn list(&self, name: &str) -> Result<Vec<Object<'a>>, Unreadable> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                let path = |at| format!("{}[{at}]", self.path_of(name));
                items.iter().enumerate().map(|(at, item)| Object::of(item, path(at))).collect()
            }
            Some(_) => Err(self.not(name, "is not a list")),
        }
    }

    /// A text that is as good as empty where nothing is said.
    pub(crate) fn plain(&self, name: &str) -> Result<String, Unreadable> {
        Ok(self.text(name)?.unwrap_or_default())
    }

    /// A list of texts; those that are null are passed over.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, Unreadable> {
        let Some(Value::Array(items)) = self.fields.get(name) else {
            return match self.fields.get(name) {
                None | Some(Value::Null) => Ok(Vec::new()),
                Some(_) => Err(self.not(name, "is not a list")),
            };
        };
        let mut texts = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match item {
                Value::String(text) => texts.push(text.clone()),
                Value::Null => {}
                _ => return Err(self.not(&format!("{name}[{at}]"), "is not a text")),
            }
        }
        Ok(texts)
    }

    /// An object inside; `None` where there is none.
    pub(crate) fn inner(&self, name: &str) -> Result<Option<Object<'a>>, Unreadable> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => Object::of(value, self.path_of(name)).map(Some),
        }
    }

    /// Deleted for good (`deleted`) or into the bin, or no member any more (`changed`): here it is the same.
    pub(crate) fn is_removed(&self) -> Result<bool, Unreadable> {
        match self.fields.get("@removed") {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Object(_)) => Ok(true),
            Some(_) => Err(self.not("@removed", "is not an object")),
        }
    }

    /// Where no type is said it is a user.
    fn is_user(&self) -> Result<bool, Unreadable> {
        Ok(self.text("@odata.type")?.is_none_or(|kind| kind == USER))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused<T: std::fmt::Debug>(read: Result<Page<T>, Unreadable>) -> String {
        read.expect_err("it is refused").to_string()
    }

    #[test]
    fn what_is_absent_is_not_said_and_what_is_null_was_taken_away_id_6() {
        let body = br#"{"@odata.context": "x", "new": [1], "value": [
            {"id": "a", "displayName": "Rita Frei", "mail": null, "accountEnabled": true, "aboutMe": {"x": 1}},
            {"id": "b", "@removed": {"reason": "deleted"}}], "@odata.deltaLink": "https://g/d"}"#;
        let there = PersonChange::There {
            object: "a".to_owned(),
            display_name: Some("Rita Frei".to_owned()),
            first_name: None,
            last_name: None,
            email: Some(String::new()),
            username: None,
            enabled: Some(true),
        };
        let gone = PersonChange::Gone { object: "b".to_owned() };
        let to = Some(Link::Delta("https://g/d".to_owned()));
        assert_eq!(users(body), Ok(Page { items: vec![there, gone], to }));
    }

    #[test]
    fn members_who_are_no_users_are_passed_over_id_6() {
        let body = br##"{"value": [{"id": "g", "displayName": "Front", "members@delta": [
            {"@odata.type": "#microsoft.graph.user", "id": "a"}, {"id": "b", "@removed": {"reason": "changed"}},
            {"@odata.type": "#microsoft.graph.group", "id": "c"}, {"@odata.type": "#microsoft.graph.device", "id": "d"}]}],
            "@odata.nextLink": "https://g/n"}"##;
        let member = |object: &str, joined| MemberChange { object: object.to_owned(), joined };
        let there = TeamChange::There {
            object: "g".to_owned(),
            name: Some("Front".to_owned()),
            members: vec![member("a", true), member("b", false)],
        };
        assert_eq!(
            groups(body),
            Ok(Page { items: vec![there], to: Some(Link::Next("https://g/n".to_owned())) })
        );
        let body =
            br##"{"value": [{"id": "a"}, {"@odata.type": "#microsoft.graph.servicePrincipal", "id": "s"}]}"##;
        assert_eq!(owners(body), Ok(Page { items: vec!["a".to_owned()], to: None }));
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_place_and_without_its_content() {
        let page = |value: &str| format!(r#"{{"value": {value}}}"#).into_bytes();
        assert_eq!(refused(users(b"[]")), "the answer is not an object");
        assert_eq!(refused(users(b"{\"value\": ")), "line 1, column 10 is not JSON");
        assert_eq!(refused(users(b"{}")), "value is missing");
        assert_eq!(refused(users(&page("{}"))), "value is not a list");
        assert_eq!(refused(users(&page("[{\"id\": \"a\"}, 5]"))), "value[1] is not an object");
        assert_eq!(refused(users(&page("[{\"displayName\": \"Rita\"}]"))), "value[0].id is missing or empty");
        let typed = |field: &str| format!("[{{\"id\": \"a\", {field}}}]");
        assert_eq!(refused(users(&page(&typed("\"mail\": [\"secret\"]")))), "value[0].mail is not a text");
        assert_eq!(
            refused(users(&page(&typed("\"accountEnabled\": \"yes\"")))),
            "value[0].accountEnabled is not true or false"
        );
        assert_eq!(refused(users(&page(&typed("\"@removed\": true")))), "value[0].@removed is not an object");
        assert_eq!(
            refused(groups(&page(&typed("\"members@delta\": [{\"id\": \"a\"}, {\"id\": 7}]")))),
            "value[0].members@delta[1].id is not a text"
        );
        let both = br#"{"value": [], "@odata.nextLink": "https://g/n", "@odata.deltaLink": "https://g/d"}"#;
        assert_eq!(refused(users(both)), "@odata.deltaLink stands beside a nextLink");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_answer_whatever_makes_it_panic_sec_1(
            bytes in prop::collection::vec(any::<u8>(), 0..64),
            fields in prop::collection::vec((field(), value()), 0..6),
            items in prop::collection::vec(prop::collection::vec((field(), value()), 0..6), 0..4),
        ) {
            let object = |fields: Vec<(&str, Value)>| -> Value {
                Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            };
            let items: Vec<Value> = items.into_iter().map(object).collect();
            let mut page = object(fields);
            page["value"] = Value::Array(items.clone());
            let nested = serde_json::json!({"value": [{"id": "g", "members@delta": items}]});
            for body in [bytes, page.to_string().into_bytes(), nested.to_string().into_bytes()] {
                // Read, or refused with a place; that it comes back at all is what is tested.
                let places = [
                    users(&body).err().map(|unreadable| unreadable.path),
                    groups(&body).err().map(|unreadable| unreadable.path),
                    owners(&body).err().map(|unreadable| unreadable.path),
                ];
                prop_assert!(places.into_iter().flatten().all(|place| !place.is_empty()));
                error_code(&body);
            }
        }
    }

    fn field() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "id",
            "displayName",
            "mail",
            "accountEnabled",
            "@removed",
            "@odata.type",
            "members@delta",
            "value",
            "@odata.nextLink",
            "@odata.deltaLink",
            "error",
            "else",
        ])
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
            Just(Value::from(USER)),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::vec((field(), inner), 0..4).prop_map(|fields| {
                    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
                }),
            ]
        })
    }

    #[test]
    fn of_an_error_only_the_code_is_told() {
        let body = br#"{"error": {"code": "Authorization_RequestDenied\n<b>", "message": "rita@example.com may not"}}"#;
        assert_eq!(error_code(body), "Authorization_RequestDeniedb");
        assert_eq!(error_code(b"<html>"), "no code");
    }
}
