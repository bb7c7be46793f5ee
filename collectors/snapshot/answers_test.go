package snapshot

import (
	"net/http"
	"testing"
	"time"
)

// TestAsks: which parents are asked about, and of which nobody knows. A group's
// isAssignableToRole may be null, which Microsoft documents; its securityEnabled
// may not.
func TestAsks(t *testing.T) {
	groups := func(property string, values ...any) *Schema {
		return &Schema{Parent: "entra.groups", ParentWhere: &ParentWhere{Property: property, Values: values}}
	}
	domains := &Schema{Parent: "entra.domains", ParentWhere: &ParentWhere{
		Property: "authenticationType", Values: []any{"Federated"},
	}}
	assignable, secure := groups("isAssignableToRole", true), groups("securityEnabled", true)

	for _, tc := range []struct {
		name        string
		schema      *Schema
		spec        map[string]any
		asks, known bool
	}{
		{"every parent", &Schema{Parent: "entra.groups"}, nil, true, true},
		{"true", assignable, map[string]any{"isAssignableToRole": true}, true, true},
		{"false", assignable, map[string]any{"isAssignableToRole": false}, false, true},
		{"null that means no", assignable, map[string]any{"isAssignableToRole": nil}, false, true},
		{"missing", assignable, map[string]any{}, false, false},
		{"another type", assignable, map[string]any{"isAssignableToRole": "true"}, false, false},
		{"a list", assignable, map[string]any{"isAssignableToRole": []any{true}}, false, false},
		{"null that means nothing", secure, map[string]any{"securityEnabled": nil}, false, false},
		{"one of the texts", domains, map[string]any{"authenticationType": "Federated"}, true, true},
		{"another text", domains, map[string]any{"authenticationType": "Managed"}, false, true},
		{"no text", domains, map[string]any{"authenticationType": true}, false, false},
		{"a property that no schema knows", groups("other", "a"), map[string]any{"other": "b"}, false, true},
		{"an object that no schema knows", groups("other", "a"), map[string]any{"other": map[string]any{}}, false, false},
	} {
		asks, known := tc.schema.Asks(Document{Spec: tc.spec})
		if asks != tc.asks || known != tc.known {
			t.Errorf("%s: %v %v, want %v %v", tc.name, asks, known, tc.asks, tc.known)
		}
	}
}

func TestNotFoundSays(t *testing.T) {
	coded, any404 := &NotFound{Means: "empty", Codes: []string{"Gone"}}, &NotFound{Means: "empty"}
	for _, tc := range []struct {
		name string
		n    *NotFound
		e    *Evidence
		want bool
	}{
		{"the code", coded, &Evidence{HTTPStatus: http.StatusNotFound, Code: "Gone"}, true},
		{"the code, saved", coded, &Evidence{Code: "Gone"}, true},
		{"another code", coded, &Evidence{HTTPStatus: http.StatusNotFound, Code: "Other"}, false},
		{"another code, saved", coded, &Evidence{Code: "Other"}, false},
		{"the code with another status", coded, &Evidence{HTTPStatus: http.StatusForbidden, Code: "Gone"}, false},
		{"no code of an API", coded, &Evidence{HTTPStatus: http.StatusNotFound}, false},
		{"any code", any404, &Evidence{HTTPStatus: http.StatusNotFound, Code: "Other"}, true},
		{"any code, saved", any404, &Evidence{Code: "Other"}, false},
		{"any code, but none", any404, &Evidence{HTTPStatus: http.StatusNotFound}, false},
		{"no such schema", nil, &Evidence{HTTPStatus: http.StatusNotFound, Code: "Gone"}, false},
		{"no error", coded, nil, false},
	} {
		if got := tc.n.Says(tc.e); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

func TestWindow(t *testing.T) {
	w := &Window{Days: 7, Property: "at"}
	const started = "2026-11-23T08:00:00.5Z"
	at, err := time.Parse(time.RFC3339, started)
	if err != nil {
		t.Fatal(err)
	}

	span := w.Before(at.In(time.FixedZone("", 3600)))
	if want := (Span{"2026-11-16T08:00:00Z", "2026-11-23T08:00:00Z"}); span != want {
		t.Errorf("%v, want %v", span, want)
	}

	for _, tc := range []struct {
		name     string
		w        *Window
		read     *Span
		isProper bool
	}{
		{"as it should be", w, &span, true},
		{"longer", w, &Span{"2026-11-01T08:00:00Z", span.To}, true},
		{"too short", w, &Span{"2026-11-16T08:00:01Z", span.To}, false},
		{"ended before", w, &Span{span.From, "2026-11-23T07:59:59Z"}, false},
		{"no times", w, &Span{"then", "now"}, false},
		{"not said", w, nil, false},
		{"a window that nobody asked for", nil, &span, false},
		{"none", nil, nil, true},
	} {
		if problem := tc.w.contradiction(tc.read, started); (problem == "") != tc.isProper {
			t.Errorf("%s: %q", tc.name, problem)
		}
	}
}
