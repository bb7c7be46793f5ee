package emulator

import (
	"bytes"
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
}

// FleetHCL is the fleet file that promises what the world's clients were built
// to keep or break, and nothing that no control reads: "ringfence fleet check"
// has nothing to say about it.
func (w *World) FleetHCL(a Addresses) []byte {
	b := &bytes.Buffer{}
	fmt.Fprintf(b, `msp {
  name         = %s
  tenant_id    = %s
  domains      = [%s]
  machine_keys = %s
  cloud        = cloud_unsafe.emulator
  graph {
    app_id     = %s
    credential = %s
  }
}
cloud_unsafe "emulator" {
  graph     = %s
  arm       = %s
  authority = %s
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
  responsible       = [reviewer.security-lead]
  max_age           = "24h"
  cloud             = cloud_unsafe.emulator
}
`, quote(w.MSP.Name), quote(w.MSP.ID), quote(w.MSP.Domain), quoteList(a.MachineKeys), quote(w.MSP.AppID), quote("file:"+a.SecretFile),
		quote(a.Base+"/graph"), quote(a.Base+"/arm"), quote(a.Base+"/login"), quote(a.CAFile),
		w.MSP.Domain, quote(w.reviewerKey()))

	for _, f := range fences {
		fmt.Fprintf(b, "fence %s {\n  regions     = %s\n  geographies = %s\n  countries   = %s\n}\n",
			quote(f.name), quoteList(f.regions), quoteList(f.geographies), quoteList(f.countries))
	}

	for _, t := range w.Clients {
		t.writeHCL(b, a)
	}

	return b.Bytes()
}

// reviewerKey is the digest of a key that nobody holds: the demo has no human.
func (w *World) reviewerKey() string { return fmt.Sprintf("%x", digest(w.Seed, "reviewer key")) }

func (t *Tenant) writeHCL(b *bytes.Buffer, a Addresses) {
	fmt.Fprintf(b, "client %s {\n  tenant_id = %s\n  domains   = [%s]\n  state     = \"live\"\n  fence     = fence.%s\n",
		quote(t.Label), quote(t.ID), quote(t.Domain), t.fence)
	if len(t.subs) == 0 {
		b.WriteString("  azure {\n    none = true\n  }\n")
	} else {
		fmt.Fprintf(b, "  azure {\n    subscriptions = %s\n  }\n", quoteList(t.Subscriptions()))
	}

	fmt.Fprintf(b, "  keys {\n    owner   = \"client\"\n    vaults  = %s\n    max_age = \"365d\"\n  }\n", quoteList(t.vaults))
	fmt.Fprintf(b, "  graph {\n    app_id     = %s\n    credential = %s\n  }\n}\n", quote(t.AppID), quote("file:"+a.SecretFile))

	for _, e := range t.waived {
		fmt.Fprintf(b, "exception %s {\n  control     = %s\n  client      = client.%s\n  subject     = %s\n  kind        = \"finding\"\n  reason      = %s\n  approved_by = reviewer.security-lead\n  expires     = \"2030-12-31\"\n}\n",
			quote(e.name), quote(e.control), t.Label, quote(e.subject), quote(e.reason))
	}
}

// Subscriptions are the ids of all subscriptions that trust the tenant, those
// included that the application does not see.
func (t *Tenant) Subscriptions() []string {
	ids := make([]string, len(t.subs))
	for i, s := range t.subs {
		ids[i] = s.id
	}
	return ids
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
