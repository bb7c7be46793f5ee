package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"sync"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
)

// memoryFormat is the first text of a packed Memory; another one is forgotten.
const memoryFormat = "ringfence.memory/1 engine " + Version

// Memory holds what earlier evaluations of one client found: per control its
// opinion, under a key of all that it follows from. An evaluation takes from it
// what still has the same key, and leaves in it what it found itself. What it
// gives is what would be computed again; nothing in it is evidence, and
// verification never looks at it. One evaluation uses it at a time.
type Memory struct {
	whole    string                // the key of all opinions together
	opinions map[string]remembered // by control id
	specs    map[string]spec       // by dataset
	licences licences
	facts    keptFacts
	mu       sync.Mutex
	said     map[[2]string]said // by control id and dataset
	changed  bool
}

// remembered is a control's last opinion, packed.
type remembered struct{ key, packed string }

// licences are the service plans of a tenant, from the SKUs with a digest and count.
type licences struct {
	digest string
	plans  []string
}

// spec is a dataset's digest without what its documents observed, computed by
// us from the bytes that have the digest bytes.
type spec struct{ bytes, digest string }

// ReadMemory unpacks a Memory. What cannot be read is forgotten, never an error.
func ReadMemory(data []byte) *Memory {
	m := &Memory{opinions: map[string]remembered{}, specs: map[string]spec{}, said: map[[2]string]said{}}
	if len(data) < crc32.Size {
		return m
	}

	body, sum := data[:len(data)-crc32.Size], data[len(data)-crc32.Size:]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(sum) {
		return m
	}

	u := &unpacker{rest: string(body)}
	if u.text() != memoryFormat {
		return m
	}

	m.whole = u.text()
	n := u.length()
	m.opinions = make(map[string]remembered, min(n, 1<<8))
	for range n {
		m.opinions[u.text()] = remembered{u.text(), u.text()}
	}

	for range u.length() {
		m.specs[u.text()] = spec{u.text(), u.text()}
	}

	m.licences = licences{u.text(), u.texts()}
	m.facts = u.facts()
	for range u.length() {
		at := [2]string{u.text(), u.text()}
		m.said[at] = said{u.text(), u.text(), u.text(), u.text()}
		u.broken = u.broken || len(m.said[at].sums) != len(m.said[at].bytes)*len(decode.Sum{})
	}

	if u.broken {
		return ReadMemory(nil)
	}

	return m
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Pack is the form that ReadMemory reads, with a checksum at its end: it finds
// damage, not malice.
func (m *Memory) Pack() []byte {
	p := &packer{}
	p.text(memoryFormat)
	p.text(m.whole)
	p.number(len(m.opinions))

	for _, id := range slices.Sorted(maps.Keys(m.opinions)) {
		p.inRow(id, m.opinions[id].key, m.opinions[id].packed)
	}

	p.number(len(m.specs))

	for _, name := range slices.Sorted(maps.Keys(m.specs)) {
		p.inRow(name, m.specs[name].bytes, m.specs[name].digest)
	}

	p.text(m.licences.digest)
	p.texts(m.licences.plans)
	p.facts(m.facts)
	p.number(len(m.said))

	for _, at := range slices.SortedFunc(maps.Keys(m.said), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		s := m.said[at]
		p.inRow(at[0], at[1], s.key, s.sums, s.bytes, s.fails)
	}

	return binary.LittleEndian.AppendUint32(p.data, crc32.Checksum(p.data, castagnoli))
}

func (p *packer) inRow(list ...string) {
	for _, s := range list {
		p.text(s)
	}
}

// Changed reports whether there is something new to keep.
func (m *Memory) Changed() bool { return m.changed }

// recall gives the opinion that a control had under the same key.
func (m *Memory) recall(c *control, key string) (*opinion, bool) {
	r, known := m.opinions[c.ID]
	if !known || r.key != key {
		return nil, false
	}

	u := &unpacker{rest: r.packed}
	o := u.opinion(c)
	return o, !u.broken && u.rest == ""
}

func (m *Memory) saidOf(at [2]string) said {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.said[at]
}

// say remembers what a control said of a dataset's documents. Controls are
// judged side by side.
func (m *Memory) say(at [2]string, s said) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said[at], m.changed = s, true
}

// keep remembers an opinion.
func (m *Memory) keep(c *control, key string, o *opinion) {
	p := &packer{}
	p.opinion(o)
	m.opinions[c.ID] = remembered{key, string(p.data)}
}

// servicePlans is the function of that name, asked once for the same SKUs.
func (m *Memory) servicePlans(snap snapshot.Snapshot, rule evidenceRule) (map[string]bool, error) {
	skus := rule.evidence(snap.Manifest, snapshot.SKUDataset)
	if m == nil || !skus.CompleteEverywhere() {
		return servicePlans(snap, rule)
	}

	content := fmt.Sprint(skus.Digest, " ", skus.Count) // a wrong count is an error, which only reading finds
	if m.licences.digest == content {
		plans := map[string]bool{}
		for _, p := range m.licences.plans {
			plans[p] = true
		}
		return plans, nil
	}

	plans, err := servicePlans(snap, rule)
	if err == nil && plans != nil {
		m.licences, m.changed = licences{content, slices.Sorted(maps.Keys(plans))}, true
	}

	return plans, err
}

