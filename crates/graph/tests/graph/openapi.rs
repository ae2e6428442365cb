//! Microsoft's own description of Graph, as far as it is needed here: may this request be made, may this answer come? It lies
//! beside the project, not in it; where it is missing only this check is skipped, and said so.

use std::path::Path;
use std::sync::OnceLock;

use graph::Feature;
use serde_json::Value;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/graph-subset.openapi.yaml");

/// What is not in the subset and is asked for as Microsoft documents it, v1.0: "List group owners", "List contactFolders", "List
/// childFolders", and "List contacts" of a folder. The parameters are those of a neighbour in the description.
const DOCUMENTED: [(&str, &str); 7] = [
    ("/groups/{group-id}/owners", "/groups/{group-id}/members"),
    ("/me/contactFolders", "/me/contacts"),
    ("/me/contactFolders/{folder-id}/contacts", "/me/contacts"),
    ("/me/contactFolders/{folder-id}/childFolders", "/me/contacts"),
    ("/users/{user-id}/contactFolders", "/users/{user-id}/contacts"),
    ("/users/{user-id}/contactFolders/{folder-id}/contacts", "/users/{user-id}/contacts"),
    ("/users/{user-id}/contactFolders/{folder-id}/childFolders", "/users/{user-id}/contacts"),
];

pub(crate) struct OpenApi {
    description: Value,
}

impl OpenApi {
    /// The description, read once; `None`, said loudly, where it is not there.
    pub(crate) fn shared() -> Option<&'static OpenApi> {
        static SHARED: OnceLock<Option<OpenApi>> = OnceLock::new();
        SHARED.get_or_init(|| OpenApi::read(Path::new(FILE))).as_ref()
    }

    fn read(path: &Path) -> Option<OpenApi> {
        let Ok(text) = std::fs::read_to_string(path) else {
            eprintln!("SKIPPED: requests are NOT checked by Microsoft's description: {FILE} is not there");
            return None;
        };
        let description: Value = serde_saphyr::from_str(&text).expect("the description is YAML");
        Some(OpenApi { description })
    }

    /// The operation of this request, or why it must not be made.
    fn operation(&self, method: &str, path: &str) -> Result<&Value, String> {
        let paths = self.description["paths"].as_object().expect("it has paths");
        let wanted = |template: &str| matches(template, path);
        let template = match DOCUMENTED.iter().find(|(template, _)| wanted(template)) {
            Some((_, neighbour)) => *neighbour,
            None => {
                let known = paths.keys().find(|template| wanted(template));
                known.ok_or_else(|| format!("{path} is not described"))?.as_str()
            }
        };
        let operation = &paths[template][method.to_ascii_lowercase()];
        if operation.is_null() { Err(format!("{method} {template} is not described")) } else { Ok(operation) }
    }

    /// May it be made so? `path` after the version, `query` decoded.
    pub(crate) fn request(&self, method: &str, path: &str, query: &[(String, String)]) -> Result<(), String> {
        let operation = self.operation(method, path)?;
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let in_query = |parameter: &&Value| parameter["in"] == "query";
        let page = &operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"];
        for (name, value) in query {
            // Where a list goes on is Graph's own word, which the description need not name.
            if name == "$skiptoken" && page["@odata.nextLink"].is_object() {
                continue;
            }
            let parameter =
                parameters.iter().filter(in_query).find(|parameter| parameter["name"] == name.as_str());
            let parameter = parameter.ok_or_else(|| format!("{path} takes no {name}"))?;
            if parameter["schema"]["type"] == "integer" && value.parse::<u64>().is_err() {
                return Err(format!("{name} is a number, not {value:?}"));
            }
            if name == "$select" {
                self.fields(path, value)?;
            }
        }
        let asked = |name: &Value| query.iter().any(|(asked, _)| name == asked.as_str());
        match parameters
            .iter()
            .filter(in_query)
            .find(|parameter| parameter["required"] == true && !asked(&parameter["name"]))
        {
            Some(missing) => Err(format!("{path} needs {}", missing["name"])),
            None => Ok(()),
        }
    }

    /// Fields that may be selected: properties of the schema, and of a group its members ("$select=members returns
    /// members@delta", says the description).
    fn fields(&self, path: &str, select: &str) -> Result<(), String> {
        let last = path.rsplit('/').next().unwrap_or_default();
        let (schema, of_links) = match (path, last) {
            ("/groups/delta()", _) => ("microsoft.graph.group", ["members"].as_slice()),
            ("/contacts/delta()", _) => ("microsoft.graph.orgContact", [].as_slice()),
            (_, "contacts") => ("microsoft.graph.contact", [].as_slice()),
            // Of members, owners and folders only the id, which everything has.
            (_, "members" | "owners" | "contactFolders" | "childFolders") => {
                ("microsoft.graph.entity", [].as_slice())
            }
            _ => ("microsoft.graph.user", [].as_slice()),
        };
        for field in select.split(',') {
            if !of_links.contains(&field) && self.property(schema, field).is_none() {
                return Err(format!("{schema} has no {field}"));
            }
        }
        Ok(())
    }

    /// May an answer hold this object? For the fake itself: what it answers must be what Graph could.
    pub(crate) fn answer(&self, schema: &str, object: &Value) -> Result<(), String> {
        for (name, value) in object.as_object().ok_or("an object")? {
            if name.contains('@') {
                continue;
            }
            let property = self.property(schema, name).ok_or_else(|| format!("{schema} has no {name}"))?;
            if !self.fits(property, value) {
                return Err(format!("{schema}.{name} is not {value}"));
            }
        }
        Ok(())
    }

    /// Is this value of this type?
    fn fits(&self, property: &Value, value: &Value) -> bool {
        if let Some(reference) = property["$ref"].as_str() {
            let schema = reference.strip_prefix("#/components/schemas/").expect("a reference to a schema");
            let described = &self.description["components"]["schemas"][schema];
            return match (&described["enum"], value) {
                (Value::Array(words), value) => words.contains(value),
                _ => self.answer(schema, value).is_ok(),
            };
        }
        match value {
            Value::Null => property["nullable"] == true,
            _ if property["allOf"].is_array() => self.fits(&property["allOf"][0], value),
            Value::Bool(_) => property["type"] == "boolean",
            Value::String(_) => property["type"] == "string",
            Value::Number(_) => property["type"] == "integer",
            Value::Array(items) => {
                property["type"] == "array" && items.iter().all(|item| self.fits(&property["items"], item))
            }
            Value::Object(_) => false,
        }
    }

    /// May this be posted?
    pub(crate) fn body(&self, path: &str, body: &Value) -> Result<(), String> {
        let operation = self.operation("POST", path)?;
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        for (name, value) in body.as_object().ok_or("an object")? {
            let property = schema["properties"].get(name).ok_or_else(|| format!("{path} takes no {name}"))?;
            if !self.fits(property, value) {
                return Err(format!("{path}: {name} is not {value}"));
            }
        }
        Ok(())
    }

    fn property(&self, schema: &str, name: &str) -> Option<&Value> {
        self.property_of(&self.description["components"]["schemas"][schema], name)
    }

    fn property_of<'a>(&'a self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        if let Some(reference) = schema["$ref"].as_str() {
            let schema = reference.strip_prefix("#/components/schemas/").expect("a reference to a schema");
            return self.property(schema, name);
        }
        let own = schema["properties"].get(name);
        own.or_else(|| schema["allOf"].as_array()?.iter().find_map(|part| self.property_of(part, name)))
    }

    /// Is this delegated permission one of those with which it may be asked?
    pub(crate) fn allows(&self, method: &str, path: &str, permission: &str) -> bool {
        let operation = self.operation(method, path).expect("it is described");
        let allowed = operation["x-ms-permissions"]["DelegatedWork"].as_array().expect("it has permissions");
        allowed
            .iter()
            .any(|allowed| allowed.as_str().and_then(|name| name.split(' ').next()) == Some(permission))
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (wanted, given) = (template.split('/'), path.split('/'));
    wanted.clone().count() == given.clone().count()
        && wanted
            .zip(given)
            .all(|(wanted, given)| wanted == given || (wanted.starts_with('{') && !given.is_empty()))
}

