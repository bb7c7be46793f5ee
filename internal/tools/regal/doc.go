// Package regal pins the version of Regal, the linter of Rego that policies are held to:
// "make regal" builds it and runs it with policies/.regal/config.yaml. It is a module of
// its own, so that none of Regal's dependencies become ours.
package regal
