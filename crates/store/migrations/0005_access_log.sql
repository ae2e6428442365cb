-- Who asked for what, and whether she was let in (ID-7): entries in order, without gaps, each with a hash over itself and all
-- before it. Never changed; dropped only from the beginning, by a purge that leaves its mark. docs/access-log.md has the encoding.
CREATE TABLE access_log (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
    at INTEGER NOT NULL,
    entry BLOB NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- One row: the last entry that was purged, where the chain goes on; and the key that names strangers, which never leaves this
-- table. `purging` is how far a purge goes that is under way: outside its transaction it is always empty.
CREATE TABLE access_log_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    purged_through INTEGER NOT NULL CHECK (purged_through >= 0),
    purged_hash BLOB NOT NULL CHECK (length(purged_hash) = 32),
    purged_at INTEGER NOT NULL,
    purging INTEGER,
    stranger_key BLOB NOT NULL CHECK (length(stranger_key) = 32)
) STRICT;

CREATE TRIGGER access_log_only_grows BEFORE INSERT ON access_log
WHEN NEW.sequence <> 1 + coalesce(
    (SELECT max(sequence) FROM access_log), (SELECT purged_through FROM access_log_state), 0)
BEGIN SELECT raise(ABORT, 'the access log grows by one entry at its end'); END;

CREATE TRIGGER access_log_is_never_changed BEFORE UPDATE ON access_log
BEGIN SELECT raise(ABORT, 'the access log is never changed'); END;

CREATE TRIGGER access_log_is_only_purged BEFORE DELETE ON access_log
WHEN OLD.sequence > coalesce((SELECT purging FROM access_log_state), 0)
BEGIN SELECT raise(ABORT, 'entries of the access log are only purged'); END;

CREATE TRIGGER access_log_state_stays BEFORE DELETE ON access_log_state
BEGIN SELECT raise(ABORT, 'the mark of the purges stays'); END;

-- A mark that is set must be the last of what its purge has dropped, and never goes back.
CREATE TRIGGER access_log_mark_follows_its_purge BEFORE UPDATE OF purged_through, purged_hash, purged_at ON access_log_state
WHEN OLD.purging IS NULL OR NEW.purged_through <> OLD.purging OR NEW.purged_through < OLD.purged_through
BEGIN SELECT raise(ABORT, 'the mark of the purges follows a purge'); END;
