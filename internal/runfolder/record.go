package runfolder

import (
	"encoding/json"
	"fmt"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/runfolder/layout"
)

// RecordSchema is the "schema" of run.json.
const RecordSchema = "ringfence.run/1"

// Preflight is the kind of a run that was made for people to decide on, before its client is
// onboarded. The gate was open, also for all that was pending.
const Preflight = "preflight"

// Record is run.json: the identity of a run, and the only place for wall clock
// and host.
type Record struct {
	Schema string `json:"schema"` // [RecordSchema]

	// Which run of whom. Run is [finding.RunID] of Snapshot, Intent, Policies,
	// Engine, AsOf, Records, FleetFacts and FleetPaths.
	Run      string `json:"run"`
	Client   string `json:"client"`
	TenantID string `json:"tenant_id"`

	// What the run is a function of: SHA-256 digests in hex, the engine's version,
	// and the time that it judges for, RFC 3339.
	Snapshot string `json:"snapshot"`
	Intent   string `json:"intent"`
	Policies string `json:"policies"`
	Engine   string `json:"engine"`
	Tool     string `json:"tool"` // version of the program
	AsOf     string `json:"as_of"`
	Records  string `json:"records,omitempty"` // digest of records.json, "" for none

	FleetFacts string `json:"fleet_facts,omitempty"` // digest of fleet-facts.json, "" for none
	FleetPaths string `json:"fleet_paths,omitempty"` // digest of fleet-paths.json, "" for none

	// Kind is why the run was made: [Preflight], or "" for an audit.
	Kind string `json:"kind,omitempty"`

	// What came out. Conditions are the exit conditions that held, as numbers;
	// Errors those of policies, as "RF-T-01: …".
	Conditions []int          `json:"conditions"`
	Counts     finding.Counts `json:"counts"`
	Errors     []string       `json:"errors"`

	Wall Wall `json:"wall"`
}

// Wall is when and where a run was made, and what took how long: nanoseconds by
// stage over all goroutines, without writing the folder. Nothing else depends on
// it.
type Wall struct {
	Started string `json:"started"` // RFC 3339
	Ended   string `json:"ended"`   // RFC 3339
	Host    string `json:"host"`
	// Requester is the name of who asked for a preflight, by their own word; whoever attests
	// it is somebody else.
	Requester string `json:"requester,omitempty"`

	Timings map[string]time.Duration `json:"timings,omitempty"`
}

// parse reads run.json, strictly: no name twice, and times that are times.
func (r *Record) parse(data []byte) error {
	if _, err := snapshot.ParseObject(data); err != nil {
		return err
	}
	if err := json.Unmarshal(data, r); err != nil {
		return err
	}
	if err := snapshot.CheckSchemaName(r.Schema, RecordSchema); err != nil {
		return err
	}

	for name, at := range map[string]string{"as_of": r.AsOf, "wall.ended": r.Wall.Ended} {
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}

	return nil
}

// Record reads run.json as it is: nothing is held to what was signed, so that it is
// good for showing what there is, and for no verdict. See [Checked.ReadRecord].
func (f *Folder) Record() (Record, error) {
	var r Record
	data, err := f.Read(layout.Run, MaxParsed)
	if err == nil {
		err = r.parse(data)
	}
	return r, err
}

// claim is what the machine signs about the run.
func (r Record) claim() Claim {
	return Claim{Run: r.Run, Client: r.Client, TenantID: r.TenantID, Engine: r.Engine, AsOf: r.AsOf}
}

// Made is when there was something to review: the run was written, and the time
// that it judges for had come.
func (r Record) Made() (at time.Time) {
	for _, s := range []string{r.AsOf, r.Wall.Ended} {
		if t, err := time.Parse(time.RFC3339, s); err == nil && t.After(at) {
			at = t
		}
	}

	return at
}
