//! Questions as a URL has them, judged over a few rows (REPORT-4): examples after the URL conventions of OData 4.01, what is refused
//! and where, limits, and that no text makes the reader panic.

use expect_test::{Expect, expect};
use odata::{
    Bounds, Clock, EntityType, Groups, Kind, Model, Navigation, Problem, Property, Query, Resource, Row,
    Sorted, Value, csdl_json, csdl_xml, options, page_begin, page_end, resource, row, time_bounds,
};
use proptest::prelude::*;

const fn property(name: &'static str, kind: Kind, nullable: bool) -> Property {
    Property { name, kind, nullable }
}

static SETS: [EntityType; 2] = [
    EntityType {
        name: "Call",
        set: "Calls",
        properties: &[
            property("Id", Kind::Text, false),
            property("At", Kind::Time, false),
            property("WaitMs", Kind::Int, true),
            property("Share", Kind::Number, true),
            property("Line", Kind::Text, true),
            property("Live", Kind::Bool, false),
        ],
        navigations: &[Navigation { name: "Service", set: "Services", many: false, by: Some("Line") }],
    },
    EntityType {
        name: "Service",
        set: "Services",
        properties: &[property("Id", Kind::Text, false), property("Name", Kind::Text, false)],
        navigations: &[Navigation { name: "Calls", set: "Calls", many: true, by: None }],
    },
];
static MODEL: Model = Model { namespace: "Test", sets: &SETS };
/// 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600_000;

fn rows() -> Vec<Vec<Value>> {
    let row = |id: &str, hours: i64, wait: Option<i64>, share: Option<f64>, line: Option<&str>, live| {
        vec![
            Value::text(id),
            Value::Time(NEW_YEAR + hours * 3_600_000),
            Value::or_null(wait),
            Value::or_null(share),
            Value::or_null(line),
            Value::Bool(live),
        ]
    };
    vec![
        row("a", 0, Some(10), Some(0.5), Some("main"), true),
        row("b", 25, Some(30), None, Some("main"), false),
        row("c", 50, None, Some(1.5), None, true),
        row("d'e", 51, Some(20), Some(0.25), Some("Sales"), true),
    ]
}

fn read(query: &str) -> Result<Query, Problem> {
    Ok(Query::read(&MODEL, &SETS[0], options(query)?, Clock { now_ms: NEW_YEAR })?.0)
}

/// The whole answer, as a host would make it.
fn answer(query: &str) -> String {
    let query = match read(query) {
        Ok(query) => query,
        Err(problem) => return problem.to_string(),
    };
    let mut all = rows();
    if let Some(before) = &query.before {
        all.retain(|row| before.keeps(row));
    }
    if let Some(grouping) = &query.grouping {
        let mut groups = Groups::new(grouping);
        for row in &all {
            groups.add(row).expect("there are few");
        }
        all = groups.finish();
    }
    if let Some(filter) = &query.filter {
        all.retain(|row| filter.keeps(row));
    }
    if !query.order.is_empty() {
        let mut sorted = Sorted::new(&query.order, 100).expect("few are wanted");
        all.into_iter().for_each(|row| sorted.add(row));
        all = sorted.finish();
    }
    let count = query.count.then_some(all.len() as u64);
    let mut out = String::new();
    page_begin(&mut out, &query, "/", count);
    let top = query.top.map_or(usize::MAX, |top| top as usize);
    for (place, values) in all.into_iter().skip(query.skip as usize).take(top).enumerate() {
        if place > 0 {
            out.push(',');
        }
        row(&mut out, &query, &Row::from(values), None);
    }
    page_end(&mut out, None, None);
    out
}

/// The ids that a filter keeps.
fn kept(filter: &str) -> String {
    let query = match read(&format!("$filter={filter}")) {
        Ok(query) => query,
        Err(problem) => return problem.to_string(),
    };
    let filter = query.filter.expect("it was given");
    let ids = rows().into_iter().filter(|row| filter.keeps(row)).map(|row| match &row[0] {
        Value::Text(id) => id.to_string(),
        other => panic!("{other:?} is no id"),
    });
    ids.collect::<Vec<_>>().join(" ")
}

