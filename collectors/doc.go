// Package collectors makes snapshots: Run from a tenant's APIs, Import from
// saved answers. It is the only place that talks to tenants, and it only reads.
//
// Both go the same way. Fetching (or reading files) yields raw pages for every
// unit and scope, with what went wrong; assemble, which is pure, turns these
// into datasets and says how complete each is. A failing dataset never ends a
// run; a token or an organization of another tenant always does.
package collectors
