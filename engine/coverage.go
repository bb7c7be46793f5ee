package engine

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// How complete is each dataset? The manifest's word is held to the time, to the
// tenant's licences, to its own datasets and to what was promised; the gate, the
// documents and the report all see what is left of it.

// judgeCoverage gives each dataset of the snapshot, and each that a control
// reads, its coverage as judged. It only ever lowers, but for a proven lack of a
// licence, which means that nothing of the kind can exist.
func (s *shelf) judgeCoverage() error {
	facts, err := s.learn()
	if err != nil {
		return err
	}

	m := s.job.snap.Manifest
	s.coverage = map[string]snapshot.Coverage{}
	for _, name := range append(manifestNames(m), s.names...) {
		s.coverage[name] = s.rule.evidence(m, name)
		if problem := facts.problems[name]; problem != "" {
			s.coverage[name] = contradictory(problem)
		}
		if m.Datasets[name].Backwards() {
			s.coverage[name] = contradictory("it ended before it started")
		}
	}

	if err := PromiseOf(s.job.intent.Client).Settle(s.coverage, facts.shown); err != nil {
		return &InputError{err.Error()}
	}

	return nil
}

func manifestNames(m snapshot.Manifest) (names []string) {
	for name := range m.Datasets {
		names = append(names, name)
	}
	return names
}

// contradictory is the coverage of a dataset whose manifest contradicts itself.
func contradictory(problem string) snapshot.Coverage {
	return snapshot.Coverage{Status: snapshot.Failed, Evidence: &snapshot.Evidence{Code: "contradictory", Message: problem}}
}

// facts is what the documents of a snapshot say about its coverage: which
// datasets contradict themselves or their parent, and how; and what was shown of
// that which can be promised.
type facts struct {
	problems map[string]string
	shown    snapshot.Shown
}

// learn finds the facts, from memory where the same datasets were looked at
// before.
func (s *shelf) learn() (facts, error) {
	key := s.factsKey()
	if known, same := s.job.Memory.factsOf(key); same {
		return known, nil
	}

	f := facts{problems: map[string]string{}}
	for name, c := range s.job.snap.Manifest.Datasets {
		schema := snapshot.Schemas()[name]
		if schema == nil {
			continue
		}

		parents, err := s.parentsOf(schema)
		if err != nil {
			return f, err
		}

		if problem := c.Contradiction(schema, parents); problem != "" {
			f.problems[name] = problem
		}
	}

	var err error
	if f.shown, err = s.shown(); err != nil {
		return f, err
	}

	s.job.Memory.keepFacts(key, f)
	return f, nil
}

// parentsOf are the ids of the documents that a dataset is read by.
func (s *shelf) parentsOf(schema *snapshot.Schema) (ids []string, err error) {
	docs, err := s.documents(schema.Parent)
	if err != nil || docs == nil {
		return nil, err
	}
	if schema.ParentWhere == "" {
		return docs.IDs, nil
	}

	where := ast.StringTerm(schema.ParentWhere)
	for i, id := range docs.IDs {
		if v := docs.Array.Elem(i).Get(where); v != nil && v.Value.Compare(ast.Boolean(true)) == 0 {
			ids = append(ids, id)
		}
	}

	return ids, nil
}

// shown is what the snapshot shows of that which can be promised. Vaults are
// looked up only where some are declared, and deleted ones only where one of these
// is in no list.
func (s *shelf) shown() (shown snapshot.Shown, err error) {
	documents := map[string][]snapshot.Document{}
	look := func(names ...string) error {
		for _, name := range names {
			if documents[name], err = s.named(name); err != nil {
				return err
			}
		}
		shown = snapshot.ShownBy(func(name string) []snapshot.Document { return documents[name] })
		return nil
	}

	lists := snapshot.PromisedDatasets
	vaults := s.job.vaults()
	if len(vaults) == 0 {
		return shown, look(lists[:1]...)
	}
	if err := look(lists[:3]...); err != nil {
		return shown, err
	}

	missing := func(id string) bool { return !slices.Contains(shown.Vaults, id) }
	if !slices.ContainsFunc(vaults, missing) {
		return shown, nil
	}

	return shown, look(lists[3:]...)
}

