// Package report writes report.html: what a run says, for the two people who
// read it. The first screen is for the client's managing director, all the
// rest for an auditor.
//
// The page is one file that fetches nothing: a Content-Security-Policy forbids
// everything but its one style block. Whatever a tenant put into a name is
// escaped, isolated (bdi), cut to a bound, and its invisible characters are
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
)

// Input is one run. Digests maps paths in the run folder to lower-case hex
// SHA-256, of the files that were written before the report. Clients is for the
// fleet result alone, and optional: the clients that were joined.
type Input struct {
	Set                  finding.Set
	Intent               intent.Intent
	Manifest             snapshot.Manifest
	RunID, EngineVersion string
	Digests              map[string]string
	Kind                 intent.Kind
	Clients              []intent.FleetClient
}

//go:embed templates
var files embed.FS

var (
	style = mustRead("templates/style.css")
	pages = template.Must(template.New("page").Funcs(funcs).ParseFS(files, "templates/*.gohtml"))
)

func mustRead(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// HTML is the page. Inputs that name different clients or tenants are an error:
// a report never mixes two.
func HTML(in Input) ([]byte, error) {
	if err := in.check(); err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}

	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, "page.gohtml", newView(in)); err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}

	return out.Bytes(), nil
}

// Fleet reports whether it is the fleet result, which is the MSP's alone.
func (in Input) Fleet() bool { return in.Kind == intent.FleetKind }

func (in Input) check() error {
	if in.Set.Client != in.Manifest.Client {
		return fmt.Errorf("findings are of client %q, the snapshot of %q", in.Set.Client, in.Manifest.Client)
	}
	if !strings.EqualFold(in.Set.TenantID, in.Manifest.TenantID) {
		return fmt.Errorf("findings are of tenant %q, the snapshot of %q", in.Set.TenantID, in.Manifest.TenantID)
	}
	if !in.Fleet() && in.Intent.Client.Name != in.Set.Client {
		return fmt.Errorf("findings are of client %q, the intent of %q", in.Set.Client, in.Intent.Client.Name)
	}

	return nil
}

// policy is the content attribute of the page's Content-Security-Policy.
func policy() template.HTMLAttr {
	sum := sha256.Sum256([]byte(style))
	return template.HTMLAttr(fmt.Sprintf(`content="default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'"`,
		base64.StdEncoding.EncodeToString(sum[:])))
}
