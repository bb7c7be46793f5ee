package emulator

import (
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"*/read", "microsoft.keyvault/vaults/read", true}, {"*", "x", true}, {"a", "a", true}, {"a", "ab", false},
		{"a*b*c", "axxbyyc", true}, {"a*b*c", "acb", false}, {"ab*ba", "aba", false}, {"microsoft.keyvault/*", "microsoft.storage/x", false},
		{"*/read", "x/write", false}, {strings.Repeat("a*", 40) + "b", strings.Repeat("a", 200), false},
	}

	for _, tt := range tests {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("glob(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}
