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

// Policies and files see a document differently. A policy sees one object; a file of
// the run folder has a line with "id", "scope", "spec" and "observed". An auditor
// opens the file, so evidence in OSCAL names the line, and a JSON pointer into the
// line that any tool resolves.
//
// Example: a policy's keyvault.vaults/…/kv-1#/properties/tenantId may be line 3 of
// snapshot/keyvault.vaults.ndjson with the pointer /spec/properties/tenantId.

// place is where a document is, in the file of its dataset.
type place struct {
	line     int                    // from 1
	pointers map[string]linePointer // by the pointer as the policy wrote it

	// outOfForce is what the document itself says against being in operation, ""
	// for nothing: "status is terminated".
	outOfForce string
}

// linePointer is a policy's pointer as the file has it. Pointer resolves in the line.
// Absent is the rest of the policy's pointer, where the line ends before it: that a
// property is missing is evidence, too.
type linePointer struct{ Pointer, Absent string }

// citations are the pointers into each document of a dataset that findings cite, by
// subject.
type citations map[string][]string

// locateDocuments finds the documents that findings are about or cite. It reads the
// file of each dataset once, and parses only the lines that are wanted.
func (b *builder) locateDocuments() error {
	wanted := map[string]citations{} // by dataset
	for _, f := range b.in.Set.Findings {
		b.want(wanted, f.Subject, "")
		for _, e := range f.Evidence {
			subject, pointer, _ := strings.Cut(e, "#")
			b.want(wanted, subject, pointer)
		}
	}

	b.located = map[string]place{}
	for _, dataset := range sortedKeys(wanted) {
		if b.in.Lines == nil {
			return fmt.Errorf("the lines of %s are needed", dataset)
		}
		if err := b.locateIn(dataset, wanted[dataset]); err != nil {
			return fmt.Errorf("looking for the evidence in %s: %w", dataset, err)
		}
	}

	return nil
}

// want notes a pointer into a subject's document, if its dataset has a file.
func (b *builder) want(wanted map[string]citations, subject, pointer string) {
	dataset := snapshot.SubjectDataset(subject)
	if b.digests[layout.Dataset(dataset)] == "" {
		return
	}

	if wanted[dataset] == nil {
		wanted[dataset] = citations{}
	}

	if pointers := wanted[dataset][subject]; !slices.Contains(pointers, pointer) {
		wanted[dataset][subject] = append(pointers, pointer)
	}
}

func (b *builder) locateIn(dataset string, wanted citations) error {
	number := 0
	return b.in.Lines(dataset, func(line []byte) (string, error) {
		number++
		id, err := lineID(line)
		if err != nil {
			return "", err
		}

		subject := snapshot.Subject(dataset, id)
		pointers, isWanted := wanted[subject]
		if !isWanted {
			return id, nil
		}

		doc, err := snapshot.ParseObject(line)
		if err != nil {
			return id, err
		}

		p := place{line: number, pointers: map[string]linePointer{}}
		p.outOfForce = outOfForce(dataset, asObject(doc["spec"]))
		for _, pointer := range pointers {
			p.pointers[pointer] = inLine(doc, pointer)
		}

		b.located[subject] = p
		return id, nil
	})
}

// errNoDocument marks a line of a dataset's file that is no document.
var errNoDocument = errors.New("a line without a document that has an id")

// lineID is the id of the document in a line. In canonical form it comes first and
// is nearly always without escapes; to read the tokens of every line would take
// longer than reading the file.
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

// inLine translates a pointer into a document, as policies see it, into one into the
// line of the file. Policies see the properties of "spec" and "observed" side by
// side, and what the engine adds: _id, _subject and _scope.
func inLine(line map[string]any, pointer string) linePointer {
	if pointer == "" {
		return linePointer{}
	}

	tokens := pointerTokens(pointer)
	switch first := tokens[0]; first {
	case "_id", "_subject":
		return followed(line, append([]string{"id"}, tokens[1:]...))
	case "_scope":
		return followed(line, append([]string{"scope"}, tokens[1:]...))
	default:
		if _, volatile := asObject(line["observed"])[first]; volatile {
			return followed(line, append([]string{"observed"}, tokens...))
		}
	}

	return followed(line, append([]string{"spec"}, tokens...))
}

// followed follows tokens as far as they lead, and as far as the pointer can be
// written as it is: the value of an OSCAL property has no control characters and a
// bounded length.
func followed(line any, tokens []string) linePointer {
	at, v := "", line
	for i, token := range tokens {
		next, ok := member(v, token)
		if !ok {
			return linePointer{at, pointer(tokens[i:]...)}
		}

		longer := at + pointer(token)
		if value(longer) != longer {
			return linePointer{at, ""}
		}

		v, at = next, longer
	}

	return linePointer{Pointer: at}
}
