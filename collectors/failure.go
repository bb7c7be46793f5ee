package collectors

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"ringfence/collectors/snapshot"
)

// Evidence codes of our own; all others are the API's.
const (
	// An exchange that did not come to its end.
	codeTruncated   = "truncated"         // the body ended early
	codeTimeout     = "timeout"           // of one attempt
	codeReset       = "connection_reset"  //
	codeUnreachable = "unreachable"       // no connection, or TLS failed
	codeUnexpected  = "unexpected_status" // neither 200 nor an error
	codeRefused     = "refused"           // our own transport did not send it
	codeNoToken     = "no_token"
	codeNoPrincipal = "no_principal" // the token names no object id

	// An answer that is not one, or not all of one.
	codeOversized = "oversized"         // a page or list beyond our limits
	codeMalformed = "malformed_answer"  // not JSON, duplicate keys, no "value", no id
	codeLoop      = "next_link_loop"    // a next link that was followed before
	codeForeign   = "foreign_next_link" // a next link outside the pinned address
	codeCutResult = "result_truncated"  // Resource Graph gave not all rows
	codeCount     = "count_differs"     // the answer names another number of objects than there are
	codeReported  = "error_in_answer"   // an error member without a code
	codeBeside    = "unknown_member"    // something beside the objects of a list
	codeLastPage  = "last_page_missing" // the last page names a next one

	// Objects that are not what was asked for.
	codeDuplicate    = "duplicate_id"
	codeIncomplete   = "incomplete_objects" // they lack what the API always returns
	codeOutside      = "outside_scope"      // an id elsewhere than where it was asked for
	codeOtherKind    = "other_kind"         // an object of another API
	codeOtherVersion = "other_version"      // an answer of another version of the API
	codeChallenge    = "no_challenge"       // a vault's challenge that names no tenant, or is somebody else's
	codeCallers      = "several_callers"    // role assignments of more than one principal

	// What was not asked for, or not promised.
	codeNoMSP         = "msp_not_collected"
	codeDelegatedOnly = "delegated_only"   // the API answers people only
	codeParentUnclear = "parent_unclear"   // the parent does not say whether it is to be asked about
	codeNoVault       = "no_vault_address" // a document's address of a key leads to no vault that may be asked
	codeWindow        = "window_unproven"  // import: nothing shows for which time a list was asked
	codeUndeclared    = "undeclared_subscriptions"
	codeNoFile        = "no_file"          // import
	codeEnvelope      = "envelope_missing" // import: objects without the page that they came on
	codeExport        = "tool_export"      // import: objects that another tool exported
)

// unexpectedAnswer is the message of codeUnexpected.
const unexpectedAnswer = "neither an answer nor an error"

func newEvidence(code, format string, args ...any) *snapshot.Evidence {
	return &snapshot.Evidence{Code: code, Message: fmt.Sprintf(format, args...)}
}

func malformed(format string, args ...any) *snapshot.Evidence {
	return newEvidence(codeMalformed, format, args...)
}

// noFile is the evidence of an answer that was not saved; name is without ".json".
func noFile(name string) *snapshot.Evidence {
	return newEvidence(codeNoFile, "there is no %s.json", name)
}

// dishonest are the failures after which nothing of a list is kept: the answer
// itself is wrong, so its earlier pages prove nothing either.
var dishonest = map[string]bool{
	codeOversized: true,
	codeMalformed: true,
	codeLoop:      true,
	codeForeign:   true,
}

// evidenceOf turns any error of a client into evidence.
func evidenceOf(err error) *snapshot.Evidence {
	var e *snapshot.Evidence
	var refused *refusedError
	var token *CredentialError
	switch {
	case errors.As(err, &e):
		return clip(e)
	case errors.As(err, &token):
		return clip(newEvidence(cmp.Or(token.Code, codeNoToken), "%s", token))
	case errors.As(err, &refused):
		return newEvidence(codeRefused, "%s", refused.Reason)
	}

	return clip(newEvidence(codeUnreachable, "%s", err))
}

// clip bounds what an API can put into a manifest, and takes credentials out of it.
func clip(e *snapshot.Evidence) *snapshot.Evidence {
	for _, s := range []*string{&e.Code, &e.Message, &e.RequestID} {
		clean := snapshot.Redact(*s)
		*s = strings.ToValidUTF8(clean[:min(len(clean), 1000)], "")
	}
	return e
}

// statusOf is the status of a read that brought nothing but evidence.
func statusOf(e *snapshot.Evidence) snapshot.Status {
	switch {
	case e.Code == codeNoFile, e.Code == codeNoMSP, e.Code == snapshot.NotNeeded, e.Code == codeParentUnclear,
		e.Code == codeNoVault:
		return snapshot.Skipped
	case e.Code == snapshot.VisibilityUnproven, e.Code == codeDelegatedOnly:
		return snapshot.Denied
	case e.HTTPStatus == http.StatusUnauthorized, e.HTTPStatus == http.StatusForbidden:
		return snapshot.Denied
	case e.HTTPStatus == http.StatusTooManyRequests:
		return snapshot.Throttled
	}

	return snapshot.Failed
}
