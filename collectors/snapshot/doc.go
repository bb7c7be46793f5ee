// Package snapshot holds what a tenant is at one time: documents by dataset, how
// completely each dataset was seen, and the digests that tie both together.
//
// # An example
//
// A collector asks Microsoft Graph for the users of a tenant. The answer
//
//	{"value": [{"id": "U1", "userType": "Guest", "lastSync": "…", "passwordProfile": {…}}]}
//
// becomes a [Document] for each object in it, by [Schema.Normalize]: its id as the
// schema wants it, secrets taken out, and what changes by itself put apart.
//
//	{"id": "u1", "spec": {"id": "U1", "userType": "Guest"}, "observed": {"lastSync": "…"}}
//
// The documents with their [Coverage] are a [Dataset], and [Seal] makes a [Snapshot]
// of all of them. Its portable form is a folder:
//
//	manifest.json         who, when, and of each dataset: status, count, SHA-256
//	entra.users.ndjson    one document a line, RFC 8785 canonical JSON, sorted by id
//	…
//
// The manifest's digest is the snapshot's: who has it can check every byte. A
// [Store] keeps the snapshots of a client, and files that did not change only once.
// To read one again, [OpenFolder] or [Store.Latest] opens the manifest, and
// [Snapshot.Documents] or [Snapshot.Lines] a dataset, checked on the way.
//
// # What a status means
//
// Only [Complete] is a fact about what is not there: no such document exists. After
// any other status a document may exist and not have been seen. A dataset that is
// read per parent (the vaults of each subscription) has a status for each parent, a
// [Scope] each; those that are not complete are its holes.
//
// # Which rule is for whom
//
// Evidence is judged at three times, by one rule each, so that nobody can disagree:
//
//	Schema.Normalize     collector, importer    what is a document's id, what a secret
//	Schema.CheckKind     collector, importer    is this an object of another API?
//	Schema.CheckPlace    and the engine         can this id be in this subscription?
//	Promise.Settle       and the engine         was all that was declared seen?
//	ServicePlans         collector, engine      is a licence really missing?
//	Contradiction, CheckScopes, Backwards
//	                     the engine             does a manifest contradict itself?
//	Lines, CheckDigest   the engine             are the bytes what the manifest says?
//
// The engine asks again what the collector asked, since it also judges snapshots that
// somebody else made, and promises that were made later.
//
// # Schemas
//
// The files under schema/ are the one source of truth for ids, presence, volatility
// and secrets of every property: see [Schema].
//
// The package is a leaf: it imports nothing of ours, and it never talks to a
// network.
package snapshot
