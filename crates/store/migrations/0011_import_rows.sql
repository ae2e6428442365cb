-- Which row of its file an imported call is: 63 bits, of which its id has room for 31. NULL: it happened here, or was taken over by a
-- release that did not keep them.
ALTER TABLE call_records ADD COLUMN import_row INTEGER;

-- Whether a party is spoken of by any call is asked of every party when the time is over for which calls are kept.
CREATE INDEX user_sessions_by_target ON user_sessions (target) WHERE target IS NOT NULL;
