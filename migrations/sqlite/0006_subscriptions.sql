-- An agent's durable interest in a stream: its own, and those of the channels that it is a member of.
CREATE TABLE IF NOT EXISTS subscriptions (
    agent  INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    since  INTEGER NOT NULL,
    acked  INTEGER NOT NULL,
    PRIMARY KEY (agent, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS subscriptions_stream ON subscriptions (stream, agent);
