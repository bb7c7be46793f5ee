// Package policies holds the controls: one folder each, a policy in Rego with
// its METADATA and its tests. The folder ringfence/<family>/<control> holds the
// package ringfence.<family>.<control>, in <control>.rego and <control>_test.rego.
//
// Beside its controls, a family's folder holds <family>.rego, a package without
// rules. Its METADATA is the only home of what people read of the family: title,
// short name (custom.family), the question that its controls answer (description),
// and its place among the families (custom.order). ringfence/lib holds helpers that
// several controls import.
//
// A policy says only what it sees, in three partial sets of subjects: subjects
// (all that it judges), pass, and fail (with a message, what was observed, what was
// expected, and evidence). Rules whose name starts with "_" are a policy's own.
// What a gap in the evidence does to a verdict is the engine's business, never a
// policy's: a subject that is in neither pass nor fail is undetermined.
//
// The package embeds the tree and imports nothing of the project.
package policies

import "embed"

// FS holds the tree, tests included, below "ringfence", and SKIPPED.md: which invariants
// of the catalogue are no control, and why. .regal/config.yaml is what Regal goes by.
//
//go:embed all:ringfence SKIPPED.md .regal/config.yaml
var FS embed.FS
