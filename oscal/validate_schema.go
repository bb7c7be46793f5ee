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

// maxSchemaProblems is how many problems of one schema are told, so that a hostile
// document cannot make us print without end.
const maxSchemaProblems = 200

// versionForm is what may name a version. go-oscal makes a file name of it.
var versionForm = regexp.MustCompile(`^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}$`)

// schemas holds what was read and compiled before. Both take longer than to validate a
// typical document.
var schemas = struct {
	sync.Mutex
	sources  map[string]*source            // by version
	compiled map[string]*jsonschema.Schema // by version and model
}{sources: map[string]*source{}, compiled: map[string]*jsonschema.Schema{}}

// source is the complete schema of one OSCAL version, loaded.
type source struct {
	compiler *jsonschema.Compiler
	path     string
	data     map[string]any
}

// schemaOf is NIST's JSON schema of one model in one OSCAL version. Only the
// definition of the model is used: the complete schema is a oneOf of all models, and
// would answer with an error for each other model, too.
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

// loadSource takes the schema from go-oscal, which embeds NIST's files. It shows them
// only as the parameters of a validator.
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

// definition is the $ref of a model in the complete schema: "#/definitions/…".
func definition(schema map[string]any, model string) string {
	for _, branch := range asArray(schema["oneOf"]) {
		if ref, ok := asObject(asObject(asObject(branch)["properties"])[model])["$ref"].(string); ok {
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
		message := shorten(visible(l.message()), maxMessage) + " (OSCAL " + version + ")"
		problems = append(problems, Problem{path, "schema", message})
	}

	sortProblems(problems)
	return slices.Compact(problems)
}

// leaf is an error without a cause of its own: the one that says what is wrong. The
// validator iterates over maps, so order is what brings the errors in the same order
// each time.
type leaf struct {
	order string
	err   *jsonschema.ValidationError
}

func leaves(e *jsonschema.ValidationError, list []leaf) []leaf {
	if len(e.Causes) == 0 {
		order := []string{pointer(e.InstanceLocation...), pointer(e.ErrorKind.KeywordPath()...), e.SchemaURL}
		return append(list, leaf{strings.Join(order, "\x00"), e})
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
