-- When the cursor last moved.
ALTER TABLE subscriptions ADD COLUMN acked_at BIGINT NULL;