fn check(given: &str, wanted: Expect) {
    wanted.assert_eq(&answer(given));
}

/// What a path leads to has a column behind those of the set, the same path the same one.
#[test]
fn a_path_reaches_what_another_entity_has_report_4() {
    let query = read("$filter=contains(Service/Name,'x') or Service/Name eq Id&$orderby=Service/Id desc,At");
    let query = query.expect("it is understood");
    let reached: Vec<usize> = query.reaches.iter().map(|reach| reach.place).collect();
    assert_eq!(reached, [1, 0], "the name and the id of a service");
    assert!(query.reaches.iter().all(|reach| reach.ways.iter().map(|way| way.name).eq(["Service"])));
    assert_eq!(query.order.iter().map(|key| key.column).collect::<Vec<_>>(), [7, 1]);
    let filter = query.filter.expect("it was given");
    let named = |name: Value| [rows()[0].clone(), vec![name]].concat();
    assert!(filter.keeps(&named(Value::text("box"))) && filter.keeps(&named(Value::text("a"))));
    assert!(!filter.keeps(&named(Value::text("b"))) && !filter.keeps(&named(Value::Null)));

    let grouped = read("$apply=groupby((Line))&$filter=Service/Name eq 'x'").expect_err("nothing leads on");
    assert_eq!(grouped.to_string(), "what was grouped leads nowhere ($filter, character 1)");
    let by_name = read("$apply=groupby((Service/Name))").expect_err("it is not there");
    assert!(by_name.to_string().contains("group by their ids"), "{by_name}");
    let before = read("$apply=filter(Service/Name eq 'x')/groupby((Line))").expect("rows lead on before");
    assert_eq!(before.reaches.len(), 1);
}

#[test]
fn a_filter_compares_joins_and_knows_null_report_4() {
    for (filter, wanted) in [
        ("WaitMs gt 10", "b d'e"),
        ("WaitMs ge 10 and WaitMs le 20", "a d'e"),
        ("not (WaitMs eq 10)", "b c d'e"),
        ("WaitMs eq null", "c"),
        ("WaitMs ne null and Line ne 'main'", "d'e"),
        ("WaitMs lt 100", "a b d'e"),
        ("Id eq 'd''e'", "d'e"),
        ("Id in ('a','c','z')", "a c"),
        ("Live", "a c d'e"),
        ("not Live or Share gt 1", "b c"),
        ("Share gt 1 or WaitMs gt 25 and Line eq 'main'", "b c"),
        ("(Share gt 1 or WaitMs gt 25) and Line eq 'main'", "b"),
        ("WaitMs add 5 mul 2 eq 20", "a"),
        ("WaitMs div 0 eq null", "a b c d'e"),
        ("-WaitMs eq -10", "a"),
        ("contains(tolower(Line),'sal')", "d'e"),
        ("startswith(Line,'m') and length(Line) eq 4", "a b"),
        ("endswith(Line,'s')", "d'e"),
        ("indexof(Line,'ai') eq 1", "a b"),
        ("substring(Line,1,2) eq 'ai'", "a b"),
        ("concat(Id,Line) eq 'amain'", "a"),
        ("year(At) eq 2026 and month(At) eq 1 and day(At) eq 2", "b"),
        ("hour(At) eq 2", "c"),
        ("date(At) eq 2026-01-03", "c d'e"),
        ("At ge 2026-01-02T00:00:00Z", "b c d'e"),
        ("At ge 2026-01-02T02:00:00%2B01:00", "b c d'e"),
        ("At gt now()", "b c d'e"),
        ("round(Share) eq 2", "c"),
        ("floor(Share) eq 0 and ceiling(Share) eq 1", "a d'e"),
    ] {
        assert_eq!(kept(filter), wanted, "{filter}");
    }
}

