-- Who is above and below a contact, and who is not to be taken in again.

-- The key of her manager in the same book; empty where none is told.
ALTER TABLE contacts ADD COLUMN manager TEXT NOT NULL DEFAULT '';
CREATE INDEX contacts_by_manager ON contacts (book, manager) WHERE manager != '';

-- What a directory told of one contact, when, and how many report to her, also those who are in no address book.
CREATE TABLE lines_told (
    contact INTEGER PRIMARY KEY REFERENCES contacts (id) ON DELETE CASCADE,
    manager INTEGER REFERENCES contacts (id) ON DELETE SET NULL,
    reports INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX lines_told_by_manager ON lines_told (manager) WHERE manager IS NOT NULL;

-- Who reports to her.
CREATE TABLE reports_told (
    contact INTEGER NOT NULL REFERENCES lines_told (contact) ON DELETE CASCADE,
    report INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    PRIMARY KEY (contact, report)
) STRICT, WITHOUT ROWID;
CREATE INDEX reports_told_by_report ON reports_told (report);

-- Who was erased and is not to be taken in again: keyed hashes of what a source calls a contact (kind 0), and of an e-mail address
-- with a name (kind 1). Nothing that names anybody.
CREATE TABLE left_out (
    hash BLOB PRIMARY KEY,
    kind INTEGER NOT NULL CHECK (kind IN (0, 1))
) STRICT, WITHOUT ROWID;

-- The key of these hashes: one row, made when the first is kept, gone with the last.
CREATE TABLE left_out_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    bytes BLOB NOT NULL
) STRICT;
