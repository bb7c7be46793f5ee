// Package join finds values that occur in more than one tenant, by their fingerprints.
//
// The index holds of each link a fingerprint and which tenant has it, and nothing else: no
// value, no name, no subject. It is cut into parts by the first bits of the fingerprint, of
// which one is in memory at a time. When a tenant changed, only the parts are read that hold
// a fingerprint that it gained or lost.
package join

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"ringfence/engine/fleet/fingerprint"
)

// Parts is into how many parts the index is cut. Fingerprints are spread evenly: with ten
// million of them a part has 90 KB.
const (
	Parts    = 1 << partBits
	partBits = 12
)

// Shelf keeps the parts, numbered from 0. A part that was never written is empty.
type Shelf interface {
	Append(part int, data []byte) error // in the order of the calls
	Read(part int) ([]byte, error)
	Replace(part int, data []byte) error // whole or not at all
}

// Member is a tenant, by a number that the caller gives it and keeps.
type Member uint32

// Group is a fingerprint and all tenants that have it, sorted. Those that only one tenant
// has are groups, too, where a change is told: it is the last one, or none is left.
type Group struct {
	Sum     fingerprint.Sum
	Members []Member
}

// recordSize is that of a record in a part: a fingerprint, and the member in four bytes,
// big-endian, so that records sort as bytes.
const recordSize = len(fingerprint.Sum{}) + 4

// Builder makes an index of many tenants.
type Builder struct {
	shelf   Shelf
	buffers [Parts][]byte
}

// bufferSize is how many bytes of a part are kept back before they are appended: a whole
// number of records, 15 MB for all parts.
const bufferSize = 100 * recordSize

// NewBuilder begins an index on a shelf, which has to be empty.
func NewBuilder(shelf Shelf) *Builder { return &Builder{shelf: shelf} }

// Add adds a fingerprint of a member. The same twice is once.
func (b *Builder) Add(sum fingerprint.Sum, member Member) error {
	part := partOf(sum)
	if b.buffers[part] == nil {
		b.buffers[part] = make([]byte, 0, bufferSize)
	}

	b.buffers[part] = appendRecord(b.buffers[part], sum, member)
	if len(b.buffers[part]) == bufferSize {
		return b.flush(part)
	}
	return nil
}

func (b *Builder) flush(part int) error {
	data := b.buffers[part]
	b.buffers[part] = data[:0]
	return b.shelf.Append(part, data)
}

// Finish puts the parts in order, and calls found with each fingerprint that several
// members have, in the order of fingerprints. It must not keep the group.
func (b *Builder) Finish(found func(Group) error) error {
	for part := range Parts {
		if len(b.buffers[part]) > 0 {
			if err := b.flush(part); err != nil {
				return err
			}
		}
		b.buffers[part] = nil

		data, err := readPart(b.shelf, part)
		if err != nil {
			return err
		}

		data = sorted(data)
		if err := b.shelf.Replace(part, data); err != nil {
			return err
		}
		if err := groups(data, found); err != nil {
			return err
		}
	}

	return nil
}

// Change says which fingerprints a member gained and lost. The index has to be finished.
type Change struct {
	Member       Member
	Gained, Lost []fingerprint.Sum
}

// Between is the change of a member from one set of fingerprints to another. It sorts both.
func Between(member Member, old, new []fingerprint.Sum) Change {
	compare := func(a, b fingerprint.Sum) int { return bytes.Compare(a[:], b[:]) }
	slices.SortFunc(old, compare)
	slices.SortFunc(new, compare)
	old, new = slices.Compact(old), slices.Compact(new)

	c := Change{Member: member}
	for len(old) > 0 || len(new) > 0 {
		switch {
		case len(new) == 0 || len(old) > 0 && compare(old[0], new[0]) < 0:
			c.Lost, old = append(c.Lost, old[0]), old[1:]
		case len(old) == 0 || compare(new[0], old[0]) < 0:
			c.Gained, new = append(c.Gained, new[0]), new[1:]
		default:
			old, new = old[1:], new[1:]
		}
	}

	return c
}

