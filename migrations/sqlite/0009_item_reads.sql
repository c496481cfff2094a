-- When an agent first retrieved an item. Written behind.
CREATE TABLE IF NOT EXISTS item_reads (
    item    BLOB    NOT NULL,
    agent   INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    PRIMARY KEY (item, agent)
) STRICT, WITHOUT ROWID;
