-- How statements of this role are planned in this database. All of GoChat's go from a few rows to others by an index. But the
-- planner takes any list of ids for 100 of them and thinks that a look-up asks every partition, so at some sizes it would rather
-- walk over all messages: a sync of 10 messages took 0.8 s where it takes 0.2 ms. Compiling such a plan took longer still.
SELECT format('ALTER ROLE CURRENT_USER IN DATABASE %I SET %s', current_database(), setting)
FROM unnest(ARRAY['enable_hashjoin = off', 'enable_mergejoin = off', 'jit = off', 'random_page_cost = 1.1']) AS setting \gexec

-- Sessions have their settings from their beginning. Repo connects anew, and logic asks again.
SELECT count(pg_terminate_backend(pid)) || ' sessions of repo begin anew'
FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid();
