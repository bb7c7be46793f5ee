package policyset

import "strings"

// AccountField is a field of an element of input.snapshot.datasets.
type AccountField struct {
	Path  string // "scopes[_].status"
	Type  string // of JSON Schema; of a list that of its elements
	Null  string // what null means; "": it is never null
	Means string
}

// AccountFields are all of them: what the manifest of a snapshot says of a dataset, and
// what the engine made of that.
var AccountFields = []AccountField{
	{"_subject", "string", "", `the subject of verdicts about the dataset: "snapshot/entra.users"`},
	{"dataset", "string", "", "its full name"},
	{"status", "string", "", "how complete it is, as the engine judged it: complete, partial, denied, " +
		"not_licensed, throttled, error, skipped, or stale"},
	{"said", "string", "the manifest does not name the dataset", "how complete it is by the manifest's word"},
	{"code", "string", "nothing stood in the way, or it has no code", "of the API, or one of ours: " +
		"contradictory where the manifest contradicts itself"},
	{"http_status", "integer", "no answer is meant", "of the answer that stood in the way"},
	{"reason", "string", "nothing stood in the way", "what stood in the way, in words"},
	{"proof", "string", "nothing has to prove it, or nothing does", "what proves that the caller saw all"},
	{"started_at", "string", "it was not read", "when reading began"},
	{"ended_at", "string", "it was not read", "when reading ended"},
	{"count", "integer", "", "how many documents the manifest says there are"},
	{"scopes[_].scope", "string", "", "what was not answered for, say a subscription; * is of unknown extent"},
	{"scopes[_].status", "string", "", "as the dataset's own; complete where an error is said beside it"},
	{"scopes[_].count", "integer", "", "how many documents the manifest says there are"},
	{"scopes[_].code", "string", "nothing stood in the way, or it has no code", "as the dataset's own"},
	{"scopes[_].http_status", "integer", "no answer is meant", "as the dataset's own"},
	{"scopes[_].reason", "string", "nothing stood in the way", "as the dataset's own"},
	{"licence", "object", "it needs no licence that we know of", "what the dataset needs a licence for"},
	{"licence.plans[_]", "string", "", "the service plans of which one is enough"},
	{"licence.held", "boolean", "nobody knows, or nothing asks for it", "whether the tenant has one of them"},
}

// accountSchema is the JSON Schema of an element of input.snapshot.datasets.
func accountSchema() map[string]any { return accountBelow("") }

// accountBelow is the schema of the object at a path, "" or one that ends with a dot.
func accountBelow(at string) map[string]any {
	props := map[string]any{}
	for _, f := range AccountFields {
		name, below := strings.CutPrefix(f.Path, at)
		if !below {
			continue
		}

		name, rest, _ := strings.Cut(name, ".")
		element, isList := strings.CutSuffix(name, "[_]")
		var schema map[string]any
		switch {
		case rest == "" && f.Type == "object":
			schema = accountBelow(f.Path + ".")
		case rest == "":
			schema = typed(f.Type)
		case isList:
			schema = accountBelow(at + name + ".")
		default:
			continue // its own row describes it
		}

		if f.Null != "" && rest == "" {
			schema = nullable(schema)
		}
		if isList {
			schema = list(schema)
		}
		props[element] = schema
	}

	return object(props)
}
