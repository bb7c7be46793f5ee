package finding

import (
	"encoding/json"
	"testing"
)

func TestParamCheck(t *testing.T) {
	for _, tc := range []struct {
		kind  string
		value any
		ok    bool
	}{
		{"boolean", true, true},
		{"boolean", "true", false},
		{"string", "x", true},
		{"string", 7, false},
		{"integer", 7, true},
		{"integer", int64(7), true},
		{"integer", 7.0, true},
		{"integer", 7.5, false},
		{"integer", json.Number("7"), true},
		{"integer", json.Number("7.5"), false},
		{"integer", "7", false},
		{"strings", []string{"x"}, true},
		{"strings", []any{"x", "y"}, true},
		{"strings", []any{}, true},
		{"strings", []any{"x", 7}, false},
		{"strings", "x", false},
		{"text", "x", false},
		{"", nil, false},
	} {
		if err := (Param{Type: tc.kind}).Check(tc.value); (err == nil) != tc.ok {
			t.Errorf("%v as %q: %v", tc.value, tc.kind, err)
		}
	}
}

func TestAtLeast(t *testing.T) {
	for i, floor := range Severities {
		for j, severity := range Severities {
			if got := AtLeast(severity, floor); got != (j >= i) {
				t.Errorf("%s is at least %s: %v", severity, floor, got)
			}
		}
	}
}
