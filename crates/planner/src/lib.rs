//! What if (ROUTE-8): the real engine on virtual time, over scenarios or imported history, and how many attendants a
//! target takes. The figures come from the very formulas of the reports. Knows no store and no screen, and reads no clock.

mod check;
mod counts;
mod dice;
mod estimate;
mod fault;
mod figures;
mod forecast;
mod history;
mod model;
mod output;
mod plan;
mod read;
mod run;
pub mod scenario;
mod schema;
mod tally;
mod world;

pub use estimate::Estimate;
pub use fault::Fault;
pub use figures::{
    Figure, GroupFigures, IntervalFigures, Measure, OutcomeFigure, Results, Scope, Unit, simulate,
};
pub use forecast::{
    AHEAD_DAYS_MAX, BANDS, DayAhead, DayForecast, Forecast, LeftOut, NoForecast, PastDay, Spread, WEEKS_MIN,
};
pub use history::{IntervalProfile, PastCall, Profile, Talk};
pub use model::{ATTENDANTS_MAX, CALLS_MAX, Model};
pub use plan::{Ask, PLANNED_CALLS_MAX, PLANNED_MAX, Plan, PlanError, PlannedInterval, Reason, Target, plan};
pub use read::{Format, ReadFile, SCENARIO_BYTES_MAX, read};
pub use run::{Cancelled, Progress, Unwatched, Watch};
pub use scenario::Scenario;
pub use schema::schema;
