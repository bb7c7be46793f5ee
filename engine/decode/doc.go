// Package decode reads the datasets of a snapshot as policies see them. Each
// document goes from its bytes to OPA's values in one pass, and only what policies
// read of it is kept. On the way its bytes are hashed, and what it lacks is noticed.
//
// # An example
//
// A plan (see package plan) says of entra.users: _subject is read plainly, userType
// under a not. [Compile] makes a [Shape] of that and of the dataset's schema, and
// [Shape.Read] reads entra.users.ndjson, of which these are two lines (here without
// most properties):
//
//	{"id":"u1","spec":{"displayName":"Ada","mail":null,"userType":"Guest"}}
//	{"id":"u2","spec":{"displayName":"Bob","mail":null}}
//
// The result is [Documents], with
//
//	Array   [{"userType": "Guest", "_subject": "entra.users/u1"},
//	         {"_subject": "entra.users/u2"}]
//	IDs     ["u1", "u2"]
//	Gaps    [{Document: 1, Pointer: "/userType", Known: true}]
//
// Policies see one object a document: the properties of spec and observed, and
// three of ours, _id, _scope and _subject. What nobody reads (displayName, mail) is
// skipped, but still checked: a name that is there twice, a broken string or a
// number that fits no double is an error also there. The second user has a gap,
// since without userType a policy that asks for "not a guest" would be answered by
// what is not there. It is the engine's business what follows from a gap.
//
// # The way of a line
//
//	scan.go     takes JSON apart, checks it, and skips what nobody reads
//	names.go    guesses the next name, which is mostly right
//	build.go    makes values of what is read
//	arena.go    the memory of those values; equal strings, lists and objects are shared
//	read.go     puts documents together, hashes, and compares with the manifest
//	object.go   a document with few properties, as an object without a hash table
//	gaps.go     finds what a document lacks, once it is known that it lacks something
//	shape.go    what to keep and what must be there, compiled from plan and schema
//
// The scanner is fast because it takes only lines in the form that ringfence writes.
// Any other valid line is read all the same: see reader.document.
package decode
