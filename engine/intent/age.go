package intent

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

var agePattern = regexp.MustCompile(`^([1-9][0-9]{0,5})([mhd])$`)

var ageUnits = map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}

// ParseAge reads a duration as promises write it: a whole number of minutes, hours or days
// of 24 hours ("90m", "24h", "365d"). Anything else is an error.
func ParseAge(s string) (time.Duration, error) {
	m := agePattern.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf(`%q is not an age like "90m", "24h" or "365d"`, s)
	}

	n, err := strconv.Atoi(m[1])
	return time.Duration(n) * ageUnits[m[2]], err
}
