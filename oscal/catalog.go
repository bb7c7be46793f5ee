package oscal

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// catalog is generated from METADATA, the only home of titles, mappings and
// help. A control's ids never change: rf-t-08, rf-t-08_smt, rf-t-08_obj.
func (b *builder) catalog() catalogFile {
	groups := map[string][]control{}
	for _, c := range b.controls {
		groups[c.Meta.Family] = append(groups[c.Meta.Family], b.control(c))
	}

	cat := catalog{Metadata: b.catalogMetadata()}
	for _, family := range finding.InReadingOrder(b.in.Set.Families, maps.Keys(groups)) {
		cat.Groups = append(cat.Groups, group{
			ID:       "family-" + token(family.ID),
			Class:    "family",
			Title:    title(family.Title),
			Controls: groups[family.ID],
		})
	}

	cat.UUID = finding.UUID("catalog", groupsDigest(cat.Groups))
	return catalogFile{cat}
}

// catalogMetadata names no client and no run: the same policies make the same
// catalog for everybody. Its time is the run's as-of, for want of one of its own.
func (b *builder) catalogMetadata() metadata {
	policies := b.in.Set.Policies
	return metadata{
		Title: "ringfence control catalog", LastModified: stamp(b.end), Version: value(policies), OSCALVersion: Version,
		Props: []property{prop("policies-digest", policies), prop("engine-version", b.in.EngineVersion)},
	}
}

// groupsDigest is what a catalog's uuid follows from: its controls, and nothing
// of the run that they were written in.
func groupsDigest(groups []group) string {
	data, err := snapshot.Canonical(groups)
	if err != nil {
		return "" // writing the document will say what is wrong
	}
	return snapshot.Digest(data)
}

func (b *builder) control(c ctrl) control {
	m := c.Meta
	out := control{
		ID: c.Token, Class: "ringfence", Title: title(m.Title),
		Props: []property{{Name: "label", Value: value(m.ID)}, prop("severity", m.Severity)},
	}

	for _, p := range [][2]string{{"scope", string(m.Scope)}, {"since", m.Since}, {"package", m.Package}} {
		if p[1] != "" {
			out.Props = append(out.Props, prop(p[0], p[1]))
		}
	}

	out.Props = append(out.Props, supports(m.Maps)...)
	for _, name := range slices.Sorted(maps.Keys(m.Params)) {
		out.Params = append(out.Params, param(c.Token, name, m.Params[name]))
	}

	for _, r := range m.Resources {
		if webHref(r.Ref) {
			out.Links = append(out.Links, link{Href: r.Ref, Rel: "reference", Text: title(r.Description + " " + r.Ref)})
		}
	}

	out.Parts = b.parts(c)
	return out
}

// supports words a mapping as what it is: the control supports a requirement of
// another framework, it never fulfils it.
func supports(mapped map[string][]string) []property {
	var props []property
	for _, framework := range slices.Sorted(maps.Keys(mapped)) {
		for _, id := range slices.DeleteFunc(slices.Clone(mapped[framework]), blank) {
			p := classProp("supports", framework, id)
			p.Remarks = "Supports this requirement; does not by itself fulfil it."
			props = append(props, p)
		}
	}

	return props
}

// blank: an id of nothing supports nothing.
func blank(s string) bool { return strings.TrimSpace(s) == "" }

func param(control, name string, p finding.Param) parameter {
	out := parameter{
		ID: control + "_prm_" + token(name), Label: title(name),
		Props: []property{prop("type", p.Type)},
	}

	if p.Description != "" {
		out.Usage = prose(p.Description)
	}

	list, ok := p.Default.([]any)
	if !ok && p.Default != nil {
		list = []any{p.Default}
	}

	for _, v := range list {
		out.Values = append(out.Values, value(plain(v)))
	}

	return out
}

func (b *builder) parts(c ctrl) []part {
	m, id := c.Meta, c.Token
	reads := strings.Join(b.in.Set.Reads[m.ID], ", ")
	if reads == "" {
		reads = "no dataset"
	}

	return []part{
		{ID: id + "_smt", Name: "statement", Prose: prose(m.Description)},
		{ID: id + "_gdn", Name: "guidance", Prose: "Remediation: " + prose(m.Remediation)},
		{ID: id + "_lim", Name: "limits", NS: NS, Title: "What a pass does not prove", Prose: prose(m.Limits)},
		{
			ID: c.objective(), Name: "assessment-objective", Prose: "Determine if this holds: " + title(m.Title),
			Links: []link{{Href: "#" + id + "_smt", Rel: "assessment-for"}},
		},
		{
			ID: id + "_asm", Name: "assessment-method",
			Props: []property{{Name: "method", NS: rmfNS, Value: "TEST"}},
			Parts: []part{{Name: "assessment-objects", Prose: "Datasets: " + line(reads)}},
		},
	}
}

// plain is any JSON value as text; strings stand without quotes.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return v
	}

	b, err := snapshot.Canonical(v)
	if err != nil {
		return fmt.Sprint(v)
	}

	return string(b)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
