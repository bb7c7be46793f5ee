// Package official is a test: the example responses of Microsoft's own
// reference (Microsoft Graph, Azure Resource Manager) imported as clients, and
// judged by every control.
//
// It answers what an auditor asks first: does the tool read what Microsoft
// documents, and does it say about it what Microsoft's documentation says? The
// tables are meant to be read.
//
//   - bodies_test.go: the 64 bodies, the dataset and parent that each is imported
//     as and what its coverage must be, or why it is not imported. Most of it
//     follows from a body's name; rows say what does not.
//   - clients_test.go, source_test.go: the clients that the bodies make up. The
//     examples carry many tenants and subscriptions, so one client cannot hold
//     them all. A client that is like another one says only what differs. What is
//     not Microsoft's text is labelled: adapted (an official body with a named
//     change) or hand-written (testdata/handwritten).
//   - verdicts_test.go, expected_test.go: the verdicts of the controls on every
//     subject, written by hand before the controls were run, with what decides it.
//   - traps_test.go: what is unusual in the bodies, and what becomes of it.
//
// Many examples end with a link to a next page. Such a dataset is partial and
// its verdicts undetermined: that is the point, not an accident. A variant
// without the link exercises the judgement itself.
package official
