package emulator

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// Addresses is what the fleet file must know of the outside. Base is the
// server's URL; CAFile and SecretFile are paths as the fleet file shall have
// them (of the CA's certificate and of World.Secret). MachineKeys are SPKI
// digests in hex.
type Addresses struct {
	Base, CAFile, SecretFile string
	MachineKeys              []string
	FleetKeyFile             string // of the key under which clients are compared; "" for none

	// NoClients leaves the clients out, and names the MSP's multi-tenant application in
	// defaults: what an MSP has before its first client.
	NoClients bool

	// Limits says that the server holds to Microsoft's published limits.
	Limits bool
}

// Blocks of the fleet file, as fmt forms.
const (
	headForm = `msp {
  name         = %s
  tenant_id    = %s
  domains      = [%s]
  machine_keys = %s
%s  cloud        = cloud_unsafe.emulator
  graph {
    app_id     = %s
    credential = %s
  }
  azure {
    none = true
  }
%s}
%scloud_unsafe "emulator" {
  graph     = %s
  arm       = %s
  authority = %s
  vault     = %s
  ca_file   = %s
}
reviewer "security-lead" {
  email      = "security-lead@%s"
  org        = "msp"
  key_sha256 = %s
}
defaults {
  fence             = fence.eu
  service_providers = [msp.tenant_id]
  vendors           = []
  responsible       = [reviewer.security-lead]
  max_age           = "24h"
  cloud             = cloud_unsafe.emulator
%s}
%s`
	applicationForm = `application %s {
  app_id      = %s
  tenant_id   = %s
  permissions = %s
  delegated   = %s
}
`
	fenceForm = `fence %s {
  regions     = %s
  geographies = %s
  countries   = %s
%s}
`
	partnerForm = `partner %s {
  tenant_id = %s
  allow     = %s
}
`
	clientForm = `client %s {
  tenant_id = %s
  domains   = [%s]
  state     = %s
  fence     = fence.%s
  partners  = [%s]
  azure {
    %s
  }
  keys {
    owner   = "client"
    vaults  = %s
    max_age = "3650d"
%s  }
  graph {
    app_id     = %s
    credential = %s
  }
%s}
`
	startForm = `msp {
  name         = %s
  tenant_id    = %s
  domains      = [%s]
  machine_keys = %s
  cloud        = cloud_unsafe.emulator
  graph {
    app_id     = %[5]s
    credential = %[6]s
  }
}
cloud_unsafe "emulator" {
  graph     = %[7]s
  arm       = %[8]s
  authority = %[9]s
  vault     = %[10]s
  ca_file   = %[11]s
}
defaults {
  service_providers = [msp.tenant_id]
  cloud             = cloud_unsafe.emulator
  graph {
    app_id     = %[5]s
    credential = %[6]s
  }
}
`
	exceptionForm = `exception %s {
  control     = %s
  client      = client.%s
  subject     = %s
  kind        = "finding"
  reason      = %s
  approved_by = reviewer.security-lead
  expires     = "2030-12-31"
}
`
)

// trust is whom the cloud's servers are known by, and the line below it that says that they
// hold to limits.
func (a Addresses) trust() string {
	if !a.Limits {
		return quote(a.CAFile)
	}
	return quote(a.CAFile) + "\n  limits    = true"
}

// fleetKey is the line of the fleet key.
func (a Addresses) fleetKey() string {
	if a.FleetKeyFile == "" {
		return ""
	}
	return "  fleet_key    = " + quote(a.FleetKeyFile) + "\n"
}

// FleetHCL is the fleet file that promises what the world's clients were built
// to keep or break, and nothing that no control reads: "ringfence fleet check"
// has nothing to say about it.
func (w *World) FleetHCL(a Addresses) []byte {
	b := &bytes.Buffer{}
	if a.NoClients {
		fmt.Fprintf(b, startForm, quote(w.MSP.Name), quote(w.MSP.ID), quote(w.MSP.Domain),
			quoteList(a.MachineKeys), quote(w.MSP.AppID), quote("file:"+a.SecretFile),
			quote(a.Base+"/graph"), quote(a.Base+"/arm"), quote(a.Base+"/login"),
			quote(a.Base+"/vault"), a.trust())
		return b.Bytes()
	}

	fmt.Fprintf(b, headForm, quote(w.MSP.Name), quote(w.MSP.ID), quote(w.MSP.Domain),
		quoteList(a.MachineKeys), a.fleetKey(), quote(w.MSP.AppID), quote("file:"+a.SecretFile),
		w.reachHCL(), w.wallsHCL(),
		quote(a.Base+"/graph"), quote(a.Base+"/arm"), quote(a.Base+"/login"),
		quote(a.Base+"/vault"), a.trust(),
		w.MSP.Domain, quote(w.reviewerKey()), w.termsHCL(), w.applicationsHCL())

	for _, f := range fences {
		fmt.Fprintf(b, fenceForm,
			quote(f.name), quoteList(f.regions), quoteList(f.geographies), quoteList(f.countries),
			f.peopleHCL())
	}
	for _, t := range w.Clients {
		t.writeHCL(b, a)
	}
	b.WriteString(w.leftHCL())

	return b.Bytes()
}

