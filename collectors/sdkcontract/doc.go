// Package sdkcontract holds what the emulator serves, and what we keep of Microsoft's
// examples, to the typed models of msgraph-sdk-go: they are generated from Graph's own
// description of itself (CSDL), which our schemas, written by hand from the reference,
// know nothing of.
//
// It is a module of its own: the models take minutes and 4.7 GB to compile, and nothing
// that we ship may need them. Run it with
//
//	make sdk-contract
package sdkcontract
