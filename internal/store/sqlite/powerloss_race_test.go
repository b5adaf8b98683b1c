//go:build race

package sqlite

// stride thins out the power losses, which take ten times as long here and have
// next to nothing that could race.
const stride = 7
