package soundness

import (
	"context"
	"testing"

	"ringfence/collectors/emulator"
	"ringfence/internal/run"
)

// BenchmarkEvaluate judges one mid client with all controls: digests checked,
// documents decoded, policies evaluated. Bytes are those of its datasets.
func BenchmarkEvaluate(b *testing.B) {
	f := serve(b, emulator.GenerateClients(1, []string{"fabrikam"}))
	in, err := f.file.Intent("fabrikam")
	if err != nil {
		b.Fatal(err)
	}

	snap, e := f.snapshot(b, "fabrikam"), builtin(b)
	b.SetBytes(size(b, f))

	for b.Loop() {
		if _, err := e.Evaluate(context.Background(), snap, in, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRender is BenchmarkEvaluate and every document of the run folder.
func BenchmarkRender(b *testing.B) {
	f := serve(b, emulator.GenerateClients(1, []string{"fabrikam"}))
	in, err := f.file.Intent("fabrikam")
	if err != nil {
		b.Fatal(err)
	}

	inputs := run.Inputs{Snapshot: f.snapshot(b, "fabrikam"), Promise: in, Engine: builtin(b), AsOf: now}
	b.SetBytes(size(b, f))

	for b.Loop() {
		if _, err := run.Render(context.Background(), inputs, false); err != nil {
			b.Fatal(err)
		}
	}
}

// size is how many bytes of documents a snapshot holds.
func size(b *testing.B, f *fleet) (n int64) {
	b.Helper()
	dir := b.TempDir()
	if err := f.snapshot(b, "fabrikam").Export(dir + "/snap"); err != nil {
		b.Fatal(err)
	}

	for _, data := range contents(b, dir+"/snap") {
		n += int64(len(data))
	}

	return n
}
