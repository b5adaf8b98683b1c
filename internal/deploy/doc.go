// Package deploy keeps what is published: it checks flow files, publishes
// revisions, remembers them parsed, and knows which hooks are live.
//
// A broken revision never stops the others: it is reported and left out. The
// package must not know runs, HTTP or the command line.
package deploy
