// Package arch holds no code: its tests keep the house standing. They enforce
// floors, the ceilings of files and functions, what may not be written anywhere,
// and that deps.txt names what is linked.
package arch
