package runfolder

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/internal/fleetfile"
	"ringfence/internal/runfolder/layout"
)

// Sound reports whether nothing wrong was found so far.
func (c *Checked) Sound() bool { return len(c.Problems) == 0 }

// Problem adds something wrong with a file.
func (c *Checked) Problem(file, format string, args ...any) {
	c.Problems = append(c.Problems, Problem{file, fmt.Sprintf(format, args...)})
}

// Lacks is the first of the files that the folder does not have, "" if it has all.
func (c *Checked) Lacks(files ...string) string {
	for _, name := range files {
		if c.Digests[name] == "" {
			return name
		}
	}

	return ""
}

// Load parses the bytes whose digest was checked, and no others. It reports
// whether that went well; the error of parse is a problem of the file.
func (c *Checked) Load(name string, parse func([]byte) error) bool {
	data, err := c.Folder.Read(name, MaxParsed)
	if err == nil && snapshot.Digest(data) != c.Digests[name] {
		err = errChanging
	}

	if err == nil {
		err = parse(data)
	}

	if err != nil {
		c.Problem(name, "%v", err)
	}

	return err == nil
}

var errChanging = errors.New("is changing while it is read")

// ReadRecord reads run.json and holds it to what was signed; nil, and a problem,
// where it is not that.
func (c *Checked) ReadRecord() *Record {
	record := &Record{}
	if !c.Load(layout.Run, record.parse) {
		return nil
	}

	if c.Claim != nil && *c.Claim != record.claim() {
		c.Problem(layout.Run, "is not what the signature states")
		return nil
	}

	return record
}

// ReadSnapshot opens the snapshot, if its manifest is the one whose digest was
// checked. Documents are held to the manifest when they are read.
func (c *Checked) ReadSnapshot() snapshot.Snapshot {
	snap, err := c.Folder.Snapshot()
	if err == nil && snap.Digest() != c.Digests[layout.Manifest] {
		err = errChanging
	}

	if err != nil {
		c.Problem(layout.Manifest, "%v", err)
	}

	return snap
}

// ReadFindings reads findings.json; nil, and a problem, where that is not possible
// or could be done in two ways.
func (c *Checked) ReadFindings() *finding.Set {
	set := &finding.Set{}
	parse := func(data []byte) error { return json.Unmarshal(data, set) }
	if !c.Load(layout.Findings, parse) {
		return nil
	}

	return set
}

// CheckRun holds run.json to the inputs beside it, without evaluating them: its
// run id follows from the digests that it names, and these are the folder's. The
// digest of the policies is that of their files, not of policies.tar.gz, and so
// left to who can open it.
func (c *Checked) CheckRun(r *Record) {
	id := finding.RunID(r.Snapshot, r.Intent, r.Policies, r.Engine, r.AsOf, r.Records, r.FleetFacts, r.FleetPaths)
	if r.Run != id {
		c.Problem(layout.Run, "run %s is not made of the digests beside it", r.Run)
	}

	inputs := [][2]string{
		{layout.Intent, r.Intent}, {layout.Manifest, r.Snapshot}, {layout.Records, r.Records},
		{layout.FleetFacts, r.FleetFacts}, {layout.FleetPaths, r.FleetPaths},
	}
	for _, input := range inputs {
		name, want := input[0], input[1]
		if got := c.Digests[name]; got != want {
			c.Problem(name, "was changed: SHA-256 is %s, %s says %s", got, layout.Run, want)
		}
	}
}

// CheckFindings holds findings.json to run.json: it is about the same inputs, and
// so about the same run of the same client.
func (c *Checked) CheckFindings(r *Record, set *finding.Set) {
	by := layout.Run + " says"
	if c.Claim != nil {
		by = "the machine signed"
	}

	id := finding.RunID(set.Snapshot, set.Intent, set.Policies, r.Engine, set.AsOf,
		set.Records, set.FleetFacts, set.FleetPaths)
	switch {
	case set.Schema != finding.SchemaName:
		c.Problem(layout.Findings, "says that its schema is %q, not %q", set.Schema, finding.SchemaName)
	case set.TenantID != r.TenantID:
		c.Problem(layout.Findings, "says that its tenant is %s, %s %s", set.TenantID, by, r.TenantID)
	case set.Snapshot != r.Snapshot:
		c.Problem(layout.Findings, "is about another snapshot")
	case set.Intent != r.Intent:
		c.Problem(layout.Findings, "is about another intent")
	case id != r.Run || set.Client != r.Client:
		c.Problem(layout.Findings, "is about run %s of %s, %s run %s of %s",
			id, set.Client, by, r.Run, r.Client)
	}
}

// CheckOwner holds the client and tenant of a result to a fleet file: the client
// is one of it, or [snapshot.FleetClient], and the tenant is that client's.
func (c *Checked) CheckOwner(client, tenantID string, fleet *fleetfile.Fleet) {
	promised := fleet.MSP.TenantID
	if client != snapshot.FleetClient {
		known, ok := fleet.Client(client)
		if !ok {
			c.Problem(layout.Run, "is a result of client %s, which the fleet file does not have", client)
			return
		}
		promised = known.TenantID
	}

	if !strings.EqualFold(promised, tenantID) {
		c.Problem(layout.Run, "is a result of tenant %s, the fleet file says that %s has tenant %s",
			tenantID, client, promised)
	}
}
