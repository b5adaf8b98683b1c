// Package demo shows the main job end to end: it surrounds a real server with
// stand-in services, sends it signed tickets with the accidents of real life
// among them, and checks what became of each.
//
// It speaks to the server from outside only: webhooks and the API.
package demo
