package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options of a server. The zero value is a good one.
type Options struct {
	Addr     string           // "127.0.0.1:0" if empty; must be loopback, since every secret here is known
	PageSize int              // items of a page unless the request says $top; 100 if 0
	Faults   []Fault          // see the package comment
	Limits   bool             // Microsoft's published limits hold, see limits.go
	Now      func() time.Time // clock of tokens and error bodies; time.Now if nil
}

// Server is a running emulator. CA is the PEM of the certificate that its
// clients must trust.
type Server struct {
	URL string
	CA  []byte

	world   *World
	opts    Options
	http    *http.Server
	zippers sync.Pool // of *gzip.Writer

	mu      sync.Mutex        // of what follows
	log     []Request         // every request so far
	counts  map[string]int    // requests seen, by what counts them
	buckets map[string]bucket // what is left of limits, by limit and holder
	states  map[string]state  // of collections, by delta token
}

// Request is one request as it came in. Tenant is the client's label ("" for
// the MSP and for requests without a known tenant), TenantID the tenant that
// the token, or the path below /login, names. Auth tells whether a bearer token
// came along.
type Request struct {
	Method, Host, Path, Query string
	Tenant, TenantID          string
	Auth                      bool
	Batched                   bool // within a POST to $batch, which is a request of its own
	Status                    int
	RequestID                 string
}

// Start serves a world until Close.
func Start(w *World, o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}

	if o.PageSize <= 0 {
		o.PageSize = 100
	}

	if o.Now == nil {
		o.Now = time.Now
	}

	for i, f := range o.Faults {
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("fault %d: %w", i+1, err)
		}
	}

	if err := checkLoopback(o.Addr); err != nil {
		return nil, err
	}

	cert, ca, err := certificates()
	if err != nil {
		return nil, err
	}

	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}

	s := &Server{URL: "https://" + l.Addr().String(), CA: ca, world: w, opts: o, counts: map[string]int{},
		buckets: map[string]bucket{}, states: map[string]state{}}
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
	}

	go s.http.ServeTLS(l, "", "") // ends in Close
	return s, nil
}

func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("address %q is not on loopback: the emulator's secrets are known to everyone", addr)
	}

	return nil
}

// Close waits a moment for requests under way and stops the server.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()

	if err := s.http.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}

	return s.http.Close()
}

// Requests are all requests so far, in the order of their answers.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Writes are the requests that a read-only client must never make: all that is
// neither a GET nor one of the POSTs that only read: the token request, $batch
// (whose items count by themselves) and the Resource Graph query.
func (s *Server) Writes() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool {
		isRead := r.Method == http.MethodPost && !r.Batched && isReadingPost(r.Path)
		return isRead || r.Method == http.MethodGet
	})
}

func isReadingPost(path string) bool {
	return isTokenPath(path) || path == "/graph/v1.0/$batch" || path == "/graph/beta/$batch" ||
		strings.EqualFold(path, "/arm"+resourceGraphPath)
}

func isTokenPath(path string) bool {
	return strings.HasPrefix(path, "/login/") && strings.HasSuffix(path, "/oauth2/v2.0/token")
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := s.newCall(r)
	a := s.answerWithinLimits(q)
	a = s.applyFaults(q, a)
	s.keep(q, a, false)
	s.write(w, q, a)
}

// keep writes a request down.
func (s *Server) keep(q *call, a answer, batched bool) {
	r := q.r
	s.mu.Lock()
	defer s.mu.Unlock()

	s.log = append(s.log, Request{
		Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: r.URL.RawQuery, Tenant: q.tenant.label(),
		TenantID: q.tenantID,
		Auth:     r.Header.Get("Authorization") != "", Batched: batched, Status: a.status, RequestID: q.id,
	})
}

func (t *Tenant) label() string {
	if t == nil {
		return ""
	}
	return t.Label
}

var (
	onlyReads   = refusal{405, "MethodNotAllowed", "The emulator is read-only: %s is not allowed."}
	nothingHere = refusal{404, "NotFound", "Nothing is served here. Paths start with /graph, /arm, /login or /vault."}
)

func (s *Server) answer(q *call) answer {
	reads := q.r.Method == http.MethodGet || q.r.Method == http.MethodPost && isReadingPost(q.r.URL.Path)
	if !reads {
		a := s.refuse(q, onlyReads, q.r.Method)
		a.header["Allow"] = http.MethodGet
		return a
	}

	if isResourceQuery(q) {
		return s.resourceGraph(q)
	}

	switch q.api {
	case "graph":
		return s.graph(q)
	case "arm":
		return s.arm(q)
	case "login":
		return s.login(q)
	case "vault":
		return s.vault(q)
	}

	return s.refuse(q, nothingHere)
}

// count returns how often a key was counted before, and counts it.
func (s *Server) count(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()

	n := s.counts[key]
	s.counts[key]++

	return n
}
