//! Whose law a place is under (DATA-5): jurisdictions, what cloud regions belong to them, and what a deployment allows. Does
//! not ask a cloud where a bucket is; whoever declares a wrong region deceives only himself, so the docs say how to look.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A country, or the European Union as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Jurisdiction {
    /// Any member state of the European Union.
    EuropeanUnion,
    /// Australia.
    Australia,
    /// Austria, in the Union.
    Austria,
    /// Belgium, in the Union.
    Belgium,
    /// Brazil.
    Brazil,
    /// Canada.
    Canada,
    /// Denmark, in the Union.
    Denmark,
    /// Finland, in the Union.
    Finland,
    /// France, in the Union.
    France,
    /// Germany, in the Union.
    Germany,
    /// India.
    India,
    /// Ireland, in the Union.
    Ireland,
    /// Italy, in the Union.
    Italy,
    /// Japan.
    Japan,
    /// Netherlands, in the Union.
    Netherlands,
    /// Norway: in the European Economic Area, not in the Union.
    Norway,
    /// Poland, in the Union.
    Poland,
    /// Singapore.
    Singapore,
    /// South Africa.
    SouthAfrica,
    /// South Korea.
    SouthKorea,
    /// Spain, in the Union.
    Spain,
    /// Sweden, in the Union.
    Sweden,
    /// Switzerland.
    Switzerland,
    /// United Arab Emirates.
    UnitedArabEmirates,
    /// United Kingdom.
    UnitedKingdom,
    /// United States of America.
    UnitedStates,
}

use Jurisdiction as J;

/// Every jurisdiction: two letters as in ISO 3166 (`EU` for the Union), and its English name.
const NAMES: &[(Jurisdiction, &str, &str)] = &[
    (J::EuropeanUnion, "EU", "European Union"),
    (J::Australia, "AU", "Australia"),
    (J::Austria, "AT", "Austria"),
    (J::Belgium, "BE", "Belgium"),
    (J::Brazil, "BR", "Brazil"),
    (J::Canada, "CA", "Canada"),
    (J::Denmark, "DK", "Denmark"),
    (J::Finland, "FI", "Finland"),
    (J::France, "FR", "France"),
    (J::Germany, "DE", "Germany"),
    (J::India, "IN", "India"),
    (J::Ireland, "IE", "Ireland"),
    (J::Italy, "IT", "Italy"),
    (J::Japan, "JP", "Japan"),
    (J::Netherlands, "NL", "Netherlands"),
    (J::Norway, "NO", "Norway"),
    (J::Poland, "PL", "Poland"),
    (J::Singapore, "SG", "Singapore"),
    (J::SouthAfrica, "ZA", "South Africa"),
    (J::SouthKorea, "KR", "South Korea"),
    (J::Spain, "ES", "Spain"),
    (J::Sweden, "SE", "Sweden"),
    (J::Switzerland, "CH", "Switzerland"),
    (J::UnitedArabEmirates, "AE", "United Arab Emirates"),
    (J::UnitedKingdom, "GB", "United Kingdom"),
    (J::UnitedStates, "US", "United States"),
];

/// Amazon's regions: docs.aws.amazon.com/global-infrastructure, and the European Sovereign Cloud.
const AWS: &[(&str, Jurisdiction)] = &[
    ("eu-central-1", J::Germany),
    ("eu-central-2", J::Switzerland),
    ("eu-west-1", J::Ireland),
    ("eu-west-2", J::UnitedKingdom),
    ("eu-west-3", J::France),
    ("eu-north-1", J::Sweden),
    ("eu-south-1", J::Italy),
    ("eu-south-2", J::Spain),
    ("eusc-de-east-1", J::Germany),
    ("us-east-1", J::UnitedStates),
    ("us-east-2", J::UnitedStates),
    ("us-west-1", J::UnitedStates),
    ("us-west-2", J::UnitedStates),
    ("us-gov-east-1", J::UnitedStates),
    ("us-gov-west-1", J::UnitedStates),
    ("ca-central-1", J::Canada),
    ("ca-west-1", J::Canada),
    ("sa-east-1", J::Brazil),
    ("af-south-1", J::SouthAfrica),
    ("me-central-1", J::UnitedArabEmirates),
    ("ap-south-1", J::India),
    ("ap-south-2", J::India),
    ("ap-southeast-1", J::Singapore),
    ("ap-southeast-2", J::Australia),
    ("ap-southeast-4", J::Australia),
    ("ap-northeast-1", J::Japan),
    ("ap-northeast-2", J::SouthKorea),
    ("ap-northeast-3", J::Japan),
];

