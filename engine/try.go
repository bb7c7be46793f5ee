package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/collectors/snapshot"
	"ringfence/engine/evidence"
	"ringfence/engine/finding"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/gate"
	"ringfence/engine/intent"
	"ringfence/engine/query"
)

// Trial is what one control says of some evidence, before and after the gate: for
// authors, who want to know why.
type Trial struct {
	Control finding.Control
	Opinion *finding.Opinion
	// Said is, by subject, what the policy said by itself: "pass", "fail", "pass and
	// fail" or "neither".
	Said map[string]string
	// Coverage is how complete each dataset is that the control reads, Documents how
	// many of it the policy saw; nil where it did not see the dataset.
	Coverage  map[string]finding.Coverage
	Documents map[string]*int
	// Input is what the policy saw, whole documents.
	Input ast.Value
}

// Document is an input that a person wrote, or AsInput: see [Engine.TryDocument].
type Document struct {
	// Snapshot holds the documents of each dataset. How complete it is, is taken from
	// its manifest and not judged.
	Snapshot snapshot.Snapshot
	// Client is input.client, and MSP input.msp.
	Client intent.Client
	MSP    map[string]any
	// AsOf and CollectedAt are the times, Params the control's parameters that are not
	// the defaults. Fleet, if not nil, is input.fleet; links, paths and unproven in it are
	// taken for all that there are.
	AsOf, CollectedAt string
	Params            map[string]any
	Fleet             any
	// Reach is input.reach, nil for what nobody knows.
	Reach *fact.Radii
	// Accounts, if not nil, is input.snapshot; otherwise it follows from Snapshot.
	Accounts any
	// Records are input.records, nil for what nobody knows.
	Records any
}

// Try judges a snapshot by one control alone, as Evaluate does.
func (e *Engine) Try(
	ctx context.Context, id string, snap snapshot.Snapshot, promise intent.Promise, asOf time.Time,
) (Trial, error) {
	whole := e.Whole()
	c, err := whole.control(id)
	if err != nil {
		return Trial{}, err
	}

	j, err := whole.newJob(snap, promise, asOf)
	if err != nil {
		return Trial{}, err
	}
	if judgedBy[c.Scope] != promise.Kind() {
		const problem = "%s is of scope %s: it does not judge the snapshot of %q"
		return Trial{}, &InputError{fmt.Sprintf(problem, c.ID, c.Scope, snap.Manifest.Client)}
	}

	if j.evidence, err = j.openEvidence(); err != nil {
		return Trial{}, err
	}
	if err := j.prepareInput(); err != nil {
		return Trial{}, err
	}

	own, err := j.controlInput(c.Control.Control)
	if err != nil {
		return Trial{}, err
	}
	return j.try(ctx, c, own)
}

// TryDocument is Try for what a person wrote: the documents that are there are taken
// for all that there are, where the manifest does not say otherwise. What comes of it
// is no evidence of anything.
func (e *Engine) TryDocument(ctx context.Context, id string, d Document) (Trial, error) {
	whole := e.Whole()
	c, err := whole.control(id)
	if err != nil {
		return Trial{}, err
	}

	own, err := ownInput(c.Control.Control, d)
	if err != nil {
		return Trial{}, err
	}

	kind := judgedBy[c.Scope]
	j := &job{
		snap: d.Snapshot, shapes: whole.shapes[kind], restsOn: whole.restsOn[kind], controls: []*control{c},
	}
	j.tenant.Client = d.Client
	if j.hears, err = heardIn(d.Fleet); err != nil {
		return Trial{}, &InputError{err.Error()}
	}
	if d.Reach != nil {
		j.surveyed = &Surveyed{Snapshot: d.Snapshot.Digest(), Radii: *d.Reach}
	}
	j.evidence = evidence.AtItsWord(evidence.Source{Snapshot: d.Snapshot, Client: d.Client, Shapes: j.shapes})

	client, err := attributesOf(d.Client)
	if err != nil {
		return Trial{}, err
	}

	j.parts = map[string]any{
		"client": client, "msp": d.MSP, "as_of": d.AsOf, "collected_at": d.CollectedAt,
		snapshotPart: d.Accounts, recordsPart: d.Records,
	}
	if d.Accounts == nil {
		j.parts[snapshotPart] = j.accounts()
	}
	if j.parts[reachPart], err = j.reachInput(); err != nil {
		return Trial{}, err
	}
	if j.shared, err = membersOf(j.parts); err != nil {
		return Trial{}, err
	}
	return j.try(ctx, c, own)
}

