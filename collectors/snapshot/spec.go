package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// SpecDigest computes the digest of a dataset without what its documents
// observed, from the bytes that have the manifest's digest: the manifest's own
// word for it is not taken. ok is false where that cannot be told: the dataset
// has no file, a line is not in canonical order, or something is observed that
// the schema does not call volatile or that no policy could be shown. Errors are
// those of Lines.
func (s Snapshot) SpecDigest(dataset string) (digest string, ok bool, err error) {
	schema := Schemas()[dataset]
	if schema == nil || !s.Manifest.Datasets[dataset].Holds() {
		return "", false, nil
	}

	sum, plain := sha256.New(), true
	err = s.Lines(dataset, func(line []byte) (string, error) {
		id, before, after, fine := schema.unobserved(line)
		if plain = plain && fine; !plain {
			doc, err := DecodeLine(line)
			return doc.ID, err
		}

		for _, part := range [][]byte{before, after, {'\n'}} {
			sum.Write(part)
		}

		return id, nil
	})

	return hex.EncodeToString(sum.Sum(nil)), err == nil && plain, err
}

// unobserved splits a canonical line {"id":…,"observed":{…},…} around its
// observed member; a line without one is all before.
func (s *Schema) unobserved(line []byte) (id string, before, after []byte, ok bool) {
	d := jsontext.NewDecoder(bytes.NewReader(line))
	text := func() string {
		t, err := d.ReadToken()
		if err != nil || t.Kind() != '"' {
			ok = false
			return ""
		}
		return t.String()
	}

	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return "", nil, nil, false
	}

	ok = true

	if name := text(); name != "id" {
		return "", nil, nil, false
	}

	id = text()
	from := d.InputOffset()

	name := text()
	if !ok || name != "observed" {
		return id, line, nil, ok && !bytes.Contains(line[from:], []byte(`"observed"`))
	}

	observed, err := d.ReadValue()
	if err != nil {
		return "", nil, nil, false
	}

	before, after = line[:from], line[d.InputOffset():]
	return id, before, after, s.volatile(observed, after)
}

// volatile reports whether observed is what DecodeLine takes, the schema calls
// all that is in it volatile, and none of it is named in the rest of the line.
func (s *Schema) volatile(observed, rest []byte) bool {
	m, err := ParseObject(slices.Concat([]byte(`{"observed":`), observed, []byte("}"))) // as deep as in the line
	if err != nil {
		return false
	}

	properties, isObject := m["observed"].(map[string]any)
	if len(properties) > 0 && bytes.IndexByte(rest, '\\') >= 0 {
		return false // a name may be written with escapes
	}

	for name := range properties {
		p := s.Properties[name]
		if p == nil || !p.Volatile || bytes.Contains(rest, []byte(strconv.Quote(name))) {
			return false
		}
	}

	return isObject
}
