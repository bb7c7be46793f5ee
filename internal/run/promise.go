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
// which is not what the fleet file says now. A value is what intent.json has for
// it, null where nothing is promised.
type Difference struct {
	// Attribute is named as in the fleet file: "keys.owner", "params.RF-T-08.x",
	// "exception.legacy-vault"; in the fleet result a client's begin with
	// "client.<label>.".
	Attribute string `json:"attribute"`
	Signed    any    `json:"signed"`
	FleetFile any    `json:"fleet_file"`
}

// checkPromise compares the promise of the result with the fleet file's.
func (v *verifier) checkPromise(context.Context) {
	if v.anchor.Fleet == nil || v.promise == nil {
		return
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
}

// differences lists the attributes of two intent.json that are not equal, by name.
func differences(signed, fleetFile []byte) ([]Difference, error) {
	var values [2]map[string]any
	for i, data := range [][]byte{signed, fleetFile} {
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber() // no digit may be lost
		if err := d.Decode(&values[i]); err != nil {
			return nil, err
		}
	}

	all := []Difference{}
	compareValues("", values[0], values[1], func(d Difference) { all = append(all, d) })
	return all, nil
}

// compareValues finds what differs below a path of intent.json, as deep as both
// sides have parts to compare.
func compareValues(path string, signed, fleetFile any, differ func(Difference)) {
	signed, fleetFile = promised(signed), promised(fleetFile)
	if reflect.DeepEqual(signed, fleetFile) {
		return
	}

	signedParts, fleetParts, ok := parts(signed, fleetFile)
	if !ok {
		differ(Difference{attribute(path), signed, fleetFile})
		return
	}

	names := maps.Clone(signedParts)
	maps.Copy(names, fleetParts)

	for _, name := range slices.Sorted(maps.Keys(names)) {
		below := strings.TrimPrefix(path+"."+name, ".")
		compareValues(below, signedParts[name], fleetParts[name], differ)
	}
}

// promised is nil for a block in which nothing is promised.
func promised(value any) any {
	block, isBlock := value.(map[string]any)
	if !isBlock {
		return value
	}

	for _, member := range block {
		if promised(member) != nil {
			return value
		}
	}

	return nil
}

// parts are those of two values that can be compared part by part: two objects, or
// two lists of things that have a name.
func parts(a, b any) (partsA, partsB map[string]any, ok bool) {
	partsA, okA := a.(map[string]any)
	partsB, okB := b.(map[string]any)
	if okA && okB {
		return partsA, partsB, true
	}

	partsA, okA = byName(a)
	partsB, okB = byName(b)
	return partsA, partsB, okA && okB
}

// byName is a list of objects by their "name"; ok is false where one has none, or
// two have the same.
func byName(value any) (objects map[string]any, ok bool) {
	list, isList := value.([]any)
	objects = map[string]any{}
	for _, element := range list {
		object, _ := element.(map[string]any)
		name, ok := object["name"].(string)
		if !ok {
			return nil, false
		}

		objects[name] = object
	}

	return objects, isList && len(objects) == len(list)
}

// blocks are how paths in intent.json begin, and what the fleet file has instead:
// the first that fits.
var blocks = [][2]string{
	{"client.partners.", "partner."},
	{"client.vendors.", "vendor."},
	{"client.", ""},
	{"clients.", "client."},
	{"exceptions.", "exception."},
	{"reviewers.", "reviewer."},
}

// attribute is a path in intent.json as the fleet file has it.
func attribute(path string) string {
	for _, block := range blocks {
		if rest, ok := strings.CutPrefix(path, block[0]); ok {
			return block[1] + rest
		}
	}

	return path
}