// recall splits controls into those whose opinion is remembered, and the others.
// policies is the digest of all of them.
func (s *shelf) recall(policies string, controls []*control) (known map[string]*opinion, others []*control, err error) {
	if s.job.Memory == nil {
		return map[string]*opinion{}, controls, nil
	}
	err = s.job.Meter.reading("recall", s.job.snap, func(snap snapshot.Snapshot) error {
		s.whole = s.wholeKey(policies, controls)
		if s.job.Memory.whole != s.whole {
			if err := s.prove(snap, controls); err != nil {
				return err
			}
		}

		known, others = s.lookUp(controls)
		return nil
	})

	return known, others, err
}

// lookUp finds the opinions that were had under the same keys.
func (s *shelf) lookUp(controls []*control) (known map[string]*opinion, others []*control) {
	known = map[string]*opinion{}
	m := s.job.Memory
	for _, c := range controls {
		key := m.opinions[c.ID].key
		if m.whole != s.whole {
			key = s.key(c)
		}

		s.keys[c.ID] = key
		if o, same := m.recall(c, key); same {
			known[c.ID] = o
		} else {
			others = append(others, c)
		}
	}

	return known, others
}

// keep remembers the opinions of some controls.
func (s *shelf) keep(all map[string]*opinion, controls []*control) {
	m := s.job.Memory
	if m == nil || m.whole == s.whole && len(controls) == 0 {
		return
	}
	defer s.job.Meter.Start("recall")()

	for _, c := range controls {
		m.keep(c, s.keys[c.ID], all[c.ID])
	}

	m.whole, m.changed = s.whole, true
}

// prove computes the digests without what was observed, of datasets of which
// some control reads nothing observed.
func (s *shelf) prove(snap snapshot.Snapshot, controls []*control) error {
	m := s.job.Memory
	for _, c := range controls {
		for _, name := range c.reads {
			d := s.datasets[name]
			if c.observed[name] || d.spec != "" || d.coverage.SpecDigest == d.coverage.Digest {
				continue
			}

			if known := m.specs[name]; known.bytes == d.coverage.Digest {
				d.spec = known.digest
				continue
			}

			digest, ok, err := snap.SpecDigest(name)
			if err != nil {
				return err
			}

			if ok {
				d.spec, m.specs[name] = digest, spec{d.coverage.Digest, digest}
			}
		}
	}

	return nil
}

// key is the digest of all that a control's opinion follows from: the control
// and the libraries behind it, the promise, the time where it asks for it, and
// the evidence of exactly the datasets of its plan.
func (s *shelf) key(c *control) string {
	p := &packer{}
	p.inRow(c.digest, s.intent, s.read(c.times))

	for _, name := range c.reads {
		s.datasets[name].identify(p, c.observed[name])
	}

	return p.sum()
}

// packers are lent to wholeKey, which every client asks once.
var packers = sync.Pool{New: func() any { return &packer{} }}

// wholeKey is the key of all controls together.
func (s *shelf) wholeKey(policies string, controls []*control) string {
	p := packers.Get().(*packer)
	defer packers.Put(p)

	p.data = p.data[:0]

	var read times
	for _, c := range controls {
		read = times{read.asOf || c.times.asOf, read.collectedAt || c.times.collectedAt}
	}

	p.inRow(policies, s.intent, s.read(read))

	for _, name := range s.names {
		s.datasets[name].identify(p, true)
	}

	return p.sum()
}

func (p *packer) sum() string {
	sum := sha256.Sum256(p.data)
	return string(sum[:])
}

// times are those of the input that a control may read.
type times struct{ asOf, collectedAt bool }

// read is what there is to read of some times.
func (s *shelf) read(t times) (text string) {
	if t.asOf {
		text += strconv.FormatInt(s.job.asOf.UnixNano(), 10)
	}
	if t.collectedAt {
		text += " " + s.job.snap.Manifest.CollectedAt
	}
	return text
}

// identify packs all of a dataset that an opinion can follow from: its content,
// and how much of it was seen. A control that reads nothing of observed is
// told apart by the rest alone, where we computed that digest ourselves.
func (d *dataset) identify(p *packer, observed bool) {
	c := d.coverage
	if !observed && d.spec != "" {
		p.inRow(d.name, "spec", d.spec)
	} else {
		p.inRow(d.name, "bytes", c.Digest)
	}

	p.number(c.Count) // a wrong one is an error, which only reading finds
	p.inRow(string(c.Status), c.Proof)
	p.evidence(c.Evidence)
	p.number(len(c.Scopes))

	for _, s := range c.Scopes {
		p.inRow(s.Scope, string(s.Status))
		p.number(s.Count)
		p.evidence(s.Evidence)
	}
}

func (p *packer) evidence(e *snapshot.Evidence) {
	if e == nil {
		p.number(0)
		return
	}
	p.number(1)
	p.text(evidenceText(*e))
}
