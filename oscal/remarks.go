package oscal

import (
	"fmt"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
)

// remarks says what the result does not prove. Nothing here is optional: a
// reader who sees only this document must not believe more than it shows.
func (r *resultBuilder) remarks() string {
	paras := []string{}
	if r.unsafeCloud() {
		paras = append(paras, unsafeRemark+" Cloud: "+line(r.in.Manifest.Cloud)+".")
	}
	paras = append(paras,
		"What this result does not prove:",
		"Microsoft does not sign API answers. Whoever controls the collector could have made them up.",
		"The promise was stated by the managed service provider alone; the client has not countersigned it.",
	)
	for _, list := range []struct {
		head  string
		items []string
	}{
		{"Not looked at, or not completely:", r.notLooked()},
		{"Policy errors, which leave the control undetermined:", r.policyErrors()},
		{"What a pass does not prove, by control:", r.limits()},
	} {
		if len(list.items) > 0 {
			paras = append(paras, list.head+"\n\n- "+strings.Join(list.items, "\n- "))
		}
	}
	return strings.Join(paras, "\n\n")
}

// notLooked lists the datasets that are not complete: those of the manifest and
// those that a control reads and the manifest lacks.
func (r *resultBuilder) notLooked() []string {
	names := sortedKeys(r.in.Manifest.Datasets)
	for _, c := range r.controls {
		names = append(names, r.in.Set.Reads[c.ID]...)
	}
	slices.Sort(names)
	var list []string
	for _, name := range slices.Compact(names) {
		if c, ok := r.in.Manifest.Datasets[name]; !ok {
			list = append(list, line(name)+": not in the snapshot")
		} else if s := r.status(name); s != snapshot.Complete {
			list = append(list, line(name)+": "+string(s)+reason(c))
		} else if c.Proof == "declared" {
			list = append(list, line(name)+": complete by declaration of the managed service provider; not proven")
		}
	}
	return list
}

// reason is the failure's evidence in words, or "".
func reason(c snapshot.Coverage) string {
	e := c.Evidence
	for _, s := range c.Holes() {
		if e == nil {
			e = s.Evidence
		}
	}
	if e == nil {
		return ""
	}
	var words []string
	if e.HTTPStatus != 0 {
		words = append(words, fmt.Sprintf("HTTP %d", e.HTTPStatus))
	}
	if e.Code != "" {
		words = append(words, line(e.Code))
	}
	if e.Message != "" {
		words = append(words, line(e.Message))
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

func (r *resultBuilder) policyErrors() []string {
	var list []string
	for _, c := range r.controls {
		if c.Error != "" {
			list = append(list, line(c.ID)+": "+line(c.Error))
		}
	}
	return list
}

func (r *resultBuilder) limits() []string {
	var list []string
	for _, c := range r.controls {
		if c.Meta.Limits != "" {
			list = append(list, line(c.ID)+": "+strings.Join(strings.Fields(prose(c.Meta.Limits)), " "))
		}
	}
	return list
}
