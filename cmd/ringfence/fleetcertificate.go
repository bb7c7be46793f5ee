package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"ringfence/engine/fleet/certificate"
	checker "ringfence/internal/certificate"
	"ringfence/internal/inputfile"
	"ringfence/internal/isolation"
	"ringfence/internal/run"
)

type certificateFlags struct {
	isolationFlags
	client string // whom nobody reaches
	from   string // a client that does not, "" for all others
	out    string
	// factsOut is a folder for the facts that it has digests of, "" for none.
	factsOut string
}

var fleetCertificateText = text{
	use:   "certificate --fleet FILE --client C --out FILE",
	short: "Write down why no other client can reach a client, for others to check",
	long: `Writes a certificate of absence: why no path leads from any other client, or from
that of --from, to a target of a client. Whoever has it can check it without
ringfence: see "fleet check-certificate" and examples/certificate. It names your
tenants, so it is yours and no client's.

There is none where somebody reaches the client, or evidence is missing; then it says
who, or what. The MSP's own reach is what it is there for, and is not certified.

Exit codes; the first of 2, 5, 3, 1, 4, 0 that holds:
    0  it is written
    1  the tool failed
    2  usage: the flags, or the files that they name
    3  there is none: a target of the client is reached
    4  there is none: evidence is missing
    5  a file of facts is not what facts are written like
  130  interrupted`,
	example: `  ringfence fleet certificate --fleet fleet.hcl --client contoso --out certificate.json
  ringfence fleet check-certificate certificate.json`,
}

func (a *app) fleetCertificate() *cobra.Command {
	var f certificateFlags
	c := verb(fleetCertificateText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runFleetCertificate(ctx, f)
	})

	f.add(c)
	c.Flags().StringVar(&f.client, "client", "", "the client that nobody reaches (required)")
	c.Flags().StringVar(&f.from, "from", "", "the client that does not reach it (default: all others)")
	c.Flags().StringVar(&f.out, "out", "", "file for the certificate (required)")
	c.Flags().StringVar(&f.factsOut, "facts-out", "",
		"new folder for the files of facts that it has digests of (default: none)")

	return c
}

func (a *app) runFleetCertificate(ctx context.Context, f certificateFlags) error {
	if f.client == "" || f.client == f.from {
		return usage(hintClients, "a certificate is about one client, --client, and others")
	}
	if err := checkFile(f.out); err != nil {
		return err
	}
	j, err := a.join(ctx, f.isolationFlags)
	if err != nil {
		return err
	}
	defer j.close()
	for _, client := range []string{f.client, f.from} {
		if err := j.joins(client); err != nil {
			return err
		}
	}

	from, to := j.certified(f)
	if len(from) == 0 {
		return usage(hintClients, "the fleet has no other client that could reach %s", f.client)
	}
	c, err := certificate.New(j.Joined.Graph.Search(), from, to)
	if refused, ok := errors.AsType[*certificate.Refused](err); ok {
		return a.printRefused(j, f, refused)
	}
	if err != nil {
		return broken("", "%w", err)
	}

	if err := j.writeCertificate(c, f); err != nil {
		return err
	}
	return a.printCertificate(f, c)
}

// writeCertificate writes a certificate that the checker takes, and the facts that it is about.
func (j *joining) writeCertificate(c certificate.Certificate, f certificateFlags) error {
	data, err := c.Canonical()
	if err != nil {
		return err
	}
	var tenants []string
	var files [][]byte
	for _, d := range c.Facts {
		file, err := j.factsFile(d.Tenant)
		if err != nil {
			return err
		}
		tenants, files = append(tenants, d.Tenant), append(files, file)
	}
	if _, err := checker.Check(data, files...); err != nil {
		return broken("please report it", "the certificate does not hold: %w", err)
	}

	if f.factsOut != "" {
		if err := j.writeFacts(f.factsOut, tenants); err != nil {
			return err
		}
	}
	return writeAll(f.out, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// certified are the tenants that do not reach another, and that one.
func (j *joining) certified(f certificateFlags) (from []string, to string) {
	for _, tenant := range slices.Sorted(maps.Keys(j.Members)) {
		switch name := j.Members[tenant].Name; {
		case name == f.client:
			to = tenant
		case name != isolation.MSPName && (f.from == "" || f.from == name):
			from = append(from, tenant)
		}
	}
	return from, to
}

func (a *app) printCertificate(f certificateFlags, c certificate.Certificate) error {
	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.certified/1", "file": f.out, "client": f.client,
			"from": c.From, "fleet": len(c.Fleet)})
	}
	return a.printf("%s: no path leads to a target of %s from %s; %d edges, %d proofs of absence\n",
		f.out, f.client, counted(len(c.From), "other client"), len(c.Edges), len(c.Absent))
}

