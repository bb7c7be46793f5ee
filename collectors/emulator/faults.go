package emulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is one rule. Name is what a plan calls it. Client is a label or a tenant id
// ("": any request). Path is a prefix of the request's path, or a pattern where "*"
// stands for anything ("": any); case does not matter. Dataset is the one whose
// endpoint is asked ("": any). After requests have passed, the next Times are hit (0:
// all that follow), counted for each tenant and path by itself. The package comment
// lists the kinds.
type Fault struct {
	Name       string `json:"-"                     hcl:"name,label"`
	Client     string `json:"client,omitempty"      hcl:"client,optional"`
	Path       string `json:"path,omitempty"        hcl:"path,optional"`
	Dataset    string `json:"dataset,omitempty"     hcl:"dataset,optional"`
	Kind       string `json:"kind"                  hcl:"kind"`
	After      int    `json:"after,omitempty"       hcl:"after,optional"`
	Times      int    `json:"times,omitempty"       hcl:"times,optional"`
	RetryAfter string `json:"retry_after,omitempty" hcl:"retry_after,optional"`
	Value      string `json:"value,omitempty"       hcl:"value,optional"`
}

// ParseFaults reads a JSON array of faults.
func ParseFaults(data []byte) ([]Fault, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()

	var list []Fault
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("parsing faults: %w", err)
	}
	if d.More() {
		return nil, fmt.Errorf("parsing faults: more than one JSON value")
	}

	for i, f := range list {
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("fault %d: %w", i+1, err)
		}
	}

	return list, nil
}

func (f Fault) check() error {
	kind, known := faultKinds[f.Kind]
	switch {
	case !known:
		return fmt.Errorf("kind %q is not one of %s", f.Kind,
			strings.Join(slices.Sorted(maps.Keys(faultKinds)), ", "))
	case f.After < 0 || f.Times < 0:
		return fmt.Errorf("after and times cannot be negative")
	case f.Dataset != "" && !isServed(f.Dataset):
		return fmt.Errorf("no endpoint is the source of dataset %q", f.Dataset)
	case kind.check != nil:
		return kind.check(f.Value)
	}

	return nil
}

// Checks of a fault's value.

func checkStatus(value string) error {
	if n, err := strconv.Atoi(value); err != nil || n < 400 || n > 599 {
		return fmt.Errorf("value %q is not an HTTP status from 400 to 599", value)
	}
	return nil
}

func checkNumber(value string) error {
	if n, err := strconv.Atoi(value); value != "" && (err != nil || n < 1 || n > 1<<30) {
		return fmt.Errorf("value %q is not a number from 1 to 2^30", value)
	}
	return nil
}

func checkDuration(value string) error {
	_, err := time.ParseDuration(value)
	return err
}

func checkProperty(value string) error {
	if value == "" {
		return fmt.Errorf("value must name a property, or a permission")
	}
	return nil
}

// applyFaults changes an answer by every rule that matches, in their order.
func (s *Server) applyFaults(q *call, a answer) answer {
	if q.tenant != nil {
		for _, f := range q.tenant.faults {
			if f.matches(q) {
				faultKinds[f.Kind].apply(s, q, f, &a)
			}
		}
	}

	for i, f := range s.opts.Faults {
		if !f.matches(q) {
			continue
		}
		n := s.count(fmt.Sprintf("fault %d\n%s\n%s", i, q.tenantID, strings.ToLower(q.r.URL.Path)))
		if n >= f.After && (f.Times == 0 || n < f.After+f.Times) {
			faultKinds[f.Kind].apply(s, q, f, &a)
		}
	}

	return a
}

func (f Fault) matches(q *call) bool {
	if f.Client != "" && (q.tenant == nil || f.Client != q.tenant.Label && !q.tenant.is(f.Client)) {
		return false
	}
	if !f.about(q) {
		return false
	}
	path, pattern := strings.ToLower(q.r.URL.Path), strings.ToLower(f.Path)
	return strings.HasPrefix(path, pattern) || strings.Contains(pattern, "*") && glob(pattern, path)
}

// number is a fault's value, or what is usual.
func (f Fault) number(usual int) int {
	if n, err := strconv.Atoi(f.Value); err == nil {
		return n
	}
	return usual
}

