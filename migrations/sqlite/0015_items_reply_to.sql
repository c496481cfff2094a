-- What answers an item, for its thread. Only answers are in it.
CREATE INDEX IF NOT EXISTS items_reply_to ON items (reply_to) WHERE reply_to IS NOT NULL;