#[test]
fn what_is_malformed_is_refused_with_its_place_report_4() {
    for (filter, wanted) in [
        ("", "a property or a value is expected here, not the end ($filter, character 1)"),
        ("WaitMs gt", "a property or a value is expected here, not the end ($filter, character 10)"),
        ("WaitMs gt 'x'", "Edm.Int64 cannot be compared with Edm.String ($filter, character 8)"),
        ("WaitMs", "a condition is expected here, not Edm.Int64 ($filter, character 1)"),
        ("Id eq 'x", "the text that begins here has no closing quote ($filter, character 7)"),
        ("Id eq 'x' or 1", "a condition is expected here, not Edm.Int64 ($filter, character 14)"),
        ("(Live", "')' is expected here, not the end ($filter, character 6)"),
        ("Live Live", "the end, or 'and' or 'or', is expected here, not 'Live' ($filter, character 6)"),
        (
            "Id eq 'a'; DROP TABLE call_records",
            "the end, or 'and' or 'or', is expected here, not ';' ($filter, character 10)",
        ),
        (
            "At gt 2026-13-01",
            "'2026-13-01' is neither a number nor a moment; write 12, 1.5, 2026-01-31 or 2026-01-31T08:00:00Z ($filter, character 7)",
        ),
        ("year(Id) eq 1", "'year' takes Edm.DateTimeOffset here, not Edm.String ($filter, character 6)"),
        ("contains(Id)", "'contains' takes 2 values, not 1 ($filter, character 1)"),
        ("sqlite_version() eq 1", "there is no function 'sqlite_version' here ($filter, character 1)"),
        (
            "Secret eq 1",
            "there is no property 'Secret'; there are Id, At, WaitMs, Share, Line, Live ($filter, character 1)",
        ),
        ("Service/Nme eq 'x'", "there is no property 'Nme'; there are Id, Name ($filter, character 9)"),
        ("Line/Name eq 'x'", "'Line' does not lead from here; there is Service ($filter, character 1)"),
        ("Service/Name eq 1", "Edm.String cannot be compared with Edm.Int64 ($filter, character 14)"),
        (
            "Service/Calls/Id eq 'x'",
            "'Calls' leads to many, and 'any' and 'all' are not supported ($filter, character 9)",
        ),
        (
            "Service eq null",
            "'Service' leads to other entities; name a property here, such as their id ($filter, character 1)",
        ),
    ] {
        assert_eq!(kept(filter), wanted, "{filter}");
    }
    for (query, wanted) in [
        ("$top=-1", "it is a whole number, 0 or more ($top)"),
        ("$top=1&$top=2", "it is given twice ($top)"),
        ("$count=yes", "it is true or false ($count)"),
        (
            "$orderby=Id sideways",
            "a comma, 'asc' or 'desc' is expected here, not 'sideways' ($orderby, character 4)",
        ),
        ("$nonsense=1", "there is no such option in OData ($nonsense)"),
        ("$search=x", "this option is not supported ($search)"),
        (
            "$select=Nobody",
            "there is no property 'Nobody'; there are Id, At, WaitMs, Share, Line, Live ($select, character 1)",
        ),
        ("$expand=Nobody", "'Nobody' does not lead from here; there is Service ($expand, character 1)"),
        (
            "$expand=Service($expand=Calls($expand=Service))",
            "at most 2 levels come along ($expand, character 31)",
        ),
        ("$filter=%GG", "'%' in the URL is followed by two hexadecimal digits"),
        ("$filter=%ff", "the URL is not UTF-8"),
        ("$apply=groupby((Id),aggregate(Line with sum as X))", "'Line' is no number ($apply, character 24)"),
        (
            "$apply=aggregate(WaitMs with sum as A,WaitMs with max as A)",
            "there are two columns 'A' ($apply, character 1)",
        ),
    ] {
        assert_eq!(read(query).expect_err(query).to_string(), wanted, "{query}");
    }
}

