package oscal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder/layout"
)

// A policy sees a document as one object; a dataset's file has it as one line
// with "spec" and "observed". An auditor opens the file, so evidence names the
// line and a JSON pointer (RFC 6901) into it that any reader resolves.
//
// Example: keyvault.vaults/…/kv-1#/properties/tenantId is line 3 of
// snapshot/keyvault.vaults.ndjson, pointer /spec/properties/tenantId.

// place is where a document is. State is what the document itself says against
// being in operation, "" for nothing.
type place struct {
	line     int // from 1
	pointers map[string]located
	state    string
}

// cited are the pointers that findings name, by subject.
type cited map[string][]string

// locate finds every document that a finding is about or cites. It reads each
// dataset's file once, and parses only the lines that are asked for.
func (b *builder) locate() error {
	b.places = map[string]place{}
	asked := map[string]cited{}
	for _, f := range b.in.Set.Findings {
		b.ask(asked, f.Subject, "")
		for _, e := range f.Evidence {
			subject, pointer, _ := strings.Cut(e, "#")
			b.ask(asked, subject, pointer)
		}
	}

	for _, dataset := range sortedKeys(asked) {
		if b.in.Lines == nil {
			return fmt.Errorf("the lines of %s are needed", dataset)
		}
		if err := b.locateIn(dataset, asked[dataset]); err != nil {
			return fmt.Errorf("looking for the evidence in %s: %w", dataset, err)
		}
	}

	return nil
}

// ask notes a pointer of a subject whose dataset has a file.
func (b *builder) ask(asked map[string]cited, subject, pointer string) {
	dataset := snapshot.SubjectDataset(subject)
	if b.hashes[layout.Dataset(dataset)] == "" {
		return
	}

	if asked[dataset] == nil {
		asked[dataset] = cited{}
	}

	if have := asked[dataset][subject]; !slices.Contains(have, pointer) {
		asked[dataset][subject] = append(have, pointer)
	}
}

func (b *builder) locateIn(dataset string, asked cited) error {
	n := 0
	return b.in.Lines(dataset, func(line []byte) (string, error) {
		n++
		id, err := lineID(line)
		if err != nil {
			return "", err
		}

		subject := snapshot.Subject(dataset, id)
		pointers, wanted := asked[subject]
		if !wanted {
			return id, nil
		}

		doc, err := snapshot.ParseObject(line)
		if err != nil {
			return id, err
		}

		p := place{line: n, pointers: map[string]located{}, state: outOfForce(dataset, object(doc["spec"]))}
		for _, pointer := range pointers {
			p.pointers[pointer] = inLine(doc, pointer)
		}

		b.places[subject] = p
		return id, nil
	})
}

// lineID is the id of the document in a line. In canonical form it comes first,
// and is nearly always plain; a tokenizer for every line would cost more than
// reading the file.
func lineID(line []byte) (string, error) {
	if rest, first := bytes.CutPrefix(line, []byte(`{"id":"`)); first {
		id, _, closed := bytes.Cut(rest, []byte(`"`))
		if closed && !bytes.ContainsRune(id, '\\') {
			return string(id), nil
		}
	}

	d := jsontext.NewDecoder(bytes.NewBuffer(line))
	if open, err := d.ReadToken(); err != nil || open.Kind() != '{' {
		return "", errNoDocument
	}

	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return "", err
		}

		if name.String() != "id" {
			if err := d.SkipValue(); err != nil {
				return "", err
			}
			continue
		}

		id, err := d.ReadToken()
		if err != nil || id.Kind() != '"' {
			return "", errNoDocument
		}

		return id.String(), nil
	}

	return "", errNoDocument
}

var errNoDocument = errors.New("a line without a document that has an id")
