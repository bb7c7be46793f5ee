package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringfence/collectors/snapshot"
	"ringfence/engine"
	"ringfence/internal/fleetfile"
	"ringfence/internal/isolation"
	"ringfence/internal/run"
	"ringfence/internal/runfolder/layout"
	"ringfence/oscal/attest"
)

type residueFlags struct {
	isolationFlags
	client         string
	msp            bool
	out            string
	key            string
	passphraseFile string
}

var fleetResidueText = text{
	use:   "residue --fleet FILE --client C",
	short: "Say what still joins a client that left with the MSP, and with its other clients",
	long: `Looks at both sides: what a client's own tenant shows of the MSP and of other clients
(guests, applications, delegations, credentials, whatever kinds of facts the policies
find), and what their tenants show of the client; and the paths that follow. What both
merely have in common, such as an application of the same vendor, is shown, too. With
--msp only the MSP is looked at: what of an MSP still reaches a client. A client that
is off-boarded is joined for this, by the newest snapshot that there is of it.

With --out and --key it writes a signed statement for the client, residue.json and its
bundle, in which other clients have pseudonyms and the MSP its own name. Stock cosign
checks it:
  cosign verify-blob-attestation --key machine.pub --insecure-ignore-tlog \
    --bundle residue.json.sigstore.json --type urn:ringfence:attestation:residue:v1 residue.json
There is no statement while the evidence of one side is not complete, or was read
before the contract's last day of a client that left was over.

Exit codes; the first of 2, 5, 3, 1, 4, 0 that holds:
    0  by nothing does one get to the other, and that is known to be all
    1  the tool failed
    2  usage: the flags, or the files that they name
    3  something does
    4  nothing was seen, but evidence is missing
    5  a file of facts is not what facts are written like
  130  interrupted`,
	example: `  ringfence fleet residue --fleet fleet.hcl --client tailspin
  ringfence fleet residue --fleet fleet.hcl --client tailspin --msp --out ./residue --key keys/machine.key`,
}

func (a *app) fleetResidue() *cobra.Command {
	var f residueFlags
	c := verb(fleetResidueText, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return a.runFleetResidue(ctx, f)
	})

	f.add(c)
	flags := c.Flags()
	flags.StringVar(&f.client, "client", "", "the client (required)")
	flags.BoolVar(&f.msp, "msp", false, "only what joins it with the MSP (default: with all clients, too)")
	flags.StringVar(&f.out, "out", "", "new folder for a signed statement (default: none)")
	flags.StringVar(&f.key, "key", "", "with --out: the machine's private key, a PEM file")
	flags.StringVar(&f.passphraseFile, "passphrase-file", "",
		"with --key: file with its passphrase (or set RINGFENCE_KEY_PASSPHRASE)")

	return c
}

func (a *app) runFleetResidue(ctx context.Context, f residueFlags) error {
	if f.client == "" {
		return usage(hintClients, "no --client is given")
	}
	if (f.out == "") != (f.key == "") {
		return usage("give both, or neither", "--out and --key belong together: a statement is signed")
	}
	key, err := a.signer(f.key, f.passphraseFile)
	if err != nil {
		return err
	}
	j, err := a.join(ctx, f.isolationFlags, f.client)
	if err != nil {
		return err
	}
	defer j.close()
	if err := j.joins(f.client); err != nil {
		return err
	}

	client, _ := j.file.Client(f.client)
	options := isolation.ResidueOptions{Client: f.client, MSP: f.msp, After: left(client)}
	r, err := isolation.NewResidue(j.Fleet, options)
	if err != nil {
		return broken("", "looking for what remains: %w", err)
	}
	if f.out != "" && r.Complete() {
		told, err := r.Nameless(j.Fleet)
		if err != nil {
			return err
		}
		if err := writeResidue(ctx, f.out, told, key, f.msp); err != nil {
			return err
		}
	}

	if a.format == "json" {
		err = a.json(struct {
			*isolation.Residue
			Conditions []int `json:"conditions"`
		}{r, remaining(r)})
	} else {
		err = a.printResidue(j, r, client, f)
	}
	return errors.Join(err, exitOf(run.First(remaining(r))))
}

// left is when a client's contract was over, zero for one that did not leave.
func left(c *fleetfile.Client) time.Time {
	if c.State != "offboarded" || c.Contract == nil || c.Contract.End == nil {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, *c.Contract.End)
	if err != nil {
		return time.Time{} // the fleet file was checked
	}
	return day.AddDate(0, 0, 1)
}

