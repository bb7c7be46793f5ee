module ringfence/collectors/sdkcontract

go 1.26.8

require (
	github.com/microsoft/kiota-abstractions-go v1.9.4
	github.com/microsoft/kiota-serialization-json-go v1.1.2
	github.com/microsoftgraph/msgraph-sdk-go v1.89.0
	ringfence v0.0.0
)

replace ringfence => ../..
