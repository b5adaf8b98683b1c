// Package app is the roof: it builds everything from a Config, starts it in
// order and stops it in reverse. It holds no logic beyond adapting one package's
// types to another's.
package app
