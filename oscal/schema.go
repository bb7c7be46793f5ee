package oscal

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/defenseunicorns/go-oscal/src/pkg/validation"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// maxSchemaProblems bounds what one hostile document makes us print.
const maxSchemaProblems = 200

var versionForm = regexp.MustCompile(`^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}$`)

// schemas holds what is compiled, by version and by version and model: reading
// and compiling takes longer than validating a typical document.
var schemas = struct {
	sync.Mutex
	sources  map[string]*source
	compiled map[string]*jsonschema.Schema
}{sources: map[string]*source{}, compiled: map[string]*jsonschema.Schema{}}

// source is the complete schema of one OSCAL version, loaded.
type source struct {
	compiler *jsonschema.Compiler
	path     string
	data     map[string]any
}

// schemaOf is NIST's JSON schema of one model in one OSCAL version. Only the
// model's own definition is used: the complete schema's oneOf would answer with
// an error for each other model too.
func schemaOf(version, model string) (*jsonschema.Schema, error) {
	schemas.Lock()
	defer schemas.Unlock()

	key := version + " " + model
	if s, ok := schemas.compiled[key]; ok {
		return s, nil
	}

	src, ok := schemas.sources[version]
	if !ok {
		var err error
		if src, err = loadSource(version, model); err != nil {
			return nil, fmt.Errorf("no JSON schema of OSCAL %q: %w", version, err)
		}
		schemas.sources[version] = src
	}

	ref := definition(src.data, model)
	if ref == "" {
		return nil, fmt.Errorf("OSCAL %s has no model %s", version, model)
	}

	s, err := src.compiler.Compile(src.path + ref)
	if err != nil {
		return nil, fmt.Errorf("compiling the schema of OSCAL %s: %w", version, err)
	}

	schemas.compiled[key] = s
	return s, nil
}

// loadSource takes the schema from go-oscal, which embeds NIST's files and
// shows them through its validation parameters only.
func loadSource(version, model string) (*source, error) {
	if !versionForm.MatchString(version) {
		return nil, fmt.Errorf("not a version number")
	}

	v, err := validation.NewValidatorDesiredVersion(map[string]any{model: map[string]any{}}, version)
	if err != nil {
		return nil, err
	}

	params, err := v.GetValidationParams()
	if err != nil {
		return nil, err
	}

	c := jsonschema.NewCompiler()
	if err := c.AddResource(params.SchemaPath, params.SchemaData); err != nil {
		return nil, err
	}

	return &source{c, params.SchemaPath, params.SchemaData}, nil
}

// definition finds the $ref of a model ("#/definitions/…") in the complete
// schema.
func definition(schema map[string]any, model string) string {
	for _, branch := range children(schema["oneOf"]) {
		if ref, ok := object(object(object(branch)["properties"])[model])["$ref"].(string); ok {
			return ref
		}
	}
	return ""
}

// checkSchema validates a model's value against one version's schema.
func checkSchema(version, model string, body any) []Problem {
	s, err := schemaOf(version, model)
	if err != nil {
		return []Problem{{pointer(model, "metadata", "oscal-version"), "oscal-version", err.Error()}}
	}

	err = s.Validate(body)
	if err == nil {
		return nil
	}

	invalid, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return []Problem{{pointer(model), "schema", err.Error()}}
	}

	found := leaves(invalid, nil)
	slices.SortFunc(found, func(a, b leaf) int { return cmp.Compare(a.order, b.order) })

	var problems []Problem
	for _, l := range found[:min(len(found), maxSchemaProblems)] {
		path := pointer(append([]string{model}, l.err.InstanceLocation...)...)
		problems = append(problems, Problem{path, "schema", shorten(visible(l.message()), 300) + " (OSCAL " + version + ")"})
	}

	sortProblems(problems)
	return slices.Compact(problems)
}

// leaf is an error that has no cause of its own. Order puts errors in the same
// order each time: the validator iterates over maps.
type leaf struct {
	order string
	err   *jsonschema.ValidationError
}

func leaves(e *jsonschema.ValidationError, list []leaf) []leaf {
	if len(e.Causes) == 0 {
		order := pointer(e.InstanceLocation...) + "\x00" + pointer(e.ErrorKind.KeywordPath()...) + "\x00" + e.SchemaURL
		return append(list, leaf{order, e})
	}
	for _, cause := range e.Causes {
		list = leaves(cause, list)
	}
	return list
}

func (l leaf) message() string {
	if k, ok := l.err.ErrorKind.(*kind.AdditionalProperties); ok {
		slices.Sort(k.Properties) // found by iterating over a map
	}

	out := l.err.BasicOutput()
	if out.Error != nil {
		return out.Error.String()
	}
	if len(out.Errors) > 0 && out.Errors[0].Error != nil {
		return out.Errors[0].Error.String()
	}

	return "invalid"
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is a JSON pointer (RFC 6901).
func pointer(keys ...string) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteByte('/')
		b.WriteString(pointerEscape.Replace(k))
	}
	return b.String()
}
