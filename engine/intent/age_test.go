package intent

import (
	"testing"
	"time"
)

func TestParseAge(t *testing.T) {
	const invalid = -1
	for s, want := range map[string]time.Duration{
		"90m":   90 * time.Minute,
		"24h":   24 * time.Hour,
		"365d":  8760 * time.Hour,
		"":      invalid,
		"0h":    invalid,
		"1w":    invalid,
		"1h30m": invalid,
		"-1h":   invalid,
		"1.5h":  invalid,
	} {
		got, err := ParseAge(s)
		if (err != nil) != (want == invalid) || err == nil && got != want {
			t.Errorf("ParseAge(%q) = %v, %v", s, got, err)
		}
	}
}
