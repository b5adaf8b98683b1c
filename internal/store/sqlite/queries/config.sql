-- name: flow
SELECT namespace, name, draft, draft_hash, published, updated FROM flow WHERE namespace = ?1 AND name = ?2;
-- name: flows
SELECT namespace, name, '', draft_hash, published, updated FROM flow WHERE namespace = ?1 ORDER BY name;
-- name: put_flow
INSERT INTO flow (namespace, name, draft, draft_hash, published, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO UPDATE SET draft = ?3, draft_hash = ?4, published = ?5, updated = ?6;
-- name: revision
SELECT namespace, flow, number, text, hash, note, created FROM revision WHERE namespace = ?1 AND flow = ?2 AND number = ?3;
-- name: revisions
SELECT namespace, flow, number, '', hash, note, created FROM revision WHERE namespace = ?1 AND flow = ?2 ORDER BY number DESC;
-- name: last_revision
SELECT coalesce(max(number), 0) FROM revision WHERE namespace = ?1 AND flow = ?2;
-- name: insert_revision
INSERT INTO revision (namespace, flow, number, text, hash, note, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);
-- name: published
SELECT r.namespace, r.flow, r.number, r.text, r.hash, r.note, r.created
FROM flow f JOIN revision r ON r.namespace = f.namespace AND r.flow = f.name AND r.number = f.published ORDER BY 1, 2;
-- name: connection
SELECT namespace, name, kind, settings, sealed, version, updated, last_used FROM connection WHERE namespace = ?1 AND name = ?2;
-- name: connections
SELECT namespace, name, kind, settings, sealed, version, updated, last_used FROM connection WHERE namespace = ?1 ORDER BY name;
-- name: put_connection
INSERT INTO connection (namespace, name, kind, settings, sealed, version, updated, last_used) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT DO UPDATE SET kind = ?3, settings = ?4, sealed = ?5, version = ?6, updated = ?7, last_used = ?8 WHERE version = ?6 - 1;
-- name: delete_connection
DELETE FROM connection WHERE namespace = ?1 AND name = ?2;
-- name: put_var
INSERT INTO var (namespace, name, value, updated) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET value = ?3, updated = ?4;
-- name: vars
SELECT namespace, name, value, updated FROM var WHERE namespace = ?1 ORDER BY name;
-- name: put_token
INSERT INTO token (id, hash, name, created, expires, once) VALUES (?1, ?2, ?3, ?4, ?5, ?6);
-- name: token
SELECT id, hash, name, created, expires, once FROM token WHERE id = ?1;
-- name: tokens
SELECT id, hash, name, created, expires, once FROM token ORDER BY created, id;
-- name: delete_token
DELETE FROM token WHERE id = ?1;
-- name: meta
SELECT value FROM meta WHERE key = ?1;
-- name: put_meta
INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING;
