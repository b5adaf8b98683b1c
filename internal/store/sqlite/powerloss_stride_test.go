//go:build !race

package sqlite

// stride thins out the power losses; see the file for the race detector.
const stride = 1
