//! OData v4.0 (OASIS): reads what a URL asks of a feed, judges, groups and sorts rows that somebody else has, and writes answers
//! as JSON and the model as CSDL. Pure: knows no HTTP, no store and no entity of Usher. Nothing here writes: a feed is read only.
//!
//! Everything that comes in has a limit, and what is refused says where it went wrong.

mod csdl;
mod filter;
mod group;
mod lexer;
mod model;
mod order;
mod problem;
mod query;
mod url;
mod value;
mod write;

pub use csdl::{csdl_json, csdl_xml};
pub use filter::{Bounds, Expr, NODES_MAX, time_bounds};
pub use group::{GROUPS_MAX, Groups};
pub use model::{Column, EntityType, Kind, Model, Navigation, Property, Reach, Shape};
pub use order::{SORTED_MAX, Sorted};
pub use problem::{Problem, Refusal};
pub use query::{Aggregate, Asked, Clock, Expand, Grouping, Method, Query, SortKey};
pub use url::{Resource, URL_BYTES_MAX, UrlOption, encoded, options, resource};
pub use value::Value;
pub use write::{Expanded, Row, error, page_begin, page_end, row, service_document};