/// Microsoft's regions: learn.microsoft.com/azure/reliability/regions-list.
const AZURE: &[(&str, Jurisdiction)] = &[
    ("switzerlandnorth", J::Switzerland),
    ("switzerlandwest", J::Switzerland),
    ("germanywestcentral", J::Germany),
    ("germanynorth", J::Germany),
    ("uksouth", J::UnitedKingdom),
    ("ukwest", J::UnitedKingdom),
    ("westeurope", J::Netherlands),
    ("northeurope", J::Ireland),
    ("francecentral", J::France),
    ("francesouth", J::France),
    ("austriaeast", J::Austria),
    ("belgiumcentral", J::Belgium),
    ("denmarkeast", J::Denmark),
    ("italynorth", J::Italy),
    ("polandcentral", J::Poland),
    ("spaincentral", J::Spain),
    ("swedencentral", J::Sweden),
    ("swedensouth", J::Sweden),
    ("norwayeast", J::Norway),
    ("norwaywest", J::Norway),
    ("eastus", J::UnitedStates),
    ("eastus2", J::UnitedStates),
    ("centralus", J::UnitedStates),
    ("northcentralus", J::UnitedStates),
    ("southcentralus", J::UnitedStates),
    ("westcentralus", J::UnitedStates),
    ("westus", J::UnitedStates),
    ("westus2", J::UnitedStates),
    ("westus3", J::UnitedStates),
    ("usgovvirginia", J::UnitedStates),
    ("usgovarizona", J::UnitedStates),
    ("usgovtexas", J::UnitedStates),
    ("canadacentral", J::Canada),
    ("canadaeast", J::Canada),
    ("brazilsouth", J::Brazil),
    ("brazilsoutheast", J::Brazil),
    ("southafricanorth", J::SouthAfrica),
    ("southafricawest", J::SouthAfrica),
    ("uaenorth", J::UnitedArabEmirates),
    ("uaecentral", J::UnitedArabEmirates),
    ("centralindia", J::India),
    ("southindia", J::India),
    ("westindia", J::India),
    ("southeastasia", J::Singapore),
    ("australiaeast", J::Australia),
    ("australiasoutheast", J::Australia),
    ("australiacentral", J::Australia),
    ("australiacentral2", J::Australia),
    ("japaneast", J::Japan),
    ("japanwest", J::Japan),
    ("koreacentral", J::SouthKorea),
    ("koreasouth", J::SouthKorea),
];

/// Whose table of regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Amazon.
    Aws,
    /// Microsoft.
    Azure,
}

impl Jurisdiction {
    /// Every one: the Union, then by name.
    pub fn all() -> impl Iterator<Item = Jurisdiction> {
        NAMES.iter().map(|(jurisdiction, ..)| *jurisdiction)
    }

    /// Its two letters.
    pub fn letters(self) -> &'static str {
        NAMES.iter().find(|(named, ..)| *named == self).map_or("?", |(_, letters, _)| letters)
    }

    /// Of a cloud's region, in the cloud's own name for it. `None` when the region is not in our table.
    pub fn of_region(cloud: Cloud, region: &str) -> Option<Jurisdiction> {
        let table = match cloud {
            Cloud::Aws => AWS,
            Cloud::Azure => AZURE,
        };
        table.iter().find(|(name, _)| *name == region).map(|(_, jurisdiction)| *jurisdiction)
    }

    /// Whether what may be kept here may be kept there: the same, or a member of the Union where the Union is allowed.
    pub fn covers(self, there: Jurisdiction) -> bool {
        self == there || (self == J::EuropeanUnion && there.is_in_the_union())
    }

    fn is_in_the_union(self) -> bool {
        match self {
            J::EuropeanUnion
            | J::Austria
            | J::Belgium
            | J::Denmark
            | J::Finland
            | J::France
            | J::Germany
            | J::Ireland
            | J::Italy
            | J::Netherlands
            | J::Poland
            | J::Spain
            | J::Sweden => true,
            J::Australia
            | J::Brazil
            | J::Canada
            | J::India
            | J::Japan
            | J::Norway
            | J::Singapore
            | J::SouthAfrica
            | J::SouthKorea
            | J::Switzerland
            | J::UnitedArabEmirates
            | J::UnitedKingdom
            | J::UnitedStates => false,
        }
    }
}