// faultKind is what a kind of fault does to an answer, and how its value is checked.
type faultKind struct {
	apply func(*Server, *call, Fault, *answer)
	check func(value string) error // nil: any value is good
}

var faultKinds = map[string]faultKind{
	"throttle": {apply: refusing(refusal{429, "TooManyRequests",
		"Too many requests. Please retry later."})},
	"unavailable": {apply: refusing(refusal{503, "ServiceUnavailable",
		"The service is temporarily unavailable. Please retry later."})},
	"status":   {apply: answerStatus, check: checkStatus},
	"denied":   {apply: deny},
	"reset":    {apply: func(_ *Server, _ *call, _ Fault, a *answer) { a.reset = true }},
	"truncate": {apply: func(_ *Server, _ *call, _ Fault, a *answer) { a.cut = true }},
	"body": {apply: func(_ *Server, _ *call, f Fault, a *answer) {
		a.status, a.raw = http.StatusOK,
			[]byte(f.Value)
	}},
	"slow": {apply: delay, check: checkDuration},
	"loop": {apply: func(s *Server, q *call, _ Fault,
		a *answer) {
		setNext(q, a, s.URL+q.r.URL.RequestURI())
	}},
	"foreign":       {apply: foreignLink},
	"redirect":      {apply: redirect},
	"empty_page":    {apply: emptyPage},
	"duplicate":     {apply: duplicateItem},
	"oversize":      {apply: oversize, check: checkNumber},
	"deep":          {apply: nestDeep, check: checkNumber},
	"duplicate_key": {apply: duplicateKey},
	"hostile_names": {apply: func(_ *Server, _ *call, _ Fault, a *answer) { a.items(makeHostile) }},
	"drop":          {apply: dropProperty, check: checkProperty},
	"nulls":         {apply: func(_ *Server, _ *call, _ Fault, a *answer) { a.items(makeNull) }},
	"wrong_tenant":  {apply: wrongTenant},
	"missing":       {apply: leaveOutAnswers, check: checkNumber},
	"truncated":     {apply: truncateResult},
	"unlicensed":    {apply: denyLicence},
	"error":         {apply: errorInAnswer},
	"null_ids":      {apply: func(_ *Server, _ *call, _ Fault, a *answer) { a.items(nullID) }},
	"dribble":       {apply: dribble, check: checkDuration},
	"cached":        {apply: answerFromCache, check: checkDuration},
	"expired_page":  {apply: expirePage},
	"expired_delta": {apply: expireDelta},
	"untold":        {apply: tellNoChanges},
	"permission":    {apply: withdrawPermission, check: checkProperty},
	"role_removed":  {apply: removeRole},
	"consent_gone":  {apply: withdrawConsent},
}

// refusing answers with a refusal, and with Retry-After if the fault has one.
func refusing(r refusal) func(*Server, *call, Fault, *answer) {
	return func(s *Server, q *call, f Fault, a *answer) {
		*a = s.refuse(q, r)
		if f.RetryAfter != "" {
			a.header["Retry-After"] = f.RetryAfter
		}
	}
}

func answerStatus(s *Server, q *call, f Fault, a *answer) {
	status := f.number(http.StatusInternalServerError)
	code := strings.ReplaceAll(http.StatusText(status), " ", "")
	refusing(refusal{status, code, "The emulator was told to answer this."})(s, q, f, a)
}

var deniedAction = refusal{403, "AuthorizationFailed",
	"The client '%s' with object id '%s' does not have authorization to perform this action or the scope " +
		"is invalid."}

func deny(s *Server, q *call, _ Fault, a *answer) {
	if q.api == "arm" {
		*a = s.refuse(q, deniedAction, q.claims.AppID, q.claims.ObjectID)
		return
	}
	*a = s.refuse(q, notConsented)
}

func delay(_ *Server, _ *call, f Fault, a *answer) {
	a.delay, _ = time.ParseDuration(f.Value) // check has parsed it
}

func oversize(_ *Server, _ *call, f Fault, a *answer) {
	a.raw = insert(a, `"padding":"`+strings.Repeat("x", f.number(64<<20))+`"`)
}

func dropProperty(_ *Server, _ *call, f Fault, a *answer) {
	a.items(func(o object) { delete(o, f.Value) })
}

