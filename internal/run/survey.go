package run

import (
	"fmt"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
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
func (in Inputs) survey() (*isolation.Survey, error) {
	if in.FleetPaths == nil {
		return nil, nil
	}
	survey, err := isolation.Parse(in.FleetPaths)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", layout.FleetPaths, err)
	}
	tenant := in.Promise.Tenant().Client.TenantID
	if msp := survey.MSP(); in.Promise.Kind() != intent.FleetKind || msp != tenant {
		return nil, fmt.Errorf("%s is of the MSP whose tenant is %q, the result of tenant %s",
			layout.FleetPaths, msp, tenant)
	}
	return survey, nil
}

// surveyed is what controls of the MSP's own tenant judge of it, nil where nothing is known.
func (in Inputs) surveyed() (*engine.Surveyed, error) {
	survey, err := in.survey()
	if survey == nil || err != nil {
		return nil, err
	}
	return &engine.Surveyed{Snapshot: survey.Snapshot, Radii: survey.Radii}, nil
}
