package engine

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// AsInput writes the one document that policies see of a client or the fleet, for
// a Rego evaluator that is not ours: canonical JSON (RFC 8785) with an LF at the
// end,
//
//	{"client", "msp", "params", "as_of", "collected_at", "snapshot",
//	 "<area>": {"<dataset>": [document, …]}, "coverage"}
//
// with every dataset that policies can read and the snapshot holds, and "fleet"
// in the fleet's and where clients are compared. With a control's id, params are just those that the control sees,
// and the document is its input; with "" they are those of all controls together,
// which is an error (*InputError) where two of them have one of the same name.
// Documents are copied one by one, never held together. Other errors are those of
// Evaluate; what was written until then is to be thrown away.
func (e *Engine) AsInput(
	to io.Writer, snap snapshot.Snapshot, promise intent.Promise, asOf time.Time, control string,
) error {
	j, err := e.newJob(snap, promise, asOf)
	if err != nil {
		return err
	}
	if j.evidence, err = j.openEvidence(); err != nil {
		return err
	}

	fixed, err := j.fixedInput(control)
	if err != nil {
		return err
	}
	if fixed["coverage"], err = j.coverageInput(control); err != nil {
		return err
	}

	areas := map[string][]string{} // area -> its datasets, sorted
	for _, name := range Datasets() {
		if j.evidence.Visible(name) {
			area, _, _ := strings.Cut(name, ".")
			areas[area] = append(areas[area], name)
		}
	}

	w := &inputWriter{Writer: bufio.NewWriterSize(to, 1<<16), snap: j.snap}
	for i, name := range slices.Sorted(maps.Keys(merged(fixed, areas))) {
		w.next(i, '{', name)
		if names, isArea := areas[name]; isArea {
			w.area(names)
		} else {
			w.value(fixed[name])
		}
	}

	w.WriteString("}\n")
	return errors.Join(w.err, w.Flush())
}

// fixedInput is all of the input but the datasets, for one control or, with "", for
// all that the promise is judged by.
func (j *job) fixedInput(id string) (map[string]any, error) {
	shown, err := j.shown(id)
	if err != nil {
		return nil, err
	}

	all, err := j.sharedInput()
	if err != nil {
		return nil, err
	}
	all[snapshotPart] = j.accounts()
	if j.tenant.Compared || j.hears.told {
		if all[fleetPart], err = plainJSON(j.hears.input()); err != nil {
			return nil, err
		}
	}
	if all[reachPart], err = j.reachInput(); err != nil {
		return nil, err
	}

	input, err := j.controlInput(shown...)
	if err != nil {
		return nil, err
	}

	maps.Copy(all, input)
	return all, nil
}

// shown are the controls whose parameters a document shows.
func (j *job) shown(id string) (shown []finding.Control, err error) {
	owner := map[string]string{} // parameter -> control
	for _, c := range j.controls {
		if id != "" && !strings.EqualFold(c.ID, id) {
			continue
		}

		shown = append(shown, c.Control.Control)
		for name := range c.Params {
			if other := owner[name]; other != "" {
				const problem = "%s and %s both have a parameter %s: name one control"
				return nil, &InputError{fmt.Sprintf(problem, other, c.ID, name)}
			}
			owner[name] = c.ID
		}
	}

	if id != "" && len(shown) == 0 {
		client := j.tenant.Client.Name
		return nil, &InputError{fmt.Sprintf("%s is no control of the policy set that judges %q", id, client)}
	}

	return shown, nil
}

func merged(fixed map[string]any, areas map[string][]string) map[string]any {
	all := maps.Clone(fixed)
	for area, names := range areas {
		all[area] = names
	}
	return all
}

// inputWriter writes canonical JSON piece by piece and keeps the first error.
type inputWriter struct {
	*bufio.Writer
	snap snapshot.Snapshot
	err  error
}

// next starts member i of an object: after open, or a comma. Names of areas and
// datasets need no escapes.
func (w *inputWriter) next(i int, open byte, name string) {
	if i > 0 {
		open = ','
	}
	w.WriteByte(open)
	w.WriteString(`"` + name + `":`)
}

func (w *inputWriter) value(v any) {
	b, err := snapshot.Canonical(v)
	w.fail(err)
	w.Write(b)
}

func (w *inputWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *inputWriter) area(names []string) {
	for i, name := range names {
		_, leaf, _ := strings.Cut(name, ".")
		w.next(i, '{', leaf)
		w.WriteByte('[')

		if w.err == nil {
			w.fail(w.dataset(name))
		}

		w.WriteByte(']')
	}

	w.WriteByte('}')
}

// dataset copies the documents of one dataset, as policies see them.
func (w *inputWriter) dataset(name string) error {
	n := 0
	return w.snap.Lines(name, func(line []byte) (string, error) {
		if n++; n > 1 {
			w.WriteByte(',')
		}
		return w.document(name, line)
	})
}

func (w *inputWriter) document(name string, line []byte) (id string, err error) {
	doc, err := snapshot.DecodeLine(line)
	if err != nil {
		return "", err
	}

	maps.Copy(doc.Spec, doc.Observed)
	doc.Spec["_id"], doc.Spec["_scope"] = doc.ID, doc.Scope
	doc.Spec["_subject"] = snapshot.Subject(name, doc.ID)
	b, err := snapshot.Canonical(doc.Spec)
	w.Write(b) // the first error of writing stays until Flush

	return doc.ID, err
}
