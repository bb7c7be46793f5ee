package snapshot

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
)

// merged are the documents of several piles in the order of their ids: a dataset's
// file that is read off a spool.
type merged struct {
	piles []*Pile
	order []position
}

// position is a document: the pile, and its place there.
type position struct{ pile, at int32 }

// merge sorts. The same id twice is an error.
func merge(piles []*Pile) (merged, error) {
	m := merged{piles: piles}
	for n, p := range piles {
		for i := range p.refs {
			m.order = append(m.order, position{int32(n), int32(i)})
		}
	}

	slices.SortFunc(m.order, func(a, b position) int { return cmp.Compare(m.id(a), m.id(b)) })
	for i := 1; i < len(m.order); i++ {
		if id := m.id(m.order[i]); id == m.id(m.order[i-1]) {
			return m, duplicate(id)
		}
	}
	return m, nil
}

func (m merged) id(at position) string { return m.piles[at.pile].refs[at.at].id }

// digests are the SHA-256 of the file, and of its lines without what was observed.
func (m merged) digests() (digest, specDigest string, err error) {
	all, spec := sha256.New(), sha256.New()
	var line []byte
	for _, at := range m.order {
		p, ok := m.piles[at.pile], false
		if line, ok = p.line(line[:0], int(at.at)); !ok {
			return "", "", p.spool.Err()
		}

		line = append(line, '\n')
		all.Write(line)

		observed := p.refs[at.at].observed
		spec.Write(line[:observed.at])
		spec.Write(line[observed.at+observed.size:])
	}

	return hex.EncodeToString(all.Sum(nil)), hex.EncodeToString(spec.Sum(nil)), nil
}

// open reads the file from its begin.
func (m merged) open() io.ReadCloser { return io.NopCloser(&mergedReader{merged: m}) }

// mergedReader hands out line by line what lies in a spool.
type mergedReader struct {
	merged
	next int    // of order
	rest []byte // of the line that was begun
	line []byte // its buffer
}

func (r *mergedReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.rest) == 0 {
			if r.next == len(r.order) {
				break
			}

			at, ok := r.order[r.next], false
			if r.line, ok = r.piles[at.pile].line(r.line[:0], int(at.at)); !ok {
				return n, r.piles[at.pile].spool.Err()
			}
			r.line = append(r.line, '\n')
			r.rest, r.next = r.line, r.next+1
		}

		k := copy(p[n:], r.rest)
		n, r.rest = n+k, r.rest[k:]
	}

	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func duplicate(id string) error { return fmt.Errorf("two documents have the id %q", id) }
