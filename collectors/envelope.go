package collectors

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ringfence/collectors/snapshot"
)

// The members of an answer beside its objects, without what clients change about
// their names (see snapshot.Spelling). Graph writes "@odata.nextLink", an export of the
// Azure CLI "skip_token", PowerShell "NextLink", older protocols
// "odata.nextLink": a saved answer may be any of them, so all are known here,
// and here alone.
var (
	nextNames  = names("nextlink", "odatanextlink", "nextpagelink", "nextpage", "nextpagetoken", "nexttoken", "nextmarker", "skiptoken", "odataskiptoken", "continuationtoken", "continuation")
	moreNames  = names("hasmore", "hasmoreresults", "hasmorepages", "hasnextpage", "morerecords", "moreresults")
	errorNames = names("error", "errors", "odataerror", "innererror", "errorcode", "errormessage", "errordetail", "errordetails", "errordescription", "exception", "fault")
	stateNames = names("status", "statuscode", "httpstatus", "httpstatuscode")
	doneNames  = names("success", "succeeded", "issuccess", "issuccessstatuscode", "ok")
	cutNames   = names("resulttruncated", "truncated", "istruncated")
	totalNames = names("totalrecords", "totalcount", "totalitems", "totalresults", "total")
	countNames = names("odatacount", "count") // of a page for some APIs, of the list for others
	deltaNames = names("odatadeltalink", "deltalink")
	idleNames  = names("odatametadata", "facets") // of an older protocol; of Resource Graph, which nobody asks for
)

func names(all ...string) map[string]bool {
	set := map[string]bool{}
	for _, n := range all {
		set[n] = true
	}
	return set
}

// envelope is what one page says beside its objects.
type envelope struct {
	failed *snapshot.Evidence // the answer says that it failed
	next   string             // the member that leads to a next page, "": none
	cut    bool               // it says that it is truncated
	whole  bool               // it says that it is not
	claims []claim
	other  *snapshot.Evidence // the answer is of another API, or another version of it
	beside []string           // members that nobody knows
}

// claim is a number of objects that a page names. Of a page ("count" of Resource
// Graph, "@odata.count" of Intune) it may be about the page alone.
type claim struct {
	name, text string
	n          int64
	ofPage     bool
}

// envelope reads a page. A singleton's page is the object itself: what its
// schema knows is no envelope, and what it does not know may be new. Beside the
// objects of a list there is nothing new: a member that nobody knows may say in
// some client's words that the list is cut, or failed. Annotations of OData, which
// begin with "@", are for those who know them
// (https://docs.oasis-open.org/odata/odata-json-format/v4.01, section 4.6).
func (u Unit) envelope(p page) (e envelope) {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		v := p[name]
		if v == nil || u.single() && u.Schema.Properties[name] != nil {
			continue
		}
		switch s := snapshot.Spelling(name); {
		case e.failed == nil && saysFailed(p, s, v):
			e.failed = reported(p, v)
		case nextNames[s] && v != "", moreNames[s] && isTrue(v):
			e.next = cmp.Or(e.next, name)
		case cutNames[s]:
			e.cut = e.cut || isTrue(v)
			e.whole = e.whole || !isTrue(v)
		case s == "odatacontext":
			e.other = cmp.Or(e.other, u.context(v))
		case deltaNames[s]:
			e.other = &snapshot.Evidence{Code: codeOtherKind, Message: "the answer lists what has changed since another one (" + name + "), not what there is"}
		case totalNames[s], countNames[s]:
			e.claims = append(e.claims, claimed(name, v, countNames[s]))
		case !u.single() && name != u.list() && !strings.HasPrefix(name, "@") && !idleNames[s] && !blank(v):
			e.beside = append(e.beside, name)
		}
	}

	return e
}

// saysFailed: a member of a page says that the answer failed, by an error of any
// spelling, a status ("statusCode": 403, "success": false), or an error whose
// envelope is lost ({"code", "message"}).
func saysFailed(p page, spelling string, v any) bool {
	switch {
	case errorNames[spelling]:
		return !nothing(v)
	case stateNames[spelling]:
		n, _ := v.(json.Number)
		code, err := strconv.Atoi(n.String())
		return err == nil && code >= 400
	case doneNames[spelling]:
		return v == false
	}

	_, hasMessage := member(p, "message").(string)
	_, isText := v.(string)
	return spelling == "code" && isText && hasMessage
}

// nothing is an empty list of errors, or "error": false.
func nothing(v any) bool {
	list, isList := v.([]any)
	return v == false || isList && len(list) == 0
}

// blank is the value of a member that says nothing, whatever its name.
func blank(v any) bool {
	object, isObject := v.(map[string]any)
	return nothing(v) || v == "" || isObject && len(object) == 0
}

func isTrue(v any) bool {
	s, isText := v.(string)
	return v == true || isText && strings.EqualFold(s, "true")
}

// claimed reads 3, "3" and {"type":"Total","value":3}, as ARM counts subscriptions.
func claimed(name string, v any, ofPage bool) claim {
	if o, ok := v.(map[string]any); ok {
		return claimed(name, member(o, "value"), ofPage)
	}

	c := claim{name: name, text: fmt.Sprint(v), n: -1, ofPage: ofPage}

	switch v := v.(type) {
	case json.Number:
		c.text = v.String()
	case string:
	default:
		return c
	}

	if n, err := strconv.ParseInt(c.text, 10, 64); err == nil {
		c.n = n
	}

	return c
}

// reported is the evidence in a member of a page that says that it failed, of any
// shape, and in what the page says beside it. Its HTTP status was not saved, or is
// that member.
func reported(p page, v any) *snapshot.Evidence {
	if list, ok := v.([]any); ok {
		v = list[0]
	}

	e := &snapshot.Evidence{}

	switch v := v.(type) {
	case map[string]any:
		p = v
	case json.Number:
		e.HTTPStatus, _ = strconv.Atoi(v.String())
	case string:
		e.Message = v
	}

	e.Code, _ = member(p, "code").(string)

	if message, ok := member(p, "message").(string); ok {
		e.Message = message
	}

	e.Code = cmp.Or(e.Code, codeReported)
	e.Message = cmp.Or(e.Message, "the answer holds an error beside, or in place of, its objects")
	return clip(e)
}

// member is an object's property in any case.
func member(o map[string]any, name string) any {
	for _, k := range slices.Sorted(maps.Keys(o)) {
		if strings.EqualFold(k, name) {
			return o[k]
		}
	}
	return nil
}
