//! Names on the wire for words of the engine, both ways. Nothing but that.

use contracts::book::{Contact, EndpointKind};
use contracts::safekeeping::{KeyHome, Recovery, RestorePointKind};
use engine::{Distribution, Expected, NotAvailable, Presence, Treatment};

use reporting::kpi::Kpi;

use super::wire::reports::KpiName;
use super::wire::{
    ContactView, CustomView, DistributionName, EndpointKindName, EndpointView, ExpectedName, KeyHomeName,
    NotAvailableName, OriginView, PresenceName, RecoveryName, RestorePointKindName, SipAccountView,
    SipTransport, TreatmentName,
};

macro_rules! both_ways {
    ($engine:ident = $wire:ident { $($variant:ident),+ }) => {
        impl From<$engine> for $wire {
            fn from(value: $engine) -> $wire {
                match value { $($engine::$variant => $wire::$variant),+ }
            }
        }
        impl From<$wire> for $engine {
            fn from(value: $wire) -> $engine {
                match value { $($wire::$variant => $engine::$variant),+ }
            }
        }
    };
}

both_ways!(Presence = PresenceName { Available, Busy, Away, DoNotDisturb, InACall, Offline });
both_ways!(NotAvailable = NotAvailableName { Break, Lunch, Meeting, Training, Other });
both_ways!(Expected = ExpectedName { Closed, Rings, Waits, WaitsToBePicked, NobodyOnDuty, NoMembers });
both_ways!(
    Distribution = DistributionName { LongestIdle, FewestCalls, RoundRobin, FixedOrder, PickUp, Broadcast }
);
both_ways!(Treatment = TreatmentName { Ringing, Music, Silence });
both_ways!(EndpointKind = EndpointKindName { Work, Mobile, Home, Sip, Voicemail, Other });

both_ways!(
    Kpi = KpiName {
        ServiceLevelAbandonsIgnored,
        ServiceLevelAbandonsNegative,
        ServiceLevelAbandonsPositive,
        AcceptanceSla,
        HangUpSla,
        Reachability,
        Asa,
        AbandonmentRate,
        Aht,
        Occupancy
    }
);

type StoredTransport = contracts::connectors::SipTransport;
both_ways!(StoredTransport = SipTransport { Udp, Tcp });
both_ways!(KeyHome = KeyHomeName { Keychain, File, RecoveryKey });
both_ways!(Recovery = RecoveryName { Unconfirmed, Renewing, Confirmed });
both_ways!(RestorePointKind = RestorePointKindName { Full, Increment });

impl From<&Contact> for ContactView {
    fn from(contact: &Contact) -> ContactView {
        ContactView {
            id: contact.id.to_string(),
            display_name: contact.display_name.clone(),
            company: contact.company.clone(),
            department: contact.department.clone(),
            title: contact.title.clone(),
            city: contact.city.clone(),
            email: contact.email.clone(),
            endpoints: contact
                .endpoints
                .iter()
                .map(|endpoint| EndpointView {
                    kind: endpoint.kind.into(),
                    address: endpoint.address.clone(),
                })
                .collect(),
            notes: contact.notes.clone(),
            internal: contact.internal,
            custom: contact
                .custom
                .iter()
                .map(|custom| CustomView { name: custom.name.clone(), value: custom.value.clone() })
                .collect(),
            matched: Vec::new(),
            marks: Vec::new(),
            origins: vec![OriginView {
                contact: contact.id.to_string(),
                book: contact.book.clone(),
                name: contact.book.clone(),
            }],
            favourite: false,
            presence: None,
            gone: false,
        }
    }
}

impl From<&contracts::connectors::SipAccount> for SipAccountView {
    fn from(account: &contracts::connectors::SipAccount) -> SipAccountView {
        SipAccountView {
            user: account.user.clone(),
            auth_user: account.auth_user.clone(),
            registrar: account.registrar.clone(),
            domain: account.domain.clone(),
            transport: account.transport.into(),
            display_name: account.display_name.clone(),
        }
    }
}
