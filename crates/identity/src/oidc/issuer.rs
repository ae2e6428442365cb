//! An issuer as it is set up and as it describes itself (OpenID Connect Discovery). Settings are checked before anybody is
//! asked, the description before it is used. Speaks with nobody itself.

use contracts::sign_in::{Cloud, EntraTenant, Issuer, SignInProblem, SignInSettings, Why};
use oauth2::{AuthUrl, DeviceAuthorizationUrl, TokenUrl};
use serde::Deserialize;
use url::Url;

use super::http::is_here;

/// Characters of an application's id.
const CLIENT_ID_CHARS_MAX: usize = 255;
/// Tenants on an allow-list.
const TENANTS_MAX: usize = 100;
/// Scopes that are asked for.
const SCOPES_MAX: usize = 20;
/// Characters of any single name in the settings.
const NAME_CHARS_MAX: usize = 255;
/// Where Entra's issuers of many tenants have the tenant's id.
const TENANT_PLACE: &str = "{tenantid}";

/// Where Entra is, for tests: everybody else has it from the table.
pub(super) type EntraAt<'a> = Option<&'a str>;

/// Settings that make sense.
#[derive(Clone, Debug)]
pub(super) struct Authority {
    /// What the issuer must call itself.
    pub(super) issuer: IssuerName,
    /// Where it describes itself.
    pub(super) configuration: Url,
    /// On this computer, so that plain HTTP will do.
    pub(super) is_here: bool,
    /// Entra has its own words for some things.
    pub(super) is_entra: bool,
}

/// How an issuer is called in its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IssuerName {
    /// Exactly so.
    Exactly(String),
    /// So, with the tenant's id in the middle.
    OfTenant {
        /// All before the tenant's id.
        before: String,
        /// All after it.
        after: String,
    },
}

impl IssuerName {
    fn parse(text: &str) -> IssuerName {
        match text.split_once(TENANT_PLACE) {
            Some((before, after)) => {
                IssuerName::OfTenant { before: before.to_owned(), after: after.to_owned() }
            }
            None => IssuerName::Exactly(text.to_owned()),
        }
    }

    /// Whether a token of this tenant comes from here.
    pub(super) fn is(&self, issuer: &str, tenant: Option<&str>) -> bool {
        match self {
            IssuerName::Exactly(name) => name == issuer,
            IssuerName::OfTenant { before, after } => tenant
                .filter(|tenant| is_guid(tenant))
                .is_some_and(|tenant| issuer == format!("{before}{tenant}{after}")),
        }
    }

    /// Whether this is its name, for one tenant or another.
    pub(super) fn may_be(&self, issuer: &str) -> bool {
        match self {
            IssuerName::Exactly(name) => name == issuer,
            IssuerName::OfTenant { before, after } => {
                let tenant =
                    issuer.strip_prefix(before.as_str()).and_then(|rest| rest.strip_suffix(after.as_str()));
                tenant.is_some_and(is_guid)
            }
        }
    }

    fn text(&self) -> String {
        match self {
            IssuerName::Exactly(name) => name.clone(),
            IssuerName::OfTenant { before, after } => format!("{before}{TENANT_PLACE}{after}"),
        }
    }

    /// Whether a key that says for which issuer it signs may sign for this one (Entra).
    pub(super) fn may_use(key_issuer: &str, issuer: &str, tenant: Option<&str>) -> bool {
        IssuerName::parse(key_issuer).is(issuer, tenant)
    }
}

/// An id as Entra gives them to tenants: 8-4-4-4-12 hexadecimal digits.
pub(super) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

impl Authority {
    /// Of these settings, where they can work.
    pub(super) fn of(settings: &SignInSettings, entra: EntraAt<'_>) -> Result<Authority, SignInProblem> {
        let wrong = |what: &str| Err(Why::ConfigInvalid.with(what));
        let SignInSettings { issuer, client_id, tenants, step_up, scopes } = settings;
        if !is_name(client_id, CLIENT_ID_CHARS_MAX) {
            return wrong("the application's id is 1 to 255 characters without spaces");
        }
        if tenants.len() > TENANTS_MAX || !tenants.iter().all(|tenant| is_name(tenant, NAME_CHARS_MAX)) {
            return wrong(
                "at most 100 tenants are allowed, each named by 1 to 255 characters without spaces",
            );
        }
        if scopes.len() > SCOPES_MAX || !scopes.iter().all(|scope| is_name(scope, NAME_CHARS_MAX)) {
            return wrong(
                "at most 20 further scopes are asked for, each of 1 to 255 characters without spaces",
            );
        }
        if step_up.as_ref().is_some_and(|context| !is_name(context, NAME_CHARS_MAX)) {
            return wrong("an authentication context is 1 to 255 characters without spaces, such as c1");
        }
        match issuer {
            Issuer::Entra { cloud, tenant } => of_entra(*cloud, tenant, tenants, entra),
            Issuer::Other { url } => of_other(url),
        }
    }
}

