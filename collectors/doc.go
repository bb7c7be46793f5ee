// Package collectors makes snapshots of tenants: [Run] from their APIs, [Import]
// from saved answers. It is the only place that talks to tenants, and it only
// reads.
//
// # The road of a dataset
//
// run.go is [Run] from top to bottom:
//
//	sign in    one token per API, refused if it is another tenant's
//	ask        a unit at a time: once, or once per document of its parent
//	pages      each list to its last page
//	normalize  objects become documents as their page comes (reading.go)
//	assemble   answers become datasets that say how complete they are (assemble.go)
//	seal       digests, a manifest, a snapshot (collectors/snapshot)
//
// A failing dataset never ends a run: it says so in its coverage, and whoever
// judges the snapshot has to cope with the gap. A token or an organization of
// another tenant always ends it.
//
// For example, azure.sql_encryption_protectors is read at each SQL server, and
// azure.sql_servers at each subscription. If one subscription answers with an
// error, the list of servers is partial with that subscription as its hole; so is
// the list of protectors, although every request for one was answered.
//
// [Import] takes the same road from normalize on: a saved file is the pages of one
// list. Whatever an answer says about itself (an error, a next page, a number of
// objects) is judged in the same place for both, in envelope.go.
//
// # Who knows what
//
//   - A schema (collectors/snapshot/schema) says what a dataset is: where its
//     documents come from, how they get their ids, per document of which parent it
//     is read, which permission shows it, how it is split among clients.
//   - A row in an area (collectors/entra, azure, keyvault, gdap) says how it is
//     asked for: page size, batch, several lists. With its schema it is a [Unit].
//   - An api (api.go) is all that differs between Microsoft Graph and Azure
//     Resource Manager: hosts, next links, what proves that a list is complete.
//   - Run, Import and assemble know no API by name, and of the datasets only those
//     that say whose tenant it is and which subscriptions the caller sees.
//
// A new dataset is a schema and a row. A new API is a client, as collectors/graph
// is, and a value in api.go.
//
// # Nothing but reads
//
// Every request passes through readOnly (transport.go): GET, and the few POSTs
// that an api lists, to the address that it was made for and no other. Below it,
// retrying (retry.go) sends a request until it is answered. Next links are held to
// the same address.
//
// # The MSP's own tenant
//
// With [Config].MSP, Run reads the MSP's own tenant. What that says about clients
// is cut up by [Shares], and [Config].Shared gives each client its share:
//
//	msp, err := collectors.Run(ctx, collectors.Config{MSP: true, …})
//	shares, err := collectors.OpenShares(msp)
//	client, err := collectors.Run(ctx, collectors.Config{Shared: shares.Of(tenantID), …})
package collectors