// named are the documents of a dataset, or where a control reads it anyway, what
// they are called.
func (s *shelf) named(name string) (all []snapshot.Document, err error) {
	_, read := s.datasets[name]
	if !read || name == snapshot.PromisedDatasets[3] {
		s.looked[name] = true
		return s.job.snap.Documents(name)
	}

	docs, err := s.documents(name)
	if err != nil || docs == nil {
		return nil, err
	}

	for _, id := range docs.IDs {
		all = append(all, snapshot.Document{ID: id})
	}

	return all, nil
}

// judged is the coverage as findings.json has it.
func judged(all map[string]snapshot.Coverage) map[string]finding.Coverage {
	out := map[string]finding.Coverage{}
	for name, c := range all {
		j := finding.Coverage{Status: string(c.Status), Reason: coverageReason(c)}
		if c.Status == snapshot.Complete && !c.CompleteEverywhere() {
			j.Status = string(snapshot.Partial)
		}

		for _, s := range c.Scopes {
			j.Scopes = append(j.Scopes, finding.ScopeCoverage{Scope: s.Scope, Status: string(s.Status), Reason: reasonOf(s.Evidence)})
		}

		out[name] = j
	}

	return out
}

// coverageReason says why a dataset has its status: what proves that it is
// complete, or what stood in the way.
func coverageReason(c snapshot.Coverage) string {
	if c.Evidence == nil && c.Proof != "" {
		return "proof: " + c.Proof
	}
	return reasonOf(c.Evidence)
}

func reasonOf(e *snapshot.Evidence) string {
	if e == nil {
		return ""
	}
	return strings.TrimSuffix(strings.TrimPrefix(evidenceText(*e), " ("), ")")
}

// factsKey is what the facts follow from: which datasets there are and what is in
// those that others are read by.
func (s *shelf) factsKey() string {
	p := &packer{}
	p.texts(s.job.vaults())
	names := manifestNames(s.job.snap.Manifest)
	slices.Sort(names)

	for _, name := range names {
		c := s.job.snap.Manifest.Datasets[name]
		p.inRow(name, c.Digest, string(c.Status))
		p.number(c.Count)

		for _, scope := range c.Scopes {
			p.text(scope.Scope)
			p.number(scope.Count)
		}
	}

	return p.sum()
}

func (j job) vaults() []string {
	if j.intent.Client.Keys == nil {
		return nil
	}
	return j.intent.Client.Keys.Vaults
}

// keptFacts is how facts are remembered, under a key of all that they follow from.
type keptFacts struct {
	key      string
	problems []string // dataset, problem, dataset, …
	shown    snapshot.Shown
}

// factsOf are the facts that were learned under a key.
func (m *Memory) factsOf(key string) (facts, bool) {
	if m == nil || m.facts.key != key {
		return facts{}, false
	}

	f := facts{problems: map[string]string{}, shown: m.facts.shown}
	for pair := range slices.Chunk(m.facts.problems, 2) {
		f.problems[pair[0]] = pair[1]
	}

	return f, true
}

func (m *Memory) keepFacts(key string, f facts) {
	if m == nil {
		return
	}

	kept := keptFacts{key: key, shown: f.shown}
	for _, name := range slices.Sorted(maps.Keys(f.problems)) {
		kept.problems = append(kept.problems, name, f.problems[name])
	}

	m.facts, m.changed = kept, true
}

func (p *packer) facts(f keptFacts) {
	p.text(f.key)
	p.texts(f.problems)
	p.texts(f.shown.Subscriptions)
	p.texts(f.shown.Vaults)
}

func (u *unpacker) facts() keptFacts {
	f := keptFacts{key: u.text(), problems: u.texts()}
	f.shown = snapshot.Shown{Subscriptions: u.texts(), Vaults: u.texts()}
	u.broken = u.broken || len(f.problems)%2 != 0

	return f
}
