package oscal

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
	"ringfence/engine/intent"
	"ringfence/internal/runfolder/layout"
)

// builder holds the checked input and what all three documents share.
type builder struct {
	in       Input
	controls []assessed        // sorted by id
	tenant   string            // tenant id
	digests  map[string]string // path -> SHA-256: those of Input.Files, and of the documents so far
	located  map[string]place  // by subject: the documents that findings are about or cite
	people   people

	// The evidence window: what was read between start, the earliest start of any
	// dataset, and end, the as-of.
	start, end time.Time
	// maxAge is how long evidence is fresh after it was collected.
	maxAge time.Duration
}

// assessed is one control with all its verdicts.
type assessed struct {
	finding.Summary
	Meta      finding.Control
	Token     string            // its id in the catalog: "rf-t-08" for RF-T-08
	Findings  []finding.Finding // by subject
	Satisfied []string          // subjects, sorted
	Error     string            // the policy's error, "" for none
}

// objective is the catalog id of what the control's test determines: the target of
// its finding.
func (c assessed) objective() string { return c.Token + objectiveSuffix }

func newBuilder(in Input) (*builder, error) {
	b := &builder{
		in:      in,
		tenant:  in.Set.TenantID,
		digests: maps.Clone(in.Files),
		maxAge:  maxAge(in.Intent.Client.MaxAge),
	}
	for _, step := range []func() error{b.checkInput, b.findWindow, b.groupVerdicts, b.locateDocuments} {
		if err := step(); err != nil {
			return nil, err
		}
	}

	b.people = newPeople(in)
	return b, nil
}

// alwaysLinked are the files whose digests are in every result.
var alwaysLinked = []string{layout.Intent, layout.Manifest, layout.Policies, layout.Findings, layout.Verdicts}

// checkInput holds the parts of the input against each other.
func (b *builder) checkInput() error {
	if b.tenant == "" || b.in.RunID == "" {
		return errors.New("tenant id and run id are needed")
	}
	if b.tenant != b.in.Manifest.TenantID {
		return fmt.Errorf("findings are of tenant %q, the manifest of %q", b.tenant, b.in.Manifest.TenantID)
	}

	files := b.in.Files
	for _, path := range alwaysLinked {
		if _, ok := files[path]; !ok {
			return fmt.Errorf("the digest of %s is needed", path)
		}
	}

	for _, path := range sortedKeys(files) {
		if raw, err := hex.DecodeString(files[path]); err != nil || len(raw) != 32 {
			return fmt.Errorf("the digest of %s is no SHA-256: %q", path, files[path])
		}
	}

	return nil
}

// findWindow finds the evidence window. A time that cannot be read is left out.
func (b *builder) findWindow() error {
	collected, err := time.Parse(time.RFC3339, b.in.Manifest.CollectedAt)
	if err != nil {
		return fmt.Errorf("collected_at: %w", err)
	}

	times := []time.Time{collected}
	for _, c := range b.in.Manifest.Datasets {
		for _, s := range []string{c.StartedAt, c.EndedAt} {
			if t, err := time.Parse(time.RFC3339, s); err == nil {
				times = append(times, t)
			}
		}
	}

	b.start, b.end = slices.MinFunc(times, time.Time.Compare).UTC(), b.in.AsOf.UTC()
	if last := slices.MaxFunc(times, time.Time.Compare); b.end.Before(last) {
		return fmt.Errorf("as-of %s is before the snapshot's end %s", stamp(b.end), stamp(last))
	}

	return nil
}

