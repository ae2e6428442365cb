//! Which service somebody dialled (ROUTE-1): addresses of services, kept as a setting, looked up at the entrance. Knows no
//! service but by its id; whether there is such a service, the switchboard knows.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use contracts::Address;
use contracts::journal::StoreError;
use contracts::settings::SettingsStore;
use directory::Lines;
use engine::ServiceId;
use serde::{Deserialize, Serialize};

use crate::app::MAIN_LINE;

/// Setting: the addresses of the services.
const SERVICE_ADDRESSES: &str = "service_addresses";
/// Addresses of one service: more than any has printed on its letters.
pub const ADDRESSES_MAX: usize = 20;
/// Addresses of all services, so that the setting fits its 64 KiB whatever they are.
pub const ADDRESSES_ALL_MAX: usize = 400;
/// Characters of an address; for the same reason.
pub const ADDRESS_CHARS_MAX: usize = 100;

/// The addresses of all services.
pub struct Dialled {
    settings: Arc<dyn SettingsStore>,
    plan: RwLock<Arc<Plan>>,
}

/// Which address reaches which service.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The service of every address that no service names.
    pub otherwise: ServiceId,
    of: BTreeMap<ServiceId, Vec<Address>>,
    lines: Lines<ServiceId>,
}

/// An address that reaches another service already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The place in the list, from 0.
    pub place: usize,
    /// Which service has it.
    pub service: ServiceId,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    otherwise: String,
    services: BTreeMap<String, Vec<String>>,
}

impl Dialled {
    /// As it was kept; at first everything reaches the main line.
    pub async fn open(settings: Arc<dyn SettingsStore>) -> Result<Dialled, StoreError> {
        let plan = match settings.get(SERVICE_ADDRESSES).await? {
            Some(json) => read(&json)
                .ok_or_else(|| StoreError::Damaged(format!("the setting '{SERVICE_ADDRESSES}'")))?,
            None => Plan::new(MAIN_LINE),
        };
        Ok(Dialled { settings, plan: RwLock::new(Arc::new(plan)) })
    }

    /// The addresses of this moment.
    pub fn plan(&self) -> Arc<Plan> {
        self.plan.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps other addresses; they count from the next caller on.
    pub async fn keep(&self, plan: Plan) -> Result<(), StoreError> {
        let services = plan.of.iter().filter(|(_, addresses)| !addresses.is_empty());
        let stored = Stored {
            otherwise: plan.otherwise.to_string(),
            services: services
                .map(|(id, addresses)| (id.to_string(), addresses.iter().map(Address::to_string).collect()))
                .collect(),
        };
        let json =
            serde_json::to_string(&stored).map_err(|error| StoreError::OutOfRange(error.to_string()))?;
        self.settings.put(SERVICE_ADDRESSES, &json).await?;
        *self.plan.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
        Ok(())
    }
}

impl Plan {
    fn new(otherwise: ServiceId) -> Plan {
        Plan { otherwise, of: BTreeMap::new(), lines: Lines::default() }
    }

    /// The service of a dialled address.
    pub fn service(&self, dialled: &Address) -> ServiceId {
        self.lines.find(dialled).unwrap_or(self.otherwise)
    }

    /// The addresses of one service.
    pub fn of(&self, service: ServiceId) -> &[Address] {
        self.of.get(&service).map_or(&[], Vec::as_slice)
    }

    /// How many addresses there are.
    pub fn count(&self) -> usize {
        self.of.values().map(Vec::len).sum()
    }

    /// The plan with these addresses of one service in place of those before, without services that are no more.
    pub fn with(
        &self,
        service: ServiceId,
        addresses: Vec<Address>,
        exists: impl Fn(ServiceId) -> bool,
    ) -> Result<Plan, Clash> {
        let mut plan = Plan::new(self.otherwise);
        for (other, theirs) in self.of.iter().filter(|(other, _)| **other != service && exists(**other)) {
            plan.put(*other, theirs.clone());
        }
        for (place, address) in addresses.iter().enumerate() {
            plan.lines.add(address, service).map_err(|service| Clash { place, service })?;
        }
        plan.of.insert(service, addresses);
        Ok(plan)
    }

    /// What was kept did not clash then; should it by the rules of today, the first one has the address.
    fn put(&mut self, service: ServiceId, addresses: Vec<Address>) {
        for address in &addresses {
            let _ = self.lines.add(address, service);
        }
        self.of.insert(service, addresses);
    }
}

fn read(json: &str) -> Option<Plan> {
    let stored: Stored = serde_json::from_str(json).ok()?;
    let mut plan = Plan::new(stored.otherwise.parse().ok()?);
    for (service, addresses) in stored.services {
        let service: ServiceId = service.parse().ok()?;
        let addresses: Vec<Address> =
            addresses.iter().map(|address| Address::parse(address).ok()).collect::<Option<_>>()?;
        plan.put(service, addresses);
    }
    Some(plan)
}
