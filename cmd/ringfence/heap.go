package main

import (
	"os"
	"runtime/debug"
)

// The heap's bounds while clients are judged. Most of a client's memory is
// garbage when the next one comes: collecting it at five times what is live
// costs a fraction of the time that collecting at twice would, and the soft
// limit makes up for it where one client is large.
const (
	heapPercent = 400
	heapLimit   = 440 << 20
)

// boundHeap sets the bounds, unless the environment sets others
// (https://pkg.go.dev/runtime#hdr-Environment_Variables).
func boundHeap() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapLimit)
	}
}
