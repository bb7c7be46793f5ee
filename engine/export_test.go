package engine

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"testing"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
)

// Reseal gives a packed memory the checksum of its content.
func Reseal(packed []byte) []byte {
	body := packed[:len(packed)-crc32.Size]
	return binary.LittleEndian.AppendUint32(append([]byte{}, body...), crc32.Checksum(body, castagnoli))
}

// Indexes is how many rules are an index.
func (e *Engine) Indexes() int { return len(e.controls[0].query.indexes) }

// Positions is how many of them are by id and only looked up in.
func (e *Engine) Positions() (n int) {
	for _, x := range e.controls[0].query.indexes {
		if x.byID {
			n++
		}
	}
	return n
}

// Looked is how many documents the first control asks about, those that stand
// for others included.
func (e *Engine) Looked(t *testing.T, snap snapshot.Snapshot, in intent.Intent, asOf time.Time) (n int) {
	t.Helper()
	j := newJob(snap, in, asOf)
	rule, err := j.check()
	if err != nil {
		t.Fatal(err)
	}

	s, err := e.newShelf(j, rule)
	if err != nil {
		t.Fatal(err)
	}

	g := &judgement{job: j, control: &e.controls[0]}
	if g.taken, err = s.take(g.control); err != nil {
		t.Fatal(err)
	}

	b, err := j.baseInput()
	if err != nil {
		t.Fatal(err)
	}

	for name, documents := range g.arrays() {
		others := g.unlooked(context.Background(), b, name, documents, &answer{pass: map[string]bool{}})
		if n += others.Len(); others != documents {
			alike, _ := g.control.screens[name].sort(documents)
			n += len(alike.first)
		}
	}

	return n
}
