//! Opening hours as the switchboard keeps them (ROUTE-4): put and removed like other settings, and asked about an instant.
//! What hours mean is the crate `hours`'s; who asks them is a service's workflow.

use crate::apply::Tables;
use crate::draft::Draft;
use crate::event::Event;
use crate::id::CalendarId;
use crate::rejection::Rejection;
use crate::settings::Service;
use crate::time::Timestamp;

/// Calendars of one switchboard at most: one for each branch of a large organisation. With 500 periods each they take some
/// ten megabytes.
const CALENDARS_MAX: usize = 200;

/// Opening hours that services go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Names it in every event.
    pub id: CalendarId,
    /// Its name, its zone and its periods.
    pub hours: hours::Calendar,
}

impl Calendar {
    /// Whether callers are served at this moment. Also why and until when: `hours.at`, which takes longer.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.hours.is_open(at.0)
    }
}

/// Whether an hours step goes on as open: a calendar that is not there does not close anything.
pub(crate) fn is_open(calendar: Option<&Calendar>, at: Timestamp) -> bool {
    calendar.is_none_or(|calendar| calendar.is_open(at))
}

impl Draft<'_> {
    pub(crate) fn put_calendar(&mut self, calendar: &Calendar) -> Result<(), Rejection> {
        let faults = calendar.hours.check();
        if !faults.is_empty() {
            return Err(Rejection::CalendarFaults(faults));
        }
        match self.calendar(calendar.id) {
            Some(known) if known == calendar => return Ok(()),
            Some(_) => {}
            None if self.board.calendars.len() < CALENDARS_MAX => {}
            None => return Err(Rejection::OutOfRange("calendars: at most 200")),
        }
        self.emit(Event::CalendarPut(calendar.clone()));
        Ok(())
    }

    pub(crate) fn remove_calendar(&mut self, calendar: CalendarId) -> Result<(), Rejection> {
        self.calendar(calendar).ok_or(Rejection::UnknownCalendar(calendar))?;
        let asks = |service: &Service| {
            service
                .workflow
                .as_ref()
                .is_some_and(|workflow| workflow.calendars().any(|asked| asked == calendar))
        };
        if self.board.services().any(asks) {
            return Err(Rejection::InUse);
        }
        self.emit(Event::CalendarRemoved { calendar });
        Ok(())
    }
}