#[test]
fn a_page_is_sorted_cut_counted_and_selected_report_4() {
    check(
        "$select=Id,WaitMs&$orderby=WaitMs desc,Id&$top=2&$skip=1&$count=true",
        expect![[
            r##"{"@odata.context":"/$metadata#Calls(Id,WaitMs)","@odata.count":4,"value":[{"Id":"d'e","WaitMs":20},{"Id":"a","WaitMs":10}]}"##
        ]],
    );
    check(
        "$filter=Id eq 'a'",
        expect![[
            r##"{"@odata.context":"/$metadata#Calls","value":[{"Id":"a","At":"2026-01-01T00:00:00.000Z","WaitMs":10,"Share":0.5,"Line":"main","Live":true}]}"##
        ]],
    );
    check(
        "$select=Id,WaitMs&$orderby=WaitMs",
        expect![[
            r##"{"@odata.context":"/$metadata#Calls(Id,WaitMs)","value":[{"Id":"c","WaitMs":null},{"Id":"a","WaitMs":10},{"Id":"d'e","WaitMs":20},{"Id":"b","WaitMs":30}]}"##
        ]],
    );
}

#[test]
fn groups_are_summed_and_what_has_no_data_is_null_report_4() {
    check(
        "$apply=filter(Live)/groupby((Line),aggregate(WaitMs with sum as Sum,WaitMs with average as Mean,$count as N,\
         Share with max as Most,At with min as First,Id with countdistinct as Ids))&$orderby=Line desc",
        expect![[
            r##"{"@odata.context":"/$metadata#Calls(Line,Sum,Mean,N,Most,First,Ids)","value":[{"Line":"main","Sum":10,"Mean":10,"N":1,"Most":0.5,"First":"2026-01-01T00:00:00.000Z","Ids":1},{"Line":"Sales","Sum":20,"Mean":20,"N":1,"Most":0.25,"First":"2026-01-03T03:00:00.000Z","Ids":1},{"Line":null,"Sum":null,"Mean":null,"N":1,"Most":1.5,"First":"2026-01-03T02:00:00.000Z","Ids":1}]}"##
        ]],
    );
    check(
        "$apply=filter(Id eq 'nobody')/aggregate($count as N,WaitMs with sum as Sum)",
        expect![[r##"{"@odata.context":"/$metadata#Calls(N,Sum)","value":[{"N":0,"Sum":null}]}"##]],
    );
    check(
        "$apply=groupby((Line))&$filter=Line ne null&$count=true",
        expect![[
            r##"{"@odata.context":"/$metadata#Calls(Line)","@odata.count":2,"value":[{"Line":"main"},{"Line":"Sales"}]}"##
        ]],
    );
}

#[test]
fn a_path_leads_to_a_set_its_count_or_one_of_it_report_4() {
    let one = |path: &str| resource(&MODEL, path).map_err(|problem| problem.to_string());
    assert_eq!(one("/"), Ok(Resource::Service));
    assert_eq!(one("/$metadata"), Ok(Resource::Metadata));
    assert_eq!(one("Calls"), Ok(Resource::Set(&SETS[0])));
    assert_eq!(one("Calls/$count"), Ok(Resource::Count(&SETS[0])));
    for key in ["Calls('d''e')", "Calls(Id='d''e')", "Calls(%27d%27%27e%27)"] {
        assert_eq!(one(key), Ok(Resource::One(&SETS[0], Value::text("d'e"))), "{key}");
    }
    assert!(one("Calls(5)").expect_err("a text is wanted").starts_with("the key of Calls is one Edm.String"));
    assert!(one("Nobody").expect_err("there is none").contains("there are Calls, Services"));
    assert!(one("../../etc/passwd").is_err());
}

#[test]
fn too_much_is_refused_before_it_is_done_report_4() {
    let deep = format!("$filter={}Live{}", "(".repeat(5_000), ")".repeat(1_000));
    assert!(read(&deep).expect_err("nested too deep").to_string().contains("nested deeper than 40"));
    let nots = format!("$filter={}Live", "not ".repeat(1_500));
    assert!(read(&nots).expect_err("nested too deep").to_string().contains("nested deeper than 40"));
    let wide = format!("$filter={}Live", "Live or ".repeat(600));
    assert!(read(&wide).expect_err("too many nodes").to_string().contains("more than 500 parts"));
    let long = format!("$filter=Id eq '{}'", "x".repeat(10_000));
    assert!(read(&long).expect_err("too long").to_string().contains("longer than 8192 bytes"));
    let many: Vec<String> = (0..40).map(|place| format!("x{place}=1")).collect();
    assert!(read(&many.join("&")).expect_err("too many").to_string().contains("more than 32 options"));
    assert!(Sorted::new(&[], odata::SORTED_MAX + 1).is_err());
    assert!(read("$skip=99999999999").is_err());
}

#[test]
fn a_store_can_narrow_by_moments_that_must_hold_report_4() {
    let bounds = |filter: &str| {
        let query = read(&format!("$filter={filter}")).expect("it is one");
        time_bounds(&query.filter.expect("it was given"), 1)
    };
    let (day, next) = (Some(NEW_YEAR), Some(NEW_YEAR + 86_400_000));
    assert_eq!(
        bounds("At ge 2026-01-01T00:00:00Z and Live and At lt 2026-01-02T00:00:00Z"),
        Bounds { from: day, to: next }
    );
    assert_eq!(bounds("2026-01-01T00:00:00Z le At"), Bounds { from: day, to: None });
    assert_eq!(bounds("At ge 2026-01-01T00:00:00Z or Live"), Bounds::default());
    assert_eq!(bounds("not (At ge 2026-01-01T00:00:00Z)"), Bounds::default());
}

#[test]
fn the_model_is_told_in_both_forms_report_4() {
    let (xml, json) = (csdl_xml(&MODEL), csdl_json(&MODEL));
    for part in [
        "<Property Name=\"At\" Type=\"Edm.DateTimeOffset\" Nullable=\"false\" Precision=\"3\"/>",
        "<NavigationProperty Name=\"Calls\" Type=\"Collection(Test.Call)\"/>",
        "<EntitySet Name=\"Calls\" EntityType=\"Test.Call\">",
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
    assert!(json.contains(r#""WaitMs":{"$Type":"Edm.Int64","$Nullable":true}"#), "{json}");
    assert!(json.contains(r#""Calls":{"$Collection":true,"$Type":"Test.Call""#), "{json}");
}

proptest! {
    /// REPORT-4: whatever comes in a URL is read or refused.
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}", name in "[$a-z]{0,8}") {
        let _ = read(&format!("$filter={text}"));
        let _ = read(&format!("{name}={text}&$apply={text}"));
        let _ = read(&format!("$expand={text}"));
        let _ = resource(&MODEL, &text);
    }

    /// What is made of words that OData knows is read or refused, judged without a panic, and asks the same twice.
    #[test]
    fn no_sequence_of_words_makes_it_panic(words in prop::collection::vec(prop::sample::select(vec![
        "Id", "At", "WaitMs", "Share", "Live", "eq", "ne", "lt", "and", "or", "not", "(", ")", ",", "'x'", "1", "-1",
        "9223372036854775807", "-9223372036854775808", "null", "true", "now()", "year(", "substring(", "add", "mul", "div", "mod", "in", "2026-01-01",
        "2026-01-01T00:00:00Z", "1.5", "round(",
    ]), 0..14)) {
        if let Ok(query) = read(&format!("$filter={}", words.join(" "))) {
            let filter = query.filter.expect("it was given");
            for row in rows() {
                prop_assert_eq!(filter.keeps(&row), filter.keeps(&row));
            }
            // What a store narrows by never loses a row that is kept.
            let bounds = time_bounds(&filter, 1);
            for row in rows().into_iter().filter(|row| filter.keeps(row)) {
                let Value::Time(at) = row[1] else { panic!("a moment stands there") };
                prop_assert!(bounds.from.is_none_or(|from| from <= at) && bounds.to.is_none_or(|to| at < to));
            }
        }
    }
}
