// Package policycheck says all that is wrong with policies, at once: what does not
// compile, what no schema or library has, what METADATA lacks, and what a policy may
// not do, each with its place and the name that was perhaps meant.
package policycheck
