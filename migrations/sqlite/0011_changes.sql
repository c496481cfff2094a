-- The control stream: every change of an agent (stream 0), a channel (agent 0) or a membership (both), in order.
CREATE TABLE IF NOT EXISTS changes (
    seq    INTEGER NOT NULL PRIMARY KEY,
    agent  INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS changes_at ON changes (at);
