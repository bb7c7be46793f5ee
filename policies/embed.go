// Package policies holds the controls: one folder each, a policy in Rego with
// its METADATA and its tests. ringfence/<family>/<control>/ is the package
// ringfence.<family>.<control>.
//
// The package embeds them and knows nothing else of the project. A policy says
// only what it sees: `subjects`, `pass` and `fail`, three partial sets. Rules
// whose name starts with "_" are a policy's own. What a gap in the evidence does
// to a verdict is the engine's business, never a policy's.
package policies

import "embed"

// FS holds the tree, tests included, below "ringfence".
//
//go:embed all:ringfence
var FS embed.FS
