-- Which item a publisher's Idempotency-Key stands for, and the hash of the request that made it.
CREATE TABLE IF NOT EXISTS idempotency (
    publisher       BIGINT         NOT NULL,
    idempotency_key VARBINARY(128) NOT NULL,
    item            BINARY(16)     NOT NULL,
    request_hash    BINARY(32)     NOT NULL,
    created_at      BIGINT         NOT NULL,
    PRIMARY KEY (publisher, idempotency_key),
    KEY idempotency_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
