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
//
// Example: of the line {"id":"u1","observed":{"lastSync":"…"},"spec":{…}} the bytes
// {"id":"u1","spec":{…}} are hashed. As long as they are the same, a control that
// reads nothing observed has the same verdicts.
func (s Snapshot) SpecDigest(dataset string) (digest string, ok bool, err error) {
	schema := Schemas()[dataset]
	if schema == nil || !s.Manifest.Datasets[dataset].Holds() {
		return "", false, nil
	}

	sum, ok := sha256.New(), true
	err = s.Lines(dataset, func(line []byte) (string, error) {
		id, before, after, splits := schema.cutObserved(line)
		if ok = ok && splits; !ok {
			doc, err := DecodeLine(line)
			return doc.ID, err
		}

		sum.Write(before)
		sum.Write(after)
		sum.Write([]byte{'\n'})
		return id, nil
	})

	return hex.EncodeToString(sum.Sum(nil)), err == nil && ok, err
}

// cutObserved splits a canonical line {"id":…,"observed":{…},…} around its
// observed member; a line without one is all before. ok is false where a line is
// written in another way.
func (s *Schema) cutObserved(line []byte) (id string, before, after []byte, ok bool) {
	d := jsontext.NewDecoder(bytes.NewReader(line))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return "", nil, nil, false
	}
	if name, ok := readString(d); !ok || name != "id" {
		return "", nil, nil, false
	}

	id, isText := readString(d)
	end := d.InputOffset()
	name, isName := readString(d)
	if !isText || !isName {
		return id, line, nil, false
	}
	if name != "observed" {
		return id, line, nil, !bytes.Contains(line[end:], []byte(`"observed"`))
	}

	observed, err := d.ReadValue()
	if err != nil {
		return "", nil, nil, false
	}

	before, after = line[:end], line[d.InputOffset():]
	return id, before, after, s.isVolatile(observed, after)
}

func readString(d *jsontext.Decoder) (text string, ok bool) {
	t, err := d.ReadToken()
	if err != nil || t.Kind() != '"' {
		return "", false
	}
	return t.String(), true
}

// isVolatile reports whether observed is what DecodeLine takes, the schema calls
// all that is in it volatile, and none of it is named in the rest of the line.
func (s *Schema) isVolatile(observed, rest []byte) bool {
	nested := slices.Concat([]byte(`{"observed":`), observed, []byte("}")) // as deep as in the line
	m, err := ParseObject(nested)
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
