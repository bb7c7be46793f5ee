package foreign

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"ringfence/engine/plan"
)

// lacking are the places of the input that a rule reads and that are not there. Of a
// scuba input they are its keys, which are what commands returned: what is below them
// is as the service gave it. Of a conftest input they are all places, since a rule
// that finds no property finds nothing wrong.
func (j judgement) lacking(r rule, gating bool) []string {
	kind := j.pack.Manifest.Kind
	l := lookup{
		deep: kind == Conftest, gating: gating,
		optional: append(slices.Clone(j.pack.Manifest.Optional), onlyWords[kind]...),
		found:    map[string]bool{},
	}
	l.object(r.reads, j.seen.Input, "")
	return slices.Sorted(maps.Keys(l.found))
}

// lookup looks for the places of a plan in an input.
type lookup struct {
	deep, gating bool
	optional     []string
	found        map[string]bool // places that are not there
}

// maxLacking bounds how many places of one input are named.
const maxLacking = 10

// value looks below a value that is there.
func (l *lookup) value(f *plan.Field, v ast.Value, at string) {
	if !l.deep || f == nil {
		return
	}

	switch v := v.(type) {
	case ast.Object:
		l.object(f, v, at)
	case *ast.Array:
		v.Foreach(func(e *ast.Term) {
			l.value(f.Any, e.Value, at+"[*]")
			for _, name := range slices.Sorted(maps.Keys(f.Names)) { // a name that is a number
				l.value(f.Names[name], e.Value, at+"[*]")
			}
		})
	default:
		l.scalar(f, at)
	}
}

// scalar: names are looked for in what has none. That a value is not of the type
// that a rule expects shows nothing: it may be told by its type.
func (l *lookup) scalar(f *plan.Field, at string) {
	for _, name := range slices.Sorted(maps.Keys(f.Names)) {
		l.lack(f.Names[name], join(at, name))
	}
}

func (l *lookup) object(f *plan.Field, object ast.Object, at string) {
	for _, name := range slices.Sorted(maps.Keys(f.Names)) {
		place, below := join(at, name), f.Names[name]
		t := object.Get(ast.StringTerm(name))
		isNull := t != nil && t.Value.Compare(ast.NullValue) == 0
		if t == nil || isNull && !l.deep {
			l.lack(below, place)
			continue
		}
		l.value(below, t.Value, place)
	}

	if f.Any != nil && l.deep {
		object.Foreach(func(key, v *ast.Term) { l.value(f.Any, v.Value, at+".*") })
	}
}

// lack notes that a place is not there.
func (l *lookup) lack(f *plan.Field, place string) {
	isOptional := func(o string) bool { return place == o || strings.HasPrefix(place, o+".") }
	switch {
	case l.gating && !f.Gates(), slices.ContainsFunc(l.optional, isOptional), len(l.found) >= maxLacking:
		return
	}
	l.found[place] = true
}

func join(at, name string) string { return strings.TrimPrefix(at+"."+name, ".") }

// commands are which commands of a tool succeeded and which did not, in lower case.
type commands struct{ succeeded, failed map[string]bool }

// problem says why what a command reads is not in the input, "" if it is.
func (c commands) problem(name string) string {
	switch lower := strings.ToLower(name); {
	case c.failed[lower]:
		return "did not succeed"
	case !c.succeeded[lower]:
		return "is not among those that succeeded"
	}
	return ""
}

// commandLists are the lists of an input: <product>_successful_commands and
// <product>_unsuccessful_commands, by product in lower case; "" are all together.
type commandLists map[string]commands

// commandsOf finds the lists.
func commandsOf(input ast.Object) commandLists {
	lists := commandLists{"": {map[string]bool{}, map[string]bool{}}}
	input.Foreach(func(key, value *ast.Term) {
		name, isText := key.Value.(ast.String)
		if !isText {
			return
		}

		product, failed := strings.CutSuffix(strings.ToLower(string(name)), "_unsuccessful_commands")
		succeeded := false
		if !failed {
			product, succeeded = strings.CutSuffix(product, "_successful_commands")
		}
		if !failed && !succeeded {
			return
		}

		if _, there := lists[product]; !there {
			lists[product] = commands{map[string]bool{}, map[string]bool{}}
		}
		for _, command := range texts(value) {
			for _, list := range []string{product, ""} {
				if failed {
					lists[list].failed[strings.ToLower(command)] = true
				} else {
					lists[list].succeeded[strings.ToLower(command)] = true
				}
			}
		}
	})
	return lists
}

// of are the commands of a product. One that has no list of its own shares those of
// the others: a tool that renamed a product wrote its list under the other name.
func (l commandLists) of(product string) commands {
	if own, there := l[strings.ToLower(product)]; there {
		return own
	}
	return l[""]
}

// Tenant is what an input of kind scuba says of whose it is and when it was read, ""
// where it does not say.
func Tenant(input map[string]any) (tenantID, readAt string) {
	if list, isList := input["tenant_details"].([]any); isList && len(list) > 0 {
		if details, isObject := list[0].(map[string]any); isObject {
			tenantID, _ = details["TenantId"].(string)
		}
	}
	readAt, _ = input["timestamp_zulu"].(string)
	return tenantID, readAt
}

// At follows a path of names ("meta.tenant") in an input to a text.
func At(input map[string]any, path string) (string, error) {
	var v any = input
	for name := range strings.SplitSeq(path, ".") {
		object, isObject := v.(map[string]any)
		if !isObject || object[name] == nil {
			return "", fmt.Errorf("the input has no %s", path)
		}
		v = object[name]
	}

	text, isText := v.(string)
	if !isText {
		return "", fmt.Errorf("%s of the input is no text", path)
	}
	return text, nil
}
