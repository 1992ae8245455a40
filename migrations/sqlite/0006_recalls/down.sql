DROP INDEX messages_recalled;
ALTER TABLE messages DROP COLUMN recalled_by;