func makeNull(o object) {
	for name := range o {
		if name != "id" && !strings.HasPrefix(name, "@odata.") {
			o[name] = nil
		}
	}
}

func leaveOutAnswers(_ *Server, _ *call, f Fault, a *answer) {
	if responses, isBatch := a.doc["responses"].([]any); isBatch {
		a.doc["responses"] = responses[min(f.number(1), len(responses)):]
	}
}

func truncateResult(_ *Server, _ *call, _ Fault, a *answer) {
	if _, isQuery := a.doc["resultTruncated"]; isQuery {
		a.doc["resultTruncated"] = "true"
		delete(a.doc, "$skipToken")
	}
}

func setNext(q *call, a *answer, link string) {
	if a.status == http.StatusOK && a.doc != nil {
		a.doc[q.nextKey()] = link
	}
}

// foreign is the address of another host, without a path.
func (f Fault) foreign() string {
	return strings.TrimSuffix(cmp.Or(f.Value, "https://foreign.example"), "/")
}

// foreignLink: what leads further leads to another host. Of a vault, it is where its
// callers sign in.
func foreignLink(_ *Server, q *call, f Fault, a *answer) {
	if challenge, has := a.header["WWW-Authenticate"]; has && q.api == "vault" {
		a.header["WWW-Authenticate"] = strings.Replace(challenge, "https://"+q.r.Host, f.foreign(), 1)
		return
	}
	setNext(q, a, f.foreign()+q.r.URL.RequestURI())
}

func redirect(s *Server, q *call, f Fault, a *answer) {
	*a = s.refuse(q, refusal{http.StatusTemporaryRedirect, "TemporaryRedirect", "It is elsewhere."})
	a.header["Location"] = f.foreign() + q.r.URL.RequestURI()
}

// emptyPage answers with nothing and a link to the same place, which differs
// from all links before.
func emptyPage(s *Server, q *call, _ Fault, a *answer) {
	if a.status != http.StatusOK || a.doc == nil {
		return
	}
	a.doc["value"] = []any{}
	a.doc[q.nextKey()] = s.link(q, s.skipToken(q, a.page.offset, a.page.hops+1))
}

func duplicateItem(_ *Server, _ *call, _ Fault, a *answer) {
	value, _ := a.doc["value"].([]any)
	if len(value) == 0 || a.status != http.StatusOK {
		return
	}

	again := value[0]

	if a.page.offset > 0 {
		again = a.page.all[a.page.offset-1]
	}

	a.doc["value"] = append(value, again)
}

// insert puts a member in front of a body's others.
func insert(a *answer, member string) []byte {
	body := a.raw
	if body == nil {
		body = encode(a.doc)
	}

	if len(body) < 3 || body[0] != '{' {
		return body
	}

	return append([]byte("{"+member+","), body[1:]...)
}

func nestDeep(_ *Server, _ *call, f Fault, a *answer) {
	n := f.number(100_000)
	a.raw = insert(a, `"deep":`+strings.Repeat("[", n)+strings.Repeat("]", n))
}

func duplicateKey(_ *Server, _ *call, _ Fault, a *answer) {
	if _, isList := a.doc["value"]; isList {
		a.raw = insert(a, `"value":[]`)
		return
	}
	a.raw = insert(a, `"id":"first"`)
}

func makeHostile(o object) {
	for i, name := range []string{"displayName", "description", "accountName"} {
		if _, has := o[name]; has {
			o[name] = hostileNames[i]
		}
	}
	if _, isResource := o["location"]; isResource {
		o["tags"] = object{"owner": hostileNames[0], "note": strings.Join(hostileNames, "\n")}
	}
}

// wrongTenant lets an answer speak of another tenant: the one whose label is in
// value, else the MSP's.
func wrongTenant(s *Server, q *call, f Fault, a *answer) {
	other := s.world.MSP
	if t := s.world.Client(f.Value); t != nil {
		other = t
	}

	if a.claims != nil {
		c := *a.claims
		c.TenantID = other.ID
		*a = tokenAnswer(c)

		return
	}

	a.items(func(o object) {
		if o["id"] == q.tenantID {
			o["id"] = other.ID
		}
		if _, has := o["tenantId"]; has {
			o["tenantId"] = other.ID
		}
	})
}
