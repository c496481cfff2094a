-- When an agent first retrieved an item. Written behind.
CREATE TABLE IF NOT EXISTS item_reads (
    item    BINARY(16) NOT NULL,
    agent   BIGINT     NOT NULL,
    read_at BIGINT     NOT NULL,
    PRIMARY KEY (item, agent)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
