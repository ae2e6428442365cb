-- What reports ask of two years.

-- Sums of attendants in the order in which they are read: of a service and an interval all attendants. They are worked out again
-- from the records, for the formulas count up with this release.
DROP TABLE user_rollups;
CREATE TABLE user_rollups (
    level INTEGER NOT NULL,
    service INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    attendant INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (level, service, slot, attendant)
) STRICT, WITHOUT ROWID;

-- Calls of an attendant, and those that ended in one way, are found without looking at all calls of the time.
CREATE INDEX user_sessions_by_attendant ON user_sessions (attendant, began, call, part);
DROP INDEX call_records_by_arrival;
CREATE INDEX call_records_by_arrival ON call_records (simulated, arrived, call, part, service, outcome);