// groupVerdicts sorts findings and verdicts to their controls.
func (b *builder) groupVerdicts() error {
	set := b.in.Set
	index, tokens := map[string]int{}, map[string]string{}
	for i, s := range set.Controls {
		c := assessed{Summary: s, Token: controlToken(s.ID), Error: set.Errors[s.ID]}
		if other, dup := tokens[c.Token]; dup {
			return fmt.Errorf("controls %q and %q have one catalog id", other, s.ID)
		}

		c.Meta = finding.Control{ID: s.ID, Title: s.Title, Family: s.Family, Severity: s.Severity}
		if i < len(set.Metadata) && set.Metadata[i].ID == s.ID {
			c.Meta = set.Metadata[i]
		}

		tokens[c.Token], index[s.ID] = s.ID, i
		b.controls = append(b.controls, c)
	}

	for _, f := range set.Findings {
		i, ok := index[f.Control]
		if !ok {
			return fmt.Errorf("finding of unknown control %q", f.Control)
		}
		if want := finding.ObservationUUID(b.tenant, f.Control, f.Subject); f.UUID != want {
			return fmt.Errorf("finding %s, %s: uuid is %q, not %s", f.Control, f.Subject, f.UUID, want)
		}

		b.controls[i].Findings = append(b.controls[i].Findings, f)
	}

	for _, v := range set.Verdicts {
		if i, ok := index[v.Control]; ok && v.Outcome == finding.Satisfied {
			b.controls[i].Satisfied = append(b.controls[i].Satisfied, v.Subject)
		}
	}

	return b.sortControls()
}

// sortControls sorts the controls and what is in them, and checks that a control's
// summary counts what is there.
func (b *builder) sortControls() error {
	for i := range b.controls {
		c := &b.controls[i]
		slices.Sort(c.Satisfied)
		slices.SortFunc(c.Findings, bySubject)

		id, counts := c.ID, c.Subjects
		if want, n := counts.Satisfied, len(c.Satisfied); n != want {
			return fmt.Errorf("control %s: %d satisfied subjects, but %d verdicts", id, want, n)
		}
		if want, n := counts.NotSatisfied+counts.Undetermined, len(c.Findings); n != want {
			return fmt.Errorf("control %s: %d subjects are not satisfied, but %d findings", id, want, n)
		}
	}

	slices.SortStableFunc(b.controls, func(x, y assessed) int { return cmp.Compare(x.ID, y.ID) })
	return nil
}

func bySubject(a, b finding.Finding) int { return cmp.Compare(a.Subject, b.Subject) }

// judged is how complete a dataset is, as the engine judged it. Of a dataset that it
// says nothing of, nothing is known to be complete.
func (b *builder) judged(dataset string) finding.Coverage {
	if c, ok := b.in.Set.Coverage[dataset]; ok {
		return c
	}
	return finding.Coverage{Status: string(snapshot.Skipped), Reason: "not judged"}
}

// incomplete are the datasets that a control reads and that are not complete.
func (b *builder) incomplete(c assessed) []string {
	return slices.DeleteFunc(slices.Clone(b.in.Set.Reads[c.ID]), func(dataset string) bool {
		return b.judged(dataset).Complete()
	})
}

// collected is when a dataset was read: the end of that, or the start of the window
// where the manifest does not say.
func (b *builder) collected(dataset string) time.Time {
	if t, err := time.Parse(time.RFC3339, b.in.Manifest.Datasets[dataset].EndedAt); err == nil {
		return t.UTC()
	}
	return b.start
}

// expires is when evidence that was collected at a time passes the client's max_age,
// or "" if it had passed it at the as-of: OSCAL has no observation that expired
// before its result ended. [builder.expired] says so then.
func (b *builder) expires(collected time.Time) string {
	if at := collected.Add(b.maxAge); at.After(b.end) {
		return stamp(at)
	}
	return ""
}

// expired is the property of evidence that had passed max_age at the as-of, and
// nothing for other evidence.
func (b *builder) expired(collected time.Time) []property {
	if b.expires(collected) != "" {
		return nil
	}
	return []property{prop("expired-at", stamp(collected.Add(b.maxAge)))}
}

// defaultMaxAge holds for a client without max_age.
const defaultMaxAge = 24 * time.Hour

func maxAge(s string) time.Duration {
	if d, err := intent.ParseAge(s); err == nil {
		return d
	}
	return defaultMaxAge
}

// stamp is a time as OSCAL's DateTimeWithTimezone.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
