// Package fleetjoin compares the tenants of a fleet: out of the newest snapshot of each it
// finds facts, joins them under the fleet key, and writes to each client what it hears of
// others. What is compared, and what becomes of what is missing, is in engine/fleet; here is
// where facts come from, and where they are kept meanwhile.
package fleetjoin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"ringfence/collectors/snapshot"
	"ringfence/engine/fleet"
	"ringfence/engine/fleet/fact"
	"ringfence/engine/fleet/fingerprint"
	"ringfence/engine/fleet/join"
	"ringfence/engine/fleet/reach"
	"ringfence/engine/intent"
	"ringfence/internal/inputfile"
	"ringfence/internal/shelf"
)

// DefaultSpread is how far apart in time the evidence of two tenants may have been read.
const DefaultSpread = 6 * time.Hour

// Finder finds facts in a snapshot; an [engine.Engine] does.
type Finder interface {
	FactKinds() []reach.Kind
	Facts(context.Context, snapshot.Snapshot, intent.Promise, time.Time) (fact.Facts, error)
}

// Member is a tenant that is compared with the others.
type Member struct {
	Label   string // of the fleet file; [snapshot.FleetClient] for the MSP's own
	Promise intent.Promise
	// Open opens the newest snapshot; [fs.ErrNotExist] where there is none.
	Open func() (snapshot.Snapshot, error)
}

func (m Member) tenant() string { return m.Promise.Tenant().Client.TenantID }

// Fleet is what is compared.
type Fleet struct {
	Finder  Finder
	Key     fingerprint.Key
	Members []Member
	AsOf    time.Time
	// Spread is [DefaultSpread] where it is 0.
	Spread time.Duration
	// Parallel is how many snapshots are looked at side by side, 0 for one.
	Parallel int
	// Dir is a folder in which a folder is made for the time of the join; "" for the system's.
	Dir string
}

// Joined is a fleet that was compared. It has files, until it is closed.
type Joined struct {
	*fleet.Joined
	// Problems say why the facts of a member could not be found, by its label: what needs
	// them is not known.
	Problems map[string]error

	members   map[string]Member // by tenant
	snapshots map[string]string // the digest of each that facts were found in, by tenant
	dir       string
}

// Close removes what was kept for the time of the join.
func (j *Joined) Close() error { return os.RemoveAll(j.dir) }

// Label is what the fleet file calls a tenant, "" for one that is no member.
func (j *Joined) Label(tenant string) string { return j.members[tenant].Label }

// Join compares the members of a fleet. A member whose facts cannot be found is one of whom
// nothing is known.
func Join(ctx context.Context, f Fleet) (joined *Joined, err error) {
	dir, err := os.MkdirTemp(f.Dir, "ringfence-join-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()

	j := &Joined{Problems: map[string]error{}, members: map[string]Member{}, snapshots: map[string]string{}, dir: dir}
	in := fleet.Fleet{
		Kinds: f.Finder.FactKinds(), Members: map[string]join.Member{}, Key: f.Key,
		Named: map[string]map[string]bool{}, Spread: f.Spread,
	}
	if in.Spread == 0 {
		in.Spread = DefaultSpread
	}

	for i, m := range f.Members {
		tenant := m.tenant()
		if _, twice := j.members[tenant]; twice {
			return nil, fmt.Errorf("%s and %s are one tenant", j.members[tenant].Label, m.Label)
		}
		j.members[tenant], in.Members[tenant] = m, join.Member(i)
		if m.Promise.Kind() == intent.FleetKind {
			in.MSP = tenant
		}
		in.Named[tenant] = named(m.Promise.Tenant().Client)
	}

	kept := newKept(dir)
	if err := j.find(ctx, f, kept); err != nil {
		return nil, err
	}
	in.Facts, in.Snapshots = kept.read, j.snapshots
	if in.Shelf, err = kept.shelf(); err != nil {
		return nil, err
	}

	j.Joined, err = fleet.Join(in)
	return j, err
}

// named are the tenants that a client's own promise names.
func named(c intent.Client) map[string]bool {
	all := map[string]bool{}
	for _, p := range c.Partners {
		all[p.TenantID] = true
	}
	for _, v := range c.Vendors {
		all[v.TenantID] = true
	}
	for _, tenant := range c.ServiceProviders {
		all[tenant] = true
	}
	return all
}

// find finds the facts of all members, side by side. Only an interrupt, and a disk that does
// not take them, is an error: whatever else goes wrong is a problem of one member.
func (j *Joined) find(ctx context.Context, f Fleet, into *kept) error {
	var mu sync.Mutex // guards Problems and snapshots
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, f.Parallel))
	for _, m := range f.Members {
		group.Go(func() error {
			facts, digest, err := factsOf(ctx, f, m)
			if ctx.Err() != nil {
				return ctx.Err()
			}

			mu.Lock()
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				j.Problems[m.Label] = err
			}
			if digest != "" {
				j.snapshots[m.tenant()] = digest
			}
			mu.Unlock()
			return into.keep(facts)
		})
	}
	return group.Wait()
}

