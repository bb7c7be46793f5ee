package sdkcontract

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/microsoft/kiota-abstractions-go/serialization"
	kjson "github.com/microsoft/kiota-serialization-json-go"
)

// Parse makes a typed object of one JSON object, and lists how the two differ: what the
// model does not know, and what it reads as another type. at is the name of the object in
// these lists ("entra.users").
func Parse(at string, raw map[string]any, model serialization.ParsableFactory) (differences []string) {
	body, err := json.Marshal(raw)
	if err != nil {
		return []string{at + ": " + err.Error()}
	}

	node, err := kjson.NewJsonParseNode(body)
	if err != nil {
		return []string{at + ": " + err.Error()}
	}

	typed, err := node.GetObjectValue(model)
	if err != nil {
		return []string{fmt.Sprintf("%s: the SDK cannot read it: %v", at, err)}
	}

	return compare(at, raw, typed)
}

// compare holds the properties of an object to those of its typed twin.
func compare(at string, raw map[string]any, typed serialization.Parsable) (differences []string) {
	known := typed.GetFieldDeserializers()
	for name, v := range raw {
		switch {
		case strings.HasPrefix(name, "@") && name != "@odata.type":
		case known[name] == nil:
			differences = append(differences, fmt.Sprintf("%s.%s: %s has no such property", at, name, nameOf(typed)))
		case v != nil && name != "@odata.type":
			differences = append(differences, compareValue(at+"."+name, v, getter(typed, name))...)
		}
	}

	slices.Sort(differences)
	return slices.Compact(differences)
}

func nameOf(typed serialization.Parsable) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", typed), "*")
}

// getter is the value of a typed property: DisplayName of displayName is read by
// GetDisplayName. It is not valid where there is no such method.
func getter(typed serialization.Parsable, name string) reflect.Value {
	upper := ""
	for part := range strings.SplitSeq(name, "_") { // riskEventTypes_v2 is RiskEventTypesV2
		upper += strings.ToUpper(part[:1]) + part[1:]
	}
	for _, method := range []string{"Get" + upper, "Get" + upper + "Escaped"} {
		if m := reflect.ValueOf(typed).MethodByName(method); m.IsValid() {
			return m.Call(nil)[0]
		}
	}
	return reflect.Value{}
}

// compareValue: what a body says has to come out of the model.
func compareValue(at string, raw any, typed reflect.Value) []string {
	if !typed.IsValid() {
		return []string{at + ": the model has no method for it"}
	}
	if isNil(typed) {
		return []string{fmt.Sprintf("%s: the model reads nothing where the body has %s", at, kindOf(raw))}
	}

	switch raw := raw.(type) {
	case map[string]any:
		inner, ok := typed.Interface().(serialization.Parsable)
		if !ok {
			return []string{fmt.Sprintf("%s: an object, and %s in the model", at, typed.Type())}
		}
		return compare(at, raw, inner)
	case []any:
		return compareList(at, raw, typed)
	}
	return compareScalar(at, raw, typed)
}

func compareList(at string, raw []any, typed reflect.Value) (differences []string) {
	if typed.Kind() != reflect.Slice {
		return []string{fmt.Sprintf("%s: a list, and %s in the model", at, typed.Type())}
	}
	if typed.Len() != len(raw) {
		return []string{fmt.Sprintf("%s: %d in the body, %d in the model", at, len(raw), typed.Len())}
	}
	for i, item := range raw {
		differences = append(differences, compareValue(at+"[]", item, typed.Index(i))...)
	}
	return differences
}

// compareScalar: a text, number or boolean is of the model's kind. A time, a duration
// and a member of an enumeration are texts in a body.
func compareScalar(at string, raw any, typed reflect.Value) []string {
	v := reflect.Indirect(typed)
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}

	good := false
	switch raw.(type) {
	case string:
		_, isTime := v.Interface().(time.Time)
		_, isText := typed.Interface().(fmt.Stringer)
		good = v.Kind() == reflect.String || isTime || isText || v.Kind() == reflect.Slice ||
			v.Kind() == reflect.Struct || v.Kind() == reflect.Array
	case bool:
		good = v.Kind() == reflect.Bool
	case json.Number:
		good = v.CanInt() || v.CanFloat()
	}
	if !good {
		return []string{fmt.Sprintf("%s: %s in the body, %s in the model", at, kindOf(raw), v.Type())}
	}
	return nil
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return v.IsNil()
	}
	return false
}

func kindOf(raw any) string {
	switch raw.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	}
	return fmt.Sprintf("%T", raw)
}