fn is_name(text: &str, chars_max: usize) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    !text.is_empty() && text.chars().count() <= chars_max && text.chars().all(is_plain)
}

fn of_entra(
    cloud: Cloud,
    tenant: &EntraTenant,
    allowed: &[String],
    entra: EntraAt<'_>,
) -> Result<Authority, SignInProblem> {
    let wrong = |what: &str| Err(Why::ConfigInvalid.with(what));
    if !allowed.iter().all(|tenant| is_guid(tenant)) {
        return wrong(
            "a tenant of Entra is named by its id, a GUID: Entra admin center, Overview, Tenant ID",
        );
    }
    let login = entra.unwrap_or(cloud.login());
    // Entra writes ids in lower case, and its issuer is compared to the letter.
    let (place, name) = match tenant {
        EntraTenant::Organizations if allowed.is_empty() => {
            return wrong("with an issuer of many tenants, say which of them may sign in");
        }
        EntraTenant::Organizations => ("organizations".to_owned(), TENANT_PLACE.to_owned()),
        EntraTenant::Id(id) if !is_guid(id) => {
            return wrong(
                "a tenant of Entra is named by its id, a GUID: Entra admin center, Overview, Tenant ID",
            );
        }
        EntraTenant::Id(id) if !allowed.is_empty() && !is_allowed(allowed, id) => {
            return wrong("the tenant of the issuer is not on the list of those who may sign in");
        }
        EntraTenant::Id(id) => (id.to_ascii_lowercase(), id.to_ascii_lowercase()),
    };
    let configuration = format!("{login}/{place}/v2.0/.well-known/openid-configuration");
    let Ok(configuration) = Url::parse(&configuration) else {
        return wrong("the issuer's address cannot be read");
    };
    let issuer = IssuerName::parse(&format!("{login}/{name}/v2.0"));
    Ok(Authority { issuer, is_here: is_here(&configuration), configuration, is_entra: true })
}

