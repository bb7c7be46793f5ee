package engine

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"strconv"

	"ringfence/collectors/snapshot"
	"ringfence/engine/finding"
)

// judging says what controls find, by id. Wrappers of it have the same signature: see
// remembered.
type judging func(context.Context, []*control) (map[string]*finding.Opinion, error)

// remembered judges only the controls whose opinion is not remembered under the
// digest of all that it follows from: the control and the libraries behind it, the
// promise, the time where it asks for it, and content and coverage of exactly the
// datasets of its plan.
func (j *job) remembered(next judging) judging {
	if j.Memory == nil {
		return next
	}

	return func(ctx context.Context, controls []*control) (map[string]*finding.Opinion, error) {
		keys, err := j.keys(controls)
		if err != nil {
			return nil, err
		}

		known := map[string]*finding.Opinion{}
		var pending []*control
		recalled := j.Meter.Start("recall")
		for _, c := range controls {
			if opinion, same := j.Memory.Opinion(c.Control.Control, keys[c.ID]); same {
				known[c.ID] = opinion
			} else {
				pending = append(pending, c)
			}
		}
		recalled()

		judged, err := next(ctx, pending)
		if err != nil {
			return nil, err
		}

		defer j.Meter.Start("recall")()
		for id, opinion := range judged {
			j.Memory.Keep(id, keys[id], opinion)
			known[id] = opinion
		}

		return known, nil
	}
}

// keys are the digests of what each control's opinion follows from.
func (j *job) keys(controls []*control) (keys map[string]string, err error) {
	keys = map[string]string{}
	identities := map[identity]string{}
	err = j.Meter.Reading("recall", j.snap, func(snap snapshot.Snapshot) error {
		for _, c := range controls {
			h := sha256.New()
			fmt.Fprintf(h, "%q %q %q\n", c.digest, j.promiseDigest, j.timesRead(c.times))
			for _, name := range c.Reads {
				id := identity{name, c.observed[name]}
				if _, known := identities[id]; !known {
					if identities[id], err = j.identify(snap, id); err != nil {
						return err
					}
				}
				h.Write([]byte(identities[id]))
			}

			keys[c.ID] = string(h.Sum(nil))
		}

		return nil
	})

	return keys, err
}

// timesRead are as-of and collected_at, as far as a control reads them.
func (j *job) timesRead(t times) (text string) {
	if t.asOf {
		text += strconv.FormatInt(j.asOf.UnixNano(), 10)
	}
	if t.collectedAt {
		text += " " + j.snap.Manifest.CollectedAt
	}
	return text
}

// identity is a dataset, with or without what its documents observed.
type identity struct {
	dataset  string
	observed bool
}

// identify digests all of a dataset that an opinion can follow from: its content,
// and how much of it was seen. For a control that reads nothing of observed the
// content is the rest alone, where we computed that digest ourselves.
func (j *job) identify(snap snapshot.Snapshot, id identity) (string, error) {
	sealed, c := snap.Manifest.Datasets[id.dataset], j.evidence.Coverage()[id.dataset]
	content := "bytes " + sealed.Digest
	if !id.observed && sealed.SpecDigest != sealed.Digest {
		digest, ok, err := j.Memory.SpecDigest(snap, id.dataset)
		if err != nil {
			return "", err
		}
		if ok {
			content = "spec " + digest
		}
	}

	h := sha256.New()
	fmt.Fprintf(h, "%q %q %d %q %q\n", id.dataset, content, sealed.Count, c.Status, c.Proof)
	identifyEvidence(h, c.Evidence)
	for _, s := range c.Scopes {
		fmt.Fprintf(h, "%q %q %d\n", s.Scope, s.Status, s.Count)
		identifyEvidence(h, s.Evidence)
	}

	return string(h.Sum(nil)), nil
}

func identifyEvidence(h hash.Hash, e *snapshot.Evidence) {
	if e != nil {
		fmt.Fprintf(h, "\t%d %q %q\n", e.HTTPStatus, e.Code, e.Message)
	}
}
