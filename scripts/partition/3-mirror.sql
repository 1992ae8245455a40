-- From here on what is written to messages is written to the copy too, in the same transaction. So any snapshot of the
-- database shows both with the same rows, but for those that are still to be copied.
BEGIN;
SET LOCAL lock_timeout = :'lock_timeout';

-- Whichever comes first, a row's copying or its change, the copy ends as the change left it: the copying passes over what is
-- there, and this writes over it. conversation_id and seq_id of a row never change.
CREATE OR REPLACE FUNCTION messages_move_mirror() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    assignments TEXT;
BEGIN
    SELECT string_agg(format('%1$I = EXCLUDED.%1$I', attname), ', ') INTO assignments
    FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;
    EXECUTE 'INSERT INTO messages_partitioned SELECT * FROM written ON CONFLICT (conversation_id, seq_id) DO UPDATE SET '
        || assignments;
    RETURN NULL;
END
$$;

-- GoChat deletes no message: a recall leaves its row. Who does it by hand has to wait.
CREATE OR REPLACE FUNCTION messages_move_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: messages are being moved', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE TRIGGER messages_move_insert AFTER INSERT ON messages
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION messages_move_mirror();
CREATE TRIGGER messages_move_update AFTER UPDATE ON messages
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION messages_move_mirror();
CREATE TRIGGER messages_move_refuse BEFORE DELETE OR TRUNCATE ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION messages_move_refuse();

COMMIT;
