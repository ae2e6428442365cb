-- The switchboard at two places of the journal: 0, before its oldest event, for those before it are erased when their time is over; 1, the
-- newest that was set down, from which a start goes on if it is of the same release. No row: none is erased, or none was set down.
CREATE TABLE boards (
    place INTEGER PRIMARY KEY CHECK (place IN (0, 1)),
    -- The last event in it.
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    release TEXT NOT NULL,
    format INTEGER NOT NULL,
    board TEXT NOT NULL
) STRICT;
