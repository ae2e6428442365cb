-- What callers hear, and the messages they leave. What is said in a message is not here but in a sealed file of its own.

-- Announcements, menus, greetings: 8 kHz, one channel, 16 bits little-endian. The columns of a spoken one say how it was made.
CREATE TABLE sounds (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('file', 'speech')),
    spoken TEXT,
    voice TEXT,
    language TEXT,
    added INTEGER NOT NULL,
    samples INTEGER NOT NULL CHECK (samples > 0),
    CHECK ((kind = 'speech') = (spoken IS NOT NULL AND voice IS NOT NULL AND language IS NOT NULL))
) STRICT;
-- Apart, so that a list of sounds reads none of it.
CREATE TABLE sound_samples (
    sound INTEGER PRIMARY KEY REFERENCES sounds (id) ON DELETE CASCADE,
    pcm BLOB NOT NULL
) STRICT;

-- Messages that callers left. `left_at`: LEFT is a word of SQL.
CREATE TABLE voicemails (
    recording INTEGER PRIMARY KEY,
    call INTEGER NOT NULL,
    service INTEGER NOT NULL,
    party INTEGER NOT NULL,
    left_at INTEGER NOT NULL,
    length_ms INTEGER NOT NULL,
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    handled INTEGER NOT NULL CHECK (handled IN (0, 1))
) STRICT;
CREATE INDEX voicemails_by_time ON voicemails (simulated, left_at, recording);
CREATE INDEX voicemails_waiting ON voicemails (simulated, left_at, recording) WHERE handled = 0;
CREATE INDEX voicemails_by_party ON voicemails (party);

-- Recordings: while one runs, its pieces are here, each beginning after so many samples; then it is a sealed file.
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY,
    samples INTEGER NOT NULL CHECK (samples >= 0),
    finished INTEGER NOT NULL CHECK (finished IN (0, 1))
) STRICT;
CREATE TABLE recording_pieces (
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    after INTEGER NOT NULL,
    pcm BLOB NOT NULL,
    PRIMARY KEY (recording, after)
) STRICT;
