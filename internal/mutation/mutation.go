// Package mutation breaks policies, and the evidence with which they are tested, on
// purpose, and looks whether a test notices: what no test notices, no test holds.
//
// A policy is broken in one place at a time (breaks.go), and its tests run. Evidence
// is broken in one property at a time that the plan says decides whether a subject
// passes (fixtures.go): a control whose answer about the fixtures of its tests does
// not change has not looked.
//
// What survives and is right so is listed with its reason (accepted.go).
package mutation

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"runtime"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"

	"ringfence/engine/query"
	"ringfence/internal/policytest"
)

// Options are what is broken.
type Options struct {
	// Sample is how many mutants of each file are tried, spread over all of them and
	// always the same; 0: all.
	Sample int
	// Accepted are the survivors that are right so.
	Accepted Accepted
}

// Report is what became of the mutants of one file.
type Report struct {
	ID        string     `json:"id,omitempty"` // of the control; "" for a library
	File      string     `json:"file"`
	Mutants   int        `json:"mutants"`
	Killed    int        `json:"killed"`
	Survivors []Survivor `json:"survivors,omitempty"`
}

// Survivor is a mutant that no test noticed.
type Survivor struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Rule   string `json:"rule,omitempty"` // or "fixture"
	What   string `json:"what"`
	Reason string `json:"reason,omitempty"` // why it is right so
}

// mutant is one way to break a file, or a fixture.
type mutant struct {
	Survivor
	try func(context.Context) (fate, error)
}

// fate is what became of a mutant.
type fate struct {
	valid  bool // it is one: it compiles, or changes some fixture
	killed bool
}

// File breaks one policy file of a set, and the fixtures of its tests.
func File(ctx context.Context, set *policytest.Set, file string, o Options) (Report, error) {
	r := Report{ID: set.ID(file), File: file}
	f, err := newLab(ctx, set, file)
	if err != nil {
		return r, err
	}
	all := f.ofPolicy()
	if r.ID != "" {
		ofFixtures, err := f.ofFixtures(ctx)
		if err != nil {
			return r, err
		}
		all = append(all, ofFixtures...)
	}

	chosen := spread(len(all), o.Sample, file)
	fates, err := tryAll(ctx, all, chosen)
	if err != nil {
		return r, err
	}
	for n, i := range chosen {
		switch m := all[i]; {
		case !fates[n].valid:
		case fates[n].killed:
			r.Mutants, r.Killed = r.Mutants+1, r.Killed+1
		default:
			r.Mutants++
			m.Reason = o.Accepted.reason(r.ID, m.Survivor)
			r.Survivors = append(r.Survivors, m.Survivor)
		}
	}

	slices.SortStableFunc(r.Survivors, func(a, b Survivor) int { return a.Line - b.Line })
	return r, nil
}

// tryAll tries the chosen ones of some mutants, on all processors.
func tryAll(ctx context.Context, all []mutant, chosen []int) ([]fate, error) {
	fates := make([]fate, len(chosen))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for n, i := range chosen {
		g.Go(func() (err error) {
			m := all[i]
			if fates[n], err = m.try(ctx); err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return fmt.Errorf("%s:%d: %s: %w", m.File, m.Line, m.What, err)
			}
			return nil
		})
	}
	return fates, g.Wait()
}

// spread are most of the numbers below n, evenly spread, beginning at a place that
// depends on the name; all of them where most is 0.
func spread(n, most int, name string) (all []int) {
	if most == 0 || most > n {
		most = n
	}

	h := fnv.New32a()
	h.Write([]byte(name))
	for i := range most {
		all = append(all, (int(h.Sum32())%n+i*n/most)%n)
	}
	return all
}

// lab is where one file is broken.
type lab struct {
	set   *policytest.Set
	file  string
	files []string // behind it, and its tests
	tests suite
	seen  *inputs // of the tests

	fixtures []fixture // of a control
	places   []place   // that it reads
}

