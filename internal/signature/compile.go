package signature

import (
	"errors"
	"fmt"
	"hash"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Scheme is a compiled, immutable way to sign requests.
type Scheme struct {
	hash    func() hash.Hash // nil for equal
	key     keyRule
	sig     sigRule
	clock   *clock // nil when nothing says the time
	content template
	ids     []source
	events  []source
}

const maxPattern = 256

func compile(sp spec) (*Scheme, error) {
	h, ok := hashes()[sp.Scheme]
	if !ok {
		return nil, fmt.Errorf("scheme: unknown %q: want hmac-sha1, hmac-sha256, hmac-sha384, hmac-sha512 or equal", sp.Scheme)
	}
	s := &Scheme{hash: h}
	for _, step := range []struct {
		key string
		do  func(spec) error
	}{
		{"secret", s.compileSecret},
		{"signature", s.compileSignature},
		{"timestamp", s.compileClock},
		{"id", s.compileIDs},
		{"content", s.compileContent},
		{"signature.send", s.checkSend},
	} {
		if err := step.do(sp); err != nil {
			return nil, fmt.Errorf("%s: %w", step.key, err)
		}
	}
	return s, nil
}

func (s *Scheme) compileSecret(sp spec) error {
	s.key = keyRule{strip: sp.Secret.Strip, decode: sp.Secret.Decode, min: sp.Secret.MinLen, header: s.hash == nil}
	if s.key.decode == "" {
		s.key.decode = "utf8"
	}
	if !slices.Contains([]string{"utf8", "base64", "hex"}, s.key.decode) {
		return fmt.Errorf("decode: unknown %q: want utf8, base64 or hex", s.key.decode)
	}
	if s.key.min < 0 || s.key.min > MaxSecret/2 {
		return fmt.Errorf("min_len: want 0 to %d", MaxSecret/2)
	}
	if s.hash == nil && s.key.decode != "utf8" {
		return errors.New("decode: equal compares the token as text")
	}
	return nil
}

func (s *Scheme) compileSignature(sp spec) (err error) {
	w := sp.Signature
	s.sig = sigRule{split: w.Split, encoding: w.Encoding}
	if s.sig.from, err = parseSource(w.From, inHeader); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	// A separator that may occur in a signature would cut it.
	if w.Split != "" && (len(w.Split) > 1 || !strings.Contains(" ,;|", w.Split)) {
		return fmt.Errorf("split: %q: want a space, a comma, a semicolon or a bar", w.Split)
	}
	switch {
	case s.hash == nil && w.Encoding != "":
		return errors.New("encoding: equal compares the token as text")
	case s.hash != nil && w.Encoding != "hex" && w.Encoding != "base64":
		return fmt.Errorf("encoding: unknown %q: want hex or base64", w.Encoding)
	}
	if w.Match != "" {
		if s.sig.match, err = anchored(w.Match); err != nil {
			return fmt.Errorf("match: %w", err)
		}
	}
	if w.Send == "" {
		w.Send = "{sig}"
	}
	if s.sig.send, err = parseTemplate(w.Send, []token{theSig, theTime}); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// anchored compiles a pattern that must cover all of a text, whether or not its
// author wrote the anchors.
func anchored(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("over %d bytes", maxPattern)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	if re.NumSubexp() != 1 {
		return nil, fmt.Errorf("%q has %d groups, want the one that is the signature", pattern, re.NumSubexp())
	}
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}

func (s *Scheme) compileClock(sp spec) error {
	w := sp.Timestamp
	if w == nil {
		return nil
	}
	if s.hash == nil {
		return errors.New("equal signs nothing, so the time would prove nothing")
	}
	from, err := parseSource(w.From, inHeader, inSigField, inBody)
	if err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if from.String() == s.sig.from.String() {
		return fmt.Errorf("from: %s holds the signature", from)
	}
	s.clock = &clock{from: from, format: timeFormat(w.Format), past: time.Duration(w.Past), future: time.Duration(w.Future)}
	if s.clock.format == "" {
		s.clock.format = unix
	}
	if !s.clock.format.valid() {
		return fmt.Errorf("format: unknown %q: want unix, unix_ms or rfc3339", w.Format)
	}
	if s.clock.past == 0 {
		s.clock.past = defaultTolerance
	}
	if s.clock.future == 0 {
		s.clock.future = defaultTolerance
	}
	return nil
}

func (s *Scheme) compileIDs(sp spec) (err error) {
	if s.ids, err = parseSources(sp.ID, inHeader, inBody, inQuery); err != nil {
		return err
	}
	for _, id := range s.ids {
		if id.String() == s.sig.from.String() || s.clock != nil && id.String() == s.clock.from.String() {
			return fmt.Errorf("%s holds the signature or the time", id)
		}
	}
	if s.events, err = parseSources(sp.EventType, inHeader, inBody, inQuery); err != nil {
		return fmt.Errorf("event_type: %w", err)
	}
	return nil
}

func (s *Scheme) compileContent(sp spec) (err error) {
	if s.hash == nil {
		if sp.Content != "" {
			return errors.New("equal signs nothing")
		}
		return nil
	}
	if sp.Content == "" {
		sp.Content = "{body}"
	}
	plain := []token{theBody, theTime, theID, theURL, theVerb}
	if s.content, err = parseTemplate(sp.Content, plain, inHeader, inQuery, inSigField, inBody); err != nil {
		return err
	}
	return s.checkContent()
}

// checkContent refuses what would look protected and is not.
func (s *Scheme) checkContent() error {
	t := s.content
	switch {
	case t.count(theBody) != 1:
		return errors.New("{body} must occur once, or the body could be exchanged")
	case s.clock == nil && t.count(theTime) > 0:
		return errors.New("{ts} needs a timestamp")
	case s.clock != nil && s.clock.from.kind != inBody && t.count(theTime) == 0:
		return errors.New("the timestamp is not signed, so it proves nothing: put {ts} into the content or leave the timestamp out")
	case len(s.ids) == 0 && t.count(theID) > 0:
		return errors.New("{id} needs an id")
	}
	for _, p := range t {
		if p.token == aSource && p.source.String() == s.sig.from.String() {
			return fmt.Errorf("%s holds the signature itself", p.source)
		}
	}
	return nil
}

// checkSend makes sure that what Sign writes is what Verify reads.
func (s *Scheme) checkSend(spec) error {
	if s.sig.send.count(theSig) != 1 {
		return errors.New("{sig} must occur once")
	}
	values := map[token]string{theSig: s.blank()}
	if s.clock != nil {
		values[theTime] = s.clock.format.text(time.Unix(1767323045, 0))
	} else if s.sig.send.count(theTime) > 0 {
		return errors.New("{ts} needs a timestamp")
	}
	pieces := s.cut(s.sig.send.fill(values))
	if got, err := s.candidates(pieces); err != nil || len(got) != 1 {
		return errors.New("what it gives is not what signature.match reads")
	}
	if s.clock != nil && s.clock.from.kind == inSigField {
		if _, _, err := s.facts(Request{}, pieces).timestamp(); err != nil {
			return fmt.Errorf("it does not give %s", s.clock.from)
		}
	}
	return nil
}
