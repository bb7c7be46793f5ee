// Package finding holds what an evaluation says: a verdict for each subject of each
// control, and for those that are not satisfied, a finding that says why.
//
// A control judges subjects: documents, or what else it names, as "entra.users/u1".
// Each gets one [Verdict]. Where that is not satisfied, a [Finding] has the message
// and the evidence. The verdicts of a control are counted in its [Summary], and all
// of it together, with how complete the evidence was, is a [Set]. A set is two files:
//
//	findings.json     {"client": "fabrikam", "controls": […], "findings": […], …}
//	verdicts.ndjson   {"control":"RF-T-11","outcome":"satisfied","subject":"entra.role_assignments/a1"}
//	                  {"control":"RF-T-11","outcome":"undetermined","subject":"entra.role_assignments/a2"}
//
// The package is a leaf: plain types, no I/O, no OPA.
package finding

import (
	"strings"

	"github.com/google/uuid"
)

// Outcome is a verdict.
type Outcome string

const (
	// Satisfied: all that the control asks for was seen.
	Satisfied Outcome = "satisfied"
	// NotSatisfied: a violation was seen, and with it all that could excuse it.
	NotSatisfied Outcome = "not-satisfied"
	// Undetermined: something is missing that could change the verdict.
	Undetermined Outcome = "undetermined"
	// NotApplicable: there is nothing to judge; it is a control's outcome, never a
	// subject's.
	NotApplicable Outcome = "not-applicable"
)

// Verdict is one line of verdicts.ndjson.
type Verdict struct {
	Control string  `json:"control"`
	Subject string  `json:"subject"`
	Outcome Outcome `json:"outcome"`
}

// Finding is a subject that is not satisfied.
type Finding struct {
	UUID    string  `json:"uuid"` // see ObservationUUID
	Control string  `json:"control"`
	Subject string  `json:"subject"`
	Outcome Outcome `json:"outcome"`

	// Lead marks a violation that was seen although not everything that the
	// judgement needs was: the outcome is undetermined, but it is worth a look.
	Lead bool `json:"lead,omitempty"`

	Severity string `json:"severity"` // the control's
	Message  string `json:"message"`  // a sentence for people

	// Observed and Expected are what the policy compared, any JSON. Evidence are the
	// places in documents where it looked, "<subject>#/json/pointer".
	Observed any      `json:"observed"`
	Expected any      `json:"expected"`
	Evidence []string `json:"evidence"`

	// Excepted is the exception of the fleet file that matches, nil for none.
	Excepted *Excepted `json:"excepted,omitempty"`
}

// Excepted says which exception matches a finding.
type Excepted struct {
	Name       string `json:"name"`
	Reason     string `json:"reason"`
	ApprovedBy string `json:"approved_by"`
	Expires    string `json:"expires"` // a date, "2027-01-31"
	// Whole: the exception names no subject, so it accepts the whole control.
	Whole bool `json:"whole"`
	// Expired exceptions stay visible and accept nothing.
	Expired bool `json:"expired"`
}

// Accepted reports whether a valid exception covers the finding.
func (f Finding) Accepted() bool { return f.Excepted != nil && !f.Excepted.Expired }

// Namespace is the UUIDv5 namespace of every uuid that ringfence makes.
var Namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:ringfence"))

// UUID is the v5 uuid of the parts, joined by LF.
func UUID(parts ...string) string {
	return uuid.NewSHA1(Namespace, []byte(strings.Join(parts, "\n"))).String()
}

// ObservationUUID is the uuid of one subject's observation under a control,
// the same from run to run; subject "*" is the summary of all satisfied ones.
func ObservationUUID(tenant, control, subject string) string {
	return UUID("observation", tenant, control, subject)
}

// RunID is the id of a run: a function of its inputs. further are the digests of what the
// store knows of earlier runs, of what the client hears of others, and of who reaches whom in
// the fleet, in this order; "", or none, for a run without, whose id does not depend on there
// being such inputs.
func RunID(snapshot, intent, policies, engine, asOf string, further ...string) string {
	parts := []string{"run", snapshot, intent, policies, engine, asOf}
	for i, digest := range further {
		if digest != "" {
			parts = append(parts, [...]string{"", "fleet-facts ", "fleet-paths "}[i]+digest)
		}
	}
	return UUID(parts...)
}
