package evidence

import (
	"fmt"

	"ringfence/collectors/snapshot"
)

// lookup is what the gate looks up in a dataset, for each subject.
type lookup struct {
	documents map[string]int   // subject -> position in the documents
	complete  map[string]bool  // by scope
	holes     []snapshot.Scope // what is not complete
	firstHole map[string]int   // by scope, its first position in holes
}

// lookedUp is the dataset's lookup, made when it is first needed.
func (d *Dataset) lookedUp() *lookup {
	d.lookups.Do(func() {
		l := lookup{complete: map[string]bool{}, holes: d.Coverage.Holes(), firstHole: map[string]int{}}
		for _, scope := range d.Coverage.CompleteScopes() {
			l.complete[scope] = true
		}

		for i, hole := range l.holes {
			if _, before := l.firstHole[hole.Scope]; !before {
				l.firstHole[hole.Scope] = i
			}
		}

		if d.Documents != nil {
			l.documents = make(map[string]int, d.Size())
			for i := range d.Size() {
				l.documents[d.Documents.Subject(i)] = i
			}
		}

		d.lookup = l
	})

	return &d.lookup
}

// Size is how many documents policies see.
func (d *Dataset) Size() int {
	if d.Documents == nil {
		return 0
	}
	return len(d.Documents.IDs)
}

// Index finds a subject's document.
func (d *Dataset) Index(subject string) (int, bool) {
	if d.Documents == nil {
		return 0, false
	}
	i, found := d.lookedUp().documents[subject]
	return i, found
}

// CompleteIn reports whether a scope was seen as a whole.
func (d *Dataset) CompleteIn(scope string) bool { return d.lookedUp().complete[scope] }

// Holes maps what is not complete, as the subject "<dataset>/<scope>/*" or
// "<dataset>/*", to what is missing there.
func (d *Dataset) Holes() map[string]string {
	holes := map[string]string{}
	for _, hole := range d.Coverage.Holes() {
		subject := d.Name + "/*"
		if hole.Scope != snapshot.ScopeUnknown {
			subject = snapshot.Subject(d.Name, hole.Scope) + "/*"
		}
		holes[subject] = holeText(d.Name, hole)
	}

	return holes
}

// Missing says why the dataset is not complete in a scope, or with scope "" anywhere:
//
//	azure.resources in 0f1e…: denied (HTTP 403), needs Reader and 2 more of its scopes
func (d *Dataset) Missing(scope string) string {
	l := d.lookedUp()
	first := len(l.holes)
	if scope == "" {
		first = 0
	}

	for _, name := range []string{scope, snapshot.ScopeUnknown} {
		if i, found := l.firstHole[name]; found {
			first = min(first, i)
		}
	}

	if first == len(l.holes) {
		return d.Name + " in " + scope + ": not read"
	}

	text := holeText(d.Name, l.holes[first])
	if others := len(l.holes) - 1; scope == "" && others > 0 {
		text += fmt.Sprintf(" and %d more of its scopes", others)
	}

	return text
}
