package engine

import (
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/decode"
)

// What a control says of one document of a dataset, as a byte of a memory.
const (
	saidSubject = 1 << iota
	saidPass
	saidFail
)

// said is what a control whose plan is per document said of the documents of
// one dataset: the sums of the documents and a byte for each, and what fail
// says of those that fail, packed one after the other. key is the digest of all
// else that it follows from.
type said struct{ key, sums, bytes, fails string }

// perDocument reports whether what a control says of a dataset's documents is
// worth remembering one by one.
func (d *dataset) perDocument(c *control) bool {
	return c.plan.PerDocument && d.coverage.Count >= minPart
}

// documentKey is the digest of what a control says of any document follows
// from, beside the document.
func (s *shelf) documentKey(c *control) string {
	p := &packer{}
	p.inRow(c.digest, s.intent, s.read(c.times))
	return p.sum()
}

// unsaid leaves, of the documents of a dataset, those of which nothing is
// remembered, and adds to the answer what is.
func (j *judgement) unsaid(d *dataset, a *answer) (*ast.Array, error) {
	known := j.Memory.saidOf([2]string{j.control.ID, d.name})
	if known.key != j.documentKey || len(d.documents.Sums) != d.size() {
		return d.documents.Array, nil
	}

	before := map[decode.Sum]byte{}
	fails := map[decode.Sum]violation{}
	u := &unpacker{rest: known.fails}
	for i := range len(known.bytes) {
		sum := decode.Sum([]byte(known.sums[i*len(decode.Sum{}):][:len(decode.Sum{})]))
		if before[sum] = known.bytes[i]; known.bytes[i]&saidFail != 0 {
			fails[sum] = u.violation()
		}
	}

	if u.broken || u.rest != "" {
		return d.documents.Array, nil
	}

	var others []*ast.Term
	for i, sum := range d.documents.Sums {
		said, remembered := before[sum]
		if !remembered {
			others = append(others, d.documents.Array.Elem(i))
			continue
		}
		if err := a.say(d.documents.Subject(i), said, fails[sum]); err != nil {
			return nil, err
		}
	}

	return ast.NewArray(others...), nil
}

// say adds what was said of one document.
func (a *answer) say(subject string, said byte, v violation) error {
	if said&saidSubject != 0 {
		a.subjects = append(a.subjects, subject)
	}

	if said&saidPass != 0 {
		a.pass[subject] = true
	}

	if said&saidFail == 0 {
		return nil
	}
	if _, twice := a.fail[subject]; twice {
		return fmt.Errorf("%s fails twice", subject)
	}

	a.fail[subject] = v
	return nil
}

// rememberAll keeps what was said, document by document, where that is worth it.
// What was said of anything but a document is not: nothing is kept then.
func (j *judgement) rememberAll() {
	worth := func(d *dataset) bool {
		return d.documents != nil && d.perDocument(j.control) && len(d.documents.Sums) == d.size()
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(j.taken)), worth) {
		return
	}

	subjects := map[string]bool{}
	for _, s := range j.answer.subjects {
		if name, _ := j.origin(s); name == "" {
			return
		}
		subjects[s] = true
	}

	for _, d := range j.taken {
		if worth(d) {
			j.remember(d, subjects)
		}
	}
}

// remember keeps what the answer says of the documents of a dataset.
func (j *judgement) remember(d *dataset, subjects map[string]bool) {
	sums := make([]byte, 0, len(d.documents.Sums)*len(decode.Sum{}))
	bytes, fails := make([]byte, d.size()), &packer{}
	for i := range d.size() {
		subject := d.documents.Subject(i)
		sums = append(sums, d.documents.Sums[i][:]...)

		if subjects[subject] {
			bytes[i] |= saidSubject
		}

		if j.answer.pass[subject] {
			bytes[i] |= saidPass
		}

		if v, failed := j.answer.fail[subject]; failed {
			bytes[i] |= saidFail
			fails.violation(v)
		}
	}

	j.Memory.say([2]string{j.control.ID, d.name}, said{j.documentKey, string(sums), string(bytes), string(fails.data)})
}

func (p *packer) violation(v violation) {
	p.texts(v.messages)
	p.texts(v.evidence)
	p.value(v.observed)
	p.value(v.expected)
}

func (u *unpacker) violation() violation {
	v := violation{messages: u.texts(), evidence: u.texts()}
	v.observed, _ = u.value().([]any)
	v.expected, _ = u.value().([]any)

	return v
}
