-- An empty copy of messages in :partitions partitions: the same columns, defaults and indexes, whatever migrations made them.
-- Every unique key of messages contains conversation_id, so each holds over all partitions.
BEGIN;

CREATE TABLE messages_partitioned (LIKE messages INCLUDING ALL) PARTITION BY HASH (conversation_id);

SELECT format('CREATE TABLE messages_p%s PARTITION OF messages_partitioned FOR VALUES WITH (MODULUS %s, REMAINDER %s)',
    lpad(part::text, length((:partitions - 1)::text), '0'), :partitions, part)
FROM generate_series(0, :partitions - 1) AS part \gexec

-- Up to where messages were copied, and whether the copy was compared.
CREATE TABLE messages_move (conversation_id TEXT COLLATE "C" NOT NULL, seq_id BIGINT NOT NULL, checked BOOLEAN NOT NULL);
INSERT INTO messages_move VALUES ('', 0, FALSE);

-- LIKE copies no foreign keys. This one waits for whoever changes conversations, and others wait for it, for at most
-- :lock_timeout; nothing else is locked in this transaction, so it can be in no deadlock with a save.
SET LOCAL lock_timeout = :'lock_timeout';
SELECT format('ALTER TABLE messages_partitioned ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = 'messages'::regclass AND contype = 'f' \gexec

COMMIT;
