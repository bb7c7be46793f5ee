// Package memory keeps what evaluations of one client found for the next one: per
// control its opinion, under a key of all that it follows from.
//
//	m := memory.Read(data, engine.Version)     // what is damaged is forgotten
//	opinion, same := m.Opinion(control, key)   // computed before, from the same
//	m.Keep(control.ID, key, opinion)
//	if m.Changed() { write(m.Pack()) }
//
// What it gives is what would be computed again. Nothing in it is evidence, and
// verification never looks at it.
package memory

import (
	"encoding/binary"
	"hash/crc32"
	"maps"
	"slices"

	"ringfence/collectors/snapshot"
	"ringfence/engine/evidence"
	"ringfence/engine/finding"
)

// Memory is what one client's evaluations found. One evaluation uses it at a time.
type Memory struct {
	version  string                   // the engine's
	opinions map[string]keyed[string] // by control: packed
	specs    map[string]keyed[string] // by dataset: the digest without observed, keyed by the bytes' digest
	facts    keyed[evidence.Facts]
	changed  bool
}

// keyed is something with the key of all that it follows from.
type keyed[T any] struct {
	key   string
	value T
}

// format is the first text of a packed Memory; with another one, or another engine
// version after it, it is forgotten.
const format = "ringfence.memory/2"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Read unpacks the Memory of an engine version. What cannot be read is forgotten,
// never an error.
func Read(data []byte, version string) *Memory {
	if m := read(data, version); m != nil {
		return m
	}
	return &Memory{version: version, opinions: map[string]keyed[string]{}, specs: map[string]keyed[string]{}}
}

func read(data []byte, version string) *Memory {
	if len(data) < crc32.Size {
		return nil
	}

	body, sum := data[:len(data)-crc32.Size], data[len(data)-crc32.Size:]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(sum) {
		return nil
	}

	u := &unpacker{rest: string(body)}
	if u.text() != format || u.text() != version {
		return nil
	}

	m := &Memory{version: version, opinions: u.keyed(), specs: u.keyed()}
	m.facts.key = u.text()
	m.facts.value = evidence.Facts{
		Problems: map[string]string{},
		Shown:    snapshot.Shown{Subscriptions: u.list(), Vaults: u.list()},
	}

	for range u.length() {
		dataset := u.text()
		m.facts.value.Problems[dataset] = u.text()
	}
	if asked := u.number() == packedTrue; asked {
		m.facts.value.Plans = u.list()
	}

	if u.broken || u.rest != "" {
		return nil
	}

	return m
}

// Pack is the form that [Read] reads, with a checksum at its end: it finds damage,
// not malice.
func (m *Memory) Pack() []byte {
	p := &packer{}
	p.texts(format, m.version)
	p.keyed(m.opinions)
	p.keyed(m.specs)

	facts := m.facts.value
	p.texts(m.facts.key)
	p.list(facts.Shown.Subscriptions)
	p.list(facts.Shown.Vaults)
	p.number(len(facts.Problems))
	for _, dataset := range slices.Sorted(maps.Keys(facts.Problems)) {
		p.texts(dataset, facts.Problems[dataset])
	}

	p.bool(facts.Plans != nil)
	if facts.Plans != nil {
		p.list(facts.Plans)
	}

	return binary.LittleEndian.AppendUint32(p.data, crc32.Checksum(p.data, castagnoli))
}

func (p *packer) keyed(all map[string]keyed[string]) {
	p.number(len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p.texts(name, all[name].key, all[name].value)
	}
}

func (u *unpacker) keyed() map[string]keyed[string] {
	n := u.length()
	all := make(map[string]keyed[string], min(n, 1<<8))
	for range n {
		name := u.text()
		all[name] = keyed[string]{u.text(), u.text()}
	}

	return all
}

// Changed reports whether there is something new to keep.
func (m *Memory) Changed() bool { return m.changed }

// Opinion is what a control said under the same key.
func (m *Memory) Opinion(c finding.Control, key string) (*finding.Opinion, bool) {
	known, found := m.opinions[c.ID]
	if !found || known.key != key {
		return nil, false
	}

	u := &unpacker{rest: known.value}
	o := u.opinion(c)
	return o, !u.broken && u.rest == ""
}

// Keep remembers what a control said.
func (m *Memory) Keep(control, key string, o *finding.Opinion) {
	p := &packer{}
	p.opinion(o)
	m.opinions[control], m.changed = keyed[string]{key, string(p.data)}, true
}

// SpecDigest is the digest of a dataset without what its documents observed (times,
// counters), computed before from the bytes with a digest, or now. ok is false where
// there is none.
func (m *Memory) SpecDigest(snap snapshot.Snapshot, dataset string) (digest string, ok bool, err error) {
	bytes := snap.Manifest.Datasets[dataset].Digest
	if known := m.specs[dataset]; known.value != "" && known.key == bytes {
		return known.value, true, nil
	}

	if digest, ok, err = snap.SpecDigest(dataset); ok && err == nil {
		m.specs[dataset], m.changed = keyed[string]{bytes, digest}, true
	}

	return digest, ok, err
}

// Facts are those that were learned under the same key, or are learned now.
func (m *Memory) Facts(key string, learn func() (evidence.Facts, error)) (evidence.Facts, error) {
	if m.facts.key == key {
		return m.facts.value, nil
	}

	facts, err := learn()
	if err == nil {
		m.facts, m.changed = keyed[evidence.Facts]{key, facts}, true
	}

	return facts, err
}
