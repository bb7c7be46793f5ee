package emulator

// goldenIDs of seed 1: MSP, first client, its first subscription, the secret,
// and the digest of the first client's resources.
var goldenIDs = []string{
	"f8f44a1e-9e9a-4d32-b82e-0859acb7d4ea",
	"cb6cd722-9de8-4fe1-bb85-31ba34444716",
	"22ef8afa-df17-46d1-8bd7-7c3f8f641069",
	"emulated~87e03a74-fcb6-4cb1-b63e-a90fcb04c0b1",
	"648fd8123e4c08405f1f2c7948cfada4f77884c493d4a29a3220658614850966",
}
