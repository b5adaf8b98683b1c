package errs

// HTTPStatus gives the response status for a code; 500 for one it does not know.
func HTTPStatus(c Code) int {
	switch c {
	case Invalid:
		return 422
	case NotFound:
		return 404
	case Conflict:
		return 409
	case Unauthorized:
		return 401
	case Forbidden:
		return 403
	case TooLarge:
		return 413
	case RateLimited:
		return 429
	case Unavailable:
		return 503
	case Timeout:
		return 504
	case Unsupported:
		return 501
	case Canceled:
		return 499
	case Internal:
		return 500
	}
	return 500
}

// ExitCode gives the exit code of the command line: 2 for wrong input or usage,
// 1 for everything else that failed, 0 for none.
func ExitCode(c Code) int {
	switch c {
	case "":
		return 0
	case Invalid, Unsupported:
		return 2
	case NotFound, Conflict, Unauthorized, Forbidden, TooLarge, RateLimited, Unavailable, Timeout, Canceled, Internal:
		return 1
	}
	return 1
}
