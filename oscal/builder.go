package oscal

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
)

// Documents writes the three OSCAL documents of a run: catalog.json,
// assessment-plan.json and assessment-results.json. An error means that the
// input contradicts itself (an as-of before the snapshot, a verdict without a
// control, a missing file digest). No text of a tenant makes them invalid;
// callers still run ValidateFolder on what they are about to sign.
func Documents(in Input) (map[string][]byte, error) {
	b, err := newBuilder(in)
	if err != nil {
		return nil, fmt.Errorf("preparing OSCAL of %q: %w", in.Set.Client, err)
	}

	docs := map[string][]byte{}
	for _, d := range []struct {
		name string
		make func() any
	}{
		{CatalogFile, func() any { return b.catalog() }},
		{PlanFile, func() any { return b.plan() }},
		{ResultsFile, func() any { return b.results() }},
	} {
		data, err := snapshot.CanonicalFile(d.make())
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", d.name, err)
		}

		docs[d.name] = data
		b.hashes[d.name] = snapshot.Digest(data)
	}

	return docs, nil
}

// builder holds what the three documents share.
type builder struct {
	in       Input
	controls []ctrl
	tenant   string
	start    time.Time // earliest started_at
	end      time.Time // as-of
	maxAge   time.Duration
	hashes   map[string]string // path -> SHA-256
	places   map[string]place  // by subject: documents that findings are about or cite
	people   people
}

// ctrl is one control with all its verdicts. Seen holds the subjects that are
// satisfied, sorted.
type ctrl struct {
	finding.Summary
	Meta     finding.Control
	Token    string
	Findings []finding.Finding
	Seen     []string
	Error    string
}

func (c ctrl) objective() string { return c.Token + "_obj" }

func newBuilder(in Input) (*builder, error) {
	b := &builder{in: in, tenant: in.Set.TenantID, hashes: maps.Clone(in.Files), maxAge: maxAge(in.Intent.Client.MaxAge)}
	if b.tenant == "" || in.RunID == "" {
		return nil, fmt.Errorf("tenant id and run id are needed")
	}
	if b.tenant != in.Manifest.TenantID {
		return nil, fmt.Errorf("findings are of tenant %q, the manifest of %q", b.tenant, in.Manifest.TenantID)
	}

	for _, path := range []string{intentFile, manifestFile, policiesFile, findingsFile, verdictsFile} {
		if _, ok := in.Files[path]; !ok {
			return nil, fmt.Errorf("the digest of %s is needed", path)
		}
	}

	for _, path := range slices.Sorted(maps.Keys(in.Files)) {
		if raw, err := hex.DecodeString(in.Files[path]); err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("the digest of %s is no SHA-256: %q", path, in.Files[path])
		}
	}

	if err := b.times(); err != nil {
		return nil, err
	}
	if err := b.group(); err != nil {
		return nil, err
	}
	if err := b.locate(); err != nil {
		return nil, err
	}

	b.people = newPeople(in)
	return b, nil
}

// times finds the evidence window: the earliest time of any dataset, to as-of.
func (b *builder) times() error {
	collected, err := time.Parse(time.RFC3339, b.in.Manifest.CollectedAt)
	if err != nil {
		return fmt.Errorf("collected_at: %w", err)
	}

	b.end, b.start = b.in.AsOf.UTC(), collected.UTC()
	latest := collected
	for _, name := range slices.Sorted(maps.Keys(b.in.Manifest.Datasets)) {
		c := b.in.Manifest.Datasets[name]
		for _, s := range []string{c.StartedAt, c.EndedAt} {
			if t, err := time.Parse(time.RFC3339, s); err == nil {
				b.start = minTime(b.start, t.UTC())
				latest = maxTime(latest, t)
			}
		}
	}

	if b.end.Before(latest) {
		return fmt.Errorf("as-of %s is before the snapshot's end %s", stamp(b.end), stamp(latest))
	}

	return nil
}

// group sorts findings and verdicts to their controls.
func (b *builder) group() error {
	index, tokens := map[string]int{}, map[string]string{}
	for i, s := range b.in.Set.Controls {
		c := ctrl{Summary: s, Token: controlToken(s.ID), Error: b.in.Set.Errors[s.ID]}
		if other, dup := tokens[c.Token]; dup {
			return fmt.Errorf("controls %q and %q have one catalog id", other, s.ID)
		}

		tokens[c.Token] = s.ID
		c.Meta = finding.Control{ID: s.ID, Title: s.Title, Family: s.Family, Severity: s.Severity}

		if i < len(b.in.Set.Metadata) && b.in.Set.Metadata[i].ID == s.ID {
			c.Meta = b.in.Set.Metadata[i]
		}

		index[s.ID] = i
		b.controls = append(b.controls, c)
	}

	for _, f := range b.in.Set.Findings {
		i, ok := index[f.Control]
		if !ok {
			return fmt.Errorf("finding of unknown control %q", f.Control)
		}
		if want := finding.ObservationUUID(b.tenant, f.Control, f.Subject); f.UUID != want {
			return fmt.Errorf("finding %s, %s: uuid is %q, not %s", f.Control, f.Subject, f.UUID, want)
		}

		b.controls[i].Findings = append(b.controls[i].Findings, f)
	}

	for _, v := range b.in.Set.Verdicts {
		if i, ok := index[v.Control]; ok && v.Outcome == finding.Satisfied {
			b.controls[i].Seen = append(b.controls[i].Seen, v.Subject)
		}
	}

	return b.arrange()
}

// arrange sorts and checks that summary and verdicts agree.
func (b *builder) arrange() error {
	for i := range b.controls {
		c := &b.controls[i]
		slices.Sort(c.Seen)
		slices.SortFunc(c.Findings, func(x, y finding.Finding) int { return strings.Compare(x.Subject, y.Subject) })

		if len(c.Seen) != c.Subjects.Satisfied {
			return fmt.Errorf("control %s: %d satisfied subjects, but %d verdicts", c.ID, c.Subjects.Satisfied, len(c.Seen))
		}
		if n := c.Subjects.NotSatisfied + c.Subjects.Undetermined; len(c.Findings) != n {
			return fmt.Errorf("control %s: %d subjects are not satisfied, but %d findings", c.ID, n, len(c.Findings))
		}
	}

	slices.SortStableFunc(b.controls, func(x, y ctrl) int { return cmp.Compare(x.ID, y.ID) })
	return nil
}

// maxAge is the client's max_age; 24 hours, the built-in default, when there is
// none.
func maxAge(s string) time.Duration {
	if d, err := intent.ParseAge(s); err == nil {
		return d
	}
	return 24 * time.Hour
}

// stamp is a DateTimeWithTimezone.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
