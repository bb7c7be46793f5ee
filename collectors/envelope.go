package collectors

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
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
	errorNames = names("error", "errors", "odataerror")
	cutNames   = names("resulttruncated", "truncated", "istruncated")
	totalNames = names("totalrecords", "totalcount", "totalitems", "totalresults", "total")
	countNames = names("odatacount", "count") // of a page for some APIs, of the list for others
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
}

// claim is a number of objects that a page names. Of a page ("count" of Resource
// Graph, "@odata.count" of Intune) it may be about the page alone.
type claim struct {
	name, text string
	n          int64
	ofPage     bool
}

// envelope reads a page. A singleton's page is the object itself: what its
// schema knows is no envelope.
func (u Unit) envelope(p page) (e envelope) {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		v := p[name]
		if v == nil || u.single() && u.Schema.Properties[name] != nil {
			continue
		}
		switch s := snapshot.Spelling(name); {
		case errorNames[s] && !nothing(v) && e.failed == nil:
			e.failed = reported(v)
		case nextNames[s] && v != "", moreNames[s] && isTrue(v):
			e.next = cmp.Or(e.next, name)
		case cutNames[s]:
			e.cut = e.cut || isTrue(v)
			e.whole = e.whole || !isTrue(v)
		case s == "odatacontext":
			e.other = u.context(v)
		case totalNames[s], countNames[s]:
			e.claims = append(e.claims, claimed(name, v, countNames[s]))
		}
	}
	return e
}

// context holds an answer of Graph to what was asked for, where it says what it is:
// "https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleAssignments".
// What is read from beta is because v1.0 shows less (it leaves service principals
// out of a group's members); another provider has other roles.
func (u Unit) context(v any) *snapshot.Evidence {
	text, _ := v.(string)
	at, what, ok := strings.Cut(text, "/$metadata#")
	if !ok || u.Schema.Source.API != "graph" {
		return nil
	}
	if path.Base(at) == "v1.0" && u.Schema.Source.Version == "beta" {
		return &snapshot.Evidence{Code: codeOtherVersion, Message: "the answer is of v1.0, which shows less than beta does"}
	}
	asked, given := strings.Split(strings.Trim(u.Schema.Source.Endpoint, "/"), "/"), strings.Split(what, "/")
	if len(asked) > 1 && len(given) > 1 && asked[0] == given[0] && !strings.EqualFold(asked[1], given[1]) && !strings.HasPrefix(asked[1], "{") {
		return &snapshot.Evidence{Code: codeOtherKind, Message: fmt.Sprintf("the answer is of %s/%s, not of %s/%s", given[0], given[1], asked[0], asked[1])}
	}
	return nil
}

// nothing is an empty list of errors, or "error": false.
func nothing(v any) bool {
	list, isList := v.([]any)
	return v == false || isList && len(list) == 0
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

// reported is the evidence in an error member of any shape; its HTTP status was
// not saved.
func reported(v any) *snapshot.Evidence {
	if list, ok := v.([]any); ok {
		v = list[0]
	}
	e := &snapshot.Evidence{}
	switch v := v.(type) {
	case string:
		e.Message = v
	case map[string]any:
		e.Code, _ = member(v, "code").(string)
		e.Message, _ = member(v, "message").(string)
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
