package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/decode"
	"ringfence/engine/evidence"
	"ringfence/engine/query"
)

// documents are those of each dataset that a policy sees.
type documents map[string]*ast.Array

// asker asks a control's policy about some documents. Wrappers of it have the same
// signature: see inParts.
type asker func(context.Context, documents) (query.Answer, error)

// asking is what one control's policy is asked with.
type asking struct {
	*job
	control *control
	params  members                      // of the input: the control's parameters, and the fleet
	all     documents                    // of the datasets of its plan
	decoded map[string]*decode.Documents // the same with their ids, for indexes
}

func (j *job) newAsking(c *control, taken map[string]*evidence.Dataset) (*asking, error) {
	input, err := j.controlInput(c.Control.Control)
	if err != nil {
		return nil, err
	}

	params, err := membersOf(input)
	if err != nil {
		return nil, err
	}

	decoded := map[string]*decode.Documents{}
	a := &asking{job: j, control: c, params: params, all: documents{}, decoded: decoded}
	for name, d := range taken {
		if d.Documents != nil {
			a.all[name], a.decoded[name] = d.Documents.Array, d.Documents
		}
	}

	return a, nil
}

// ask asks for subjects, pass and fail. Its error is the policy's.
func (a *asking) ask(ctx context.Context, docs documents) (query.Answer, error) {
	return a.control.Query.Ask(ctx, a.input(docs))
}

// askSubjects asks for the subjects alone: where the whole query fails, they are
// undetermined.
func (a *asking) askSubjects(ctx context.Context) (answer query.Answer) {
	subjects, err := a.control.subjectsOnly.Ask(ctx, a.input(a.all))
	if err == nil {
		answer.Subjects = subjects.Subjects
	}
	return answer
}

// input is the document that the policy sees, and the indexes of it.
func (a *asking) input(docs documents) query.Input {
	areas := map[string]members{}
	for _, name := range a.control.Reads {
		if docs[name] != nil {
			area, leaf, _ := strings.Cut(name, ".")
			areas[area] = append(areas[area], [2]*ast.Term{ast.StringTerm(leaf), ast.NewTerm(docs[name])})
		}
	}

	root := slices.Concat(a.shared, a.params)
	for area, datasets := range areas {
		root = append(root, [2]*ast.Term{ast.StringTerm(area), ast.ObjectTerm(datasets...)})
	}

	return query.Input{
		Value: ast.NewObject(root...),
		Cache: a.indexes.Cache(a.control.indexes, a.control.common, docs, a.decoded),
	}
}
