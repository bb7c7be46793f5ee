package engine

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"

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
			fmt.Fprintf(h, "%q %q\n", c.digest, j.promiseDigest)
			if err := j.identifyParts(h, c.parts); err != nil {
				return err
			}
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

// keyedParts are the parts of the shared input that do not follow from the promise.
var keyedParts = []string{"as_of", "collected_at", snapshotPart, recordsPart, fleetPart, reachPart}

// identifyParts writes what of the shared input an opinion can follow from, beside the
// promise.
func (j *job) identifyParts(h hash.Hash, names []string) error {
	for _, name := range names {
		text, err := snapshot.Canonical(j.parts[name])
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%q %q\n", name, text)
	}
	return nil
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
