-- An agent's durable interest in a stream: its own, and those of the channels that it is a member of.
CREATE TABLE IF NOT EXISTS subscriptions (
    agent  BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    since  BIGINT NOT NULL,
    acked  BIGINT NOT NULL,
    PRIMARY KEY (agent, stream),
    KEY subscriptions_stream (stream, agent)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
