package finding

// Scope is what a control judges: custom.scope of its METADATA.
type Scope string

// The scopes. Of a control for pairs of clients it will be another one.
const (
	// ClientScope: one client's tenant. The verdict is in that client's result.
	ClientScope Scope = "client"
	// MSPScope: the MSP's own tenant. The verdict is in the fleet result.
	MSPScope Scope = "msp"
	// FleetScope: all clients together. The verdict is in the fleet result.
	FleetScope Scope = "fleet"
)

// Scopes are all scopes that a control can have.
var Scopes = []Scope{ClientScope, MSPScope, FleetScope}
