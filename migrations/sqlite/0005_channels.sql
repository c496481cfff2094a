-- A channel's id is the id of its stream; its members are the subscriptions of that stream.
CREATE TABLE IF NOT EXISTS channels (
    id          INTEGER NOT NULL PRIMARY KEY,
    name        BLOB    NOT NULL UNIQUE,
    owner       INTEGER NOT NULL,
    closed      INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT;
