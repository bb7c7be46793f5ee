package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/engine/plan"
)

// judgement is one control's way from the policy's answer to verdicts.
//
// The gate. satisfied stands only where every dataset that subjects or pass
// reads is complete: in the subject's own scope, or in every scope where a read
// is negated. not-satisfied stands where a rule of fail found it that saw all of
// what it asks the absence of; otherwise it is a lead (fail.go). A hole in a dataset that subjects reads, and a document in it that lacks what
// its schema promises, is an undetermined subject of its own.
type judgement struct {
	job
	control *control
	taken   map[string]*dataset

	answer answer
	broken error                // the policy failed: no verdict of it counts
	holes  map[string]string    // undetermined subjects of our own, with the reason
	block  map[string]string    // dataset -> why no subject of another dataset can be satisfied
	lacks  map[string]string    // document -> what it lacks
	unseen map[[2]string]string // dataset and scope -> what is missing there
	leads  map[string][]string  // subject -> what is missing, so that its violation is a lead
	alone  map[string]bool      // subjects that pass by their own document alone

	documentKey string // see said
}

// judge gives the verdicts of one control.
func judge(ctx context.Context, j job, c *control, s *shelf, b base) (*opinion, error) {
	taken, err := s.take(c)
	if err != nil {
		return nil, err
	}
	defer s.release(c)
	defer j.Meter.Start("evaluate")()

	g := &judgement{job: j, control: c, taken: taken, holes: map[string]string{}, block: map[string]string{}, lacks: map[string]string{}, unseen: map[[2]string]string{}, leads: map[string][]string{}, alone: map[string]bool{}}

	if j.Memory != nil {
		g.documentKey = s.documentKey(c)
	}

	if err := g.evaluate(ctx, b); err != nil {
		return nil, err
	}

	return g.opinion(), nil
}

func (j *judgement) evaluate(ctx context.Context, b base) error {
	whole, err := j.sees(b, j.arrays())
	if err != nil {
		return err
	}

	if j.answer, err = j.askParts(ctx, b); err != nil {
		j.answer, j.broken = j.control.ask(ctx, whole) // an error must not depend on the parts
	}

	if j.broken != nil && ctx.Err() == nil {
		j.answer.subjects = j.control.askSubjects(ctx, whole).subjects
	}

	if ctx.Err() != nil {
		return ctx.Err()
	}

	if s, both := first(j.answer.fail, func(s string) bool { return j.answer.pass[s] }); both {
		j.broken = fmt.Errorf("%s is in pass and in fail", s)
	}

	if j.broken == nil && j.Memory != nil {
		j.rememberAll()
	}

	if err := cmp.Or(j.standing(ctx, whole), j.findAlone(ctx, whole)); err != nil {
		j.broken = err
	}

	if ctx.Err() != nil {
		return ctx.Err()
	}

	j.findHoles()
	j.findGaps()

	if j.broken != nil && len(j.answer.subjects)+len(j.holes) == 0 {
		j.holes["control/"+j.control.ID] = ""
	}

	return nil
}

// askParts asks about what is not remembered; where the plan is local, in
// parts, one for each core.
func (j *judgement) askParts(ctx context.Context, b base) (answer, error) {
	known, arrays, n := answer{pass: map[string]bool{}, fail: map[string]violation{}}, j.arrays(), 1
	for name, array := range arrays {
		d := j.taken[name]
		if j.Memory != nil && d.perDocument(j.control) {
			var err error
			if array, err = j.unsaid(d, &known); err != nil {
				return known, err
			}
		}

		array = j.unlooked(ctx, b, name, array, &known)
		arrays[name] = array

		if j.control.plan.Local && array.Len() >= minPart*2 {
			n = cmp.Or(j.Parallel, runtime.GOMAXPROCS(0))
		}
	}

	parts := make([]input, n)
	for i := range parts {
		var err error
		if parts[i], err = j.sees(b, part(arrays, i, n)); err != nil {
			return known, err
		}
	}

	asked, err := j.control.ask(ctx, parts...)
	if err == nil {
		err = known.add(asked)
	}

	return known, err
}

// sees is the input with these documents, and the indexes of them.
func (j *judgement) sees(b base, arrays map[string]*ast.Array) (input, error) {
	value, err := j.input(j.control, b, arrays)
	return input{value, func(x index) *ast.Term {
		if d := j.taken[x.dataset]; d != nil && d.documents != nil && d.documents.Array == arrays[x.dataset] {
			return d.indexed(x)
		}
		return x.of(arrays[x.dataset])
	}}, err
}

// minPart is how many documents are worth a goroutine of their own.
const minPart = 1000

// arrays are the documents of each dataset that policies see.
func (j *judgement) arrays() map[string]*ast.Array {
	all := map[string]*ast.Array{}
	for name, d := range j.taken {
		if d.documents != nil {
			all[name] = d.documents.Array
		}
	}
	return all
}

// part is the i-th of n parts of each array.
func part(arrays map[string]*ast.Array, i, n int) map[string]*ast.Array {
	if n == 1 {
		return arrays
	}

	parts := map[string]*ast.Array{}
	for name, a := range arrays {
		parts[name] = a.Slice(a.Len()*i/n, a.Len()*(i+1)/n)
	}

	return parts
}

