package evidence

import (
	"fmt"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// ForFindings is the coverage of all datasets as findings.json has it.
func ForFindings(all map[string]snapshot.Coverage) map[string]finding.Coverage {
	out := map[string]finding.Coverage{}
	for name, c := range all {
		judged := finding.Coverage{Status: string(c.Status), Reason: coverageReason(c)}
		if c.Status == snapshot.Complete && !c.CompleteEverywhere() {
			judged.Status = string(snapshot.Partial)
		}

		for _, s := range c.Scopes {
			judged.Scopes = append(judged.Scopes, finding.ScopeCoverage{
				Scope: s.Scope, Status: string(s.Status), Reason: Reason(s.Evidence),
			})
		}

		out[name] = judged
	}

	return out
}

// coverageReason says why a dataset has its status: what proves that it is
// complete, or what stood in the way; of a log, of which days it is complete.
func coverageReason(c snapshot.Coverage) string {
	switch {
	case c.Evidence != nil:
		return Reason(c.Evidence)
	case c.Proof != "":
		return "proof: " + c.Proof
	case c.Window != nil:
		return "from " + c.Window.From + " to " + c.Window.To
	}
	return ""
}

// Reason words what stood in the way: "HTTP 403, Authorization_RequestDenied".
func Reason(e *snapshot.Evidence) string {
	if e == nil {
		return ""
	}

	var parts []string
	if e.HTTPStatus != 0 {
		parts = append(parts, fmt.Sprint("HTTP ", e.HTTPStatus))
	}

	for _, part := range []string{e.Code, e.Message} {
		if part != "" {
			parts = append(parts, part)
		}
	}

	return strings.Join(parts, ", ")
}

// holeText says why a scope of a dataset is not complete, and which permission a
// read needs that was refused or never made:
//
//	azure.resources in 0f1e…: denied (HTTP 403, AuthorizationFailed), needs Reader
func holeText(name string, s snapshot.Scope) string {
	text := name
	if s.Scope != snapshot.ScopeUnknown {
		text += " in " + s.Scope
	}

	text += ": " + string(s.Status)
	if why := Reason(s.Evidence); why != "" {
		text += " (" + why + ")"
	}

	schema := snapshot.Schemas()[name]
	refused := s.Status == snapshot.Denied || s.Status == snapshot.Skipped
	if refused && schema != nil && len(schema.Permissions()) > 0 {
		text += ", needs " + schema.Permission
	}

	return text
}
