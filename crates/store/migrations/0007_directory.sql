-- Contacts that stay themselves when their address book is read again, what attendants note about them, and how transfers ended.

-- What the source calls it, unique in its book; the keys of rows from before are given by `contacts::give_keys` right after
-- this file. Fields without a column, as JSON text. Since when it is no longer in its book: NULL it is in it, 0 since the
-- book was read last.
ALTER TABLE contacts ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN custom TEXT NOT NULL DEFAULT '[]';
ALTER TABLE contacts ADD COLUMN gone INTEGER;
UPDATE contacts SET key = 'row ' || id;
DROP INDEX contacts_by_book;
CREATE UNIQUE INDEX contacts_by_key ON contacts (book, key);
CREATE INDEX contacts_by_department ON contacts (company, department, display_name, id) WHERE department != '';

-- Grows with every change of an address book: one row.
CREATE TABLE contacts_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO contacts_state (one, revision) VALUES (1, 1);

-- The search index as it was built last, in parts of 1 MiB, and the revision it is of.
CREATE TABLE index_image (
    part INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

-- Groups of contacts that an attendant has made, in her order.
CREATE TABLE contact_groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    attendant INTEGER NOT NULL,
    name TEXT NOT NULL,
    place INTEGER NOT NULL,
    UNIQUE (attendant, name)
) STRICT;

-- Who is in which, in order. Group 0 has no row above: it is every attendant's favourites.
CREATE TABLE group_contacts (
    attendant INTEGER NOT NULL,
    grouped INTEGER NOT NULL,
    contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    PRIMARY KEY (attendant, grouped, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_contacts_by_contact ON group_contacts (contact);

-- How often a note was changed; outlives its parts, so that whoever saw an older one is known.
CREATE TABLE contact_notes (
    contact INTEGER PRIMARY KEY REFERENCES contacts (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL
) STRICT;

-- What is noted: one part, or several where attendants wrote without knowing of each other.
CREATE TABLE contact_note_parts (
    contact INTEGER NOT NULL REFERENCES contact_notes (contact) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    text TEXT NOT NULL,
    attendant INTEGER NOT NULL,
    at INTEGER NOT NULL,
    unaware INTEGER NOT NULL CHECK (unaware IN (0, 1)),
    PRIMARY KEY (contact, place)
) STRICT, WITHOUT ROWID;

-- Who is asked for while a contact is away.
CREATE TABLE stand_ins (
    contact INTEGER PRIMARY KEY REFERENCES contacts (id) ON DELETE CASCADE,
    stand_in INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    until INTEGER,
    attendant INTEGER NOT NULL,
    at INTEGER NOT NULL,
    CHECK (contact != stand_in)
) STRICT;
CREATE INDEX stand_ins_by_stand_in ON stand_ins (stand_in, contact);

-- The number an attendant tries first.
CREATE TABLE first_endpoints (
    attendant INTEGER NOT NULL,
    contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY (attendant, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX first_endpoints_by_contact ON first_endpoints (contact);

-- To whom a caller was put through, or should have been, by which attendant (NULL: by a workflow), and how it ended.
CREATE TABLE transfer_attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    caller INTEGER NOT NULL,
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    target INTEGER NOT NULL,
    attendant INTEGER,
    at INTEGER NOT NULL,
    ended INTEGER NOT NULL
) STRICT;
CREATE INDEX transfer_attempts_by_caller ON transfer_attempts (caller, simulated, at, id);
CREATE INDEX transfer_attempts_by_attendant ON transfer_attempts (attendant, simulated, at, id) WHERE attendant IS NOT NULL;
CREATE INDEX transfer_attempts_by_target ON transfer_attempts (target);
CREATE INDEX transfer_attempts_by_time ON transfer_attempts (at);

-- What was known before: how often it succeeded and when last. Each time becomes an attempt of that last moment.
INSERT INTO transfer_attempts (caller, simulated, target, at, ended)
WITH RECURSIVE attempt (caller, simulated, target, at, nth) AS (
    SELECT caller, simulated, target, last, min(times, 1000) FROM transfer_history
    UNION ALL
    SELECT caller, simulated, target, at, nth - 1 FROM attempt WHERE nth > 1
)
SELECT caller, simulated, target, at, 0 FROM attempt;
DROP TABLE transfer_history;

-- Numbers, or beginnings of numbers, whose callers are turned away or marked; why, who said so, and how many calls it met.
CREATE TABLE listed_numbers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    number TEXT NOT NULL,
    prefix INTEGER NOT NULL CHECK (prefix IN (0, 1)),
    listing TEXT NOT NULL CHECK (listing IN ('blocked', 'spam')),
    reason TEXT NOT NULL,
    attendant INTEGER NOT NULL,
    at INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    last INTEGER,
    UNIQUE (number, prefix)
) STRICT;
