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

// memberKind is what a member of an answer says beside its objects.
type memberKind int

const (
	unknownMember memberKind = iota // nobody knows; it may say anything
	nextMember                      // leads to the next page
	moreMember                      // true: there are more pages
	errorMember                     // holds an error
	statusMember                    // an HTTP status
	successMember                   // false: the answer failed
	cutMember                       // true: not all of the list was given
	totalMember                     // how many objects the list has
	countMember                     // how many objects the page has, or the list: it depends on the API
	deltaMember                     // what has changed since, instead of what there is
	contextMember                   // what the answer is of
	codeMember                      // of an error, if there is a message beside it
	idleMember                      // says nothing about the list
)

// memberKinds are the members of an answer beside its objects, without what
// clients change about their names (see [snapshot.Spelling]). Graph writes
// "@odata.nextLink", an export of the Azure CLI "skip_token", PowerShell
// "NextLink", older protocols "odata.nextLink": a saved answer may be any of
// them, so all are known here, and here alone. The idle ones are of an older
// protocol, and of Resource Graph, which nobody asks for.
var memberKinds = bySpelling(map[memberKind]string{
	nextMember: "nextlink odatanextlink nextpagelink nextpage nextpagetoken nexttoken nextmarker skiptoken" +
		" odataskiptoken continuationtoken continuation",
	moreMember: "hasmore hasmoreresults hasmorepages hasnextpage morerecords moreresults",
	errorMember: "error errors odataerror innererror errorcode errormessage errordetail errordetails" +
		" errordescription exception fault",
	statusMember:  "status statuscode httpstatus httpstatuscode",
	successMember: "success succeeded issuccess issuccessstatuscode ok",
	cutMember:     "resulttruncated truncated istruncated",
	totalMember:   "totalrecords totalcount totalitems totalresults total",
	countMember:   "odatacount count",
	deltaMember:   "odatadeltalink deltalink",
	contextMember: "odatacontext",
	codeMember:    "code",
	idleMember:    "odatametadata facets",
})

func bySpelling(lists map[memberKind]string) map[string]memberKind {
	kinds := map[string]memberKind{}
	for kind, list := range lists {
		for _, spelling := range strings.Fields(list) {
			kinds[spelling] = kind
		}
	}
	return kinds
}

// envelope is what one page says beside its objects.
type envelope struct {
	failed *snapshot.Evidence // the answer says that it failed
	next   string             // the member that leads to a next page, "": none
	cut    bool               // it says that it is truncated
	notCut bool               // it says that it is not
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
// some client's words that the list is cut, or failed.
func (u Unit) envelope(p page) (e envelope) {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if p[name] != nil && !(u.single() && u.Schema.Properties[name] != nil) {
			e.takeMember(u, p, name)
		}
	}
	return e
}

// takeMember reads one member of a page.
func (e *envelope) takeMember(u Unit, p page, name string) {
	v, kind := p[name], memberKinds[snapshot.Spelling(name)]
	switch {
	case e.failed == nil && saysFailed(p, name, kind):
		e.failed = reported(p, v)
	case v != "" && (kind == nextMember || name == u.nextProperty()), kind == moreMember && isTrue(v):
		e.next = cmp.Or(e.next, name)
	case kind == cutMember && isTrue(v):
		e.cut = true
	case kind == cutMember:
		e.notCut = true
	case kind == contextMember:
		text, _ := v.(string)
		e.other = cmp.Or(e.other, u.api.checkContext(u.Schema, text))
	case kind == deltaMember:
		e.other = newEvidence(codeOtherKind,
			"the answer lists what has changed since another one (%s), not what there is", name)
	case kind == totalMember, kind == countMember:
		e.claims = append(e.claims, claimed(name, v, kind == countMember))
	case kind != idleMember && u.isBeside(name, v):
		e.beside = append(e.beside, name)
	}
}

// isBeside: a member that nobody knows, beside the objects of a list, and that
// says something. Annotations of OData, which begin with "@", are for those who
// know them (https://docs.oasis-open.org/odata/odata-json-format/v4.01, section 4.6).
func (u Unit) isBeside(name string, v any) bool {
	return !u.single() && name != u.listProperty() && !strings.HasPrefix(name, "@") && !blank(v)
}

// saysFailed: a member of a page says that the answer failed, by an error of any
// spelling, a status ("statusCode": 403, "success": false), or an error whose
// envelope is lost ({"code", "message"}).
func saysFailed(p page, name string, kind memberKind) bool {
	v := p[name]
	switch kind {
	case errorMember:
		return !nothing(v)
	case statusMember:
		n, _ := v.(json.Number)
		code, err := strconv.Atoi(n.String())
		return err == nil && code >= 400
	case successMember:
		return v == false
	}

	_, hasMessage := member(p, "message").(string)
	_, isText := v.(string)
	return kind == codeMember && isText && hasMessage
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

// claimed reads 3, "3" and {"type":"Total","value":3}, as ARM counts
// subscriptions. A number that cannot be read is -1, which no list has.
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