// reachHCL is how many clients one principal of the MSP may reach: more than it does, where nothing
// else was planted, and as many in each world, for every client knows it.
func (w *World) reachHCL() string {
	return fmt.Sprintf("  max_reach    = %d\n", cmp.Or(w.maxReach, 25))
}

// wallsHCL are the cells that nobody may bridge.
func (w *World) wallsHCL() (blocks string) {
	for i, cells := range w.walls {
		blocks += fmt.Sprintf("wall \"wall-%d\" {\n  cells = %s\n}\n", i+1, quoteList(cells))
	}
	return blocks
}

// termsHCL are the promises about what the MSP may do, the same for every client.
func (w *World) termsHCL() string {
	return "  " + fmt.Sprintf(gdapForm, "false") + fmt.Sprintf(`
  applications = [application.backup, application.monitoring, application.ringfence]
  lighthouse {
    roles    = %s
    standing = %s
  }
  governance {
    tenants      = [msp.tenant_id]
    roles        = %s
    applications = %s
  }
`,
		quoteList([]string{azureRole("Reader").id, azureRole("Contributor").id,
			azureRole("User Access Administrator").id}),
		quoteList([]string{backupIdentity(w.Seed)}),
		quoteList([]string{roleID("Security Reader")}),
		quoteList([]string{guid(w.Seed, "governance application", w.MSP.ID)}))
}

// applicationsHCL are the manifests of applications that all clients approved: of a
// distributor's backup, of the MSP's monitoring, which may also hold a permission that is
// named by its id, and of ringfence.
func (w *World) applicationsHCL() string {
	manifest := func(name, app, tenant string, permissions []string, delegated ...string) string {
		return fmt.Sprintf(applicationForm, quote(name), quote(app), quote(tenant),
			quoteList(permissions), quoteList(delegated))
	}

	return manifest("backup", guid(w.Seed, "vendor", "backup app"), vendorID(w.Seed),
		[]string{"Sites.Selected"}, "User.Read") +
		manifest("monitoring", guid(w.Seed, "msp#", "monitoring app"), w.MSP.ID,
			[]string{"Device.Read.All", graphRoles["Organization.Read.All"]}, "User.Read") +
		manifest("ringfence", w.MSP.AppID, w.MSP.ID,
			[]string{"AuditLog.Read.All", "Directory.Read.All", "User.Read.All"})
}

// CustomersCSV is the list of clients as an MSP exports it: names and domains.
func (w *World) CustomersCSV() []byte {
	b := &bytes.Buffer{}
	rows := csv.NewWriter(b)
	rows.Write([]string{"Company name", "Primary domain name"})
	for _, t := range w.Clients {
		rows.Write([]string{t.Name, t.Domain})
	}
	rows.Flush()
	return b.Bytes()
}

// reviewerKey is the digest of a key that nobody holds: the demo has no human.
func (w *World) reviewerKey() string { return fmt.Sprintf("%x", digest(w.Seed, "reviewer key")) }

func (t *Tenant) writeHCL(b *bytes.Buffer, a Addresses) {
	azure := "subscriptions = " + quoteList(t.Subscriptions())
	switch {
	case len(t.subscriptions) == 0:
		azure = "none = true"
	case t.access == "management group":
		azure = `subscriptions = "all"`
	}

	fmt.Fprintf(b, clientForm,
		quote(t.Label), quote(t.ID), quote(t.Domain), quote(cmp.Or(t.state, "live")), t.fence, t.writeFriends(b), azure,
		quoteList(t.declared), indented("    ", t.keyPromises), quote(t.AppID), quote("file:"+a.SecretFile),
		t.furtherPromises())

	b.WriteString(t.exceptionsHCL())
}

func (t *Tenant) exceptionsHCL() (text string) {
	for _, e := range t.exceptions {
		text += fmt.Sprintf(exceptionForm,
			quote(e.name), quote(e.control), t.Label, quote(e.subject), quote(e.reason))
	}
	return text
}

// furtherPromises are lines of the client's block that some flaw needs.
func (t *Tenant) furtherPromises() string {
	if t.msp == nil {
		return "" // the MSP's own tenant is no client
	}
	return indented("  ", t.promises) + t.dataLocations() + t.trustPromises() + t.wishList()
}

func indented(by string, lines []string) (text string) {
	for _, line := range lines {
		text += by + line + "\n"
	}
	return text
}

// dataLocationForm is what somebody saw of a service.
const dataLocationForm = `  data_location {
    service = %s
    geo     = %s
    seen_by = reviewer.security-lead
    seen_on = %s
  }
`

// sighting is where somebody saw a service's data, and on which day.
type sighting struct{ geo, day string }

// dataLocations are the records of where the data of Microsoft 365 are: in the first
// geography of the fence, or where a flaw says.
func (t *Tenant) dataLocations() string {
	blocks := ""
	for _, service := range []string{"exchange", "onedrive", "sharepoint", "teams"} {
		seen, isSaid := t.seen[service]
		if !isSaid {
			seen = sighting{fenceOf(t.fence).geographies[0], "2026-09-01"}
		}
		if seen.geo != "" {
			blocks += fmt.Sprintf(dataLocationForm, quote(service), quote(seen.geo), quote(seen.day))
		}
	}
	return blocks
}

// quote writes an HCL string literal: like Go's, with template marks doubled.
func quote(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s))
}

func quoteList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
