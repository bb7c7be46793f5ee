package gate

import (
	"slices"

	"ringfence/collectors/snapshot"
	"ringfence/engine/evidence"
)

// Facts are what the gate goes by, for who wants to repeat it with another evaluator of
// Rego: policies/ringfence/lib/verdict is the gate in Rego. A fact is about one control;
// how complete each dataset is belongs beside it.
type Facts struct {
	Package string `json:"package"` // "ringfence.keyownership.purge_protection"
	// Subjects are the datasets that subjects reads, Pass those that pass reads.
	Subjects []string        `json:"subjects"`
	Pass     map[string]Read `json:"pass"`
	// FailGates are the datasets of which some rule of fail must see everything.
	FailGates []string `json:"fail_gates"`
	// Promises are those that every subject needs.
	Promises []string `json:"promises"`
	// Lacks are, by dataset, the documents that lack what the plan needs of them, by
	// their subjects.
	Lacks map[string][]string `json:"lacks"`
	// Unjoined are the kinds of what clients have in common of which there may be more than
	// the input has: those that subjects reads, that subjects or pass reads, and of which some
	// rule of fail must see all. It is not there where the control reads none.
	Unjoined *Unjoined `json:"unjoined,omitempty"`
}

// Unjoined are kinds of joins, sorted.
type Unjoined struct {
	Subjects  []string `json:"subjects"`
	Pass      []string `json:"pass"`
	FailGates []string `json:"fail_gates"`
}

// Read is how pass reads a dataset.
type Read struct {
	Gates  bool `json:"gates"`  // that something is not there can be the answer
	Joined bool `json:"joined"` // what one document lacks can decide about another
	// Parent is what the dataset is read per, where that is one dataset only.
	Parent string `json:"parent,omitempty"`
}

// Facts are the control's about some evidence, and about what is not known of others, as
// in [Case].
func (c *Control) Facts(taken map[string]*evidence.Dataset, unjoined map[string][]string) Facts {
	f := Facts{
		Package: c.Package, Subjects: []string{}, Pass: map[string]Read{},
		FailGates: []string{}, Promises: []string{}, Lacks: map[string][]string{},
		Unjoined: c.unjoined(unjoined),
	}

	for _, name := range c.Reads {
		if _, reads := c.Plan.Subjects.Datasets[name]; reads {
			f.Subjects = append(f.Subjects, name)
		}
		if read, reads := c.Plan.Pass.Datasets[name]; reads {
			f.Pass[name] = Read{Gates: read.Kind.Gates(), Joined: read.Joined, Parent: onlyParent(taken[name].Schema)}
		}

		if d := taken[name]; d.Documents != nil {
			for i := range c.lacking(d) {
				f.Lacks[name] = append(f.Lacks[name], d.Documents.Subject(i))
			}
			slices.Sort(f.Lacks[name])
		}
	}

	for _, r := range c.failRules() {
		f.FailGates = union(f.FailGates, r.Gates)
	}
	for name, needed := range c.Plan.Subjects.Promises {
		if needed {
			f.Promises = append(f.Promises, name)
		}
	}

	slices.Sort(f.Promises)
	return f
}

func (c *Control) unjoined(why map[string][]string) *Unjoined {
	if len(c.Plan.Joins()) == 0 {
		return nil
	}

	u := &Unjoined{Subjects: []string{}, Pass: []string{}, FailGates: []string{}}
	for _, kind := range c.Plan.Joins() {
		if len(why[kind]) == 0 {
			continue
		}
		if _, reads := c.Plan.Subjects.Joins[kind]; reads {
			u.Subjects = append(u.Subjects, kind)
		}
		if _, reads := c.Plan.Pass.Joins[kind]; reads {
			u.Pass = append(u.Pass, kind)
		}
		if c.Plan.Fail.Joins[kind].Gates() {
			u.FailGates = append(u.FailGates, kind)
		}
	}
	return u
}

func onlyParent(s *snapshot.Schema) string {
	if s == nil || len(s.Parents()) != 1 {
		return ""
	}
	return s.Parents()[0]
}
