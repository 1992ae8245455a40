-- Who recalled a message; empty before.
ALTER TABLE messages ADD COLUMN recalled_by TEXT COLLATE "C" NOT NULL DEFAULT '';

-- What was recalled since a change that a client knows of.
CREATE INDEX messages_recalled ON messages (conversation_id, change) WHERE change > 0;
