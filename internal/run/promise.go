package run

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"ringfence/internal/runfolder/layout"
)

// Difference is an attribute of the promise that a result was judged against
// which is not what the fleet file says now. Attribute is named as in the fleet
// file: "keys.owner", "params.RF-T-08.x", "exception.legacy-vault"; in the fleet
// result a client's begin with "client.<label>.". A value is what intent.json
// has for it, null where nothing is promised.
type Difference struct {
	Attribute string `json:"attribute"`
	Signed    any    `json:"signed"`
	FleetFile any    `json:"fleet_file"`
}

// checkPromise compares the promise of the result with the fleet file's.
func (v *verifier) checkPromise(context.Context) error {
	if v.anchor.Fleet == nil || v.promise == nil {
		return nil
	}

	var today []byte
	promise, err := v.anchor.Fleet.Promise(v.report.Client)
	if err == nil {
		today, err = promise.Canonical()
	}

	if err == nil {
		v.report.Promise, err = differences(v.promise, today)
	}

	if err != nil {
		v.Problem(layout.Intent, "cannot be compared with the fleet file: %v", err)
	}

	return nil
}

// differences lists the attributes of two intents that are not equal, by name.
func differences(signed, fleet []byte) ([]Difference, error) {
	var a, b map[string]any
	for data, to := range map[*[]byte]*map[string]any{&signed: &a, &fleet: &b} {
		d := json.NewDecoder(bytes.NewReader(*data))
		d.UseNumber() // no digit may be lost
		if err := d.Decode(to); err != nil {
			return nil, err
		}
	}

	all := []Difference{}
	compareAttribute("", a, b, func(d Difference) { all = append(all, d) })
	return all, nil
}

func compareAttribute(name string, a, b any, differ func(Difference)) {
	a, b = promised(a), promised(b)
	if reflect.DeepEqual(a, b) {
		return
	}

	x, y, ok := members(a, b)
	if !ok {
		differ(Difference{attribute(name), a, b})
		return
	}

	keys := maps.Clone(x)
	maps.Copy(keys, y)

	for _, key := range slices.Sorted(maps.Keys(keys)) {
		compareAttribute(strings.TrimPrefix(name+"."+key, "."), x[key], y[key], differ)
	}
}

// promised is nil for a block in which nothing is promised.
func promised(v any) any {
	m, isMap := v.(map[string]any)
	if !isMap {
		return v
	}

	for _, member := range m {
		if promised(member) != nil {
			return v
		}
	}

	return nil
}

// members are the parts of two values that can be compared part by part: two
// objects, or two lists of things that have a name.
func members(a, b any) (x, y map[string]any, ok bool) {
	x, isX := a.(map[string]any)
	y, isY := b.(map[string]any)
	if isX && isY {
		return x, y, true
	}

	x, isX = named(a)
	y, isY = named(b)
	return x, y, isX && isY
}

func named(v any) (map[string]any, bool) {
	list, isList := v.([]any)
	all := map[string]any{}
	for _, element := range list {
		object, _ := element.(map[string]any)
		name, ok := object["name"].(string)
		if !ok {
			return nil, false
		}

		all[name] = object
	}

	return all, isList && len(all) == len(list)
}

// attribute is a path in intent.json as the fleet file has it.
func attribute(path string) string {
	for _, block := range [][2]string{
		{"client.partners.", "partner."}, {"client.vendors.", "vendor."}, {"client.", ""},
		{"clients.", "client."}, {"exceptions.", "exception."}, {"reviewers.", "reviewer."},
	} {
		if rest, ok := strings.CutPrefix(path, block[0]); ok {
			return block[1] + rest
		}
	}

	return path
}
