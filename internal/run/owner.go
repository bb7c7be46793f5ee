package run

import (
	"context"
	"fmt"
	"time"

	"ringfence/internal/runfolder/layout"
)

// What a signature alone does not say: whose result this has to be, under which
// promise, and of when. Whole signed folders can be renamed, swapped, copied and
// held back without touching a byte in them.

// checkOwner holds the client and tenant of the result to the folder's name and
// to the fleet file. A folder of the store's `runs/` is named for its run.
func (v *verifier) checkOwner(context.Context) {
	r := &v.report
	namedForRun := v.label == r.Run && v.anchor.Fleet == nil
	if v.label != "" && v.label != r.Client && !namedForRun {
		v.Problem(layout.Run, "is a result of client %s, in the folder of %s", r.Client, v.label)
	}

	if v.anchor.Fleet != nil {
		v.CheckOwner(r.Client, r.TenantID, v.anchor.Fleet)
	}
}

// skew is how far the clock of the machine that signed may be ahead of this one.
const skew = 5 * time.Minute

// checkAge holds the as-of to the age that is accepted. One that is still to
// come would be fresh for too long.
func (v *verifier) checkAge(context.Context) {
	asOf, err := time.Parse(time.RFC3339, v.report.AsOf)
	if v.anchor.MaxAge <= 0 || err != nil { // run.json without an as-of is a problem already
		return
	}

	age, most := v.anchor.now().Sub(asOf), v.anchor.MaxAge
	switch {
	case age > most:
		v.report.TooOld = fmt.Sprintf("its as-of is %s old, %s at most is accepted", span(age), span(most))
	case age < -skew:
		v.report.TooOld = fmt.Sprintf("its as-of is %s in the future", span(-age))
	}
}

// span is a duration in the largest unit that it has two of: "3 days", "36 hours".
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}

	return fmt.Sprintf("%d minutes", d/time.Minute)
}
