// Package oscal writes a run's verdicts as OSCAL and checks OSCAL documents.
//
// Documents is a pure function: findings, intent, snapshot and file digests in,
// catalog.json, assessment-plan.json and assessment-results.json out. They are
// OSCAL 1.1.3, also valid as 1.2.2, RFC 8785 canonical JSON with an LF at the
// end. Every uuid is a v5 of run id or stable ids, every time comes from the
// manifest or the as-of: the same inputs give the same bytes on any machine.
//
// The emit types are our own. go-oscal's typed structs lose data (its
// Result.LocalDefinitions has the assessment plan's shape, its time.Time
// rewrites time stamps), so only its embedded NIST schemas are used.
//
// Validate reads anybody's OSCAL JSON. JSON Schema and Metaschema constraints
// leave references, document-wide uuid uniqueness and the order of times
// unchecked; Validate checks those too.
package oscal

import (
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/runfolder/layout"
)

// NS is the namespace of every property that ringfence adds to OSCAL.
const NS = "urn:ringfence:oscal"

// Namespaces of NIST: OSCAL's own (the default of props) and that of its
// assessment methods.
const (
	coreNS = "http://csrc.nist.gov/ns/oscal"
	rmfNS  = "http://csrc.nist.gov/ns/rmf"
)

// Version is the OSCAL version that Documents writes; the documents are valid
// under alsoValidAs too.
const (
	Version     = "1.1.3"
	alsoValidAs = "1.2.2"
)

// Names of the documents in a run folder, and of the files that they link.
const (
	CatalogFile = layout.Catalog
	PlanFile    = layout.Plan
	ResultsFile = layout.Results

	intentFile   = layout.Intent
	manifestFile = layout.Manifest
	policiesFile = layout.Policies
	findingsFile = layout.Findings
	verdictsFile = layout.Verdicts
)

// Input is all that the documents are made of. Intent is the client's; for the
// fleet result its MSP and a Client with the MSP's tenant are enough. AsOf is
// the run's "now". EngineVersion changes only when output may change.
//
// ToolVersion is accepted for symmetry with the run and not written: the same
// snapshot, intent, policies, engine version and as-of must give the same bytes
// whichever build wrote them. The collector's version is in Manifest.Tool.
type Input struct {
	Set           finding.Set
	Intent        intent.Intent
	Manifest      snapshot.Manifest
	RunID         string
	AsOf          time.Time
	EngineVersion string
	ToolVersion   string

	// Lines hands over the lines of a dataset, in order: snapshot.Snapshot.Lines.
	// It is called for datasets in Files that a finding is about or cites.
	Lines func(dataset string, each func(line []byte) (id string, err error)) error

	// Files maps a path in the run folder to its SHA-256 in hex, for every
	// input file: intent.json, snapshot/manifest.json, snapshot/<d>.ndjson,
	// policies.tar.gz, findings.json, verdicts.ndjson.
	Files map[string]string
}
