package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// insertEvent stores an event, or gives *store.DuplicateError.
func insertEvent(c *conn, e *store.Event) error {
	headers, err := json.Marshal(e.Headers)
	if err != nil {
		return fmt.Errorf("encode headers: %w", err)
	}
	args := []any{e.ID, e.Namespace, e.Source, e.Flow, e.Run, e.Received, e.Method, e.URL, headers, notNil(e.Body), e.Dedupe, e.DedupeUntil, e.BodyHash[:], e.ReplayedFrom}
	for range 2 {
		n, err := c.exec("insert_event", args...)
		if err != nil || n == 1 {
			return err
		}
		again, err := forgetExpired(c, e)
		if err != nil || !again {
			return err
		}
	}
	return store.ErrConflict
}

// forgetExpired looks at the event that stands in the way: it is a duplicate,
// or its time is over and the key is free again.
func forgetExpired(c *conn, e *store.Event) (free bool, err error) {
	dup, until := &store.DuplicateError{}, int64(0)
	found := false
	err = c.rows("seen", func(st *sqlite3.Stmt) error {
		found = true
		dup.Event, dup.Run, until = id.Event(st.ColumnInt64(0)), id.Run(st.ColumnInt64(1)), st.ColumnInt64(3)
		copy(dup.BodyHash[:], st.ColumnRawBlob(2))
		return nil
	}, e.Namespace, e.Source, e.Dedupe)
	switch {
	case err != nil:
		return false, err
	case !found:
		return false, store.ErrConflict // the id is taken
	case until > millis(e.Received):
		return false, dup
	}
	_, err = c.exec("forget", dup.Event)
	return true, err
}

func eventOf(st *sqlite3.Stmt) store.Event {
	e := store.Event{
		ID: id.Event(st.ColumnInt64(0)), Namespace: st.ColumnText(1), Source: st.ColumnText(2), Flow: st.ColumnText(3),
		Run: id.Run(st.ColumnInt64(4)), Received: fromMillis(st.ColumnInt64(5)), Method: st.ColumnText(6), URL: st.ColumnText(7),
		Dedupe: st.ColumnText(8), DedupeUntil: fromMillis(st.ColumnInt64(9)), ReplayedFrom: id.Event(st.ColumnInt64(11)),
	}
	copy(e.BodyHash[:], st.ColumnRawBlob(10))
	return e
}

// Event implements store.Events.
func (s *Store) Event(ctx context.Context, ns string, ev id.Event) (store.Event, error) {
	var out store.Event
	found := false
	err := s.read(ctx, func(c *conn) error {
		return c.rows("event", func(st *sqlite3.Stmt) error {
			found, out = true, eventOf(st)
			out.Body = blob(st, 13)
			return json.Unmarshal(st.ColumnRawBlob(12), &out.Headers)
		}, ev, ns)
	})
	if err == nil && !found {
		err = errs.Newf(errs.NotFound, "there is no event %s", ev)
	}
	return out, err
}

// Events implements store.Events.
func (s *Store) Events(ctx context.Context, q store.EventQuery) ([]store.Event, error) {
	var out []store.Event
	err := s.read(ctx, func(c *conn) error {
		return c.rows("events", func(st *sqlite3.Stmt) error { out = append(out, eventOf(st)); return nil },
			q.Namespace, q.Source, q.Flow, q.Before, q.Limit)
	})
	return out, err
}