impl fmt::Display for Jurisdiction {
    /// Its English name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(named, ..)| named == self).map_or("?", |(.., name)| name);
        f.write_str(name)
    }
}

impl FromStr for Jurisdiction {
    type Err = String;

    /// Its two letters, its English name, or a region of Amazon or Microsoft that lies in it.
    fn from_str(text: &str) -> Result<Jurisdiction, String> {
        let named = NAMES
            .iter()
            .find(|(_, letters, name)| letters.eq_ignore_ascii_case(text) || name.eq_ignore_ascii_case(text))
            .map(|(jurisdiction, ..)| *jurisdiction);
        let lower = text.to_ascii_lowercase();
        named
            .or_else(|| (lower == "uk").then_some(J::UnitedKingdom))
            .or_else(|| Jurisdiction::of_region(Cloud::Azure, &lower))
            .or_else(|| Jurisdiction::of_region(Cloud::Aws, &lower))
            .ok_or_else(|| format!("\"{text}\" is neither a country nor a region we know (CH, DE, EU, GB, US, switzerlandnorth …)"))
    }
}

/// Where a deployment declares its data to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Residency {
    /// Where the deployment itself is.
    pub home: Jurisdiction,
    /// Where it may recover, when that is another one.
    pub recovery: Option<Jurisdiction>,
}

impl Residency {
    /// Whether data of the deployment may be kept there.
    pub fn allows(&self, there: Jurisdiction) -> bool {
        self.home.covers(there) || self.recovery.is_some_and(|recovery| recovery.covers(there))
    }
}

impl fmt::Display for Residency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.recovery {
            Some(recovery) if recovery != self.home => write!(f, "{} and {recovery}", self.home),
            Some(_) | None => write!(f, "{}", self.home),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AWS, AZURE, Cloud, Jurisdiction as J, NAMES, Residency};

    #[test]
    fn the_regions_of_the_statement_are_where_it_says() {
        for (region, want) in [
            ("switzerlandnorth", J::Switzerland),
            ("switzerlandwest", J::Switzerland),
            ("germanywestcentral", J::Germany),
            ("germanynorth", J::Germany),
            ("uksouth", J::UnitedKingdom),
            ("ukwest", J::UnitedKingdom),
        ] {
            assert_eq!(J::of_region(Cloud::Azure, region), Some(want));
        }
        assert_eq!(J::of_region(Cloud::Aws, "eu-central-2"), Some(J::Switzerland));
        assert_eq!(J::of_region(Cloud::Aws, "switzerlandnorth"), None, "each cloud has its own names");
        assert_eq!(J::of_region(Cloud::Aws, "eu-central-9"), None);
    }

    #[test]
    fn a_region_stands_once_in_its_table_and_every_jurisdiction_has_a_name() {
        for table in [AWS, AZURE] {
            for (at, (region, jurisdiction)) in table.iter().enumerate() {
                assert!(table[..at].iter().all(|(other, _)| other != region), "{region}");
                assert!(NAMES.iter().any(|(named, ..)| named == jurisdiction), "{jurisdiction:?}");
            }
        }
        for (jurisdiction, letters, name) in NAMES {
            assert_eq!((letters.parse(), name.parse()), (Ok(*jurisdiction), Ok(*jurisdiction)));
            assert_eq!((jurisdiction.to_string().as_str(), jurisdiction.letters()), (*name, *letters));
        }
    }

    #[test]
    fn the_union_covers_its_members_and_no_member_covers_the_union() {
        assert!(J::EuropeanUnion.covers(J::Germany));
        assert!(!J::Germany.covers(J::EuropeanUnion));
        assert!(!J::EuropeanUnion.covers(J::Switzerland) && !J::EuropeanUnion.covers(J::Norway));
        let swiss = Residency { home: J::Switzerland, recovery: None };
        assert!(swiss.allows(J::Switzerland) && !swiss.allows(J::Germany));
        let with_recovery = Residency { home: J::Switzerland, recovery: Some(J::EuropeanUnion) };
        assert!(with_recovery.allows(J::Germany) && !with_recovery.allows(J::UnitedStates));
        assert_eq!(with_recovery.to_string(), "Switzerland and European Union");
    }
}
