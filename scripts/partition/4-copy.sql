-- Copies batch by batch, each a transaction that also notes how far it came: what breaks off goes on from there. Readers and
-- writers wait for nothing. :batch rows, then a pause of :pause seconds, which leaves the disk to GoChat.
SET statement_timeout = 0;
-- A plan for any number of rows could be a walk over all of them.
SET plan_cache_mode = force_custom_plan;
-- A crash loses the last batches together with the note that they were copied.
SET synchronous_commit = off;

CREATE OR REPLACE PROCEDURE messages_move_copy(batch_rows INTEGER, pause DOUBLE PRECISION) LANGUAGE plpgsql AS $$
DECLARE
    copied messages_move;
    next_place RECORD;
    batches INTEGER := 0;
BEGIN
    LOOP
        SELECT * INTO copied FROM messages_move;
        WITH batch AS MATERIALIZED (
            SELECT * FROM messages WHERE (conversation_id, seq_id) > (copied.conversation_id, copied.seq_id)
            ORDER BY conversation_id, seq_id LIMIT batch_rows
        ), stored AS (
            INSERT INTO messages_partitioned SELECT * FROM batch ON CONFLICT (conversation_id, seq_id) DO NOTHING
        )
        SELECT conversation_id, seq_id INTO next_place FROM batch ORDER BY conversation_id DESC, seq_id DESC LIMIT 1;
        EXIT WHEN NOT FOUND;
        UPDATE messages_move
        SET conversation_id = next_place.conversation_id, seq_id = next_place.seq_id, checked = FALSE;
        COMMIT;
        batches := batches + 1;
        IF batches % 100 = 0 THEN
            RAISE NOTICE 'copied % rows, up to message % of conversation %', batches::bigint * batch_rows,
                next_place.seq_id, next_place.conversation_id;
        END IF;
        PERFORM pg_sleep(pause);
    END LOOP;
END
$$;

CALL messages_move_copy(:batch, :pause);
-- Statistics for the planner, and the visibility map. Nobody gathers those of a partitioned table by itself.
VACUUM (ANALYZE) messages_partitioned;
