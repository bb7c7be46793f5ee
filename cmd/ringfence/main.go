// Command ringfence verifies what a managed service provider promised its
// clients against what their Microsoft 365 and Azure tenants are.
//
// Each verb is a file of this package, and reads the same from top to bottom:
// its flags, what they name (fleet file, policies, snapshots, keys), the stage
// that does the work (collectors, internal/run), and what is printed of it. What
// several verbs share is in inputs.go, passphrase.go, snapshots.go, console.go and
// exit.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	time.Local = time.UTC // a policy that asks for the local zone gets the same one everywhere
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends a process that cannot stop

	a := newApp(os.Stdout, os.Stderr)
	a.beforeJudging = boundHeap
	code := a.execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
