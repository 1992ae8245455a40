DROP TABLE queued_pushes;
DROP TABLE pushes;
