package run

import (
	"fmt"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/internal/runfolder/layout"
)

// What a signature alone does not say: whose result this has to be, under which
// promise, and of when. Whole signed folders can be renamed, swapped, copied and
// held back without touching a byte in them.

// checkOwner holds the client and tenant of the result to the folder's name and
// to the fleet file. A folder of the store's `runs/` is named for its run.
func (v *verifier) checkOwner() {
	r := &v.report
	ownRun := v.label == r.Run && v.anchor.Fleet == nil
	if v.label != "" && v.label != r.Client && !ownRun {
		v.problem(layout.Run, "is a result of client %s, in the folder of %s", r.Client, v.label)
	}

	if v.anchor.Fleet == nil {
		return
	}

	tenant := v.anchor.Fleet.MSP.TenantID

	if r.Client != snapshot.FleetClient {
		c, ok := v.anchor.Fleet.Client(r.Client)
		if !ok {
			v.problem(layout.Run, "is a result of client %s, which the fleet file does not have", r.Client)
			return
		}
		tenant = c.TenantID
	}

	if !strings.EqualFold(tenant, r.TenantID) {
		v.problem(layout.Run, "is a result of tenant %s, the fleet file says that %s has tenant %s", r.TenantID, r.Client, tenant)
	}
}

// skew is how far another machine's clock may be ahead.
const skew = 5 * time.Minute

// checkAge holds the as-of to the age that is accepted. One that is still to
// come would be fresh for too long.
func (v *verifier) checkAge() {
	asOf, err := time.Parse(time.RFC3339, v.report.AsOf)
	if v.anchor.MaxAge <= 0 || err != nil { // run.json without an as-of is a problem already
		return
	}
	switch age := v.anchor.now().Sub(asOf); {
	case age > v.anchor.MaxAge:
		v.report.TooOld = fmt.Sprintf("its as-of is %s old, %s at most is accepted", span(age), span(v.anchor.MaxAge))
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
