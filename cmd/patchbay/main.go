// Command patchbay is the whole program.
package main

func main() {}
