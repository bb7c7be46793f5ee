// Package report says what a run found, for the two people who read it. The first
// screen is for the client's managing director, all the rest for an auditor.
//
// A [View] is what there is to show, made from a run's files; [HTML] is the page,
// report.html, and one consumer of it:
//
//	view, err := report.NewView(report.Input{Set: set, Intent: promise, Manifest: manifest, RunID: id})
//	fmt.Println(view.Total.Word(), view.Total.Sentence()) // "Not as promised", "Of 3 controls …"
//	for _, control := range view.Urgent { … }
//
// The page is one file that fetches nothing: a Content-Security-Policy forbids
// everything but its one style block. Whatever a tenant put into a name is
// escaped, isolated (bdi), cut to a limit, and its invisible characters are
// spelt out. Same input, same bytes.
package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/isolation"
	"ringfence/internal/keyledger"
)

// Input is one run.
type Input struct {
	Set      finding.Set       // with Metadata and Reads
	Manifest snapshot.Manifest // of the snapshot that was judged
	RunID    string

	// The promise that it was judged against: the one tenant's part of it, its kind,
	// and of a fleet's the clients that were joined (optional).
	Intent  intent.Intent
	Kind    intent.Kind
	Clients []intent.FleetClient

	// Ledger is the client's key ledger, nil where there is none: of the fleet, and of a
	// policy set that makes none.
	Ledger *keyledger.Ledger

	// Isolation is who reaches whom in the fleet: of a fleet result, nil where clients were not
	// joined.
	Isolation *isolation.Survey

	EngineVersion string
	// Digests maps paths in the run folder to lower-case hex SHA-256, of the files
	// that were written before the report.
	Digests map[string]string
}

// Fleet reports whether it is the fleet result, which is the MSP's alone.
func (in Input) Fleet() bool { return in.Kind == intent.FleetKind }

// check refuses parts that are of different clients or tenants.
func (in Input) check() error {
	set, manifest, promised := in.Set, in.Manifest, in.Intent.Client.Name
	switch {
	case set.Client != manifest.Client:
		return fmt.Errorf("findings are of client %q, the snapshot of %q", set.Client, manifest.Client)
	case !strings.EqualFold(set.TenantID, manifest.TenantID):
		return fmt.Errorf("findings are of tenant %q, the snapshot of %q", set.TenantID, manifest.TenantID)
	case !in.Fleet() && promised != set.Client:
		return fmt.Errorf("findings are of client %q, the intent of %q", set.Client, promised)
	}

	return nil
}

//go:embed templates
var files embed.FS

var (
	style = mustRead("templates/style.css")
	pages = template.Must(template.New("page").Funcs(funcs).ParseFS(files, "templates/*.gohtml"))
)

func mustRead(name string) string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}

	return string(data)
}

// htmlPage is what the templates see: a view, and what only a page has.
type htmlPage struct {
	*View
	CSP   template.HTMLAttr
	Style template.CSS
}

// HTML is the page of a run. Inputs that name different clients or tenants are an
// error: a report never mixes two.
func HTML(in Input) ([]byte, error) {
	view, err := NewView(in)
	if err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}

	var out bytes.Buffer
	err = pages.ExecuteTemplate(&out, "page.gohtml", htmlPage{view, securityPolicy(), template.CSS(style)})
	if err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}

	return out.Bytes(), nil
}

// securityPolicy is the content attribute of the page's Content-Security-Policy.
func securityPolicy() template.HTMLAttr {
	sum := sha256.Sum256([]byte(style))
	const only = `content="default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'"`

	return template.HTMLAttr(fmt.Sprintf(only, base64.StdEncoding.EncodeToString(sum[:])))
}
