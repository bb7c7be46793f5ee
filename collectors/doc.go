// Package collectors makes snapshots: Run from a tenant's APIs, Import from
// saved answers. It is the only place that talks to tenants, and it only reads.
//
// Both go the same way. Fetching (or reading files) yields pages for every
// unit and scope, which become documents as they come, with what went wrong;
// assemble, which is pure, turns these into datasets and says how complete each
// is. A dataset that is read per document of another (a subscription, a group)
// is no more complete than that one. A failing dataset never ends a run; a
// token or an organization of another tenant always does.
//
// With Config.MSP, Run reads the MSP's own tenant. What that says about clients
// is cut up by Split, and Config.Shared gives each client its share.
package collectors
