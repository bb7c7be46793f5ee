// Package emulator is a fleet of Microsoft tenants on loopback: Microsoft Graph,
// Azure Resource Manager and the Entra token endpoint over real HTTPS, with the
// wire formats, paging, role filtering and error bodies of the real services.
// It is the other side of the demo and of the tests.
//
// A [World] is made from a seed and labels. A tenant's data derive from the seed
// and its own label alone, what the MSP's tenant tells of it included, so that
// renaming or removing another client changes nothing of it:
//
//	w := emulator.Generate(1, 12)
//	s, err := emulator.Start(w, emulator.Options{})
//
// Each area has files of its own: entra_endpoints.go are the endpoints of Entra
// ID, entra_organization.go and its neighbours make the base population, and
// entra_flaws.go is a table of what may be wrong with it. Likewise gdap_,
// azure_ and keyvault_. A flaw is a row, which the generator applies to a client
// and which plants what deviates ([World.Planted]). The generator knows the ids
// of the controls that a flaw breaks, and nothing of how they judge.
//
// The first twelve labels have stories (stories.go), others draw theirs. The
// labels of [FlawLabels] are of clients with one flaw each.
//
// Paths, below the server's URL:
//
//	/login/{tenant}/v2.0/.well-known/openid-configuration
//	/login/{tenant}/oauth2/v2.0/token          client credentials
//	/graph/v1.0/… and /graph/beta/…
//	/graph/{version}/$batch                    up to 20 GETs in a POST
//	/arm/subscriptions/…
//	/arm/providers/Microsoft.ResourceGraph/resources   a query in a POST
//	/vault/{host}/keys                         a vault's challenge, to anybody
//
// Logs (changes, sign-ins) are made when they are asked for: what happened on a day
// follows from the tenant and the day, so that a log has no beginning and its filter is
// obeyed whatever the clocks say.
//
// A new dataset is a row in the endpoints of its area. Its row says what the list
// holds (base), unless that is made together with other lists. Everything that is
// neither a GET nor one of these POSTs answers 405 and is kept in Server.Writes.
//
// # Faults
//
// A Fault makes matching requests go wrong, deterministically: the rule counts
// the requests of each tenant and path by itself, those inside a batch included.
//
//	kind            what happens
//	throttle        429; Retry-After as retry_after says, none if empty
//	unavailable     503; Retry-After likewise
//	status          the HTTP status in value ("500", …) and the API's error body; Retry-After likewise
//	denied          403 with the API's error body
//	reset           the connection closes without an answer
//	truncate        half of the body, then the connection closes
//	body            value as the body, with status 200
//	slow            the answer comes after value ("50ms")
//	loop            nextLink is this request's own URL
//	foreign         nextLink points to value, or to https://foreign.example; a vault's challenge as well
//	redirect        307 to value, or to https://foreign.example
//	empty_page      an empty page with a nextLink to the same place, under a new token
//	duplicate       a page also carries an item of the page before (of itself if there is none)
//	oversize        the body is padded to value bytes (64 MiB)
//	duplicate_key   the body has a JSON key twice
//	deep            the body nests value levels deep (100000)
//	hostile_names   display names become markup, control and right-to-left characters
//	drop            the items lack the property named in value
//	nulls           every property of the items but the id is null
//	wrong_tenant    at /login: the token's tid; elsewhere: the object's id or tenantId is another tenant's
//	missing         of a batch, the answers to the last value (1) requests are left out
//	truncated       of a Resource Graph answer: resultTruncated, and no way to the rest
//	unlicensed      the error of a missing licence, as the endpoint's service words it
//	error           an error member beside the objects, with status 200 (value: its code)
//	null_ids        the items have null for an id
//	cached          a cache on the way gave the answer, as long ago as value says ("48h")
//	dribble         the body comes in eight parts with value ("50ms") between them
//	expired_page    further pages: the continuation token has expired
//	untold          answers about changes name none
//	expired_delta   requests with a delta token: 410 syncStateNotFound
//	permission      403 at every endpoint that the permission in value is for
//	role_removed    of Azure: the caller has no role any more, lists are empty
//	consent_gone    at /login: AADSTS700016, the app is not in the directory;
//	                AADSTS7000229 if value is "7000229": it has no service principal there
//
// A [Plan] is such rules in a file, with Microsoft's published limits and the sizes of
// tenants: ringfence emulator --faults PLAN.hcl.
package emulator
