package attest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
)

// A reviewer decides each finding in one of these ways. No decision changes a verdict.
const (
	Confirmed    = "confirmed"     // the finding is right
	Disputed     = "disputed"      // the finding is wrong; the note says why
	AcceptedRisk = "accepted-risk" // the finding is right, and the risk is borne; the note says why
)

// hitlLevel is the level of human involvement of every review: a human decides, and
// nothing happens without them.
const hitlLevel = "L3"

// Review is what a human says about one run: the predicate of [TypeReview].
type Review struct {
	Run      string `json:"run"`      // uuid
	Client   string `json:"client"`   // label in the fleet file
	Reviewer string `json:"reviewer"` // label in the fleet file

	// ReviewedAt is UTC, to the second, and the reviewer's own word.
	ReviewedAt time.Time `json:"reviewed_at"`
	HITL       HITL      `json:"hitl"`
	// Decisions are those on the findings of the run, one each, sorted by uuid.
	Decisions []Decision `json:"decisions"`
}

// HITL is the level of human involvement ("human in the loop"): of a review always L3.
type HITL struct {
	Level string `json:"level"`
}

// Decision is what a reviewer decided about one finding.
type Decision struct {
	UUID     string `json:"uuid"`     // of the finding
	Decision string `json:"decision"` // [Confirmed], [Disputed] or [AcceptedRisk]
	Note     string `json:"note"`     // required but for Confirmed
}

// ReviewerKey is a reviewer of the fleet file.
type ReviewerKey struct {
	Name string     // label
	SPKI string     // key_sha256: the digest of the reviewer's public key
	Key  *PublicKey // the public key that was found for it, nil for none
}

// PrepareReview returns the unsigned statement of a review, ready to be signed by
// ringfence-attest or by cosign attest-blob --statement. The bytes follow from the
// arguments alone.
//
// Files maps the paths that a review is about, exactly those, to their SHA-256.
// Findings are the uuids of findings.json; each must be decided. HITL is set here.
func PrepareReview(r Review, files map[string]string, findings []string) ([]byte, error) {
	r.HITL.Level = hitlLevel
	r.ReviewedAt = r.ReviewedAt.UTC().Truncate(time.Second)
	r.Decisions = append([]Decision{}, r.Decisions...)
	slices.SortFunc(r.Decisions, func(a, b Decision) int { return strings.Compare(a.UUID, b.UUID) })

	if err := r.check(findings); err != nil {
		return nil, fmt.Errorf("preparing the review: %w", err)
	}

	predicate, err := jsonv2.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("preparing the review: %w", err)
	}

	s := Statement{PredicateType: TypeReview, Predicate: predicate}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		s.Subjects = append(s.Subjects, Subject{name, files[name]})
	}

	data, err := s.marshal()
	if err != nil {
		return nil, fmt.Errorf("preparing the review: %w", err)
	}

	return data, nil
}

// CheckReview returns the review of a bundle if it counts; the package comment says when
// it does.
//
// Machine are the SPKI digests of all keys of machines, of earlier ones, too. Files maps
// the paths that a review is about to the SHA-256 of this run's files; findings are the
// uuids of this run's findings. Run, client and time of the review ([Review.CheckTime])
// are left to the caller, who knows what they must be.
func CheckReview(
	bundle []byte, roster []ReviewerKey, machine []string, files map[string]string, findings []string,
) (Review, error) {
	reviewer, s, err := signedBy(bundle, roster, machine)
	if err != nil {
		return Review{}, err
	}

	name := reviewer.Name
	isReviewers := func(spki string) bool { return strings.EqualFold(spki, reviewer.Key.SPKI()) }
	switch {
	case slices.ContainsFunc(machine, isReviewers):
		return Review{}, fmt.Errorf("the key of reviewer %q is a machine key: no machine reviews", name)
	case s.PredicateType != TypeReview:
		return Review{}, fmt.Errorf("reviewer %q signed a %q, which is no review", name, s.PredicateType)
	}

	if err := checkSubjects(s.Subjects, files); err != nil {
		return Review{}, err
	}

	var r Review
	if err := jsonv2.Unmarshal(s.Predicate, &r, jsonv2.RejectUnknownMembers(true)); err != nil {
		return Review{}, fmt.Errorf("%w: reading the review: %.200v", ErrStatement, err)
	}
	if r.Reviewer != name {
		const foreign = "the review is in the name of %q but signed with the key of %q"
		return Review{}, fmt.Errorf(foreign, r.Reviewer, name)
	}
	if err := r.check(findings); err != nil {
		return Review{}, err
	}

	return r, nil
}

