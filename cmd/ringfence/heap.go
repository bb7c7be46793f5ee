package main

import (
	"os"
	"runtime/debug"
)

// The heap's bounds of a process that judges clients, one after the other. Most of
// a client's memory is garbage when the next one comes, so the collector need not
// run often: at five times what is in use (400 percent more), which costs a
// fraction of the time of the default, twice. Where one client is large, the soft
// limit of 440 MiB makes it run more often again.
const (
	heapPercent = 400
	heapLimit   = 440 << 20
)

// boundHeap sets the bounds for the whole process, except those that the
// environment sets (https://pkg.go.dev/runtime#hdr-Environment_Variables).
func boundHeap() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapLimit)
	}
}
