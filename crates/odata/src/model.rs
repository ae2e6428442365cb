//! What a feed consists of: sets of entities with their properties and the ways from one to another. Does not know any of them.

use crate::problem::Problem;

/// The type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Edm.Boolean`.
    Bool,
    /// `Edm.Int64`.
    Int,
    /// `Edm.Double`.
    Number,
    /// `Edm.String`.
    Text,
    /// `Edm.DateTimeOffset`, in UTC, by the millisecond.
    Time,
    /// `Edm.Date`.
    Date,
}

impl Kind {
    /// Its name in OData.
    pub fn edm(self) -> &'static str {
        match self {
            Kind::Bool => "Edm.Boolean",
            Kind::Int => "Edm.Int64",
            Kind::Number => "Edm.Double",
            Kind::Text => "Edm.String",
            Kind::Time => "Edm.DateTimeOffset",
            Kind::Date => "Edm.Date",
        }
    }

    /// Whether values of these two kinds can be compared.
    pub(crate) fn compares(self, other: Kind) -> bool {
        self == other || (self.is_number() && other.is_number())
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Kind::Int | Kind::Number)
    }
}

/// A property of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
}

/// The way from an entity to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Navigation {
    /// Its name.
    pub name: &'static str,
    /// The set it leads to.
    pub set: &'static str,
    /// Whether it leads to many.
    pub many: bool,
    /// The property here that holds the key of the one it leads to; nothing where it leads to many.
    pub by: Option<&'static str>,
}

/// A set of entities, and their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityType {
    /// The name of one.
    pub name: &'static str,
    /// The name of the set.
    pub set: &'static str,
    /// Properties; the first is the key.
    pub properties: &'static [Property],
    /// Ways to others.
    pub navigations: &'static [Navigation],
}

impl EntityType {
    /// The columns of its rows.
    pub fn shape(&'static self) -> Shape {
        let column = |property: &Property| Column { name: property.name.to_owned(), kind: property.kind };
        Shape { columns: self.properties.iter().map(column).collect(), entity: Some(self) }
    }

    /// The way of this name.
    pub fn way(&self, name: &str) -> Option<&'static Navigation> {
        self.navigations.iter().find(|way| way.name == name)
    }

    /// That no such way leads from here.
    pub(crate) fn leads_not(&self, name: &str) -> Problem {
        let known: Vec<&str> = self.navigations.iter().map(|way| way.name).collect();
        let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
        Problem::malformed(format!("'{name}' does not lead from here; there is {known}"))
    }

    /// The place of a property.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.properties.iter().position(|property| property.name == name)
    }
}

/// A property of another entity, to which each of these ways leads from one to the next: `Service/OrganizationUnit/Name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Ways to one each; there is one at least.
    pub ways: Vec<&'static Navigation>,
    /// The place of the property in the last entity.
    pub place: usize,
}

/// All sets of a feed.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// The namespace of the types.
    pub namespace: &'static str,
    /// The sets, in the order in which they are shown.
    pub sets: &'static [EntityType],
}

impl Model {
    /// The set of this name.
    pub fn set(&self, name: &str) -> Option<&'static EntityType> {
        self.sets.iter().find(|entity| entity.set == name)
    }
}

/// A column of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub kind: Kind,
}

/// What rows look like: those of a set, or what grouping made of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Columns in their order.
    pub columns: Vec<Column>,
    /// The set, while nothing was grouped.
    pub entity: Option<&'static EntityType>,
}

impl Shape {
    /// The place of a column, or a refusal that says what there is.
    pub fn place(&self, name: &str) -> Result<usize, Problem> {
        self.columns.iter().position(|column| column.name == name).ok_or_else(|| {
            let is_way = self.entity.is_some_and(|entity| entity.way(name).is_some());
            if is_way {
                return Problem::not_supported(format!(
                    "'{name}' leads to other entities; name a property here, such as their id"
                ));
            }
            let known: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
            Problem::malformed(format!("there is no property '{name}'; there are {}", known.join(", ")))
        })
    }
}
