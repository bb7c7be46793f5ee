package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Document is one object of a tenant as its API returned it.
type Document struct {
	ID    string `json:"id"`              // by the schema's rule
	Scope string `json:"scope,omitempty"` // its parent's id, where it was read per parent
	// Spec holds the API's own properties, names verbatim; Observed those that change
	// without anybody changing the configuration (last sync times and the like).
	Spec     map[string]any `json:"spec"`
	Observed map[string]any `json:"observed,omitempty"`
}

// Subject names a document to people and policies: "<dataset>/<id>" with one
// leading "/" of the id dropped and "%", "#" and control characters
// (also C1, U+0080 to U+009F) percent-encoded. "#" is what evidence puts between a
// subject and a JSON pointer; control characters could rewrite a terminal's line.
func Subject(dataset, id string) string {
	id = strings.TrimPrefix(id, "/")
	first := strings.IndexFunc(id, needsEscape)
	if first < 0 {
		return dataset + "/" + id
	}

	subject := []byte(dataset + "/" + id[:first])
	for rest := id[first:]; rest != ""; {
		c, size := utf8.DecodeRuneInString(rest)
		for _, b := range []byte(rest[:size]) {
			if needsEscape(c) {
				subject = fmt.Appendf(subject, "%%%02X", b)
			} else {
				subject = append(subject, b)
			}
		}
		rest = rest[size:]
	}

	return string(subject)
}

// needsEscape: controls are C0, DEL and C1, which some terminals obey as they do ESC.
func needsEscape(c rune) bool { return c == '%' || c == '#' || unicode.IsControl(c) }

// SubjectDataset returns the "<area>.<dataset>" that a subject starts with, or
// "" for one that names no dataset ("client/<label>").
func SubjectDataset(subject string) string {
	name, _, ok := strings.Cut(subject, "/")
	if !ok || !strings.Contains(name, ".") {
		return ""
	}
	return name
}

// accounts is what the subject of an account begins with.
const accounts = "snapshot"

// AccountSubject is the subject of verdicts about how a dataset was read, and not about
// what is in it: "snapshot/entra.users".
func AccountSubject(dataset string) string { return accounts + "/" + dataset }

// AccountDataset is the dataset of such a subject, "" for any other one.
func AccountDataset(subject string) string {
	if dataset, is := strings.CutPrefix(subject, accounts+"/"); is && datasetName.MatchString(dataset) {
		return dataset
	}
	return ""
}

// ScopeFile is the file name, without ".json", of one parent's saved responses
// in an import folder.
func ScopeFile(scope string) string { return url.PathEscape(scope) }

// Encode writes documents in their portable form, sorted by id, with both
// digests: of the bytes, and of the lines without "observed". Two documents
// with one id are an error.
func Encode(docs []Document) (data []byte, digest, specDigest string, err error) {
	docs = slices.Clone(docs)
	slices.SortFunc(docs, func(a, b Document) int { return strings.Compare(a.ID, b.ID) })

	var e encoder
	spec := sha256.New()
	for i, doc := range docs {
		if i > 0 && docs[i-1].ID == doc.ID {
			return nil, "", "", duplicate(doc.ID)
		}

		begin := len(data)
		var observed place
		if data, observed, err = e.line(data, doc); err != nil {
			return nil, "", "", fmt.Errorf("document %q: %w", doc.ID, err)
		}

		data = append(data, '\n')
		line := data[begin:]
		spec.Write(line[:observed.at])
		spec.Write(line[observed.at+observed.size:])
	}

	return data, Digest(data), hex.EncodeToString(spec.Sum(nil)), nil
}

// DecodeLine reads one line of a dataset file. Members that it does not know are
// skipped. With an error, the document has what was read so far.
func DecodeLine(line []byte) (Document, error) {
	m, err := ParseObject(line)
	if err != nil {
		return Document{}, err
	}

	var doc Document
	var ok bool
	if doc.ID, ok = m["id"].(string); !ok || doc.ID == "" {
		return doc, fmt.Errorf(`a document needs a string "id"`)
	}
	if doc.Spec, ok = m["spec"].(map[string]any); !ok {
		return doc, fmt.Errorf(`document %q needs an object "spec"`, doc.ID)
	}

	scope, has := m["scope"]
	if doc.Scope, ok = scope.(string); has && !ok {
		return doc, fmt.Errorf(`document %q: "scope" is not a string`, doc.ID)
	}

	observed, has := m["observed"]
	if doc.Observed, ok = observed.(map[string]any); has && !ok {
		return doc, fmt.Errorf(`document %q: "observed" is not an object`, doc.ID)
	}
	for name := range doc.Observed {
		if _, twice := doc.Spec[name]; twice {
			return doc, fmt.Errorf(`document %q: %q is in "spec" and in "observed"`, doc.ID, name)
		}
	}

	return doc, nil
}
