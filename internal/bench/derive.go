package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ringfence/collectors/snapshot"
)

// edit says how a snapshot is derived from another: what becomes of its manifest and of each
// dataset's lines. Files that stay the same are hard links to the other's.
type edit struct {
	manifest func(*snapshot.Manifest)
	data     func(dataset string, lines []byte) []byte
}

// derive writes a snapshot made from another.
func (e edit) derive(from, to string) error {
	snap, err := snapshot.OpenFolder(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}

	m := snap.Manifest
	e.manifest(&m)

	for name, c := range m.Datasets {
		if !c.Holds() {
			continue
		}
		if m.Datasets[name], err = e.dataset(name, c, from, to); err != nil {
			return err
		}
	}

	raw, err := snapshot.CanonicalFile(m)
	if err != nil {
		return err
	}

	return os.WriteFile(filepath.Join(to, snapshot.ManifestFile), raw, 0o644)
}

// dataset writes the file of one dataset, and returns its coverage.
func (e edit) dataset(name string, c snapshot.Coverage, from, to string) (snapshot.Coverage, error) {
	file := snapshot.DataFile(name)
	old, err := os.ReadFile(filepath.Join(from, file))
	if err != nil {
		return c, err
	}

	data := e.data(name, old)
	if bytes.Equal(data, old) {
		return c, os.Link(filepath.Join(from, file), filepath.Join(to, file))
	}

	var docs []snapshot.Document
	for line := range bytes.Lines(data) {
		doc, err := snapshot.DecodeLine(bytes.TrimSpace(line))
		if err != nil {
			return c, err
		}
		docs = append(docs, doc)
	}

	if data, c.Digest, c.SpecDigest, err = snapshot.Encode(docs); err != nil {
		return c, err
	}

	c.Count = len(docs)
	return c, os.WriteFile(filepath.Join(to, file), data, 0o644)
}

func untouched(_ string, lines []byte) []byte { return lines }

// later moves all times of a manifest, as if the tenant was read again.
func later(m *snapshot.Manifest, by time.Duration) {
	move := func(at *string) {
		if t, err := time.Parse(time.RFC3339, *at); err == nil {
			*at = t.Add(by).Format(time.RFC3339)
		}
	}

	move(&m.CollectedAt)
	for name, c := range m.Datasets {
		move(&c.StartedAt)
		move(&c.EndedAt)
		m.Datasets[name] = c
	}
}

// change derives the workload changed: all small clients, read again a day later. In one of a
// hundred a user was renamed.
func (g generator) change(ctx context.Context, w workload) error {
	small, labels, fleet, err := g.small(ctx)
	if err != nil {
		return err
	}

	for i, label := range labels {
		e := edit{func(m *snapshot.Manifest) { later(m, 24*time.Hour) }, untouched}
		if i%100 == 0 {
			e.data = renameUser
		}
		from, to := filepath.Join(small.snapshots(), label), filepath.Join(w.snapshots(), label)
		if err := e.derive(from, to); err != nil {
			return fmt.Errorf("%s: %w", label, err)
		}
	}

	return w.writeFleet("fleet.hcl", fleet)
}

// small is the workload of that name, its clients and its fleet file.
func (g generator) small(ctx context.Context) (w workload, labels []string, fleet []byte, err error) {
	if w, err = g.workload(ctx, "small"); err != nil {
		return w, nil, nil, err
	}
	if labels, err = w.labels(); err != nil {
		return w, nil, nil, err
	}

	fleet, err = os.ReadFile(w.fleetFile("fleet.hcl"))
	return w, labels, fleet, err
}

// renameUser gives the first user another display name.
func renameUser(dataset string, lines []byte) []byte {
	if dataset != "entra.users" {
		return lines
	}
	return bytes.Replace(lines, []byte(`"displayName":"`), []byte(`"displayName":"Renamed `), 1)
}

