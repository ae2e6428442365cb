-- The first tables. Times are milliseconds since 1970-01-01T00:00:00Z, ids are 63-bit numbers; 0 and 1 are no and yes.
-- What each table holds, and which of it is personal data: docs/storage.md.

-- Events in order, without gaps. Never changed, never deleted.
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
    at INTEGER NOT NULL,
    format INTEGER NOT NULL,
    event TEXT NOT NULL
) STRICT;

-- Who may append: one row, whose generation only grows.
CREATE TABLE lease (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    generation INTEGER NOT NULL,
    holder TEXT NOT NULL
) STRICT;
INSERT INTO lease (one, generation, holder) VALUES (1, 0, '');

-- Orders to the telephone system that wait, and those given up with the reason. One that was performed is deleted.
CREATE TABLE outbox (
    sequence INTEGER NOT NULL REFERENCES journal (sequence),
    place INTEGER NOT NULL,
    at INTEGER NOT NULL,
    format INTEGER NOT NULL,
    effect TEXT NOT NULL,
    gave_up TEXT,
    PRIMARY KEY (sequence, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_waiting ON outbox (sequence, place) WHERE gave_up IS NULL;

-- One caller's stay with one service.
CREATE TABLE call_records (
    call INTEGER NOT NULL,
    part INTEGER NOT NULL,
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    outbound INTEGER NOT NULL CHECK (outbound IN (0, 1)),
    service INTEGER,
    party INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    accepted INTEGER,
    ended INTEGER,
    connected_ms INTEGER NOT NULL,
    hold_ms INTEGER NOT NULL,
    park_ms INTEGER NOT NULL,
    outcome INTEGER,
    PRIMARY KEY (call, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_records_by_arrival ON call_records (simulated, arrived, call, part);
CREATE INDEX call_records_by_party ON call_records (party, simulated, arrived, call, part);
CREATE INDEX call_records_by_service ON call_records (service, simulated, arrived, call, part);

-- One attendant's part in it.
CREATE TABLE user_sessions (
    call INTEGER NOT NULL,
    part INTEGER NOT NULL,
    place INTEGER NOT NULL,
    attendant INTEGER NOT NULL,
    began INTEGER NOT NULL,
    ended INTEGER,
    outcome INTEGER,
    target INTEGER,
    PRIMARY KEY (call, part, place),
    FOREIGN KEY (call, part) REFERENCES call_records (call, part) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- To whom a caller was put through before.
CREATE TABLE transfer_history (
    caller INTEGER NOT NULL,
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    target INTEGER NOT NULL,
    times INTEGER NOT NULL CHECK (times > 0),
    last INTEGER NOT NULL,
    PRIMARY KEY (caller, simulated, target)
) STRICT, WITHOUT ROWID;

-- Who stands behind a party id.
CREATE TABLE parties (
    id INTEGER PRIMARY KEY,
    address TEXT UNIQUE,
    display_name TEXT
) STRICT;

-- Address books. AUTOINCREMENT: an id never comes back for somebody else.
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    book TEXT NOT NULL,
    display_name TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    company TEXT NOT NULL,
    department TEXT NOT NULL,
    title TEXT NOT NULL,
    city TEXT NOT NULL,
    email TEXT NOT NULL,
    endpoints TEXT NOT NULL,
    notes TEXT NOT NULL,
    internal INTEGER NOT NULL CHECK (internal IN (0, 1))
) STRICT;
CREATE INDEX contacts_by_book ON contacts (book);

-- Settings of this installation, as JSON text.
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a connector must remember of a line to take it up again after a crash. `kept` orders them by age.
CREATE TABLE legs (
    kept INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('caller', 'target')),
    id INTEGER NOT NULL,
    words TEXT NOT NULL,
    UNIQUE (kind, id)
) STRICT;
