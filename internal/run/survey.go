package run

import (
	"fmt"

	"ringfence/collectors/snapshot"
	"ringfence/engine/intent"
	"ringfence/internal/fleetfile"
	"ringfence/internal/fleetjoin"
	"ringfence/internal/isolation"
	"ringfence/internal/runfolder/layout"
)

// mostSurveyed is how many tenants the fleet result says of who reaches whom: it says it pair by
// pair. Of more, each client's result says what concerns it, and so does "fleet paths".
const mostSurveyed = 2000

// newSurvey is fleet-paths.json of a fleet that was compared; nil if it is too large.
func newSurvey(file *fleetfile.Fleet, joined *fleetjoin.Joined) ([]byte, error) {
	members := isolation.Members(file)
	if len(members) > mostSurveyed {
		return nil, nil
	}
	survey, err := isolation.New(isolation.Fleet{Joined: joined.Joined, Members: members}, isolation.Options{})
	if err != nil {
		return nil, err
	}
	return survey.Canonical()
}

func (in Inputs) pathsDigest() string {
	if in.FleetPaths == nil {
		return ""
	}
	return snapshot.Digest(in.FleetPaths)
}

// survey is who reaches whom, nil where clients were not compared. It has to be of the MSP whose
// result it is in.
func (r *Rendered) survey() (*isolation.Survey, error) {
	if r.Inputs.FleetPaths == nil {
		return nil, nil
	}
	survey, err := isolation.Parse(r.Inputs.FleetPaths)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", layout.FleetPaths, err)
	}
	if msp := survey.MSP(); r.Inputs.Promise.Kind() != intent.FleetKind || msp != r.Set.TenantID {
		return nil, fmt.Errorf("%s is of the MSP whose tenant is %q, the result of tenant %s",
			layout.FleetPaths, msp, r.Set.TenantID)
	}
	return survey, nil
}