// factsOf are those of one member, and the digest of its snapshot. After an error they say
// that nothing was looked for; digest is "" where there is no snapshot.
func factsOf(ctx context.Context, f Fleet, m Member) (facts fact.Facts, digest string, err error) {
	nothing := fact.Facts{Tenant: m.tenant()}
	snap, err := m.Open()
	if err != nil {
		return nothing, "", err
	}

	facts, err = f.Finder.Facts(ctx, snap, m.Promise, f.AsOf)
	if err == nil && facts.Tenant != nothing.Tenant {
		err = fmt.Errorf("its facts are of tenant %s", facts.Tenant)
	}
	if err == nil {
		_, err = facts.Canonical() // what could not be read again is not believed now
	}
	if err != nil {
		return nothing, snap.Digest(), err
	}
	return facts, snap.Digest(), nil
}

// Heard is what each client hears of others, as the bytes of fleet-facts.json, by label. A
// client without a snapshot hears nothing: there is nothing to judge.
func (j *Joined) Heard() (map[string][]byte, error) {
	heard, err := j.Joined.Heard()
	if err != nil {
		return nil, err
	}

	files := map[string][]byte{}
	for tenant, h := range heard {
		m := j.members[tenant]
		if j.snapshots[tenant] == "" {
			continue
		}
		if files[m.Label], err = h.Canonical(); err != nil {
			return nil, fmt.Errorf("what client %s hears of others: %w", m.Label, err)
		}
	}
	return files, nil
}

// maxHeld is how many facts are held in memory; those of further members are read from the
// disk whenever they are needed.
const maxHeld = 300_000

// kept are the facts of all members, for the time of the join.
type kept struct {
	dir string

	mu    sync.Mutex // guards what follows
	held  map[string]fact.Facts
	n     int // facts in held
	links int // of all members
}

func newKept(dir string) *kept { return &kept{dir: dir, held: map[string]fact.Facts{}} }

func (k *kept) file(tenant string) string { return filepath.Join(k.dir, tenant+".json") }

func (k *kept) keep(facts fact.Facts) error {
	size := len(facts.Links) + len(facts.Edges) + len(facts.Coverage)
	k.mu.Lock()
	k.links += len(facts.Links)
	fits := k.n+size <= maxHeld
	if fits {
		k.n += size
		k.held[facts.Tenant] = facts
	}
	k.mu.Unlock()
	if fits {
		return nil
	}

	data, err := facts.Canonical()
	if err != nil {
		return err
	}
	return os.WriteFile(k.file(facts.Tenant), data, 0o600)
}

func (k *kept) read(tenant string) (fact.Facts, error) {
	k.mu.Lock()
	facts, held := k.held[tenant]
	k.mu.Unlock()
	if held {
		return facts, nil
	}

	data, err := os.ReadFile(k.file(tenant))
	if err != nil {
		return fact.Facts{}, err
	}
	return fact.Parse(data)
}

// maxIndexed is how many links are compared in memory, in which each takes 36 bytes.
const maxIndexed = 1_000_000

// shelf is where the index of fingerprints is.
func (k *kept) shelf() (join.Shelf, error) {
	if k.links <= maxIndexed {
		return &memory{}, nil
	}

	folder := filepath.Join(k.dir, "index")
	return shelf.In(folder), os.Mkdir(folder, 0o700)
}

// memory is a shelf.
type memory [join.Parts][]byte

func (m *memory) Append(part int, data []byte) error {
	m[part] = append(m[part], data...)
	return nil
}

func (m *memory) Read(part int) ([]byte, error) { return m[part], nil }

func (m *memory) Replace(part int, data []byte) error {
	m[part] = slices.Clone(data)
	return nil
}

// ReadKey reads the fleet key from a file. White space around it does not count, so that an
// editor that ends the file with a line feed makes no other key.
func ReadKey(file string) (fingerprint.Key, error) {
	data, err := inputfile.Read(file)
	if err != nil {
		return fingerprint.Key{}, err
	}

	secret := bytes.TrimSpace(data)
	if !varies(secret) {
		return fingerprint.Key{}, errors.New("it was not made at random: its bytes are nearly all the same")
	}
	return fingerprint.NewKey(secret)
}

// leastVaried is how many different bytes 32 random hexadecimal digits have at least, all but
// never fewer.
const leastVaried = 8

// varies refuses what was surely not made at random, such as 64 zeros.
func varies(secret []byte) bool {
	distinct := slices.Compact(slices.Sorted(slices.Values(secret)))
	return len(distinct) >= leastVaried
}
