-- Reports: what each attendant's part in a call took, what attendants did, where a call came from, and sums by intervals.

-- Of sessions before this release it is not known; they count with no time.
ALTER TABLE user_sessions ADD COLUMN ring_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user_sessions ADD COLUMN connected_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user_sessions ADD COLUMN hold_ms INTEGER NOT NULL DEFAULT 0;

-- The import that brought the call; none: it happened here.
ALTER TABLE call_records ADD COLUMN import INTEGER;

-- What attendants on duty did, one state after the other.
CREATE TABLE user_states (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    attendant INTEGER NOT NULL,
    state INTEGER NOT NULL,
    service INTEGER,
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    began INTEGER NOT NULL,
    ended INTEGER NOT NULL CHECK (ended > began)
) STRICT;
CREATE INDEX user_states_by_attendant ON user_states (attendant, simulated, began);

-- Sums by quarter of an hour (level 0, slots counted since 1970) and by day of UTC (level 1, days counted since 1970).
-- Service -1: none. Only live calls and states; none of it is about a caller.
CREATE TABLE service_rollups (
    level INTEGER NOT NULL,
    service INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (level, service, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE user_rollups (
    level INTEGER NOT NULL,
    attendant INTEGER NOT NULL,
    service INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (level, attendant, service, slot)
) STRICT, WITHOUT ROWID;

-- Which records and states are in the sums: all of them where complete, or else those up to this place.
CREATE TABLE rollup_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    formula INTEGER NOT NULL,
    complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
    arrived INTEGER NOT NULL,
    call INTEGER NOT NULL,
    part INTEGER NOT NULL,
    state INTEGER NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL
) STRICT;
INSERT INTO rollup_state VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);

-- Files of earlier telephone systems, and how far each was read.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL UNIQUE,
    file TEXT NOT NULL,
    rows INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    known INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    finished INTEGER NOT NULL CHECK (finished IN (0, 1))
) STRICT;

-- What they called services and attendants that nobody here knows.
CREATE TABLE imported_names (
    attendant INTEGER NOT NULL CHECK (attendant IN (0, 1)),
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (attendant, id)
) STRICT, WITHOUT ROWID;
