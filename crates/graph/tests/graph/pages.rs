//! Every problem that a person is shown has its page.

use contracts::roster::Refusal;
use contracts::sign_in::TokenProblem;
use engine::Timestamp;
use graph::Problem;

#[test]
fn every_problem_of_the_directory_has_a_page() {
    let problems = [
        Problem::from(TokenProblem::SignedOut),
        Problem::Offline,
        Problem::StepUp { claims: None },
        Problem::Consent,
        Problem::Throttled { until: Timestamp(0) },
        Problem::Unreachable(String::new()),
        Problem::Refused { status: 400, code: String::new() },
        Problem::ForeignLink,
        Problem::TooLarge(1),
        Problem::Endless("pages"),
        Problem::Tls(String::new()),
        Problem::Roster(Refusal::EmptyDirectory.into()),
        Problem::Roster(Refusal::OtherTenant.into()),
    ];
    let codes = problems.iter().map(Problem::code).chain(["graph.unreadable"]);
    let text = include_str!("../../../../docs/directory-sync.md");
    for code in codes {
        let page = format!("{}/../../docs/errors/{code}.md", env!("CARGO_MANIFEST_DIR"));
        let page = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{code}: {error}"));
        assert!(page.starts_with(&format!("# `{code}`: ")), "{code}");
        assert!(text.contains(code), "{code} is not in docs/directory-sync.md");
    }
}
