-- A channel's id is the id of its stream; its members are the subscriptions of that stream.
CREATE TABLE IF NOT EXISTS channels (
    id          BIGINT        NOT NULL PRIMARY KEY,
    name        VARBINARY(65) NOT NULL,
    owner       BIGINT        NOT NULL,
    closed      SMALLINT      NOT NULL,
    created_at  BIGINT        NOT NULL,
    disabled_at BIGINT        NULL,
    UNIQUE KEY channels_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