#[test]
fn the_permissions_asked_for_are_enough_by_microsofts_description_id_6() {
    let Some(openapi) = OpenApi::shared() else { return };
    let [users, groups] = graph::PERMISSIONS;
    assert!(openapi.allows("GET", "/users/delta()", users));
    for path in ["/groups/delta()", "/groups/x/members"] {
        assert!(openapi.allows("GET", path, groups), "{path}");
        assert!(!openapi.allows("GET", path, users), "{path}");
    }
}

#[test]
fn each_feature_asks_for_a_permission_that_is_enough_by_microsofts_description_dir_1_dir_3() {
    let Some(openapi) = OpenApi::shared() else { return };
    for (feature, method, path) in [
        (Feature::Users, "GET", "/users/delta()"),
        (Feature::Users, "GET", "/users/x"),
        (Feature::OrganisationContacts, "GET", "/contacts/delta()"),
        (Feature::OutlookContacts, "GET", "/me/contacts"),
        (Feature::SharedContacts, "GET", "/users/x/contacts"),
        (Feature::Presence, "POST", "/communications/getPresencesByUserId"),
        (Feature::Calendars, "POST", "/me/calendar/getSchedule"),
        (Feature::ReportingLines, "GET", "/users/x/manager"),
        (Feature::ReportingLines, "GET", "/users/x/directReports"),
    ] {
        let enough = feature.permissions().iter().any(|it| openapi.allows(method, path, it));
        assert!(enough, "{feature:?} {path}");
    }
}

#[test]
fn a_request_that_graph_does_not_describe_is_noticed() {
    let Some(openapi) = OpenApi::shared() else { return };
    let select = |fields: &str| [("$select".to_owned(), fields.to_owned())];
    assert_eq!(openapi.request("GET", "/users/delta()", &select("id,displayName")), Ok(()));
    let mistakes = [
        openapi.request("GET", "/persons/delta()", &[]),
        openapi.request("POST", "/users/delta()", &[]),
        openapi.request("GET", "/users/delta()", &[("$expand".to_owned(), "manager".to_owned())]),
        openapi.request("GET", "/users/delta()", &select("id,password")),
        openapi.request("GET", "/groups/x/members", &[("$top".to_owned(), "many".to_owned())]),
    ];
    assert!(mistakes.iter().all(Result::is_err), "{mistakes:?}");
}