// findHoles turns what was not seen of the datasets behind subjects into
// undetermined subjects: "<dataset>/<scope>/*", or "<dataset>/*".
func (j *judgement) findHoles() {
	if j.notPromised() != "" {
		return
	}
	for name := range j.control.plan.Subjects.Datasets {
		for _, hole := range j.taken[name].coverage.Holes() {
			subject := name + "/*"
			if hole.Scope != snapshot.ScopeUnknown {
				subject = snapshot.Subject(name, hole.Scope) + "/*"
			}
			j.holes[subject] = "not seen: " + holeText(name, hole)
		}
	}
}

// findGaps looks for documents that lack what the plan needs of them: of every
// read of subjects, and of pass where absence could be taken for an answer.
func (j *judgement) findGaps() {
	promised := j.notPromised() == ""
	for name, d := range j.taken {
		if d.documents == nil {
			continue
		}
		_, own := j.control.plan.Subjects.Datasets[name]
		for i, lacks := range j.lacking(d) {
			subject := d.documents.Subject(i)
			reason := fmt.Sprintf("%s lacks %s", subject, strings.Join(lacks, ", "))
			j.lacks[subject] = reason

			if own && promised {
				j.holes[subject] = reason
			}

			if known := j.block[name]; known == "" || reason < known {
				j.block[name] = reason
			}
		}
	}
}

// lacking maps documents to the JSON pointers of what they lack, sorted.
func (j *judgement) lacking(d *dataset) map[int][]string {
	lacks := map[int][]string{}
	for _, gap := range d.documents.Gaps {
		if j.control.wants[d.name].Lacks(gap.Path, gap.Wrong, gap.Known) {
			lacks[gap.Document] = append(lacks[gap.Document], gap.Pointer)
		}
	}
	return lacks
}

// wanted is what the documents of a dataset must not lack. Any other missing
// read just leaves its subject out of pass.
func wanted(p plan.Plan, name string) *plan.Field {
	want := &plan.Field{}
	want.Add(p.Subjects.Datasets[name].Document.Strictly())
	want.Add(p.Pass.Datasets[name].Document)

	return want
}

// notPromised names the attributes of input.client that every subject needs and
// that are null, where there are no subjects: "client.fence". Where subjects are
// read from promises alone, one that names none is as good as null: "client.keys"
// without vaults.
func (j *judgement) notPromised() string {
	if len(j.answer.subjects) > 0 || j.broken != nil {
		return ""
	}

	var null []string
	needs, alone := j.control.plan.Subjects.Promises, len(j.control.plan.Subjects.Datasets) == 0
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		if needs[name] && (alone || isNull(j.intent.Client, name)) {
			null = append(null, name)
		}
	}

	return strings.Join(null, ", ")
}

// isNull reports whether an attribute ("client.fence") is one of the promises, and is
// not promised.
func isNull(c intent.Client, name string) bool {
	name, ofClient := strings.CutPrefix(name, "client.")
	return ofClient && slices.Contains(promises, name) && c.IsNull(name)
}

// verdict decides one subject: the outcome, whether it is a lead, and why it is
// not what the policy says.
func (j *judgement) verdict(subject string) (outcome finding.Outcome, lead bool, reason string) {
	if j.broken != nil {
		return finding.Undetermined, false, "policy error: " + j.broken.Error()
	}

	_, failed := j.answer.fail[subject]
	switch {
	case failed && j.leads[subject] != nil:
		return finding.Undetermined, true, missing{unseen: j.leads[subject]}.String()
	case failed:
		return finding.NotSatisfied, false, ""
	case j.holes[subject] != "":
		return finding.Undetermined, false, j.holes[subject]

	case j.answer.pass[subject]:
		if m := j.passMissing(subject); !m.none() {
			return finding.Undetermined, false, m.String()
		}
		return finding.Satisfied, false, ""
	}

	return finding.Undetermined, false, j.undecided(subject)
}

// missingIn says what is missing of a dataset for a subject of dataset own in a
// scope. A dataset that is read per the same parent as the subject's own need
// be complete in that scope only, unless its read gates.
func (j *judgement) missingIn(name, own, scope string, gates bool) string {
	d := j.taken[name]
	if d.whole {
		return ""
	}

	if scope == "" || gates || d.schema == nil || d.schema.Parent == "" || d.schema.Parent != j.taken[own].schema.Parent {
		scope = "" // everywhere
	}

	if scope != "" && d.completeIn(scope) {
		return ""
	}

	key := [2]string{name, scope}
	if _, known := j.unseen[key]; !known {
		j.unseen[key] = d.hole(scope)
	}

	return j.unseen[key]
}

// hole says why a dataset is not complete in a scope, or with scope "" anywhere.
func (d *dataset) hole(scope string) string {
	d.sorted.Do(d.sort)
	first := len(d.holes)

	if scope == "" {
		first = 0
	}

	for _, name := range []string{scope, snapshot.ScopeUnknown} {
		if i, found := d.holesOf[name]; found {
			first = min(first, i)
		}
	}

	if first < len(d.holes) {
		text := holeText(d.name, d.holes[first])
		if others := len(d.holes) - 1; scope == "" && others > 0 {
			text += fmt.Sprintf(" and %d more of its scopes", others)
		}
		return text
	}

	return d.name + " in " + scope + ": not read"
}

// origin is the dataset and scope of a subject's own document; "" for a subject
// that is no document in hand.
func (j *judgement) origin(subject string) (name, scope string) {
	name = snapshot.SubjectDataset(subject)
	d := j.taken[name]
	if d == nil {
		return "", ""
	}

	i, ok := d.index(subject)
	if !ok {
		return "", ""
	}

	return name, d.documents.Scopes[i]
}
