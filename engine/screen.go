package engine

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"ringfence/engine/plan"
)

// screen looks through the documents of one dataset for those that may fail.
// Documents with the same values of what decides get the same verdict: of those
// that are alike, one is looked at.
type screen struct {
	looks []plan.Look
	names []*ast.Term // the properties that decide, sorted
}

// minScreen is how many documents are worth a look.
const minScreen = 32

// newScreens makes the screens of a control, by dataset. There is none where
// whole documents decide, or what no two of them share.
func newScreens(p plan.Plan) map[string]screen {
	reads, screens := map[string]*plan.Field{}, map[string]screen{}
	for _, l := range p.Looks {
		s := screens[l.Dataset]
		s.looks = append(s.looks, l)
		screens[l.Dataset] = s
		if reads[l.Dataset] == nil {
			reads[l.Dataset] = &plan.Field{}
		}

		reads[l.Dataset].Add(l.Reads)
	}

	for name, s := range screens {
		read := reads[name]
		if read.Whole != 0 || read.Any != nil || read.Names["_id"] != nil || read.Names["_subject"] != nil {
			delete(screens, name)
			continue
		}

		for _, property := range slices.Sorted(maps.Keys(read.Names)) {
			s.names = append(s.names, ast.StringTerm(property))
		}

		screens[name] = s
	}

	return screens
}

// alike are documents by what decides about them.
type alike struct {
	classes []int       // by document
	first   []*ast.Term // of each class, one document
}

// sort puts documents into classes, unless these are more than half as many.
func (s screen) sort(documents *ast.Array) (a alike, worth bool) {
	known, key := map[string]int{}, []byte(nil)
	for i := range documents.Len() {
		d := documents.Elem(i)
		key = key[:0]
		for _, name := range s.names {
			key = appendValue(key, d.Get(name))
		}

		class, found := known[string(key)]
		if !found {
			class = len(a.first)
			known[string(key)] = class
			if a.first = append(a.first, d); len(a.first) > documents.Len()/2 {
				return a, false
			}
		}

		a.classes = append(a.classes, class)
	}

	return a, true
}

// appendValue writes a value so that no other one is written the same; nil is
// none.
func appendValue(key []byte, t *ast.Term) []byte {
	if t == nil {
		return append(key, 0)
	}

	text, isText := t.Value.(ast.String)
	if isText {
		key = append(key, 1)
	} else {
		key, text = append(key, 2), ast.String(t.Value.String())
	}

	return append(binary.AppendUvarint(key, uint64(len(text))), text...)
}

// look asks, of documents, which sets hold them: as in said, by document, where
// saidFail is a maybe.
func (s screen) look(ctx context.Context, q query, in input, documents int) ([]byte, error) {
	said, cache := make([]byte, documents), topdown.NewVirtualCache()
	for _, l := range s.looks {
		err := q.run(ctx, l.Body, in, cache, func(r topdown.QueryResult) error {
			index := r[l.Index]
			if index == nil {
				return fmt.Errorf("%s has no value", l.Index)
			}

			i, _ := index.Value.(ast.Number).Int()
			said[i] |= sets[l.Set]
			return nil
		})
		if err != nil {
			return nil, err
		}
	}

	return said, nil
}

var sets = map[string]byte{"subjects": saidSubject, "pass": saidPass, "fail": saidFail}

// unlooked leaves, of the documents of a dataset, those that may fail, and adds
// to the answer what the others get. An error is one of the policy's, which
// asking about all documents will word.
func (j *judgement) unlooked(ctx context.Context, b base, name string, documents *ast.Array, a *answer) *ast.Array {
	s, is := j.control.screens[name]
	if !is || documents.Len() < minScreen {
		return documents
	}

	alike, worth := s.sort(documents)
	if !worth {
		return documents
	}

	arrays := j.arrays()
	arrays[name] = ast.NewArray(alike.first...)
	in, err := j.sees(b, arrays)
	if err != nil {
		return documents
	}

	said, err := s.look(ctx, j.control.query, in, len(alike.first))
	if err != nil {
		return documents
	}

	var others []*ast.Term
	for i, class := range alike.classes {
		d := documents.Elem(i)
		if said := said[class]; said&saidFail != 0 || said&saidPass > 0 && said&saidSubject == 0 {
			others = append(others, d)
		} else {
			subject := string(d.Get(subjectTerm).Value.(ast.String))
			a.say(subject, said, violation{})
		}
	}

	return ast.NewArray(others...)
}

var subjectTerm = ast.StringTerm("_subject")
