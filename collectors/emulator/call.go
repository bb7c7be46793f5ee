package emulator

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// call is a request, taken apart. Path is what follows the API's prefix (and
// version, for Graph); tenant is nil where the token names none that exists.
type call struct {
	r             *http.Request
	api           string // graph | arm | login | vault | ""
	vaultHost     string // that is asked for, where api is vault
	version, path string
	query         url.Values
	claims        claims
	tokenErr      error
	tenant        *Tenant
	tenantID      string
	id            string // request id

	resources *resourceQuery // the body of a query of Azure Resource Graph, once it was read
}

func (s *Server) newCall(r *http.Request) *call {
	q := &call{r: r, query: r.URL.Query()}
	api, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	rest = strings.TrimSuffix(rest, "/")

	switch api {
	case "graph":
		q.version, rest, _ = strings.Cut(rest, "/")
		fallthrough
	case "arm":
		q.claims, q.tokenErr = parseToken(r.Header.Get("Authorization"))
		q.tenantID = q.claims.TenantID
		fallthrough
	case "login":
		q.api, q.path = api, "/"+rest
	case "vault":
		q.vaultHost, rest, _ = strings.Cut(rest, "/")
		q.api, q.path = api, "/"+rest
	}

	if api == "login" {
		q.tenantID, q.path, _ = strings.Cut(rest, "/")
	}

	if q.tenant = s.world.tenant(q.tenantID); q.tenant != nil {
		q.tenantID = q.tenant.ID
	}

	// Repeatable: the n-th request of a tenant for this path has this id.
	what := r.Method + " " + r.URL.Path + "?" + r.URL.RawQuery
	q.id = guid(s.world.Seed, "request", q.tenantID, what, fmt.Sprint(s.count("id\n"+q.tenantID+"\n"+what)))
	return q
}

// answer is a response before it is written.
type answer struct {
	status int
	header map[string]string
	doc    object // the body, unless raw is set
	raw    []byte
	page   page // of a list
	claims *claims
	delay  time.Duration
	pause  time.Duration // between parts of the body
	cut    bool          // close the connection within the body
	reset  bool          // … and before it
}

// items applies f to each object of the body, without touching the world's.
func (a *answer) items(f func(object)) {
	if a.status != http.StatusOK || a.doc == nil {
		return
	}

	value, ok := a.doc["value"].([]any)
	if !ok {
		f(a.doc)
		return
	}

	for i, v := range value {
		o := clone(v.(object))
		f(o)
		value[i] = o
	}
}

func clone(o object) object { return maps.Clone(o) }

// with is a template with more properties, or others.
func with(template, more object) object {
	o := clone(template)
	maps.Copy(o, more)
	return o
}

// refusal is an error answer of an API. Its message may have verbs of fmt.
type refusal struct {
	status        int
	code, message string
}

// refuse is a refusal in the form of the API that is asked.
func (s *Server) refuse(q *call, r refusal, args ...any) answer {
	e := object{"code": r.code, "message": fmt.Sprintf(r.message, args...)}
	a := answer{status: r.status, header: map[string]string{}, doc: object{"error": e}}

	switch q.api {
	case "graph":
		date := s.now().Format("2006-01-02T15:04:05")
		e["innerError"] = object{"date": date, "request-id": q.id, "client-request-id": q.clientID()}
	case "arm":
		a.header["x-ms-failure-cause"] = "gateway"
	}

	return a
}

func (s *Server) now() time.Time { return s.opts.Now().UTC() }

// clientID is the client's own request id, which Graph echoes; the server's
// where it sent none.
func (q *call) clientID() string {
	if id := q.r.Header.Get("client-request-id"); id != "" {
		return id
	}
	return q.id
}

func (s *Server) write(w http.ResponseWriter, q *call, a answer) {
	time.Sleep(a.delay)
	if a.reset {
		panic(http.ErrAbortHandler)
	}

	body := a.raw
	if body == nil {
		body = encode(a.doc)
	}

	h := w.Header()
	s.apiHeaders(h, q)

	for name, value := range a.header {
		h.Set(name, value)
	}

	if !a.cut && strings.Contains(q.r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Set("Vary", "Accept-Encoding")
		body = s.zip(body)
	}

	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(a.status)

	if !a.cut {
		a.send(w, body)
		return
	}

	w.Write(body[:len(body)/2])
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// send writes a body, in parts if it is to come slowly.
func (a answer) send(w http.ResponseWriter, body []byte) {
	if a.pause == 0 {
		w.Write(body)
		return
	}

	size := len(body)/dribbled + 1
	for part := range slices.Chunk(body, size) {
		w.Write(part)
		http.NewResponseController(w).Flush()
		time.Sleep(a.pause)
	}
}

// Headers that are the same in all answers, and in those of an API.
var (
	commonHeaders = map[string]string{
		"Strict-Transport-Security": "max-age=31536000", "Cache-Control": "no-cache",
		"Content-Type": "application/json; charset=utf-8",
	}
	headersOf = map[string]map[string]string{
		"graph": {
			"Content-Type": "application/json;odata.metadata=minimal;odata.streaming=true;" +
				"IEEE754Compatible=false;charset=utf-8",
			"OData-Version": "4.0",
			"x-ms-ags-diagnostic": `{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5",` +
				`"ScaleUnit":"001","RoleInstance":"AM1PEPF00000001"}}`,
			"x-ms-resource-unit": "1",
		},
		"arm": {
			"Pragma": "no-cache", "Expires": "-1", "X-Content-Type-Options": "nosniff",
			"x-ms-ratelimit-remaining-subscription-reads": "11999",
		},
	}
)

func (s *Server) apiHeaders(h http.Header, q *call) {
	for _, headers := range []map[string]string{commonHeaders, headersOf[q.api]} {
		for name, value := range headers {
			h.Set(name, value)
		}
	}

	if q.api == "graph" {
		h.Set("request-id", q.id)
		h.Set("client-request-id", q.clientID())
		return
	}

	h.Set("x-ms-request-id", q.id)
	if q.api != "arm" {
		return
	}

	h.Set("x-ms-correlation-request-id", q.id)
	h.Set("x-ms-routing-request-id", "WESTEUROPE:"+s.now().Format("20060102T150405Z")+":"+q.id)
	if strings.EqualFold(q.r.Header.Get("x-ms-return-client-request-id"), "true") {
		h.Set("x-ms-client-request-id", q.r.Header.Get("x-ms-client-request-id"))
	}
}

// encode is JSON without HTML escapes: markup in a name comes through as it is.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)

	if err := enc.Encode(v); err != nil {
		panic(err) // the world holds what JSON can say
	}

	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// zip compresses a body with a writer of an earlier one, if there is one: to
// make one takes longer than to compress most bodies.
func (s *Server) zip(body []byte) []byte {
	var b bytes.Buffer
	w, reused := s.zippers.Get().(*gzip.Writer)
	if !reused {
		w, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	}

	w.Reset(&b)
	w.Write(body)
	w.Close()
	s.zippers.Put(w)

	return b.Bytes()
}
