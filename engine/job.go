package engine

import (
	"fmt"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/decode"
	"ringfence/engine/evidence"
	"ringfence/engine/finding"
	"ringfence/engine/foreign"
	"ringfence/engine/index"
	"ringfence/engine/intent"
)

// job is one evaluation: of a client's snapshot, or of the MSP's.
type job struct {
	snap    snapshot.Snapshot
	promise intent.Promise
	tenant  intent.Intent // the promise about the one tenant that is judged
	asOf    time.Time     // UTC
	rule    evidence.Rule

	policies string // their digest
	families []finding.Family
	controls []*control // those of this evaluation
	shapes   map[string]*decode.Shape
	pack     *foreign.Pack
	Options

	records       []byte // of earlier runs, as JSON; nil: not known
	recorded      any    // the same as a value
	heard         []byte // of others, as JSON; nil: not known
	hears         hearing
	surveyed      *Surveyed // nil: not known
	promiseDigest string    // of intent.json
	evidence      *evidence.Evidence
	restsOn       []string       // datasets that input.snapshot tells of
	parts         map[string]any // of the input, what all controls share
	shared        members        // the same, as OPA's values
	indexes       index.Made
}

// newJob refuses inputs that do not belong together.
func (e *Engine) newJob(snap snapshot.Snapshot, promise intent.Promise, asOf time.Time) (*job, error) {
	j := &job{
		snap: snap, promise: promise, tenant: promise.Tenant(), asOf: asOf.UTC(),
		policies: e.digest, families: e.families, shapes: e.shapes[promise.Kind()], Options: e.options,
		pack: e.pack, restsOn: e.restsOn[promise.Kind()], records: e.records, heard: e.heard,
		surveyed: e.surveyed,
	}
	for _, c := range e.controls {
		if judgedBy[c.Scope] == promise.Kind() {
			j.controls = append(j.controls, c)
		}
	}

	return j, j.check()
}

func (j *job) check() error {
	unfit := func(format string, args ...any) error { return &InputError{fmt.Sprintf(format, args...)} }
	m, client := j.snap.Manifest, j.tenant.Client
	maxAge, err := intent.ParseAge(client.MaxAge)
	if err != nil {
		return unfit("client.max_age: %v", err)
	}

	if !strings.EqualFold(m.TenantID, client.TenantID) {
		return unfit("the snapshot is of tenant %s, the intent of %s", m.TenantID, client.TenantID)
	}
	if m.Client != client.Name {
		return unfit("the snapshot is filed under client %q, the intent is that of %q", m.Client, client.Name)
	}
	if j.promise.Kind() == intent.ClientKind && m.Cloud != client.Cloud {
		return unfit("the snapshot is of cloud %q, the intent of %q", m.Cloud, client.Cloud)
	}

	if err := j.readRecords(); err != nil {
		return unfit("the records of earlier runs: %v", err)
	}
	if err := j.readHeard(); err != nil {
		return unfit("the facts of the fleet: %v", err)
	}
	if err := j.checkSurveyed(); err != nil {
		return unfit("which clients are reached: %v", err)
	}

	collected, err := time.Parse(time.RFC3339, m.CollectedAt)
	if err != nil {
		return unfit("collected_at: %v", err)
	}
	if j.asOf.Before(collected) {
		asOf := j.asOf.Format(time.RFC3339)
		return unfit("as-of %s is before the snapshot was collected, %s", asOf, m.CollectedAt)
	}

	j.rule = evidence.Rule{AsOf: j.asOf, MaxAge: maxAge}
	return nil
}

// readRecords reads what the store knows of earlier runs, which must be of this client.
func (j *job) readRecords() error {
	if j.records == nil {
		return nil
	}

	about, err := snapshot.ParseObject(j.records)
	if err != nil {
		return err
	}
	if about["client"] != j.tenant.Client.Name || about["tenant_id"] != j.tenant.Client.TenantID {
		return fmt.Errorf("they are of client %v, tenant %v", about["client"], about["tenant_id"])
	}

	j.recorded = about
	return nil
}

// emptySet is the result before any control was judged: what it is of.
func (j *job) emptySet() (finding.Set, error) {
	raw, err := j.promise.Canonical()
	if err != nil {
		return finding.Set{}, err
	}

	j.promiseDigest = snapshot.Digest(raw)
	set := finding.Set{
		Schema:   finding.SchemaName,
		Client:   j.tenant.Client.Name,
		TenantID: j.tenant.Client.TenantID,
		Snapshot: j.snap.Digest(),
		Intent:   j.promiseDigest,
		Policies: j.policies,
		AsOf:     j.asOf.Format(time.RFC3339),
		Controls: []finding.Summary{},
		Findings: []finding.Finding{},
		Reads:    map[string][]string{},
		Errors:   map[string]string{},
		Families: j.families,
	}
	if j.records != nil {
		set.Records = snapshot.Digest(j.records)
	}
	if j.heard != nil {
		set.FleetFacts = snapshot.Digest(j.heard)
	}
	return set, nil
}

// add writes what a control found into the set, with the exceptions that accept it.
func (j *job) add(set *finding.Set, c *control, o *finding.Opinion) {
	set.Metadata = append(set.Metadata, c.Control.Control)
	set.Reads[c.ID] = c.Reads
	if o.Error != "" {
		set.Errors[c.ID] = o.Error
	}

	sum := finding.Summary{ID: c.ID, Title: c.Title, Family: c.Family, Severity: c.Severity, Reason: o.Reason}
	for _, v := range o.Verdicts {
		sum.Subjects.Add(v.Outcome)
	}
	sum.Outcome = sum.Subjects.Outcome()

	for _, f := range o.Findings {
		f.Excepted = excepted(j.tenant.Exceptions, f, j.asOf)
		set.Findings = append(set.Findings, f)
	}

	set.Verdicts = append(set.Verdicts, o.Verdicts...)
	set.Controls = append(set.Controls, sum)
}

// excepted finds the exception that covers a finding: one for its very subject
// before one for the whole control, a valid one before an expired one. Kind
// "finding" accepts a violation, "evidence-gap" that something is undetermined.
func excepted(all []intent.Exception, f finding.Finding, asOf time.Time) *finding.Excepted {
	kind := "finding"
	if f.Outcome == finding.Undetermined {
		kind = "evidence-gap"
	}

	var best *finding.Excepted
	for _, x := range all {
		if x.Control != f.Control || x.Kind != kind || x.Subject != nil && *x.Subject != f.Subject {
			continue
		}

		e := &finding.Excepted{
			Name: x.Name, Reason: x.Reason, ApprovedBy: x.ApprovedBy, Expires: x.Expires,
			Whole: x.Subject == nil, Expired: x.Expired(asOf),
		}
		if best == nil || best.Expired && !e.Expired || best.Expired == e.Expired && best.Whole && !e.Whole {
			best = e
		}
	}

	return best
}
