package signature

import "github.com/patchbay-dev/patchbay/internal/errs"

// The reasons of a Rejected; they are stable.
const (
	NoSecret           = "no_secret"
	SecretInvalid      = "secret_invalid"
	SignatureMissing   = "signature_missing"
	SignatureRepeated  = "signature_repeated"
	SignatureMalformed = "signature_malformed"
	SignatureMismatch  = "signature_mismatch"
	TimestampMissing   = "timestamp_missing"
	TimestampRepeated  = "timestamp_repeated"
	TimestampMalformed = "timestamp_malformed"
	TimestampTooOld    = "timestamp_too_old"
	TimestampInFuture  = "timestamp_in_future"
	IDMissing          = "id_missing"
	IDRepeated         = "id_repeated"
	IDMalformed        = "id_malformed"
	FieldMissing       = "field_missing"
	FieldRepeated      = "field_repeated"
	FieldMalformed     = "field_malformed"
)

// Rejected says why a request is not authentic. Detail is for the operator and
// holds neither secrets nor the expected signature; senders are told nothing.
type Rejected struct {
	Reason string
	Detail string
}

func (r *Rejected) Error() string {
	if r.Detail == "" {
		return "rejected: " + r.Reason
	}
	return "rejected: " + r.Reason + ": " + r.Detail
}

// Unwrap gives the error as the faces see it, with the code Unauthorized.
func (r *Rejected) Unwrap() error {
	return errs.New(errs.Unauthorized, "the signature of the request is not valid")
}

// reject gives an error, not a *Rejected, so that no nil pointer becomes an error.
func reject(reason, detail string) error { return &Rejected{Reason: reason, Detail: detail} }
