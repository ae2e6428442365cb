//! The account as the connector uses it: parsed once, with the URIs that follow from it, and the way between SIP URIs
//! and addresses as a person dials them. Does not talk to the network, except to look up the registrar's name.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use contracts::Address;
use contracts::connectors::{SipAccount, SipTransport};
use contracts::secrets::Secret;
use contracts::telephony::TelephonyError;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::sip::{Auth, HostWithPort, Param, Scheme, Transport, Uri};
use rsipstack::transport::SipAddr;

/// SIP's own port, used where the account names none.
const PORT: u16 = 5060;

/// A parsed account with its password.
pub(super) struct Account {
    /// User part of the address of record.
    pub(super) user: String,
    /// Domain of the address of record.
    pub(super) domain: HostWithPort,
    /// Host of the registrar.
    pub(super) host: String,
    /// Port of the registrar.
    pub(super) port: u16,
    /// How to reach it.
    pub(super) transport: SipTransport,
    /// Without characters that could end a quoted string.
    pub(super) display_name: Option<String>,
    auth_user: String,
    password: Secret,
}

impl Account {
    /// Refuses what cannot become a SIP URI.
    pub(super) fn parse(account: &SipAccount, password: Secret) -> Result<Account, TelephonyError> {
        let refused = |what: &str| TelephonyError::Refused(format!("the account's {what} is not usable"));
        let registrar = account.registrar.trim().trim_start_matches("sip:");
        let (host, port) = host_and_port(registrar).ok_or_else(|| refused("registrar"))?;
        let user = Address::parse(&account.user).map_err(|_| refused("user"))?;
        let domain = if account.domain.trim().is_empty() { registrar } else { account.domain.trim() };
        let domain = HostWithPort::try_from(domain).map_err(|_| refused("domain"))?;
        if std::str::from_utf8(password.danger_expose()).is_err() {
            return Err(refused("password"));
        }
        let name: String =
            account.display_name.chars().filter(|c| !c.is_control() && !"\"\\<>".contains(*c)).collect();
        Ok(Account {
            auth_user: if account.auth_user.is_empty() {
                user.user().to_owned()
            } else {
                account.auth_user.clone()
            },
            user: user.user().to_owned(),
            domain,
            host,
            port,
            transport: account.transport,
            display_name: Some(name.trim().to_owned()).filter(|name| !name.is_empty()),
            password,
        })
    }

    /// For digest authentication.
    pub(super) fn credential(&self) -> Credential {
        Credential {
            username: self.user.clone(),
            password: String::from_utf8_lossy(self.password.danger_expose()).into_owned(),
            realm: None,
            auth_username: Some(self.auth_user.clone()),
        }
    }

    /// The transport in the stack's words.
    pub(super) fn transport(&self) -> Transport {
        match self.transport {
            SipTransport::Udp => Transport::Udp,
            SipTransport::Tcp => Transport::Tcp,
        }
    }

    /// `sip:user@domain`, who we are.
    pub(super) fn address_of_record(&self) -> Uri {
        Uri { auth: Some(Auth { user: self.user.clone(), password: None }), ..self.domain_uri() }
    }

    /// `sip:domain`, the Request-URI of a REGISTER. The transport parameter makes the stack send it over TCP.
    pub(super) fn domain_uri(&self) -> Uri {
        Uri {
            scheme: Some(Scheme::Sip),
            auth: None,
            host_with_port: self.domain.clone(),
            params: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Where people reach us. Over TCP it says so: without `transport=tcp` the registrar would send UDP to this port.
    pub(super) fn contact(&self, local: SocketAddr) -> Uri {
        let params = match self.transport {
            SipTransport::Udp => Vec::new(),
            SipTransport::Tcp => vec![Param::Transport(Transport::Tcp)],
        };
        Uri { host_with_port: local.into(), params, ..self.address_of_record() }
    }

    /// The URI to dial for an address: a number without a host is one of our telephone system.
    pub(super) fn uri_of(&self, address: &Address) -> Result<Uri, TelephonyError> {
        let host = match address.host() {
            Some(host) => HostWithPort::try_from(host)
                .map_err(|_| TelephonyError::Refused("the address has no usable host".into()))?,
            None => self.domain.clone(),
        };
        let auth = Some(Auth { user: address.user().to_owned(), password: None });
        Ok(Uri {
            scheme: Some(Scheme::Sip),
            auth,
            host_with_port: host,
            params: Vec::new(),
            headers: Vec::new(),
        })
    }

    /// The address a person would dial to reach this URI: the user part alone for numbers and for people of our own
    /// telephone system.
    pub(super) fn address_of(&self, uri: &Uri) -> Option<Address> {
        let host = uri.host_with_port.host.to_string();
        let user = uri.user().map(percent_decoded).unwrap_or_default();
        let user = user.split(';').next().unwrap_or_default();
        if user.is_empty() {
            return Address::parse(&host).ok();
        }
        let number = user.chars().all(|c| c.is_ascii_digit() || "+*#-.".contains(c));
        let ours =
            host.eq_ignore_ascii_case(&self.domain.host.to_string()) || host.eq_ignore_ascii_case(&self.host);
        if number || ours {
            Address::parse(user).ok()
        } else {
            Address::parse(&format!("{user}@{host}")).ok()
        }
    }

    /// Looks the registrar up.
    pub(super) async fn resolve(&self) -> Result<SocketAddr, String> {
        if let Ok(ip) = self.host.parse::<IpAddr>() {
            return Ok(SocketAddr::new(ip, self.port));
        }
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let mut found: Vec<SocketAddr> =
            found.map_err(|_| format!("the name {} is not known here", self.host))?.collect();
        found.sort_by_key(|address| address.is_ipv6());
        found.first().copied().ok_or_else(|| format!("the name {} has no address", self.host))
    }

    /// Where the stack sends requests that begin something.
    pub(super) fn proxy(&self, registrar: SocketAddr) -> SipAddr {
        SipAddr::new(self.transport(), registrar.into())
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some((address.ip().to_string(), address.port()));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, port.parse().ok()?),
        _ => (text, PORT),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let usable = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c));
    usable.then(|| (host.to_owned(), port))
}

