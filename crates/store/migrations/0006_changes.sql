-- The history of changes to how Usher is set up: who, when, before and after as JSON text. Never changed, never deleted.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    author TEXT NOT NULL CHECK (author IN ('local', 'person', 'system')),
    person INTEGER,
    component TEXT,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    name TEXT NOT NULL,
    undoes INTEGER UNIQUE REFERENCES changes (id),
    has_before INTEGER NOT NULL CHECK (has_before IN (0, 1)),
    has_after INTEGER NOT NULL CHECK (has_after IN (0, 1)),
    CHECK (has_before OR has_after),
    CHECK ((author = 'person') = (person IS NOT NULL) AND (author = 'system') = (component IS NOT NULL))
) STRICT;
CREATE INDEX changes_by_kind ON changes (kind, id);
CREATE INDEX changes_by_object ON changes (kind, object, id);

-- Apart, so that a list of changes reads none of it.
CREATE TABLE change_contents (
    change INTEGER PRIMARY KEY REFERENCES changes (id),
    before TEXT,
    after TEXT
) STRICT;

CREATE TRIGGER changes_are_never_changed BEFORE UPDATE ON changes
BEGIN SELECT raise(ABORT, 'the history of changes is never changed'); END;
CREATE TRIGGER changes_are_never_deleted BEFORE DELETE ON changes
BEGIN SELECT raise(ABORT, 'the history of changes is never deleted'); END;
CREATE TRIGGER change_contents_are_never_changed BEFORE UPDATE ON change_contents
BEGIN SELECT raise(ABORT, 'the history of changes is never changed'); END;
CREATE TRIGGER change_contents_are_never_deleted BEFORE DELETE ON change_contents
BEGIN SELECT raise(ABORT, 'the history of changes is never deleted'); END;