// ownInput are the parameters of a control as a document sets them, and the fleet.
func ownInput(c finding.Control, d Document) (map[string]any, error) {
	set := intent.Client{Params: map[string]map[string]any{c.ID: {}}}
	for name, v := range d.Params {
		if _, known := c.Params[name]; known { // of all controls together
			set.Params[c.ID][name] = v
		}
	}

	values, err := params(set, c)
	if err != nil {
		return nil, &InputError{err.Error()}
	}

	own := map[string]any{"params": values}
	if d.Fleet != nil {
		own["fleet"] = d.Fleet
	}
	return own, nil
}

// control finds a control by its id, in any case.
func (e *Engine) control(id string) (*control, error) {
	for _, c := range e.controls {
		if strings.EqualFold(c.ID, id) {
			return c, nil
		}
	}
	return nil, &InputError{fmt.Sprintf("no control %q", id)}
}

// try is the road of one control, as judge has it, and what was on it.
func (j *job) try(ctx context.Context, c *control, own map[string]any) (Trial, error) {
	j.evidence.Announce(c.Reads)
	taken, err := j.evidence.Take(c.Reads)
	if err != nil {
		return Trial{}, err
	}

	params, err := membersOf(own)
	if err != nil {
		return Trial{}, err
	}

	a := &asking{job: j, control: c, params: params, all: documents{}}
	for name, d := range taken {
		if d.Documents != nil {
			a.all[name] = d.Documents.Array
		}
	}

	answer, failure := a.ask(ctx, a.all)
	if failure != nil && ctx.Err() == nil {
		answer = a.askSubjects(ctx)
	}
	if ctx.Err() != nil {
		return Trial{}, ctx.Err()
	}

	t := Trial{Control: c.Control.Control, Said: said(answer), Documents: map[string]*int{}}
	input := a.input(a.all)
	t.Input = input.Value
	t.Opinion, err = c.Judge(ctx, gate.Case{
		Client: j.tenant.Client, Null: j.notPromisedByMSP(),
		Taken: taken, Input: input, Answer: answer, Failure: failure,
		Unseen: j.unseen(c), Unjoined: j.unjoined(c),
	})

	judged := map[string]snapshot.Coverage{}
	for _, name := range c.Reads {
		judged[name] = taken[name].Coverage
		if t.Documents[name] = nil; taken[name].Documents != nil {
			size := taken[name].Size()
			t.Documents[name] = &size
		}
	}
	t.Coverage = evidence.ForFindings(judged)

	return t, err
}

// said is what a policy says of each subject.
func said(a query.Answer) map[string]string {
	all := map[string]string{}
	for _, s := range a.Subjects {
		_, fails := a.Fail[s]
		switch {
		case a.Pass[s] && fails:
			all[s] = "pass and fail"
		case a.Pass[s]:
			all[s] = "pass"
		case fails:
			all[s] = "fail"
		default:
			all[s] = "neither"
		}
	}
	return all
}

// coverageInput is what the gate goes by: how complete each dataset is, and what the
// plans of one control, or with "" of all, need of it.
func (j *job) coverageInput(id string) (any, error) {
	controls := map[string]gate.Facts{}
	for _, c := range j.controls {
		if id != "" && !strings.EqualFold(c.ID, id) {
			continue
		}

		j.evidence.Announce(c.Reads)
		taken, err := j.evidence.Take(c.Reads)
		if err != nil {
			return nil, err
		}
		controls[c.ID] = c.Facts(taken, j.unjoined(c))
	}

	datasets := evidence.ForFindings(j.evidence.Coverage())
	encoded, err := json.Marshal(map[string]any{"datasets": datasets, "controls": controls})
	if err != nil {
		return nil, err
	}
	return snapshot.Parse(encoded)
}
