package emulator

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclparse"

	"ringfence/collectors/snapshot"
)

// Plan is how an emulated fleet behaves: what goes wrong, whether Microsoft's published
// limits hold, and how large its tenants are. As a file:
//
//	limits    = true            # Microsoft's published limits
//	page_size = 100             # objects of a page, unless the request says
//	sizes     = "research"      # tenants as large as real ones, see sizes.go
//	troubles  = true            # things go wrong as often as in a real fleet
//
//	fault "a storm while users are read" {
//	  kind        = "throttle"
//	  client      = "fabrikam"  # a label or tenant id; absent: every tenant
//	  dataset     = "entra.users"
//	  after       = 1           # requests that pass first, for each tenant and path
//	  times       = 3           # requests that are hit; absent: all that follow
//	  retry_after = "2.128"
//	}
//
// A fault's path is that of its dataset, or a pattern ("/graph/v1.0/users*"); without
// either it is about every request. The package comment lists the kinds.
type Plan struct {
	Limits   bool    `hcl:"limits,optional"`
	PageSize int     `hcl:"page_size,optional"`
	Sizes    string  `hcl:"sizes,optional"`
	Troubles bool    `hcl:"troubles,optional"`
	Faults   []Fault `hcl:"fault,block"`
}

// sizesOfResearch are tenants as large as those of real fleets.
const sizesOfResearch = "research"

// Options are what a server needs to know of a plan for a fleet.
func (p Plan) Options(w *World) Options {
	faults := p.Faults
	if p.Troubles {
		faults = append(w.Troubles(), faults...)
	}
	return Options{Faults: faults, Limits: p.Limits, PageSize: p.PageSize}
}

// ParsePlan reads a plan. A file whose name ends in ".json" is an array of faults, as it
// was before there were plans. Errors name the file and the place.
func ParsePlan(name string, data []byte) (Plan, error) {
	if strings.EqualFold(filepath.Ext(name), ".json") {
		faults, err := ParseFaults(data)
		return Plan{Faults: faults}, err
	}

	file, diags := hclparse.NewParser().ParseHCL(data, name)
	if diags.HasErrors() {
		return Plan{}, inPlan(diags)
	}

	var p Plan
	if diags := gohcl.DecodeBody(file.Body, nil, &p); diags.HasErrors() {
		return Plan{}, inPlan(diags)
	}

	return p, p.check()
}

// inPlan is the first thing that is wrong with a plan's file.
func inPlan(diags hcl.Diagnostics) error {
	d := diags[0]
	if d.Subject == nil {
		return fmt.Errorf("%s: %s", d.Summary, d.Detail)
	}
	at := filepath.Base(d.Subject.Filename)
	return fmt.Errorf("%s:%d: %s: %s", at, d.Subject.Start.Line, d.Summary, d.Detail)
}

func (p Plan) check() error {
	if p.PageSize < 0 || p.PageSize > maxTop {
		return fmt.Errorf("page_size is %d: use 1 to %d", p.PageSize, maxTop)
	}
	if p.Sizes != "" && p.Sizes != sizesOfResearch {
		return fmt.Errorf("sizes is %q: use %q, or leave it out", p.Sizes, sizesOfResearch)
	}

	seen := map[string]bool{}
	for _, f := range p.Faults {
		if seen[f.Name] {
			return fmt.Errorf("there are two faults %q", f.Name)
		}
		seen[f.Name] = true
		if err := f.check(); err != nil {
			return fmt.Errorf("fault %q: %w", f.Name, err)
		}
	}
	return nil
}

// names are the {names} of an endpoint's template.
var names = regexp.MustCompile(`\{[A-Za-z]+\}`)

// about reports whether a fault's dataset, if it names one, is what a request asks for:
// the path is that of the dataset's endpoint, and so is $filter. (The role assignments of
// a subscription, and those of the caller, differ by it alone.) A query of Resource Graph
// may be that of any dataset that is read by one.
func (f Fault) about(q *call) bool {
	if f.Dataset == "" {
		return true
	}

	schema, err := snapshot.SchemaFor(f.Dataset)
	if err != nil || q.api != schema.Source.API {
		return false
	}
	if isResourceQuery(q) {
		return queries[f.Dataset] != "" && queries[f.Dataset] == q.resourceQuery().about()
	}

	return asksFor(schema.Source.Endpoint, q) || schema.Root != nil && asksFor(schema.Root.Endpoint, q)
}

// asksFor: a request is of an endpoint's template, path and $filter.
func asksFor(endpoint string, q *call) bool {
	path, options, _ := strings.Cut(names.ReplaceAllString(endpoint, "*"), "?")
	filter := ""
	for option := range strings.SplitSeq(options, "&") {
		if value, has := strings.CutPrefix(option, "$filter="); has {
			filter = value
		}
	}
	return glob(strings.ToLower(path), strings.ToLower(q.path)) && glob(filter, q.query.Get("$filter"))
}

// isServed reports whether some endpoint is the source of a dataset.
func isServed(dataset string) bool {
	schema, err := snapshot.SchemaFor(dataset)
	if err != nil {
		return false
	}
	if schema.Hosts != nil {
		return true
	}

	path, _, _ := strings.Cut(names.ReplaceAllString(schema.Source.Endpoint, "x"), "?")
	for _, e := range slices.Concat(graphEndpoints, armEndpoints) {
		if e.dataset == dataset || e.matches(path) {
			return true
		}
	}
	return strings.EqualFold(path, resourceGraphPath)
}
