ALTER TABLE conversation_members DROP COLUMN hidden_through_seq;
