//! The model as CSDL, in XML and in JSON (OASIS CSDL 4.0 and 4.01).

use std::fmt::Write;

use crate::model::{EntityType, Model, Navigation};

/// `$metadata` as XML.
pub fn csdl_xml(model: &Model) -> String {
    let space = model.namespace;
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n\
         <edmx:DataServices>\n<Schema Namespace=\"{space}\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n"
    );
    for entity in model.sets {
        entity_xml(&mut out, model, entity);
    }
    let mut line = |words: String| {
        out.push_str(&words);
        out.push('\n');
    };
    line("<EntityContainer Name=\"Feed\">".to_owned());
    for entity in model.sets {
        line(format!("<EntitySet Name=\"{}\" EntityType=\"{space}.{}\">", entity.set, entity.name));
        for Navigation { name, set, .. } in entity.navigations {
            line(format!("<NavigationPropertyBinding Path=\"{name}\" Target=\"{set}\"/>"));
        }
        line("</EntitySet>".to_owned());
    }
    line("</EntityContainer>\n</Schema>\n</edmx:DataServices>\n</edmx:Edmx>".to_owned());
    out
}

fn type_of(model: &Model, way: &Navigation) -> String {
    let name = model.set(way.set).map_or(way.set, |entity| entity.name);
    format!("{}.{name}", model.namespace)
}

/// Kinds whose precision CSDL has to be told: times have milliseconds.
fn precision(edm: &str) -> bool {
    edm == "Edm.DateTimeOffset"
}

fn entity_xml(out: &mut String, model: &Model, entity: &EntityType) {
    let mut line = |words: String| {
        out.push_str(&words);
        out.push('\n');
    };
    line(format!("<EntityType Name=\"{}\">", entity.name));
    line(format!("<Key><PropertyRef Name=\"{}\"/></Key>", entity.properties[0].name));
    for property in entity.properties {
        let edm = property.kind.edm();
        let nullable = if property.nullable { "" } else { " Nullable=\"false\"" };
        let precise = if precision(edm) { " Precision=\"3\"" } else { "" };
        line(format!("<Property Name=\"{}\" Type=\"{edm}\"{nullable}{precise}/>", property.name));
    }
    for way in entity.navigations {
        let to = type_of(model, way);
        let to = if way.many { format!("Collection({to})") } else { to };
        line(match way.by {
            Some(by) => format!(
                "<NavigationProperty Name=\"{}\" Type=\"{to}\"><ReferentialConstraint Property=\"{by}\" \
                 ReferencedProperty=\"Id\"/></NavigationProperty>",
                way.name
            ),
            None => format!("<NavigationProperty Name=\"{}\" Type=\"{to}\"/>", way.name),
        });
    }
    line("</EntityType>".to_owned());
}

/// `$metadata` as JSON. All names are ours: letters and digits only.
pub fn csdl_json(model: &Model) -> String {
    let space = model.namespace;
    let mut out = format!("{{\"$Version\":\"4.01\",\"$EntityContainer\":\"{space}.Feed\",\"{space}\":{{");
    for entity in model.sets {
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "\"{}\":{{\"$Kind\":\"EntityType\",\"$Key\":[\"{}\"]",
            entity.name, entity.properties[0].name
        );
        for property in entity.properties {
            let edm = property.kind.edm();
            let nullable = if property.nullable { ",\"$Nullable\":true" } else { "" };
            let precise = if precision(edm) { ",\"$Precision\":3" } else { "" };
            let _ = write!(out, ",\"{}\":{{\"$Type\":\"{edm}\"{nullable}{precise}}}", property.name);
        }
        for way in entity.navigations {
            let more = match (way.many, way.by) {
                (true, _) => ",\"$Collection\":true".to_owned(),
                (false, Some(by)) => {
                    format!(",\"$Nullable\":true,\"$ReferentialConstraint\":{{\"{by}\":\"Id\"}}")
                }
                (false, None) => ",\"$Nullable\":true".to_owned(),
            };
            let to = type_of(model, way);
            let _ = write!(
                out,
                ",\"{}\":{{\"$Kind\":\"NavigationProperty\",\"$Type\":\"{to}\"{more}}}",
                way.name
            );
        }
        out.push_str("},");
    }
    out.push_str("\"Feed\":{\"$Kind\":\"EntityContainer\"");
    for entity in model.sets {
        let _ =
            write!(out, ",\"{}\":{{\"$Collection\":true,\"$Type\":\"{space}.{}\"", entity.set, entity.name);
        let bindings: Vec<String> =
            entity.navigations.iter().map(|way| format!("\"{}\":\"{}\"", way.name, way.set)).collect();
        if !bindings.is_empty() {
            let _ = write!(out, ",\"$NavigationPropertyBinding\":{{{}}}", bindings.join(","));
        }
        out.push('}');
    }
    out.push_str("}}}");
    out
}
