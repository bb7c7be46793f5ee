package finding

// Scope is what a control judges: custom.scope of its METADATA.
type Scope string

// The scopes.
const (
	// ClientScope: one client's tenant. The verdict is in that client's result.
	ClientScope Scope = "client"
	// MSPScope: the MSP's own tenant. The verdict is in the fleet result.
	MSPScope Scope = "msp"
	// FleetScope: one client's tenant, by what it has to do with other clients
	// (input.fleet). The verdict is in that client's result.
	FleetScope Scope = "fleet"
)

// Scopes are all scopes that a control can have.
var Scopes = []Scope{ClientScope, MSPScope, FleetScope}
