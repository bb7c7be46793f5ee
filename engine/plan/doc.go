// Package plan finds out what a control can read. The policy set is the query
// plan: from the compiled rules behind a control's three sets (subjects, pass and
// fail) follow the evidence that a verdict needs, the fields of documents to
// decode, the permissions to ask for, and what a result depends on. Nobody declares
// any of it by hand, so it cannot be wrong or out of date.
//
// # How it works
//
// [Analyse] runs the rules without evidence, as OPA would with it. Program
// analysis calls that abstract interpretation. Where OPA computes the value of a
// variable, the walker (walk.go) computes its origin (origin.go): the places in the
// input that the value may be a copy of. A place is a path in the input, in which
// "*" is any document of a dataset, or any element of a list:
//
//	input/entra/users/*/userType
//
// Whenever the walker meets an expression that looks at a place, it marks the place
// with the [Kind] of the read: whether it is a condition that must hold, or one in
// which absence can be an answer, as under a not. The marked places are the plan.
//
// # An example
//
// This control is passed by each user who is not a guest:
//
//	pass contains u._subject if {
//		some u in input.entra.users
//		not guest(u)
//	}
//	guest(x) if x.userType == "Guest"
//
// OPA's compiler rewrites it: each variable gets a name of its own, is given its
// value by one equation, and is used after that. The left side is what is walked,
// the right side what the walker learns:
//
//	__local2__ = input.entra.users[__local1__]   entra.users is read, plain;
//	                                             __local2__ is input/entra/users/*
//	not data.p.guest(__local2__)                 from here on all reads are negated;
//	                                             guest is walked with x = input/entra/users/*
//	    x.userType = "Guest"                     …/users/*/userType is read, negated
//	__local3__ = __local2__._subject             …/users/*/_subject is read, plain
//	the head: contains __local3__                as an element of a set it is compared
//	                                             with others: all of it is read
//
// The plan for pass, as [Field.Paths] lists it:
//
//	entra.users    plain
//	  /_subject    plain, and everything below it
//	  /userType    negated
//
// The engine concludes: if the list of users is cut, those who are missing just do
// not pass, so that the others can still be judged. But a user whose userType is
// missing would pass only because it is, and is therefore undetermined.
//
// # What is not known exactly
//
// A plan errs on one side: it may ask for too much, never for too little. An origin
// is a set of places, of which a value has one; of two definitions of a function
// both are walked; a list stands for the union of its elements, without their
// order. What the walker cannot follow at all (a name that is computed, a built-in
// that is not known) stands for everything that it could reach, up to the input as
// a whole. This is called widening.
//
// What plans say of written policies is in testdata, question by question. That
// plans are sound is tested against OPA itself, with random policies and inputs
// (sound_test.go). That these tests would notice a missing rule of the walker is
// tested by taking the rules away one by one (mutation_test.go).
//
// # The files
//
//	plan.go     the types of a plan; Analyse, and Rules for single rules of fail
//	reads.go    Kind and Field: how a place is read, and the tree of places
//	origin.go   where a value may come from
//	walk.go     bodies, statements, terms and references
//	rule.go     rules and functions, each walked once for each use
//	call.go     calls of built-ins and functions
//	local.go    whether documents can be judged in parts
//	promise.go  the promises that a set needs
//	total.go    the part of a rule that decides, without what only makes its words
package plan
