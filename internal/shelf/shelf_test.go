package shelf

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"ringfence/engine/fleet/fingerprint"
	"ringfence/engine/fleet/join"
)

func TestShelf(t *testing.T) {
	s := In(t.TempDir())
	if data, err := s.Read(7); err != nil || len(data) != 0 {
		t.Errorf("a part that was never written: %q, %v", data, err)
	}

	for _, text := range []string{"a", "b"} {
		if err := s.Append(7, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if data, err := s.Read(7); err != nil || string(data) != "ab" {
		t.Errorf("after two appends: %q, %v", data, err)
	}

	if err := s.Replace(7, []byte("c")); err != nil {
		t.Fatal(err)
	}
	if data, err := s.Read(7); err != nil || string(data) != "c" {
		t.Errorf("after a replacement: %q, %v", data, err)
	}

	left, err := filepath.Glob(filepath.Join(s.folder, "*.next"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if info, err := os.Stat(s.name(7)); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read a part: %v, %v", info, err)
	}
}

// linksPerClient are those of a client of some hundred people.
const linksPerClient = 1000

// value is a link of a client; one in 100,000 is a neighbour's, too.
func value(client, i, generation int) []byte {
	if (client*linksPerClient+i)%100_000 == 1 {
		client ^= 1
	}
	text := binary.BigEndian.AppendUint32(make([]byte, 0, 12), uint32(client))
	return binary.BigEndian.AppendUint64(text, uint64(i)<<32|uint64(generation))
}

func fill(b *testing.B, s Shelf, kind fingerprint.Kind, clients int) int {
	builder, shared := join.NewBuilder(s), 0
	for c := range clients {
		for i := range linksPerClient {
			if err := builder.Add(kind.Of(string(value(c, i, 0))), join.Member(c)); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := builder.Finish(func(join.Group) error { shared++; return nil }); err != nil {
		b.Fatal(err)
	}

	return shared
}

func kindOf(b *testing.B) fingerprint.Kind {
	key, err := fingerprint.NewKey(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	return key.Kind("device")
}

// reportMemory is all that the program took of the system so far, an upper bound.
func reportMemory(b *testing.B) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB")
}

// BenchmarkJoin is a fleet joined from nothing: fingerprints, index on disk, groups.
func BenchmarkJoin(b *testing.B) {
	for _, clients := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			shared := 0
			for b.Loop() {
				b.StopTimer()
				folder := b.TempDir()
				b.StartTimer()
				shared = fill(b, In(folder), kindOf(b), clients)
				b.StopTimer()
				os.RemoveAll(folder)
				b.StartTimer()
			}
			b.ReportMetric(float64(shared), "shared")
			reportMemory(b)
		})
	}
}

// BenchmarkRejoin is one client that changed in a fleet of 10,000: a hundredth of its links,
// and all of them.
func BenchmarkRejoin(b *testing.B) {
	s, kind := In(b.TempDir()), kindOf(b)
	fill(b, s, kind, 10_000)

	for _, changed := range []int{linksPerClient / 100, linksPerClient} {
		b.Run(fmt.Sprintf("links=%d", changed), func(b *testing.B) {
			for generation := 1; b.Loop(); generation++ {
				var old, now []fingerprint.Sum
				for i := range linksPerClient {
					before, after := generation-1, generation
					if i >= changed {
						before, after = 0, 0
					}
					old = append(old, kind.Of(string(value(77, i, before))))
					now = append(now, kind.Of(string(value(77, i, after))))
				}
				if err := join.Apply(s, join.Between(77, old, now), func(join.Group) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
			reportMemory(b)
		})
	}
}