// Apply changes an index, and calls changed with each fingerprint that was gained or lost and
// who has it now, in the order of fingerprints. Nobody else's are looked at. Applied twice,
// it changes nothing the second time and tells the same.
func Apply(shelf Shelf, c Change, changed func(Group) error) error {
	var touched [Parts][]fingerprint.Sum
	gained := map[fingerprint.Sum]bool{}
	for _, sum := range c.Gained {
		gained[sum] = true
		touched[partOf(sum)] = append(touched[partOf(sum)], sum)
	}
	for _, sum := range c.Lost {
		touched[partOf(sum)] = append(touched[partOf(sum)], sum)
	}

	for part, sums := range touched {
		if len(sums) == 0 {
			continue
		}
		slices.SortFunc(sums, func(a, b fingerprint.Sum) int { return bytes.Compare(a[:], b[:]) })

		data, err := readPart(shelf, part)
		if err != nil {
			return err
		}

		data, now := edit(data, slices.Compact(sums), c.Member, gained)
		if err := shelf.Replace(part, data); err != nil {
			return err
		}
		for _, g := range now {
			if err := changed(g); err != nil {
				return err
			}
		}
	}

	return nil
}

// edit takes a member's sums out of a part or puts them in, and says who has them now.
func edit(data []byte, sums []fingerprint.Sum, member Member, gained map[fingerprint.Sum]bool) ([]byte, []Group) {
	edited := make([]byte, 0, len(data)+len(sums)*recordSize)
	var now []Group
	for _, sum := range sums {
		at := find(data, sum)
		edited, data = append(edited, data[:at]...), data[at:]

		group := Group{Sum: sum}
		for len(data) > 0 && bytes.Equal(data[:len(sum)], sum[:]) {
			if m := memberOf(data); m != member {
				group.Members = append(group.Members, m)
			}
			data = data[recordSize:]
		}

		if gained[sum] {
			at, _ := slices.BinarySearch(group.Members, member)
			group.Members = slices.Insert(group.Members, at, member)
		}
		for _, m := range group.Members {
			edited = appendRecord(edited, sum, m)
		}
		now = append(now, group)
	}

	return append(edited, data...), now
}

// find is where in sorted records those of a sum begin, or would.
func find(data []byte, sum fingerprint.Sum) int {
	low, high := 0, len(data)/recordSize
	for low < high {
		middle := (low + high) / 2
		if bytes.Compare(data[middle*recordSize:][:len(sum)], sum[:]) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}

	return low * recordSize
}

func readPart(shelf Shelf, part int) ([]byte, error) {
	data, err := shelf.Read(part)
	if err != nil {
		return nil, err
	}
	if len(data)%recordSize != 0 {
		return nil, fmt.Errorf("part %d of the index of fingerprints is cut: build it anew", part)
	}

	return data, nil
}

// sorted puts records in order, each once.
func sorted(data []byte) []byte {
	records := make([][recordSize]byte, len(data)/recordSize)
	for i := range records {
		copy(records[i][:], data[i*recordSize:])
	}
	slices.SortFunc(records, func(a, b [recordSize]byte) int { return compareRecords(&a, &b) })

	data = data[:0]
	for i := range records {
		if i == 0 || records[i] != records[i-1] {
			data = append(data, records[i][:]...)
		}
	}

	return data
}

// compareRecords looks at eight bytes first, which nearly always differ.
func compareRecords(a, b *[recordSize]byte) int {
	return cmp.Or(cmp.Compare(binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(b[:8])),
		bytes.Compare(a[8:], b[8:]))
}

// groups calls found with each sum of sorted records that several members have.
func groups(data []byte, found func(Group) error) error {
	var group Group
	for len(data) > 0 {
		copy(group.Sum[:], data)
		group.Members = group.Members[:0]
		for len(data) > 0 && bytes.Equal(data[:len(group.Sum)], group.Sum[:]) {
			group.Members = append(group.Members, memberOf(data))
			data = data[recordSize:]
		}

		if len(group.Members) > 1 {
			if err := found(group); err != nil {
				return err
			}
		}
	}

	return nil
}

func partOf(sum fingerprint.Sum) int { return int(binary.BigEndian.Uint16(sum[:]) >> (16 - partBits)) }

func appendRecord(data []byte, sum fingerprint.Sum, member Member) []byte {
	return binary.BigEndian.AppendUint32(append(data, sum[:]...), uint32(member))
}

func memberOf(record []byte) Member {
	return Member(binary.BigEndian.Uint32(record[len(fingerprint.Sum{}):]))
}