fn of_other(text: &str) -> Result<Authority, SignInProblem> {
    let wrong = |what: &str| Err(Why::ConfigInvalid.with(what));
    let Ok(url) = Url::parse(text) else { return wrong("the issuer's address cannot be read") };
    if url.cannot_be_a_base() || url.query().is_some() || url.fragment().is_some() {
        return wrong("the issuer's address has no query and no fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("the issuer's address holds no credentials");
    }
    if !(url.scheme() == "https" || url.scheme() == "http" && is_here(&url)) {
        return wrong("the issuer's address begins with https://");
    }
    if text.contains('{') {
        return wrong("the issuer's address holds no place for a tenant");
    }
    let configuration = format!("{}/.well-known/openid-configuration", text.trim_end_matches('/'));
    let Ok(configuration) = Url::parse(&configuration) else {
        return wrong("the issuer's address cannot be read");
    };
    let issuer = IssuerName::Exactly(text.to_owned());
    Ok(Authority { issuer, is_here: is_here(&configuration), configuration, is_entra: false })
}

/// Whether this tenant is on the list. GUIDs are written in either case.
pub(super) fn is_allowed(allowed: &[String], tenant: &str) -> bool {
    allowed.iter().any(|it| it.eq_ignore_ascii_case(tenant))
}

/// An issuer's own description, checked.
#[derive(Clone, Debug)]
pub(super) struct Metadata {
    pub(super) authorize: AuthUrl,
    pub(super) token: TokenUrl,
    pub(super) keys: Url,
    pub(super) device: Option<DeviceAuthorizationUrl>,
    pub(super) revoke: Option<Url>,
    pub(super) end_session: Option<Url>,
    /// It says in its answers who it is (RFC 9207).
    pub(super) says_issuer: bool,
    /// Ways to prompt; `None`: not said.
    pub(super) prompts: Option<Vec<String>>,
    /// Scopes it knows; `None`: not said.
    pub(super) scopes: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Described {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    device_authorization_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    end_session_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    code_challenge_methods_supported: Option<Vec<String>>,
    response_types_supported: Option<Vec<String>>,
    prompt_values_supported: Option<Vec<String>>,
    scopes_supported: Option<Vec<String>>,
}

impl Metadata {
    /// Reads what the issuer says of itself.
    pub(super) fn read(document: &[u8], authority: &Authority) -> Result<Metadata, SignInProblem> {
        let described: Described = serde_json::from_slice(document).map_err(|_| {
            Why::IssuerInvalid.with("its configuration is not that of an OpenID Connect issuer")
        })?;
        if described.issuer != authority.issuer.text() {
            let said: String = described.issuer.chars().filter(|c| !c.is_control()).take(200).collect();
            let what = format!("it calls itself \"{said}\", not \"{}\"", authority.issuer.text());
            return Err(Why::WrongIssuer.with(what));
        }
        let lacks = |list: &Option<Vec<String>>, wanted: &str| {
            list.as_ref().is_some_and(|list| !list.iter().any(|it| it == wanted))
        };
        if lacks(&described.code_challenge_methods_supported, "S256") {
            return Err(Why::IssuerInvalid.with("it does not know PKCE with S256"));
        }
        if lacks(&described.response_types_supported, "code") {
            return Err(Why::IssuerInvalid.with("it does not know the authorization code flow"));
        }
        let endpoint = |text: &str| endpoint(text, authority.is_here);
        let optional = |text: &Option<String>| text.as_deref().map(endpoint).transpose();
        Ok(Metadata {
            authorize: AuthUrl::from_url(endpoint(&described.authorization_endpoint)?),
            token: TokenUrl::from_url(endpoint(&described.token_endpoint)?),
            keys: endpoint(&described.jwks_uri)?,
            device: optional(&described.device_authorization_endpoint)?.map(DeviceAuthorizationUrl::from_url),
            revoke: optional(&described.revocation_endpoint)?,
            end_session: optional(&described.end_session_endpoint)?,
            says_issuer: described.authorization_response_iss_parameter_supported,
            prompts: described.prompt_values_supported,
            scopes: described.scopes_supported,
        })
    }
}

/// An address the issuer names: TLS, but where the issuer itself is on this computer.
fn endpoint(text: &str, may_be_here: bool) -> Result<Url, SignInProblem> {
    let unsafe_ = || Why::IssuerInvalid.with("it names an address that is not https://");
    let url = Url::parse(text).map_err(|_| unsafe_())?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if may_be_here && is_here(&url) => Ok(url),
        _ => Err(unsafe_()),
    }
}

#[cfg(test)]
mod tests {
    use contracts::sign_in::{Cloud, EntraTenant, Issuer, SignInSettings};

    use super::{Authority, IssuerName, Metadata};

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const OTHER: &str = "a8990e1f-ff32-408a-9f8e-78d3b9139b95";

    fn entra(cloud: Cloud, tenant: EntraTenant, tenants: &[&str]) -> SignInSettings {
        SignInSettings {
            issuer: Issuer::Entra { cloud, tenant },
            client_id: "usher".to_owned(),
            tenants: tenants.iter().map(|tenant| (*tenant).to_owned()).collect(),
            step_up: None,
            scopes: Vec::new(),
        }
    }

    fn other(url: &str) -> SignInSettings {
        SignInSettings {
            issuer: Issuer::Other { url: url.to_owned() },
            ..entra(Cloud::Global, EntraTenant::Organizations, &[])
        }
    }

    fn refusal(settings: &SignInSettings) -> String {
        Authority::of(settings, None).err().map_or_else(String::new, |problem| problem.to_string())
    }

    #[test]
    fn each_cloud_has_its_own_login_host_id_1() {
        let places = Cloud::ALL.map(|cloud| {
            let authority = Authority::of(&entra(cloud, EntraTenant::Id(TENANT.to_owned()), &[]), None);
            authority.expect("it makes sense").configuration.to_string()
        });
        let at = |host: &str| format!("https://{host}/{TENANT}/v2.0/.well-known/openid-configuration");
        assert_eq!(
            places,
            [
                at("login.microsoftonline.com"),
                at("login.microsoftonline.us"),
                at("login.microsoftonline.us"),
                at("login.partner.microsoftonline.cn")
            ]
        );
    }

    #[test]
    fn settings_that_cannot_work_say_what_to_correct() {
        for (settings, words) in [
            (entra(Cloud::Global, EntraTenant::Organizations, &[]), "which of them may sign in"),
            (entra(Cloud::Global, EntraTenant::Organizations, &["contoso.example"]), "a GUID"),
            (entra(Cloud::Global, EntraTenant::Id("contoso.example".to_owned()), &[]), "a GUID"),
            (entra(Cloud::Global, EntraTenant::Id(TENANT.to_owned()), &[OTHER]), "not on the list"),
            (SignInSettings { client_id: String::new(), ..other("https://id.example") }, "application's id"),
            (
                SignInSettings { client_id: "a b".to_owned(), ..other("https://id.example") },
                "application's id",
            ),
            (SignInSettings { step_up: Some(" ".to_owned()), ..other("https://id.example") }, "context"),
            (SignInSettings { scopes: vec!["x".to_owned(); 21], ..other("https://id.example") }, "scopes"),
            (other("id.example"), "cannot be read"),
            (other("http://id.example"), "https://"),
            (other("http://localhost.example"), "https://"),
            (other("ftp://localhost"), "https://"),
            (other("https://rita:secret@id.example"), "credentials"),
            (other("https://id.example/?a=b"), "no query"),
            (other("https://id.example/{tenantid}"), "no place"),
            (other("data:text/html,x"), "no query"),
        ] {
            let said = refusal(&settings);
            assert!(said.contains(words), "{settings:?}: {said}");
        }
        for fine in
            ["https://id.example", "https://id.example/realms/a/", "http://localhost:8080", "http://[::1]:1"]
        {
            assert_eq!(refusal(&other(fine)), "", "{fine}");
        }
    }

    #[test]
    fn an_issuer_of_many_tenants_is_known_by_the_tenant_in_the_middle_id_1() {
        let name = IssuerName::parse("https://login.example/{tenantid}/v2.0");
        assert!(name.is(&format!("https://login.example/{TENANT}/v2.0"), Some(TENANT)));
        assert!(!name.is(&format!("https://login.example/{TENANT}/v2.0"), Some(OTHER)));
        assert!(!name.is(&format!("https://login.example/{TENANT}/v2.0"), None));
        assert!(!name.is("https://login.example/{tenantid}/v2.0", Some("{tenantid}")));
        assert!(!name.is("https://login.example/x/../y/v2.0", Some("x/../y")));
        assert!(name.may_be(&format!("https://login.example/{OTHER}/v2.0")));
        assert!(!name.may_be("https://login.example/v2.0") && !name.may_be("https://evil.example/"));
        let one = IssuerName::parse("https://id.example");
        assert!(one.is("https://id.example", None) && !one.is("https://id.example/", None));
    }

    fn described(change: &str, to: &str) -> Result<Metadata, String> {
        let document = r#"{"issuer":"https://id.example","authorization_endpoint":"https://id.example/a",
            "token_endpoint":"https://id.example/t","jwks_uri":"https://id.example/k",
            "code_challenge_methods_supported":["S256"],"response_types_supported":["code"]}"#;
        assert!(document.contains(change), "{change}");
        let authority = Authority::of(&other("https://id.example"), None).expect("it makes sense");
        Metadata::read(document.replacen(change, to, 1).as_bytes(), &authority)
            .map_err(|problem| format!("{} {problem}", problem.code))
    }

    #[test]
    fn a_description_that_is_not_this_issuers_or_not_safe_is_not_used_id_1() {
        assert!(described("{", "{").is_ok());
        for (change, to, code) in [
            (
                "\"issuer\":\"https://id.example\"",
                "\"issuer\":\"https://id.example/\"",
                "sign-in.wrong-issuer",
            ),
            (
                "\"issuer\":\"https://id.example\"",
                "\"issuer\":\"https://evil.example\"",
                "sign-in.wrong-issuer",
            ),
            ("https://id.example/a", "http://id.example/a", "sign-in.issuer-invalid"),
            ("https://id.example/a", "file:///etc/passwd", "sign-in.issuer-invalid"),
            ("https://id.example/t", "http://localhost/t", "sign-in.issuer-invalid"),
            ("https://id.example/k", "nonsense", "sign-in.issuer-invalid"),
            ("\"S256\"", "\"plain\"", "sign-in.issuer-invalid"),
            ("\"code\"", "\"token\"", "sign-in.issuer-invalid"),
            ("jwks_uri", "jwks", "sign-in.issuer-invalid"),
            ("{", "[", "sign-in.issuer-invalid"),
        ] {
            let refused = described(change, to).expect_err("refused");
            assert!(refused.starts_with(code), "{to}: {refused}");
        }
    }
}
