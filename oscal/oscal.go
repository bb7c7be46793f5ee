// Package oscal writes what a run found as OSCAL, NIST's open format for security
// assessments (https://pages.nist.gov/OSCAL), and checks OSCAL documents: ours, and
// anybody's.
//
// # The layers
//
// OSCAL is a stack of models. Each is a JSON document that refers to the one before
// it, so that a reader gets from a verdict back to what was promised. A run folder
// holds three of them:
//
//	catalog.json             the controls: what can be promised, what the test of it
//	                         is, and what a pass does not prove. Generated from the
//	                         METADATA of the policies, the same for all clients.
//	assessment-plan.json     what was assessed, on which tenant, with which tools and
//	                         parameters. It imports intent.json, which stands in for
//	                         OSCAL's system security plan: what this client was promised.
//	assessment-results.json  what was found. It imports the plan.
//
// The results document has one result: one run on one tenant. Its lists lead from
// evidence to verdict:
//
//	observations   a subject that is not as promised, when it was read, until when
//	               that is fresh, and where to look: file, line and JSON pointer. All
//	               satisfied subjects of a control share one observation.
//	findings       one for each control that applies: satisfied or not-satisfied, with
//	               the observations that it rests on
//	risks          one for each control that is not satisfied: how bad it is, what would
//	               mend it, and which exceptions somebody approved
//	back-matter    the files of the run folder that are referred to, with their SHA-256
//
// OSCAL knows only two states of a finding. A control that is undetermined is
// therefore not-satisfied there, with the reason "other" and the property outcome of
// our namespace [NS], and it has no risk: only satisfied is satisfied.
//
// # Writing
//
// [Documents] is a pure function: findings, intent, manifest and file digests in,
// three documents out. They are OSCAL 1.1.3, also valid as 1.2.2, in RFC 8785
// canonical JSON with an LF at the end. Every uuid is a version 5 one of the run id
// or of stable ids, and every time comes from the manifest or the as-of, so that the
// same input gives the same bytes on any machine.
//
// The structs that are written (model.go) are our own. go-oscal's lose data: its
// Result.LocalDefinitions has the shape of the assessment plan's, and its time.Time
// rewrites time stamps. Only the NIST schemas that it embeds are used.
//
// # Checking
//
// [Validate] checks one document, [ValidateFolder] those of a run folder together
// with the files that they refer to. NIST's JSON schemas leave a lot unchecked:
// whether a reference leads anywhere, whether a uuid is unique in the document,
// whether a thing ends after it starts. [Rules] lists what is checked beyond them.
package oscal

import (
	"fmt"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/runfolder/layout"
)

// NS is the namespace of every property that ringfence adds to OSCAL. A document is
// taken for one of ours if a property of its metadata has it.
const NS = "urn:ringfence:oscal"

const (
	// coreNS is OSCAL's own namespace: that of a property which names none.
	coreNS = "http://csrc.nist.gov/ns/oscal"
	// rmfNS is NIST's namespace of assessment methods (EXAMINE, INTERVIEW, TEST).
	rmfNS = "http://csrc.nist.gov/ns/rmf"
)

const (
	// Version is the OSCAL version that [Documents] writes and declares.
	Version = "1.1.3"
	// alsoValidAs is a later version whose schemas the documents satisfy, too, for
	// readers that know only that one.
	alsoValidAs = "1.2.2"
)

// Input is all that the documents are made of. Every field but Lines is required;
// Lines is, as soon as a finding is about a document of the snapshot.
type Input struct {
	// Set is the run's verdicts, with the METADATA of the controls.
	Set finding.Set
	// Intent is what the client was promised. For the fleet's result its MSP is
	// enough, and a Client with the name and tenant of the MSP.
	Intent intent.Intent
	// Manifest is the snapshot's: what was read, when, and how completely.
	Manifest snapshot.Manifest
	// RunID is the run's uuid: [finding.RunID].
	RunID string
	// AsOf is the "now" of the judgement. It is not before the end of the snapshot.
	AsOf time.Time
	// EngineVersion is the version that fixes the output for the same input. Nothing
	// here depends on which build of the program wrote the documents.
	EngineVersion string

	// Files maps a path in the run folder to the SHA-256 of the file in hex: the
	// inputs and outputs of the evaluation that the documents link to, and
	// snapshot/<dataset>.ndjson for each dataset.
	Files map[string]string
	// Lines calls each with the lines of a dataset's file, in order, without LF, and
	// is told the id of the document in it: [snapshot.Snapshot.Lines]. It is asked for
	// datasets in Files that a finding is about or cites.
	Lines func(dataset string, each func(line []byte) (id string, err error)) error
}

// Documents writes the OSCAL documents of a run and returns their bytes by the path
// in the run folder: catalog.json, assessment-plan.json and assessment-results.json.
//
// An error means that the input contradicts itself: an as-of before the end of the
// snapshot, a verdict without a control, a missing file digest. No text of a tenant
// can make the documents invalid; callers still run [ValidateFolder] on what they are
// about to sign.
func Documents(in Input) (map[string][]byte, error) {
	b, err := newBuilder(in)
	if err != nil {
		return nil, fmt.Errorf("preparing OSCAL of %q: %w", in.Set.Client, err)
	}

	// The order matters: each document states the digests of those before it.
	docs := map[string][]byte{}
	for _, d := range []struct {
		name string
		make func() any
	}{
		{layout.Catalog, func() any { return b.catalog() }},
		{layout.Plan, func() any { return b.plan() }},
		{layout.Results, func() any { return b.results() }},
	} {
		data, err := snapshot.CanonicalFile(d.make())
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", d.name, err)
		}

		docs[d.name] = data
		b.digests[d.name] = snapshot.Digest(data)
	}

	return docs, nil
}