// newLab is the lab of a file whose tests pass.
func newLab(ctx context.Context, set *policytest.Set, file string) (*lab, error) {
	l := &lab{
		set: set, file: file, files: set.Behind(file),
		seen: &inputs{file: file, all: map[int][]*ast.Term{}},
	}

	pkg := set.Module(file).Package.Path.String()
	r, err := set.Run(ctx, policytest.Options{Packages: []string{pkg}})
	if err != nil {
		return nil, err
	}
	for _, p := range r.Packages {
		for _, f := range p.Failures {
			return nil, fmt.Errorf("%s:%d: %s fails before anything is broken", f.File, f.Line, f.Test)
		}
	}

	l.tests, err = testsIn(ctx, l.modules(), l.seen)
	return l, err
}

// ofPolicy are the mutants of the policy.
func (l *lab) ofPolicy() (all []mutant) {
	for i, c := range changesOf(l.set.Module(l.file)) {
		all = append(all, mutant{
			Survivor: Survivor{File: l.file, Line: c.line, Rule: c.rule, What: c.what},
			try: func(ctx context.Context) (fate, error) {
				broken := l.set.Module(l.file)
				changesOf(broken)[i].apply()
				return l.notices(ctx, broken), nil
			},
		})
	}
	return all
}

// modules are copies of the files behind the lab's, and of their tests.
func (l *lab) modules() map[string]*ast.Module {
	all := map[string]*ast.Module{}
	for _, name := range l.files {
		all[name] = l.set.Module(name)
	}
	return all
}

// notices asks whether a test, or an odd fixture, notices a broken policy. One that does not
// compile is no mutant.
func (l *lab) notices(ctx context.Context, broken *ast.Module) fate {
	all := l.modules()
	all[l.file] = broken.Copy()
	compiler, err := compile(all)
	if err != nil {
		return fate{}
	}

	killed := l.tests.notice(ctx, compiler) || len(l.fixtures) > 0 && l.stumbles(ctx, broken)
	return fate{valid: true, killed: killed}
}

// mostFew bounds how many fixtures a mutant is asked about in many ways.
const mostFew = 12

// few are some of the fixtures, first compliant ones.
func (l *lab) few() []fixture { return l.fixtures[:min(len(l.fixtures), mostFew)] }

// stumbles reports whether a broken policy stops with an error, or contradicts itself,
// where a property of a fixture is of another type: what TestHostileValues holds all
// policies to.
func (l *lab) stumbles(ctx context.Context, broken *ast.Module) bool {
	all := l.modules()
	for _, name := range l.files {
		if isTestFile(name) {
			delete(all, name)
		}
	}
	all[l.file] = broken

	compiler, err := compile(all)
	if err != nil {
		return false
	}
	q, err := query.Prepare(compiler, broken.Package.Path, "subjects", "pass", "fail")
	if err != nil {
		return false
	}

	changed := asked{query: q}
	for _, f := range l.few() {
		for _, p := range l.places {
			for _, odd := range []any{nil, json.Number("7"), []any{nil}} {
				input := decode(f.text)
				put := harm(func(any) (any, bool, bool) { return odd, true, true })
				if put.do(input, p) && !changed.stands(ctx, input) {
					return true
				}
			}
		}
	}
	return false
}

// stands reports whether a policy has an answer to an input, and no verdict twice or on
// no subject.
func (a asked) stands(ctx context.Context, input any) bool {
	value, err := ast.InterfaceToValue(input)
	if err != nil {
		return false
	}

	answer, err := a.query.Ask(ctx, query.Input{Value: value})
	if err != nil || answer.Check() != nil {
		return false
	}
	for s := range answer.Fail {
		if answer.Pass[s] {
			return false
		}
	}
	return true
}

// fixture is an input of a control's tests, and what the control says of it.
type fixture struct{ text, answer string }

// mostFixtures bounds how many inputs of a control's tests are broken.
const mostFixtures = 100

