-- name: insert_event
INSERT INTO event (id, namespace, source, flow, run, received, method, url, headers, body, dedupe, dedupe_until, body_hash, replayed_from)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, nullif(?11, ''), ?12, ?13, ?14) ON CONFLICT DO NOTHING;
-- name: remove_event
DELETE FROM event WHERE id = ?1;
-- name: seen
SELECT id, run, body_hash, dedupe_until FROM event WHERE namespace = ?1 AND source = ?2 AND dedupe = ?3;
-- name: forget
UPDATE event SET dedupe = NULL WHERE id = ?1;
-- name: event
SELECT id, namespace, source, flow, run, received, method, url, dedupe, dedupe_until, body_hash, replayed_from, headers, body FROM event WHERE id = ?1 AND namespace = ?2;
-- name: events
SELECT id, namespace, source, flow, run, received, method, url, dedupe, dedupe_until, body_hash, replayed_from FROM event
WHERE namespace = ?1 AND (?2 = '' OR source = ?2) AND (?3 = '' OR flow = ?3) AND (?4 = 0 OR id < ?4) ORDER BY id DESC LIMIT ?5;
