package collectors

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringfence/collectors/exports"
	"ringfence/collectors/snapshot"
)

// FormatSaved is the format of saved API answers, ours; see [ImportConfig.From].
const FormatSaved = "ringfence"

// Formats lists the formats that [Import] takes: saved answers, and what other tools
// export.
func Formats() []string { return append([]string{FormatSaved}, exports.Formats()...) }

// exported is what is known of one dataset's objects in another tool's export.
type exported struct {
	reading *reading
	keys    map[string]bool // properties that any object has
	lacks   []string
	cut     map[string]bool // pointers of properties that the tool lost
}

// readExport reads another tool's export into the material.
func (in *importing) readExport() error {
	all := map[string]*exported{} // by "<dataset>/<scope>", of bare objects
	err := exports.Read(exports.Source{
		Files: in.cfg.From, Format: in.cfg.Format, TenantID: in.material.tenant,
		Take:    func(p exports.Part) error { return in.takePart(all, p) },
		Ignored: func(file, why string) { in.ignore(file, why, "") },
	})
	if err != nil {
		return err
	}

	for _, key := range slices.Sorted(maps.Keys(all)) {
		x := all[key]
		x.reading.end()
		x.reading.gap(newEvidence(codeExport, "%s", x.why(in.cfg.Format)))
	}

	in.keepAnswers()
	in.ignoreStrangers()
	if err := in.reportIgnored(); err != nil {
		return err
	}
	if in.answers[organization+"/"] == nil {
		return &ConfigError{"nothing that was exported says whose tenant it is: " + organization + " is not among it"}
	}
	return nil
}

// takePart takes some of a dataset. Whole pages are judged like any saved answer; bare
// objects are read, and never complete.
func (in *importing) takePart(all map[string]*exported, p exports.Part) error {
	i := index(in.material.units, p.Dataset)
	if i < 0 {
		in.ignore(p.File, "no dataset "+p.Dataset+" is collected", "")
		return nil
	}
	u := in.material.units[i]
	if u.Schema.PerScope() != (p.Scope != "") {
		in.ignore(p.File, "the dataset is read from another place", placeOf(u))
		return nil
	}

	if p.Scope != "" {
		scope, _, known := in.scope(u, snapshot.ScopeFile(p.Scope))
		if !known {
			in.ignore(p.File, fmt.Sprintf("%q is no %s", p.Scope, u.scopesAre()), "")
			return nil
		}
		p.Scope = scope
	}

	r, isSecond := in.answer(u, p.Scope, "")
	r.started, r.ended = in.cfg.CollectedAt, in.cfg.CollectedAt
	if p.Pages != nil {
		if isSecond {
			return &ConfigError{fmt.Sprintf("%q: another file is of the same dataset", p.File)}
		}
		r.takePages(p.Pages)
		return nil
	}

	key := p.Dataset + "/" + p.Scope
	if all[key] == nil {
		if isSecond {
			return &ConfigError{fmt.Sprintf("%q: another file is of the same dataset", p.File)}
		}
		all[key] = &exported{reading: r, keys: map[string]bool{}, cut: map[string]bool{}}
		r.isPart = true
		r.begin()
	}
	all[key].take(p)

	return nil
}

// take reads the objects of a part.
func (x *exported) take(p exports.Part) {
	if p.Failed != "" {
		x.reading.gap(newEvidence(codeReported, "%s", p.Failed))
		return
	}
	if p.Lacks != "" && !slices.Contains(x.lacks, p.Lacks) {
		x.lacks = append(x.lacks, p.Lacks)
	}
	for _, at := range p.Cut {
		x.cut[at] = true
	}
	for _, o := range p.Objects {
		for name := range o {
			x.keys[name] = true
		}
	}

	r := x.reading
	pages := r.pages
	if !r.unit.single() {
		items := make([]any, len(p.Objects))
		for i, o := range p.Objects {
			items[i] = o
		}
		r.take(page{r.unit.listProperty(): items})
	}
	for _, o := range p.Objects {
		if r.unit.single() {
			r.take(o)
		}
	}
	r.pages = max(pages, min(r.pages, 1)) // however many parts the tool wrote, no page was saved
}

// why says why the dataset is not complete: always that no page says whether there is
// more, then which properties none of the objects has, which lost their value, and what
// else is known of the tool.
func (x *exported) why(format string) string {
	why := []string{format + " exports objects without the page that they came on, which says whether there are more"}
	var missing []string
	for name, p := range x.reading.unit.Schema.Properties {
		if !x.keys[name] && !p.Secret {
			missing = append(missing, name)
		}
	}

	if slices.Sort(missing); len(missing) > 0 && len(x.keys) > 0 {
		why = append(why, "none has "+strings.Join(missing, ", "))
	}
	if len(x.cut) > 0 {
		why = append(why, "cut off were "+strings.Join(slices.Sorted(maps.Keys(x.cut)), ", "))
	}

	return strings.Join(append(why, x.lacks...), "; ")
}
