package snapshot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHostKeywords: what x-hosts names is there.
func TestHostKeywords(t *testing.T) {
	n := 0
	for name, s := range Schemas() {
		if s.Hosts == nil {
			continue
		}
		if s.Parent != "" || s.Root != nil || len(s.Hosts.Named) == 0 {
			t.Errorf("%s: x-hosts needs names, and goes with no x-parent and no x-root", name)
		}
		for _, naming := range append(s.Hosts.Named, s.Hosts.Own...) {
			n++
			if p := naming.property(); p == nil || !p.is("string") {
				t.Errorf("%s: %s has no text %s", name, naming.Dataset, naming.Property)
			}
		}
	}
	if n == 0 {
		t.Error("nothing was looked at")
	}
}

// property is the schema of what a naming names; nil: there is none.
func (n Naming) property() *Property {
	s := Schemas()[n.Dataset]
	if s == nil {
		return nil
	}

	p := &s.Property
	for _, name := range strings.Split(n.Property, ".") {
		if p.Items != nil {
			p = p.Items
		}
		if p = p.Properties[name]; p == nil {
			return nil
		}
	}
	return p
}

func TestAddresses(t *testing.T) {
	type m = map[string]any
	for name, tc := range map[string]struct {
		spec     m
		optional bool
		want     []string
		clear    bool
	}{
		"one":                {m{"a": m{"b": "x"}}, false, []string{"x"}, true},
		"null":               {m{"a": nil}, false, nil, true},
		"null inside":        {m{"a": m{"b": nil}}, false, nil, true},
		"in a list":          {m{"a": []any{m{"b": "x"}, m{"b": "y"}}}, false, []string{"x", "y"}, true},
		"an empty list":      {m{"a": []any{}}, false, nil, true},
		"one does not say":   {m{"a": []any{m{"b": "x"}, m{}}}, false, []string{"x"}, false},
		"left out":           {m{}, false, nil, false},
		"left out, optional": {m{}, true, nil, true},
		"inside, optional":   {m{"a": m{}}, true, nil, true},
		"a text on the way":  {m{"a": "x"}, true, []string{"x"}, false},
		"no text":            {m{"a": m{"b": 1.5}}, true, nil, false},
		"an object":          {m{"a": m{"b": m{}}}, true, nil, false},
	} {
		got, clear := Naming{Property: "a.b", Optional: tc.optional}.Addresses(Document{Spec: tc.spec})
		if d := cmp.Diff(tc.want, got); d != "" || clear != tc.clear {
			t.Errorf("%s: clear %t\n%s", name, clear, d)
		}
	}
}
