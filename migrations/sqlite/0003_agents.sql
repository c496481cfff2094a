-- role: 0 agent, 1 operator. An agent's id is the id of its own stream. public_keys: JSON as the agent wrote it.
CREATE TABLE IF NOT EXISTS agents (
    id          INTEGER NOT NULL PRIMARY KEY,
    name        BLOB    NOT NULL UNIQUE,
    role        INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    disabled_at INTEGER,
    last_seen   INTEGER,
    public_keys BLOB
) STRICT;
