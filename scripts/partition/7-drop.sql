-- The old table goes, and what the move needed. There is no way back from here.
BEGIN;
SET LOCAL lock_timeout = :'lock_timeout';
DROP TABLE messages_unpartitioned;
DROP TABLE messages_move;
DROP PROCEDURE IF EXISTS messages_move_copy, messages_move_check;
DROP FUNCTION messages_move_mirror, messages_move_refuse;
COMMIT;
