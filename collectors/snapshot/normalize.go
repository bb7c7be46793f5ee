package snapshot

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Normalize makes a document of one object of an API answer: the id by the
// schema's rule, volatile properties moved to Observed, secrets dropped, set
// arrays sorted, documented absences made explicit (null). Properties that the
// schema does not know stay as they are. scope is the parent's id, "" for a
// dataset that is read once.
//
// An object without its id property is an error: it cannot be told from
// another one.
func (s *Schema) Normalize(body map[string]any, scope string) (Document, error) {
	id, err := s.documentID(body, scope)
	if err != nil {
		return Document{}, err
	}

	doc := Document{ID: id, Scope: scope, Spec: s.Property.object(body, "")}
	for name := range doc.Spec {
		if strings.HasPrefix(name, "@microsoft.graph.") || strings.HasPrefix(name, "@odata.") && name != "@odata.type" {
			delete(doc.Spec, name) // context, etag, nextLink: of the answer, not of the object
		}
	}

	for name, p := range s.Properties {
		v, has := doc.Spec[name]
		if !has || !p.Volatile {
			continue
		}

		delete(doc.Spec, name)

		if doc.Observed == nil {
			doc.Observed = map[string]any{}
		}

		doc.Observed[name] = v
	}

	return doc, nil
}

func (s *Schema) documentID(body map[string]any, scope string) (string, error) {
	if s.ID.Form == Singleton {
		return "default", nil
	}

	id, ok := body[s.ID.Property].(string)
	if !ok || id == "" {
		return "", fmt.Errorf("%s: an object without %q%s", s.Dataset, s.ID.Property, otherCase(body, s.ID.Property))
	}

	if s.ID.Form == GUID || s.ID.Form == ARM {
		id = strings.ToLower(id)
	}

	if s.ID.Child {
		id = scope + "/" + strings.TrimPrefix(id, "/")
	}

	return id, nil
}

// otherCase names a property that differs from the wanted one in case alone.
func otherCase(body map[string]any, want string) string {
	for name := range body {
		if name != want && strings.EqualFold(name, want) {
			return fmt.Sprintf(": it has %q (this is PowerShell's output, not the API's answer)", name)
		}
	}
	return ""
}

// object returns a normalized copy of an object that lies under the name of. What
// is a secret by its name is dropped at every depth. No schema knows such a
// property but as a secret (a test sees to it), so that only the others are asked.
func (p *Property) object(in map[string]any, of string) map[string]any {
	out, label := make(map[string]any, len(in)), called(in)
	for name, v := range in {
		c := p.Properties[name]
		if c == nil && !holdsSecret(of, name, v) && !(Spelling(name) == "value" && holdsSecret(of, label, v)) {
			c = cmp.Or(p.Values, unknown)
		}
		if c != nil && !c.Secret {
			out[name] = c.value(v, name)
		}
	}

	for name, c := range p.Properties {
		if _, has := out[name]; !has && c.Presence == Absent {
			out[name] = nil
		}
	}

	return out
}

// unknown is the schema of what no schema knows.
var unknown = &Property{}

func (p *Property) value(v any, name string) any {
	switch v := v.(type) {
	case string:
		return Redact(v)
	case map[string]any:
		return p.object(v, name)
	case []any:
		items := p.Items
		if items == nil {
			items = unknown
		}

		list := make([]any, len(v))
		for i, item := range v {
			list[i] = items.value(item, name)
		}

		if p.List == "set" && p.Items != nil {
			sortSet(list)
		}

		return list
	}

	return v
}

// sortSet orders values by their canonical JSON.
func sortSet(list []any) {
	keys := make(map[int][]byte, len(list))
	order := make([]int, len(list))
	for i, v := range list {
		order[i] = i
		keys[i], _ = Canonical(v) // parsed values always encode
	}

	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(keys[a], keys[b]) })
	sorted := make([]any, len(list))
	for i, j := range order {
		sorted[i] = list[j]
	}

	copy(list, sorted)
}

// Wanted tells what a judgement reads: whether it needs a property of this name
// and presence to be there, and whether it looks at its value at all.
type Wanted func(name string, p Presence) (need, look bool)

// Gaps lists the JSON pointers of properties that a document lacks although
// its schema promises them, in no particular order. A property that the schema
// calls "always" is lacking where it is not there, null, or of another type
// than the schema says; a nullable or documented-absent one that need names
// (nil: none) where it is not there, or of another type and not null: both are
// null in a normalized document when there is nothing to say. An "unknown" one
// may be left out, but not have another type.
func (s *Schema) Gaps(doc Document, need func(name string) bool) []string {
	return s.Lacks(doc, func(name string, p Presence) (bool, bool) {
		look := p == Always || need != nil && need(name)
		return look && p != Unknown, look
	})
}

// Lacks is Gaps for what is wanted alone. What is needed is lacking where it is
// not there; an "always" or "unknown" property also where it is null, since no
// page says what that means.
func (s *Schema) Lacks(doc Document, want Wanted) []string {
	body := doc.Spec
	if len(doc.Observed) > 0 {
		body = make(map[string]any, len(doc.Spec)+len(doc.Observed))
		for k, v := range doc.Spec {
			body[k] = v
		}
		for k, v := range doc.Observed {
			body[k] = v
		}
	}

	return s.Property.gaps(body, "", want, nil)
}

func (p *Property) gaps(body map[string]any, at string, want Wanted, found []string) []string {
	for name, c := range p.Properties {
		if c.Secret {
			continue
		}

		ptr := at + "/" + pointerToken(name)
		v, has := body[name]
		need, look := want(name, c.Presence)
		switch {
		case need && (!has || v == nil && (c.Presence == Always || c.Presence == Unknown)):
			found = append(found, ptr)
		case look && v != nil:
			if !c.fits(v) {
				found = append(found, ptr)
				continue
			}
			found = c.gapsBelow(v, ptr, want, found)
		}
	}

	return found
}

func (p *Property) gapsBelow(v any, at string, want Wanted, found []string) []string {
	switch v := v.(type) {
	case map[string]any:
		return p.gaps(v, at, want, found)
	case []any:
		if p.Items == nil {
			return found
		}
		for i, item := range v {
			ptr := fmt.Sprintf("%s/%d", at, i)
			if !p.Items.fits(item) {
				found = append(found, ptr)
				continue
			}
			found = p.Items.gapsBelow(item, ptr, want, found)
		}
	}

	return found
}

// fits reports whether a value has the schema's type. A schema without a type
// takes anything; null is judged by presence, not here.
func (p *Property) fits(v any) bool {
	if len(p.Type) == 0 {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		return p.is("object")
	case []any:
		return p.is("array")
	case string:
		return p.is("string") || p.is("integer") && !strings.ContainsAny(v, " ") && isDigits(v)
	case bool:
		return p.is("boolean")
	case json.Number:
		return p.is("number") || p.is("integer")
	case nil:
		return p.is("null")
	}

	return false
}

// isDigits: an integer beyond 2^53−1 is carried as a string.
func isDigits(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func pointerToken(name string) string { return pointerEscapes.Replace(name) }
