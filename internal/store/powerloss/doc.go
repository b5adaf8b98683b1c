// Package powerloss is a disk in memory that loses power when it is told to: a
// file system for the SQLite driver, for tests of durability.
//
// For every file it knows what is durable and what was only written. Invariants:
//   - What was synced survives every crash, unless the disk was told to lie.
//   - What was not synced survives whole, torn, in part or not at all, as Mode
//     and the seed choose; the same seed and operations give the same disk.
//   - A file is in its folder for good after its first sync; one removed may come
//     back until the folder is synced, by a removal that asks for it or with the
//     first sync of a journal.
//   - After a crash every operation fails, also through handles that are still
//     open when Restart gives the disk to the next connection.
//
// It keeps one connection at a time and has no shared memory, so a database in
// WAL mode needs locking_mode=EXCLUSIVE. It must not know what the files mean.
package powerloss
