-- name: epoch
SELECT epoch FROM session WHERE id = 1;
-- name: next_epoch
UPDATE session SET epoch = epoch + 1, node = ?1 WHERE id = 1 RETURNING epoch;
-- name: touch
REPLACE INTO meta (key, value) VALUES ('room', randomblob(8)); -- what stays the same is not written
-- name: append
INSERT INTO journal (run, seq, kind, crc, data, trace) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING;
-- name: unappend
DELETE FROM journal WHERE run = ?1 AND seq >= ?2 AND seq < ?3;
-- name: load
SELECT seq, kind, crc, data FROM journal WHERE run = ?1 AND seq >= ?2 ORDER BY seq;
-- name: traces
SELECT seq, kind, trace FROM journal WHERE run = ?1 AND trace IS NOT NULL ORDER BY seq;
-- name: create_run
INSERT INTO run (id, namespace, flow, revision, trigger, event, started, status, wake, finished, result)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING;
-- name: remove_run
DELETE FROM run WHERE id = ?1;
-- name: update_run
UPDATE run SET status = ?2, wake = ?3, finished = ?4, result = ?5 WHERE id = ?1;
-- name: run
SELECT id, namespace, flow, revision, trigger, event, started, status, wake, finished, result FROM run WHERE id = ?1 AND namespace = ?2;
-- name: runs
SELECT id, namespace, flow, revision, trigger, event, started, status, wake, finished, result FROM run
WHERE namespace = ?1 AND (?2 = '' OR flow = ?2) AND (?3 = '' OR status = ?3) AND (?4 = 0 OR event = ?4)
  AND (?5 = 0 OR (started, id) < (SELECT started, id FROM run WHERE id = ?5))
ORDER BY started DESC, id DESC LIMIT ?6;
-- name: due
SELECT id, namespace, flow, revision, trigger, event, started, status, wake, finished, result FROM run
WHERE status = 'waiting' AND wake <= ?1 ORDER BY wake LIMIT ?2;
-- name: next_wake
SELECT min(wake) FROM run WHERE status = 'waiting';
-- name: unfinished
SELECT id, namespace, flow, revision, trigger, event, started, status, wake, finished, result FROM run
WHERE status = 'running' AND (?1 = 0 OR id > ?1) ORDER BY id LIMIT ?2;
-- name: count_runs
SELECT status, count(*) FROM run WHERE namespace = ?1 GROUP BY status;
