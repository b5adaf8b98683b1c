package egress

import (
	"errors"
	"fmt"
	"io"
)

// body reads a response within the cap and copies its beginning to the recording.
type body struct {
	in    io.ReadCloser
	left  int64
	limit int64
	ended bool // nothing is left to read
	ex    *exchange
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		err := &Error{Sent: true, Permanent: true, Err: fmt.Errorf("the response is larger than %d bytes", b.limit)}
		b.ex.failed(err)
		return 0, err
	}
	b.ex.received(p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		// The other side acted and its answer was cut off.
		err = &Error{Sent: true, Err: fmt.Errorf("the response broke off: %w", err)}
		b.ex.failed(err)
	}
	if err != nil {
		b.ended = true
		b.ex.end()
	}
	return n, err
}

// drainable is what is read of a rest, so that the connection can be used again.
const drainable = 64 << 10

func (b *body) Close() error {
	if !b.ended {
		_, _ = io.CopyN(io.Discard, b.in, min(drainable, max(b.left, 0)))
		b.ex.end()
	}
	return b.in.Close()
}

// tap copies the beginning of a request body to the recording.
type tap struct {
	io.ReadCloser
	ex *exchange
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.ex.sent(p[:n])
	return n, err
}