// remaining are the exit conditions that a residue stands for, sorted.
func remaining(r *isolation.Residue) []int {
	conditions := []int{}
	if r.Remains() {
		conditions = append(conditions, run.ExitNotSatisfied)
	}
	if !r.Complete() {
		conditions = append(conditions, run.ExitUndetermined)
	}
	return conditions
}

func (a *app) printResidue(j *joining, r *isolation.Residue, client *fleetfile.Client, f residueFlags) error {
	a.printf("What joins %s, which is %s, with %s\n\n", r.Client, client.State, sidesOf(r))
	for _, rel := range r.Relations {
		a.printf("%s, %s, %s: %s\n", direction(rel, r.Client), rel.Kind, rel.State, endsText(rel))
		for _, e := range rel.Evidence {
			a.printf("  seen in %s: %s\n", e.Of, e.Subject)
		}
	}
	if len(r.Relations) > 0 {
		a.print("\n")
	}

	for _, p := range r.Paths {
		a.printPath(j.name, p)
	}
	if !r.Remains() {
		a.print("Nothing was seen by which one gets to the other.\n\n")
	}

	a.printSides(r)

	switch {
	case r.Complete() && f.out != "":
		return a.printf("%s: signed statement for %s\n", filepath.Join(f.out, residueFile), r.Client)
	case f.out != "":
		return a.print("No statement: this is not known to be all.\n")
	case !r.Complete():
		return a.print("This is not known to be all.\n")
	}
	return a.print("The evidence of all of them is complete.\n")
}

// printSides says what was looked at, and what is missing of it.
func (a *app) printSides(r *isolation.Residue) {
	for i, s := range r.Sides {
		if i > shownFew {
			a.printf("And of %d more, see --format json\n", len(r.Sides)-i)
			break
		}
		a.printf("Evidence of %s: read %s\n", s.Name, readBetween(s))
	}
	a.printf("Kinds that were looked for: %s\n", strings.Join(r.Kinds, ", "))
	for _, m := range r.Missing {
		a.printf("  missing of %s\n", m)
	}
}

func sidesOf(r *isolation.Residue) string {
	var names []string
	for _, s := range r.Sides[1:] {
		names = append(names, s.Name)
	}
	return someOf(names)
}

func direction(rel isolation.Relation, client string) string {
	switch rel.Direction {
	case isolation.Into:
		return rel.With + " into " + client
	case isolation.OutOf:
		return client + " into " + rel.With
	}
	return rel.With + " and " + client
}

// endsText says what a relation joins; a value that is no edge joins nothing.
func endsText(rel isolation.Relation) string {
	if rel.From == "" || rel.To == "" {
		return "the same value"
	}
	return withoutTenant(rel.From) + " to " + withoutTenant(rel.To)
}

func withoutTenant(node string) string {
	_, rest, _ := strings.Cut(node, "/")
	return rest
}

func readBetween(s isolation.Side) string {
	if s.Last == "" {
		return "never"
	}
	if s.First == s.Last {
		return s.Last
	}
	return s.First + " to " + s.Last
}

// The files of a statement.
const residueFile, residueBundle = "residue.json", "residue.json.sigstore.json"

// residueClaim is what the machine states about a residue.
type residueClaim struct {
	Client   string `json:"client"`
	TenantID string `json:"tenant_id"`
	AsOf     string `json:"as_of"`
	Engine   string `json:"engine"`
	MSPOnly  bool   `json:"msp_only"`  // what joins it with other clients was not asked
	Released bool   `json:"released"`  // nothing remains by which one gets to the other
	InCommon int    `json:"in_common"` // values that both have and that lead nowhere
}

// writeResidue writes a residue, what the machine says of it, and the machine's public key.
func writeResidue(ctx context.Context, dir string, r *isolation.Residue, key *attest.Key, mspOnly bool) error {
	data, err := r.Canonical()
	if err != nil {
		return err
	}
	claim, err := json.Marshal(residueClaim{Client: r.Client, TenantID: r.TenantID, AsOf: r.AsOf,
		Engine: engine.Version, MSPOnly: mspOnly, Released: !r.Remains(), InCommon: r.Common()})
	if err != nil {
		return err
	}
	bundle, err := attest.Sign(ctx, key, attest.Statement{PredicateType: attest.TypeResidue, Predicate: claim,
		Subjects: []attest.Subject{{Name: residueFile, SHA256: snapshot.Digest(data)}}})
	if err != nil {
		return err
	}

	if err := os.Mkdir(dir, 0o700); err != nil {
		return usage("--out takes a folder that is not there yet", "--out: %w", err)
	}
	for _, file := range []struct {
		name string
		data []byte
	}{{residueFile, data}, {residueBundle, bundle}, {layout.Key, key.Public().PEM()}} {
		if err := writeNew(filepath.Join(dir, file.name), file.data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