// fixtures are the inputs that have a subject, first the compliant ones.
func (a asked) fixtures(ctx context.Context, texts []string) []fixture {
	var compliant, others []fixture
	for _, text := range texts {
		switch answer, passes := a.answer(ctx, decode(text)); {
		case passes:
			compliant = append(compliant, fixture{text, answer})
		case strings.HasPrefix(answer, `["`):
			others = append(others, fixture{text, answer})
		}
	}

	all := append(compliant, others...)
	return all[:min(len(all), mostFixtures)]
}

// ofFixtures are the mutants of the inputs of a control's tests.
func (l *lab) ofFixtures(ctx context.Context) (all []mutant, err error) {
	control, err := prepare(l.set.Policies.Only(l.policies()), l.file)
	if err != nil {
		return nil, err
	}
	l.places = control.everyPlace()

	l.fixtures = control.fixtures(ctx, l.seen.texts())

	words := l.words()
	for _, p := range control.places() {
		for _, h := range harms {
			if h.name == "null" && p.mayBeNull() {
				continue
			}

			what := p.String() + " " + h.name
			ways := [2][]harm{h.ways, nil}
			if h.name == "changed" {
				ways[1] = words
			}
			all = append(all, mutant{
				Survivor: Survivor{File: l.file, Line: l.lineOf(p), Rule: "fixture", What: what},
				try: func(ctx context.Context) (fate, error) {
					f := control.looks(ctx, l.fixtures, p, ways[0])
					if f.valid && !f.killed {
						f.killed = control.looks(ctx, l.few(), p, ways[1]).killed
					}
					return f, nil
				},
			})
		}
	}
	return all, nil
}

// looks asks whether the control's answer about some fixture changes with a property. One
// that no fixture has makes no mutant.
func (a asked) looks(ctx context.Context, fixtures []fixture, p place, ways []harm) (f fate) {
	for _, before := range fixtures {
		for _, h := range ways {
			input := decode(before.text)
			if !h.do(input, p) {
				continue
			}

			f.valid = true
			if after, _ := a.answer(ctx, input); after != before.answer {
				return fate{valid: true, killed: true}
			}
		}
	}
	return f
}

func decode(text string) (input map[string]any) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	_ = d.Decode(&input) // encoded by ourselves
	return input
}

// words are harms that put a text in another's place with which some policy behind the
// lab's compares: a state that is "Deleted" matters where "another" does not.
func (l *lab) words() (all []harm) {
	seen := map[string]bool{}
	for _, file := range l.policies() {
		ast.WalkTerms(l.set.Module(file), func(t *ast.Term) bool {
			word, is := t.Value.(ast.String)
			if !is || seen[string(word)] || isForPeople(string(word)) {
				return false
			}

			seen[string(word)] = true
			all = append(all, func(old any) (any, bool, bool) {
				before, isText := old.(string)
				return string(word), true, isText && before != string(word)
			})
			return false
		})
	}
	return all
}

// policies are the files behind the lab's, tests left out.
func (l *lab) policies() (files []string) {
	for _, name := range l.files {
		if !isTestFile(name) {
			files = append(files, name)
		}
	}
	return files
}

// lineOf is where the policy first names a property, 1 if a library does.
func (l *lab) lineOf(p place) (line int) {
	name := ast.String(p.path[len(p.path)-1])
	line = 1
	ast.WalkRefs(l.set.Module(l.file), func(r ast.Ref) bool {
		for _, part := range r {
			if part.Value == name && line == 1 && part.Location != nil {
				line = part.Location.Row
			}
		}
		return false
	})
	return line
}

// Score is how many of the mutants tests noticed, in percent; 100 where there are
// none.
func (r Report) Score() float64 {
	if r.Mutants == 0 {
		return 100
	}
	return 100 * float64(r.Killed) / float64(r.Mutants)
}

// Unexplained is how many survivors have no reason.
func (r Report) Unexplained() (n int) {
	for _, s := range r.Survivors {
		if s.Reason == "" {
			n++
		}
	}
	return n
}

// Sum is what became of the mutants of several files.
func Sum(all []Report) (total Report) {
	for _, r := range all {
		total.Mutants += r.Mutants
		total.Killed += r.Killed
		total.Survivors = append(total.Survivors, r.Survivors...)
	}
	return total
}
