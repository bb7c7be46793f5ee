package snapshot

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Normalize makes a document of one object of an API answer: the id by the
// schema's rule, volatile properties moved to Observed, secrets dropped, arrays
// that are sets sorted, documented absences made explicit (null). Properties that
// the schema does not know stay as they are. scope is the parent's id, "" for a
// dataset that is read once. The answer is not changed.
//
// An object without its id property is an error: it cannot be told from
// another one.
func (s *Schema) Normalize(body map[string]any, scope string) (Document, error) {
	return s.normalize(body, scope, true)
}

// NormalizePart is Normalize for an object that may not be all that the API returned:
// another program read it, and left out what it did not ask for, or what was false,
// empty or null. That a property is absent has no meaning there, whatever the API
// documents, so that it is not made explicit: it lacks.
//
// Example: a vault without enableSoftDelete has it on, if the API left it out; but a
// program that writes no property that is false leaves it out where it is off.
func (s *Schema) NormalizePart(body map[string]any, scope string) (Document, error) {
	return s.normalize(body, scope, false)
}

// normalize makes a document. isWhole: an absence is the API's own.
func (s *Schema) normalize(body map[string]any, scope string, isWhole bool) (Document, error) {
	id, err := s.documentID(body, scope)
	if err != nil {
		return Document{}, err
	}

	doc := Document{ID: id, Scope: scope, Spec: s.Property.object(body, "", isWhole)}
	for name := range doc.Spec {
		ofAnswer := strings.HasPrefix(name, "@microsoft.graph.") || strings.HasPrefix(name, "@odata.")
		if ofAnswer && name != "@odata.type" {
			delete(doc.Spec, name) // context, etag, nextLink: not of the object
		}
	}

	for name, p := range s.Properties {
		v, has := doc.Spec[name]
		if !has || !p.Volatile {
			continue
		}
		if doc.Observed == nil {
			doc.Observed = map[string]any{}
		}
		delete(doc.Spec, name)
		doc.Observed[name] = v
	}

	return doc, nil
}

func (s *Schema) documentID(body map[string]any, scope string) (string, error) {
	if s.ID.Form == Singleton && s.ID.Child {
		return scope + "/default", nil
	}
	if s.ID.Form == Singleton {
		return "default", nil
	}

	id, ok := body[s.ID.Property].(string)
	if !ok || id == "" {
		hint := otherCase(body, s.ID.Property)
		return "", fmt.Errorf("%s: an object without %q%s", s.Dataset, s.ID.Property, hint)
	}

	switch s.ID.Form {
	case GUID:
		id = strings.ToLower(id)
	case ARM:
		id = strings.ToLower(id)
		if rootless.MatchString(id) {
			id = "/" + id
		}
	}
	if s.ID.Child {
		id = scope + "/" + strings.TrimPrefix(id, "/")
	}
	return id, nil
}

// rootless is an ARM id as some providers write it, without its first slash:
// "subscriptions/…", "providers/Microsoft.Aadiam/…"
// (https://learn.microsoft.com/rest/api/monitor/subscription-diagnostic-settings/list).
var rootless = regexp.MustCompile(`^(subscriptions|providers)/`)

// otherCase names a property that differs from the wanted one in case alone.
func otherCase(body map[string]any, want string) string {
	for name := range body {
		if name != want && strings.EqualFold(name, want) {
			return fmt.Sprintf(": it has %q (this is PowerShell's output, not the API's answer)", name)
		}
	}
	return ""
}

// WithoutSecrets is a copy of an object that no schema knows, without what is a secret
// by its name, at every depth, and with credentials taken out of its texts.
func WithoutSecrets(object map[string]any) map[string]any { return unknown.object(object, "", false) }

// unknown is the schema of what no schema knows.
var unknown = &Property{}

// object returns a normalized copy of an object that is the value of the property
// parent. What is a secret by its name is dropped at every depth. No schema knows
// such a property but as a secret, or as something of another type (a test sees to
// it), so that only the others are asked. isWhole: an absence is the API's own, and
// is made explicit.
func (p *Property) object(in map[string]any, parent string, isWhole bool) map[string]any {
	out, label := make(map[string]any, len(in)), labelOf(in)
	for name, v := range in {
		c := p.Properties[name]
		if c == nil || !c.fits(v) {
			if isSecret(parent, name, v) || Spelling(name) == "value" && isSecret(parent, label, v) {
				continue
			}
			c = cmp.Or(c, p.Values, unknown)
		}
		if !c.Secret {
			out[name] = c.value(v, name, isWhole)
		}
	}

	for name, c := range p.Properties {
		if _, has := out[name]; isWhole && !has && c.Presence == Absent {
			out[name] = nil
		}
	}

	return out
}

// value returns a normalized copy of the value of a property.
func (p *Property) value(v any, name string, isWhole bool) any {
	switch v := v.(type) {
	case string:
		return Redact(v)
	case map[string]any:
		return p.object(v, name, isWhole)

	case []any:
		items := cmp.Or(p.Items, unknown)
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = items.value(item, name, isWhole)
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
	type item struct {
		text  []byte
		value any
	}

	items := make([]item, len(list))
	for i, v := range list {
		items[i].value = v
		items[i].text, _ = Canonical(v) // parsed values always encode
	}

	slices.SortStableFunc(items, func(a, b item) int { return bytes.Compare(a.text, b.text) })
	for i := range items {
		list[i] = items[i].value
	}
}

// Gaps lists the JSON pointers of properties that a document lacks although its
// schema promises them, in no particular order: a property that is "always" there,
// and is not, or is null, or of another type than the schema says. What else must be
// there depends on who asks: see decode.Compile.
func (s *Schema) Gaps(doc Document) []string { return s.Property.gaps(doc.property, "") }

// property is the value of one of the API's properties, nil for none.
func (d Document) property(name string) any {
	v, _ := d.lookup(name)
	return v
}

// lookup is property, and tells null from a property that is not there.
func (d Document) lookup(name string) (v any, has bool) {
	if v, has := d.Observed[name]; has {
		return v, true
	}
	v, has = d.Spec[name]
	return v, has
}

func (p *Property) gaps(value func(name string) any, at string) (found []string) {
	for name, c := range p.Properties {
		if c.Secret || c.Presence != Always {
			continue
		}
		pointer := at + "/" + pointerToken(name)
		if v := value(name); v == nil {
			found = append(found, pointer)
		} else {
			found = append(found, c.gapsIn(v, pointer)...)
		}
	}
	return found
}

// gapsIn lists the gaps at and below a value that is there.
func (p *Property) gapsIn(v any, at string) (found []string) {
	if !p.fits(v) {
		return []string{at}
	}

	switch v := v.(type) {
	case map[string]any:
		found = p.gaps(func(name string) any { return v[name] }, at)
	case []any:
		for i, item := range v {
			if p.Items != nil {
				found = append(found, p.Items.gapsIn(item, fmt.Sprintf("%s/%d", at, i))...)
			}
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
		return p.is("string") || p.is("integer") && isDigits(v)
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
