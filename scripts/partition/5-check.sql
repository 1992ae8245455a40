-- Compares every row with its copy, a stretch in a statement: one snapshot shows both as of the same moment, so nobody has to
-- stop writing.
SET statement_timeout = 0;
SET plan_cache_mode = force_custom_plan;

CREATE OR REPLACE PROCEDURE messages_move_check(batch_rows INTEGER) LANGUAGE plpgsql AS $$
DECLARE
    -- What bounds a stretch: exclusive, inclusive.
    low messages_move := ROW('', 0, FALSE);
    high messages_move;
    differing BIGINT;
    compared BIGINT := 0;
    rows_there BIGINT;
BEGIN
    UPDATE messages_move SET checked = FALSE;
    COMMIT;
    LOOP
        SELECT conversation_id, seq_id, FALSE INTO high FROM messages
        WHERE (conversation_id, seq_id) > (low.conversation_id, low.seq_id)
        ORDER BY conversation_id, seq_id OFFSET batch_rows - 1 LIMIT 1;
        IF NOT FOUND THEN
            -- No id is greater; so the last stretch has no end, and shows also what the copy has and messages has not.
            high := ROW(repeat(chr(1114111), 64), 0, FALSE);
        END IF;
        SELECT count(*) FILTER (WHERE stored IS DISTINCT FROM copied), count(stored) INTO differing, rows_there
        FROM (
            SELECT * FROM messages WHERE (conversation_id, seq_id) > (low.conversation_id, low.seq_id)
                AND (conversation_id, seq_id) <= (high.conversation_id, high.seq_id)
        ) stored
        FULL JOIN (
            SELECT * FROM messages_partitioned WHERE (conversation_id, seq_id) > (low.conversation_id, low.seq_id)
                AND (conversation_id, seq_id) <= (high.conversation_id, high.seq_id)
        ) copied USING (conversation_id, seq_id);
        IF differing > 0 THEN
            RAISE EXCEPTION '% rows differ between conversations % and %', differing, low.conversation_id,
                high.conversation_id;
        END IF;
        compared := compared + rows_there;
        -- Ends this statement's snapshot: what is deleted elsewhere need not be kept for its sake.
        COMMIT;
        EXIT WHEN high.seq_id = 0;
        low := high;
    END LOOP;
    UPDATE messages_move SET checked = TRUE;
    RAISE NOTICE 'all % rows are in the copy', compared;
END
$$;

CALL messages_move_check(:batch);