// signedBy returns the one reviewer whose key signed the bundle, and what they signed.
func signedBy(
	bundle []byte, roster []ReviewerKey, machine []string,
) (by ReviewerKey, signed Statement, err error) {
	var signers []ReviewerKey
	for _, r := range roster {
		if r.Key == nil {
			continue
		}
		if spki := r.Key.SPKI(); !strings.EqualFold(spki, r.SPKI) {
			const swapped = "reviewer %q: the public key is %s, the fleet file says %s"
			return by, signed, fmt.Errorf(swapped, r.Name, spki, r.SPKI)
		}

		s, err := Verify(bundle, r.Key)
		if errors.Is(err, ErrSignature) {
			continue
		}
		if err != nil {
			return by, signed, err
		}

		signers, signed = append(signers, r), s
	}

	switch len(signers) {
	case 1:
		return signers[0], signed, nil
	case 0:
		return by, signed, notByReviewer(bundle, roster, machine)
	}

	const shared = "reviewers %q and %q have the same key: nobody can say who signed"
	return by, signed, fmt.Errorf(shared, signers[0].Name, signers[1].Name)
}

// notByReviewer words why no reviewer signed the bundle. The hint of the bundle is not
// trusted; here it only picks the message.
func notByReviewer(bundle []byte, roster []ReviewerKey, machine []string) error {
	b, err := openBundle(bundle)
	if err != nil {
		return err
	}

	claimed := b.VerificationMaterial.PublicKey.Hint
	hinted := func(spki string) bool { return spki != "" && hint(spki) == claimed }
	if i := slices.IndexFunc(machine, hinted); i >= 0 {
		return fmt.Errorf("signed with machine key %s, as the bundle says: no machine reviews", machine[i])
	}

	for _, r := range roster {
		if hinted(r.SPKI) && r.Key == nil {
			return fmt.Errorf("the public key of reviewer %q (%s) is missing", r.Name, r.SPKI)
		}
	}

	return errors.New("not signed with the key of any reviewer in the fleet file")
}

// checkSubjects demands that a review is about the files of this run: none missing, none
// foreign, none with another digest.
func checkSubjects(got []Subject, files map[string]string) error {
	want := maps.Clone(files)
	for _, s := range got {
		digest, ok := want[s.Name]
		if !ok {
			return fmt.Errorf("the review covers %s, which is no subject of a review", s.Name)
		}
		if s.SHA256 != digest {
			const other = "the review covers another %s (sha256 %s) than this run's (sha256 %s)"
			return fmt.Errorf(other, s.Name, s.SHA256, digest)
		}

		delete(want, s.Name)
	}

	if len(want) > 0 {
		return fmt.Errorf("the review does not cover %s", strings.Join(slices.Sorted(maps.Keys(want)), ", "))
	}

	return nil
}

// check holds the rules of a review's content that writing and reading share.
func (r Review) check(findings []string) error {
	switch {
	case r.Run == "" || r.Client == "" || r.Reviewer == "":
		return errors.New("the review lacks its run, client or reviewer")
	case r.ReviewedAt.IsZero():
		return errors.New("the review lacks its time")
	case r.HITL.Level != hitlLevel:
		return fmt.Errorf("the review's level is %q, not %s", r.HITL.Level, hitlLevel)
	}

	inRun := map[string]bool{}
	for _, uuid := range findings {
		inRun[uuid] = true
	}

	decided := map[string]bool{}
	for _, d := range r.Decisions {
		switch {
		case decided[d.UUID]:
			return fmt.Errorf("finding %s is decided twice", d.UUID)
		case !inRun[d.UUID]:
			return fmt.Errorf("finding %s is decided but not in this run", d.UUID)
		}

		if err := d.Check(); err != nil {
			return err
		}
		decided[d.UUID] = true
	}

	for _, uuid := range findings {
		if !decided[uuid] {
			return fmt.Errorf("finding %s is not decided", uuid)
		}
	}

	return nil
}

// CheckTime reports a review that cannot have been made when it says: before the run was
// made, or later than now. The run's time is taken to the second, as ReviewedAt is
// written.
func (r Review) CheckTime(made, now time.Time) error {
	at := r.ReviewedAt.UTC().Format(time.RFC3339)
	switch {
	case r.ReviewedAt.Before(made.Truncate(time.Second)):
		const tooEarly = "says that it was made at %s, before there was something to review (%s)"
		return fmt.Errorf(tooEarly, at, made.UTC().Format(time.RFC3339))
	case r.ReviewedAt.After(now):
		return fmt.Errorf("says that it was made at %s, which is still to come", at)
	}

	return nil
}

// Check reports a decision that is none of the three, or lacks its note.
func (d Decision) Check() error {
	switch d.Decision {
	case Confirmed:
		return nil
	case Disputed, AcceptedRisk:
		if strings.TrimSpace(d.Note) == "" {
			return fmt.Errorf("finding %s: %s needs a note that says why", d.UUID, d.Decision)
		}
		return nil
	}

	const unknown = "finding %s: %q is no decision: %s, %s or %s"
	return fmt.Errorf(unknown, d.UUID, d.Decision, Confirmed, Disputed, AcceptedRisk)
}

// ParseDecisions reads a file of decisions: a JSON array of [Decision].
func ParseDecisions(data []byte) ([]Decision, error) {
	var ds []Decision
	if err := jsonv2.Unmarshal(data, &ds, jsonv2.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("reading the decisions: %w", err)
	}
	return ds, nil
}
