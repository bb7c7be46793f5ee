// Package snapshot holds what a tenant is: documents by dataset, how complete
// each dataset is, and the digests that tie both together.
//
// A snapshot is one tenant's datasets at one time. Its portable form is a
// folder with manifest.json (schema ringfence.snapshot/1) and one
// <dataset>.ndjson a dataset: one document a line, RFC 8785 canonical JSON,
// sorted by id, UTF-8, LF. The schemas under schema/ are the one source of
// truth for ids, presence, volatility and secrets of every property.
//
// The package is a leaf: it imports nothing of ours, and it never talks to a
// network.
package snapshot