// printRefused says why there is no certificate: the path that there is, or what is missing.
func (a *app) printRefused(j *joining, f certificateFlags, r *certificate.Refused) error {
	missing := []isolation.Missing{}
	for _, tenant := range slices.Sorted(maps.Keys(r.Missing)) {
		for _, gap := range r.Missing[tenant] {
			missing = append(missing, isolation.Missing{Of: j.Members[tenant].Name,
				Kind: gap.Kind, Unit: gap.Unit, Status: gap.Status})
		}
	}
	code := exit(run.ExitUndetermined)
	if r.Reached != "" {
		code = exit(run.ExitNotSatisfied)
	}

	if a.format == "json" {
		return errors.Join(a.json(map[string]any{"schema": "ringfence.refused/1", "client": f.client,
			"reached": r.Reached, "by": j.Members[r.By].Name, "missing": missing}), code)
	}
	if r.Reached != "" {
		a.printf("No certificate: %s of %s is reached by %s; \"ringfence fleet paths --client %s\" shows how\n",
			nodeText(r.Reached), f.client, j.Members[r.By].Name, f.client)
		return code
	}
	a.printf("No certificate for %s: evidence is missing, or was read too far apart in time\n", f.client)
	for _, g := range isolation.Pieces(missing) {
		a.printf("  missing of %s\n", g)
	}
	return code
}

var fleetCheckCertificateText = text{
	use:   "check-certificate FILE",
	short: "Check a certificate of absence, and hold it against facts",
	long: `Checks a certificate of absence that "fleet certificate" wrote, with a checker that
shares no code with what wrote it; examples/certificate has another one, in Python.
With --facts the files of facts that it has digests of are held against it; tenants
whose facts are not there are believed.

Exit codes; the first of 2, 5, 1, 0 that holds:
    0  it holds
    1  the tool failed
    2  usage: the flags, or a file that cannot be read
    5  it does not hold, or it is about other facts`,
	example: `  ringfence fleet check-certificate certificate.json --facts ./facts`,
}

func (a *app) fleetCheckCertificate() *cobra.Command {
	var facts string
	c := verb(fleetCheckCertificateText, cobra.ExactArgs(1), func(_ context.Context, args []string) error {
		return a.runCheckCertificate(args[0], facts)
	})
	c.Flags().StringVar(&facts, "facts", "", "folder of facts to hold it against (default: none)")
	return c
}

func (a *app) runCheckCertificate(name, dir string) error {
	data, err := inputfile.Read(name)
	if err != nil {
		return usage(`"ringfence fleet certificate" writes one`, "%w", err)
	}
	var files [][]byte
	if dir != "" {
		folder, err := readFacts(dir)
		if err != nil {
			return err
		}
		files = certified(data, folder)
	}

	r, err := checker.Check(data, files...)
	if err != nil {
		return evidence("", "the certificate does not hold: %w", err)
	}
	if a.format == "json" {
		return a.json(map[string]any{"schema": "ringfence.certificate_check/1", "to": r.To, "from": r.From,
			"compared": notNil(r.Compared), "believed": notNil(r.Believed)})
	}
	a.printf("%s holds: no path leads to a target of %s from any of %s\n",
		name, r.To, counted(len(r.From), "tenant"))
	return a.printf("Facts of %s were held against it; what it says of %d is believed\n",
		counted(len(r.Compared), "tenant"), len(r.Believed))
}

// certified are the files of a folder that a certificate, as it stands, has digests of: those of
// tenants that it takes for reached whole say nothing that it rests on.
func certified(data []byte, folder isolation.Folder) [][]byte {
	var c struct {
		Facts []struct{ Tenant string }
	}
	if json.Unmarshal(data, &c) != nil {
		return nil // the checker says what is wrong with it
	}

	var files [][]byte
	for _, f := range c.Facts {
		if file, there := folder.Files[f.Tenant]; there {
			files = append(files, file)
		}
	}
	return files
}
