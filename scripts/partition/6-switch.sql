-- The copy becomes messages. Statements that use messages wait from LOCK to COMMIT, some milliseconds, after at most
-- :lock_timeout of waiting for those that run; then they find the new table by its name, prepared ones too.

-- The indexes of a table, without what differs between it and its copy.
CREATE OR REPLACE FUNCTION pg_temp.definitions(owner regclass, OUT name name, OUT definition TEXT) RETURNS SETOF RECORD
LANGUAGE sql AS $$
    SELECT relname, indisprimary::text || regexp_replace(pg_get_indexdef(indexrelid), ' INDEX .* ON (ONLY )?\S+ ', ' ')
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = owner
$$;

BEGIN;
SET LOCAL lock_timeout = :'lock_timeout';
LOCK TABLE messages IN ACCESS EXCLUSIVE MODE;

DO $$
DECLARE
    of_one CONSTANT regclass := 'messages';
    of_other CONSTANT regclass := 'messages_partitioned';
    pair RECORD;
BEGIN
    IF NOT (SELECT checked FROM messages_move) THEN
        RAISE EXCEPTION 'the copy was not compared: run the step "check" first';
    END IF;
    -- A migration may have changed messages since the copy was made.
    IF EXISTS (
        SELECT FROM (
            SELECT attrelid, row_number() OVER (PARTITION BY attrelid ORDER BY attnum) AS place, attname, atttypid, atttypmod,
                attcollation, attnotnull, pg_get_expr(adbin, adrelid) AS fallback
            FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            WHERE attrelid IN (of_one, of_other) AND attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT conrelid, 0, conname, 0, 0, 0, FALSE, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE conrelid IN (of_one, of_other) AND contype IN ('c', 'f')
        ) AS part
        GROUP BY place, attname, atttypid, atttypmod, attcollation, attnotnull, fallback
        HAVING count(*) <> 2
    ) THEN
        RAISE EXCEPTION 'messages has changed since the copy was made: run the step "abandon", then "move"';
    END IF;
    -- The indexes exchange their names, those of the constraints with them.
    FOR pair IN
        SELECT one.name AS name, other.name AS new_name
        FROM pg_temp.definitions(of_one) one
        FULL JOIN pg_temp.definitions(of_other) other USING (definition)
    LOOP
        IF pair.name IS NULL OR pair.new_name IS NULL THEN
            RAISE EXCEPTION 'messages and its copy have other indexes: run the step "abandon", then "move"';
        END IF;
        EXECUTE format('ALTER INDEX %I RENAME TO %I', pair.name, left('unpartitioned_' || pair.name, 63));
        EXECUTE format('ALTER INDEX %I RENAME TO %I', pair.new_name, pair.name);
    END LOOP;
END
$$;

DROP TRIGGER messages_move_insert ON messages;
DROP TRIGGER messages_move_update ON messages;
DROP TRIGGER messages_move_refuse ON messages;
ALTER TABLE messages RENAME TO messages_unpartitioned;
ALTER TABLE messages_partitioned RENAME TO messages;
-- What still holds the old table must not write into it.
CREATE TRIGGER messages_move_refuse BEFORE INSERT OR UPDATE OR DELETE ON messages_unpartitioned
    FOR EACH STATEMENT EXECUTE FUNCTION messages_move_refuse();

COMMIT;
