package intent

import (
	"testing"
	"time"
)

func TestParseAge(t *testing.T) {
	for s, want := range map[string]time.Duration{"90m": 90 * time.Minute, "24h": 24 * time.Hour, "365d": 8760 * time.Hour, "": -1, "0h": -1, "1w": -1, "1h30m": -1, "-1h": -1, "1.5h": -1} {
		got, err := ParseAge(s)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("ParseAge(%q) = %v, %v", s, got, err)
		}
	}
}
