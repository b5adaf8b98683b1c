// Package sqlite keeps Patchbay's data in one SQLite database in a folder, with
// one writer, synchronous=FULL and a lock that keeps a second process out.
//
// It speaks to the driver's own connection, not database/sql (see ADR 0002). SQL
// lives in queries/*.sql by name; a test prepares every query. It must not know
// what records mean, nor any other backend.
package sqlite
