-- The people of the tenant, as the directory and the administrator say. One database belongs to one tenant: `roster` names it
-- once, and no other table does. `object`: what the directory calls somebody or something. `seen`: the full round in which the
-- directory last named it; who is not named in one has left.

CREATE TABLE roster (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    tenant TEXT,
    claimed INTEGER NOT NULL CHECK (claimed IN (0, 1))
) STRICT;
INSERT INTO roster (one, tenant, claimed) VALUES (1, NULL, 0);

-- Organisation units. AUTOINCREMENT here and below: an id never comes back for something else.
CREATE TABLE units (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    parent INTEGER REFERENCES units (id)
) STRICT;
CREATE INDEX units_by_parent ON units (parent);

-- Which unit a service belongs to. Services themselves are in the journal.
CREATE TABLE service_units (
    service INTEGER PRIMARY KEY,
    unit INTEGER NOT NULL REFERENCES units (id)
) STRICT;
CREATE INDEX service_units_by_unit ON service_units (unit);

-- Users. `folded` orders by name, `searched` is what a search looks in; both follow from the profile.
CREATE TABLE persons (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    object TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    username TEXT NOT NULL,
    folded TEXT NOT NULL,
    searched TEXT NOT NULL,
    by_hand INTEGER NOT NULL CHECK (by_hand IN (0, 1)),
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),
    licensed INTEGER NOT NULL CHECK (licensed IN (0, 1)),
    gone INTEGER,
    seen INTEGER NOT NULL
) STRICT;
CREATE INDEX persons_by_name ON persons (folded, id);

-- What was granted to somebody by name. Without a unit: in the whole tenant.
CREATE TABLE grants (
    person INTEGER NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    unit INTEGER REFERENCES units (id)
) STRICT;
CREATE INDEX grants_by_person ON grants (person);
CREATE INDEX grants_by_unit ON grants (unit);
CREATE INDEX grants_of_administrators ON grants (person) WHERE role = 'tenant-administrator' AND unit IS NULL;

-- Groups of the directory.
CREATE TABLE teams (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    object TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    licensed INTEGER NOT NULL CHECK (licensed IN (0, 1)),
    seen INTEGER NOT NULL
) STRICT;

-- Where the owners of a team are service owners.
CREATE TABLE team_units (
    team INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    unit INTEGER NOT NULL REFERENCES units (id),
    PRIMARY KEY (team, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_units_by_unit ON team_units (unit);

-- Who is in a team, as the directory calls them: they need not be persons yet. Owners are known of licensed teams only.
CREATE TABLE team_people (
    team INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    owner INTEGER NOT NULL CHECK (owner IN (0, 1)),
    object TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (team, owner, object)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_people_by_object ON team_people (object);

-- Numbers at the desk. They outlive the person: the journal speaks of them.
CREATE TABLE attendants (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL UNIQUE
) STRICT;

-- How far the directory was read.
CREATE TABLE directory_progress (
    collection TEXT PRIMARY KEY CHECK (collection IN ('persons', 'teams')),
    kind TEXT CHECK (kind IN ('next', 'delta')),
    link TEXT,
    is_full INTEGER NOT NULL CHECK (is_full IN (0, 1)),
    round INTEGER NOT NULL,
    CHECK ((kind IS NULL) = (link IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO directory_progress (collection, is_full, round) VALUES ('persons', 1, 1), ('teams', 1, 1);

-- How its synchronisation is doing.
CREATE TABLE directory_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    succeeded INTEGER,
    problem_code TEXT,
    problem TEXT,
    problem_at INTEGER,
    next_attempt INTEGER
) STRICT;
INSERT INTO directory_state (one) VALUES (1);
