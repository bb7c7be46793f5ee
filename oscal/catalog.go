package oscal

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// The ids of a control in the catalog are its own in lower case and, for its parts
// and parameters, that and a suffix: rf-t-08, rf-t-08_smt, rf-t-08_prm_allow. They
// never change, since documents of other tools may refer to them.
const (
	statementSuffix = "_smt" // what is promised
	guidanceSuffix  = "_gdn" // what to do if it is not kept
	limitsSuffix    = "_lim" // what a pass does not prove
	objectiveSuffix = "_obj" // what the test determines: findings are about this
	methodSuffix    = "_asm" // how: which datasets are read
	paramInfix      = "_prm_"
)

// catalog is generated from the METADATA of the policies: a group for each family, a
// control for each policy.
func (b *builder) catalog() catalogFile {
	controls := map[string][]control{} // by family
	for _, c := range b.controls {
		controls[c.Meta.Family] = append(controls[c.Meta.Family], b.control(c))
	}

	cat := catalog{Metadata: b.catalogMetadata()}
	for _, family := range finding.InReadingOrder(b.in.Set.Families, maps.Keys(controls)) {
		cat.Groups = append(cat.Groups, group{
			ID:       "family-" + token(family.ID),
			Class:    "family",
			Title:    title(family.Title),
			Controls: controls[family.ID],
		})
	}

	cat.UUID = finding.UUID("catalog", digestOf(cat.Groups))
	return catalogFile{cat}
}

// catalogMetadata names no client and no run: the same policies make the same catalog
// for everybody. Only its time is the run's as-of, for want of one of its own.
func (b *builder) catalogMetadata() metadata {
	digest := b.in.Set.Policies
	return metadata{
		Title:        "ringfence control catalog",
		LastModified: stamp(b.end),
		Version:      value(digest),
		OSCALVersion: Version,
		Props:        []property{prop("policies-digest", digest), prop("engine-version", b.in.EngineVersion)},
	}
}

// digestOf identifies the catalog's content, whatever run it was written in. Of what
// cannot be encoded there is none: writing the document will say what is wrong.
func digestOf(groups []group) string {
	data, err := snapshot.Canonical(groups)
	if err != nil {
		return ""
	}
	return snapshot.Digest(data)
}

func (b *builder) control(c assessed) control {
	m := c.Meta
	out := control{
		ID:    c.Token,
		Class: "ringfence",
		Title: title(m.Title),
		Props: []property{{Name: "label", Value: value(m.ID)}, prop("severity", m.Severity)},
		Parts: b.parts(c),
	}

	for _, p := range [][2]string{{"scope", string(m.Scope)}, {"since", m.Since}, {"package", m.Package}} {
		if name, v := p[0], p[1]; v != "" {
			out.Props = append(out.Props, prop(name, v))
		}
	}
	out.Props = append(out.Props, supports(m)...)

	for _, name := range sortedKeys(m.Params) {
		out.Params = append(out.Params, param(c.Token, name, m.Params[name]))
	}

	for _, r := range m.Resources {
		if webHref(r.Ref) {
			out.Links = append(out.Links, link{r.Ref, "reference", title(r.Description + " " + r.Ref)})
		}
	}

	return out
}

// supports words a mapping as what it is: the control supports a requirement of
// another framework, it never fulfils it. An empty id stands for no requirement, and of
// an id that nobody checked it says so.
func supports(m finding.Control) []property {
	var props []property
	for _, framework := range sortedKeys(m.Maps) {
		for _, id := range m.Maps[framework] {
			if strings.TrimSpace(id) == "" {
				continue
			}

			p := classProp("supports", framework, id)
			p.Remarks = "Supports this requirement; does not by itself fulfil it."
			if slices.Contains(m.Unverified, framework) {
				p.Remarks += " The id was not checked against a source."
			}
			props = append(props, p)
		}
	}

	return props
}

// param is a control's parameter with its default. A client's own value is in the
// plan.
func param(control, name string, p finding.Param) parameter {
	out := parameter{
		ID:    paramID(control, name),
		Label: title(name),
		Props: []property{prop("type", p.Type)},
	}

	if p.Description != "" {
		out.Usage = prose(p.Description)
	}

	values, isList := p.Default.([]any)
	if !isList && p.Default != nil {
		values = []any{p.Default}
	}

	for _, v := range values {
		out.Values = append(out.Values, value(plain(v)))
	}

	return out
}

func paramID(control, name string) string { return control + paramInfix + token(name) }

func (b *builder) parts(c assessed) []part {
	m, id := c.Meta, c.Token
	reads := cmp.Or(strings.Join(b.in.Set.Reads[m.ID], ", "), "no dataset")
	return []part{
		{ID: id + statementSuffix, Name: "statement", Prose: prose(m.Description)},
		{ID: id + guidanceSuffix, Name: "guidance", Prose: "Remediation: " + prose(m.Remediation)},
		{
			ID: id + limitsSuffix, Name: "limits", NS: NS,
			Title: "What a pass does not prove", Prose: prose(m.Limits),
		},
		{
			ID: c.objective(), Name: "assessment-objective",
			Prose: "Determine if this holds: " + title(m.Title),
			Links: []link{{Href: "#" + id + statementSuffix, Rel: "assessment-for"}},
		},
		{
			ID: id + methodSuffix, Name: "assessment-method",
			Props: []property{{Name: "method", NS: rmfNS, Value: "TEST"}},
			Parts: []part{{Name: "assessment-objects", Prose: "Datasets: " + line(reads)}},
		},
	}
}

// plain is any JSON value as text. A string stands without quotes.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return v
	}

	data, err := snapshot.Canonical(v)
	if err != nil {
		return fmt.Sprint(v)
	}

	return string(data)
}