// scale derives w.Clients clients from the small ones: beyond the thousandth they are copies
// under another label and tenant id.
func (g generator) scale(ctx context.Context, w workload) error {
	small, labels, fleet, err := g.small(ctx)
	if err != nil {
		return err
	}

	head, blocks := clientBlocks(fleet)
	files := map[string][]byte{"fleet.hcl": head}
	group, _ := errgroup.WithContext(ctx)
	group.SetLimit(2)

	for i := range w.Clients {
		label := labels[i%len(labels)]
		c := copyOf{label: label, number: i / len(labels)}
		file := fmt.Sprintf("clients-%02d.hcl", c.number) // a fleet file has 4 MiB at most
		files[file] = append(files[file], c.block(blocks[label])...)

		from, to := filepath.Join(small.snapshots(), label), filepath.Join(w.snapshots(), c.name())
		group.Go(func() error { return c.edit(blocks[label]).derive(from, to) })
	}

	if err := group.Wait(); err != nil {
		return err
	}

	for name, text := range files {
		if err := w.writeFleet(name, text); err != nil {
			return err
		}
	}
	return nil
}

var clientBlock = regexp.MustCompile(`(?ms)^client "([^"]+)" \{$.*?^\}$\n|^exception .*?^\}$\n`)

// clientBlocks takes a fleet file of the emulator apart: what all clients share, and each
// client's block. Exceptions are dropped.
func clientBlocks(fleet []byte) (head []byte, blocks map[string][]byte) {
	blocks = map[string][]byte{}
	for _, m := range clientBlock.FindAllSubmatch(fleet, -1) {
		if len(m[1]) > 0 {
			blocks[string(m[1])] = m[0]
		}
	}
	return clientBlock.ReplaceAll(fleet, nil), blocks
}

// copyOf is the number-th copy of a client; 0 is the client itself.
type copyOf struct {
	label  string
	number int
}

func (c copyOf) name() string {
	if c.number == 0 {
		return c.label
	}
	return fmt.Sprintf("%s-copy%d", c.label, c.number)
}

var guid = regexp.MustCompile(`"([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21})"`)

var domain = regexp.MustCompile(`(?m)^  domains   = \["([^"]+)"\]$`)

// names renames what the client's block declares to what the copy has: the ids of its tenant
// and its subscriptions, and its domain, also at the end of those below it and of addresses.
func (c copyOf) names(block []byte) *strings.Replacer {
	var pairs []string
	declared, _, _ := bytes.Cut(block, []byte("  graph {"))
	for _, m := range guid.FindAllSubmatch(declared, -1) {
		old := string(m[1])
		pairs = append(pairs, old, fmt.Sprintf("%08x", c.number)+old[8:])
	}
	for _, m := range domain.FindAllSubmatch(declared, -1) {
		end := string(m[1]) + `"`
		pairs = append(pairs, end, fmt.Sprintf("copy%d.", c.number)+end)
		start := string(m[1]) + "/" // ids that begin with the domain or one below it
		pairs = append(pairs, start, fmt.Sprintf("copy%d.", c.number)+start)
	}

	return strings.NewReplacer(pairs...)
}

// block is the copy's client block.
func (c copyOf) block(block []byte) string {
	if c.number == 0 {
		return string(block)
	}

	text := c.names(block).Replace(string(block))
	return strings.Replace(text, `client "`+c.label+`"`, `client "`+c.name()+`"`, 1)
}

func (c copyOf) edit(block []byte) edit {
	if c.number == 0 {
		return edit{func(*snapshot.Manifest) {}, untouched}
	}

	names := c.names(block)
	return edit{
		manifest: func(m *snapshot.Manifest) {
			m.Client, m.TenantID = c.name(), names.Replace(m.TenantID)
			for name, d := range m.Datasets {
				d.Scopes = slices.Clone(d.Scopes)
				for i := range d.Scopes {
					d.Scopes[i].Scope = strings.Trim(names.Replace(`"`+d.Scopes[i].Scope+`"`), `"`)
				}
				m.Datasets[name] = d
			}
		},
		data: func(_ string, lines []byte) []byte { return []byte(names.Replace(string(lines))) },
	}
}