/// The local address from which `registrar` is reached; the default route's where the registrar is not known yet.
pub(super) fn local_address_towards(registrar: Option<SocketAddr>) -> IpAddr {
    // No packet is sent: connecting a UDP socket only asks the routing table. 192.0.2.1 is a documentation address.
    let target = registrar.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), PORT));
    let any = if target.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
    let asked = UdpSocket::bind(any).and_then(|socket| {
        socket.connect(target)?;
        socket.local_addr()
    });
    asked.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}

/// Undoes `%XX`. The stack does not when it parses a URI and encodes again when it prints one, so that a `%23` would
/// travel as `%2523`: every URI that goes back out passes through [`printable`].
pub(super) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let decoded = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(decoded.unwrap_or(bytes[at]));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A parsed URI as it may be printed again.
pub(super) fn printable(mut uri: Uri) -> Uri {
    if let Some(auth) = &mut uri.auth {
        auth.user = percent_decoded(&auth.user);
    }
    uri
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    fn account(registrar: &str, domain: &str) -> Account {
        let words = SipAccount {
            user: "carol".into(),
            auth_user: String::new(),
            registrar: registrar.into(),
            domain: domain.into(),
            transport: SipTransport::Tcp,
            display_name: "Ca\"rol\r\n".into(),
        };
        Account::parse(&words, Secret::new(b"secret".to_vec())).unwrap()
    }

    #[test]
    fn a_number_without_host_is_dialled_at_our_domain_and_a_hash_survives() {
        let account = account("pbx.example.com:5070", "example.com");
        let dial = |text: &str| account.uri_of(&Address::parse(text).unwrap()).unwrap().to_string();
        assert_eq!(dial("*97#"), "sip:*97%23@example.com");
        assert_eq!(dial("anna@other.org"), "sip:anna@other.org");
        assert_eq!((account.host.as_str(), account.port), ("pbx.example.com", 5070));
    }

    #[test]
    fn people_of_our_own_system_have_short_addresses() {
        let account = account("10.0.0.1", "example.com");
        let short = |uri: &str| account.address_of(&Uri::try_from(uri).unwrap()).unwrap().to_string();
        assert_eq!(short("sip:anna@example.com"), "anna");
        assert_eq!(short("sip:+41445556677@sbc.carrier.net;user=phone"), "+41445556677");
        assert_eq!(short("sip:anna@other.org"), "anna@other.org");
        assert_eq!(short("sip:*97%23@example.com"), "*97#");
    }

    #[test]
    fn a_contact_over_tcp_says_so() {
        let contact = account("10.0.0.1", "").contact(SocketAddr::from(([10, 0, 0, 2], 5062)));
        assert_eq!(contact.to_string(), "sip:carol@10.0.0.2:5062;transport=TCP");
    }

    #[test]
    fn a_percent_sign_in_a_contact_is_not_encoded_twice() {
        let contact = Uri::try_from("sip:a%23b@10.0.0.2:5062").unwrap();
        assert_eq!(
            contact.to_string(),
            "sip:a%2523b@10.0.0.2:5062",
            "the stack's own way: drop `printable` once it is mended"
        );
        assert_eq!(printable(contact).to_string(), "sip:a%23b@10.0.0.2:5062");
    }

    #[test]
    fn a_display_name_cannot_end_its_quotes() {
        assert_eq!(account("10.0.0.1", "").display_name.as_deref(), Some("Carol"));
    }

    #[test]
    fn the_registrar_may_name_its_port_and_be_an_address() {
        for (text, want) in [
            ("pbx", ("pbx", 5060)),
            ("[::1]:7", ("::1", 7)),
            ("[::1]", ("::1", 5060)),
            ("10.0.0.1:9", ("10.0.0.1", 9)),
        ] {
            assert_eq!(host_and_port(text), Some((want.0.to_owned(), want.1)), "{text}");
        }
        for text in ["", "a b", "pbx:port"] {
            assert_eq!(host_and_port(text), None, "{text}");
        }
    }
}
