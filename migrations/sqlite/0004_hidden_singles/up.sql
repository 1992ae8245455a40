-- A SINGLE stands in its member's lists while the conversation's last_seq is greater: to hide it sets this to last_seq, so
-- that the next message shows it again. An empty conversation has last_seq 0.
ALTER TABLE conversation_members ADD COLUMN hidden_through_seq BIGINT NOT NULL DEFAULT -1;
