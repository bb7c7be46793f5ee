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

// A reviewer decides each finding in one of these ways. A decision never
// changes a verdict. Disputed and AcceptedRisk need a note.
const (
	Confirmed    = "confirmed"     // the finding is right
	Disputed     = "disputed"      // the finding is wrong; the note says why
	AcceptedRisk = "accepted-risk" // right, and borne knowingly; the note says why
)

// Review is what a human says about one run: a decision on each finding.
// Decisions are sorted by uuid. ReviewedAt is UTC, to the second, and the
// reviewer's own word.
type Review struct {
	Run        string     `json:"run"`
	Client     string     `json:"client"`
	Reviewer   string     `json:"reviewer"` // label in the fleet file
	ReviewedAt time.Time  `json:"reviewed_at"`
	HITL       HITL       `json:"hitl"`
	Decisions  []Decision `json:"decisions"`
}

// HITL is the level of human involvement; for a review always L3: a human
// decides, and nothing happens without them.
type HITL struct {
	Level string `json:"level"`
}

// Decision is one finding's: Confirmed, Disputed or AcceptedRisk.
type Decision struct {
	UUID     string `json:"uuid"`
	Decision string `json:"decision"`
	Note     string `json:"note"`
}

// ReviewerKey is a reviewer of the fleet file. SPKI is the file's key_sha256;
// Key the public key that was found for it, nil if there is none.
type ReviewerKey struct {
	Name string
	SPKI string
	Key  *PublicKey
}

// PrepareReview returns the unsigned statement of a review, ready to be signed
// by ringfence-attest or `cosign attest-blob --statement`. files maps the paths
// that a review is about, exactly those, to their SHA-256; findings are the uuids of
// findings.json.
// The bytes are a function of the arguments. HITL is set here.
func PrepareReview(r Review, files map[string]string, findings []string) ([]byte, error) {
	r.HITL.Level = "L3"
	r.ReviewedAt = r.ReviewedAt.UTC().Truncate(time.Second)
	r.Decisions = slices.SortedFunc(slices.Values(r.Decisions), func(a, b Decision) int { return strings.Compare(a.UUID, b.UUID) })
	if r.Decisions == nil {
		r.Decisions = []Decision{}
	}

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

// CheckReview returns the review of a bundle if it counts: signed with the key
// of a reviewer of the roster that is no machine's key (machine: SPKI digests),
// about exactly the paths in files with their digests, by the reviewer whose key
// it is, with one decision for each finding and no other. Run and Client of the
// review, and its time (CheckTime), are left to the caller, who knows what they
// must be.
func CheckReview(bundle []byte, roster []ReviewerKey, machine []string, files map[string]string, findings []string) (Review, error) {
	who, s, err := signedBy(bundle, roster, machine)
	if err != nil {
		return Review{}, err
	}

	isMachine := func(spki string) bool { return strings.EqualFold(spki, who.Key.SPKI()) }
	switch {
	case slices.ContainsFunc(machine, isMachine):
		return Review{}, fmt.Errorf("the key of reviewer %q is a machine key: no machine reviews", who.Name)
	case s.PredicateType != TypeReview:
		return Review{}, fmt.Errorf("reviewer %q signed a %q, which is no review", who.Name, s.PredicateType)
	}

	if err := checkSubjects(s.Subjects, files); err != nil {
		return Review{}, err
	}

	var r Review
	if err := jsonv2.Unmarshal(s.Predicate, &r, jsonv2.RejectUnknownMembers(true)); err != nil {
		return Review{}, fmt.Errorf("%w: reading the review: %.200v", ErrStatement, err)
	}
	if r.Reviewer != who.Name {
		return Review{}, fmt.Errorf("the review is in the name of %q but signed with the key of %q", r.Reviewer, who.Name)
	}
	if err := r.check(findings); err != nil {
		return Review{}, err
	}

	return r, nil
}

// signedBy returns the one reviewer whose key signed the bundle, and what they
// signed.
func signedBy(bundle []byte, roster []ReviewerKey, machine []string) (ReviewerKey, Statement, error) {
	var who []ReviewerKey
	var said Statement
	for _, r := range roster {
		if r.Key == nil {
			continue
		}
		if !strings.EqualFold(r.Key.SPKI(), r.SPKI) {
			return ReviewerKey{}, said, fmt.Errorf("reviewer %q: the public key is %s, the fleet file says %s", r.Name, r.Key.SPKI(), r.SPKI)
		}

		s, err := Verify(bundle, r.Key)
		if errors.Is(err, ErrSignature) {
			continue
		}
		if err != nil {
			return ReviewerKey{}, said, err
		}

		who, said = append(who, r), s
	}

	switch len(who) {
	case 1:
		return who[0], said, nil
	case 0:
		return ReviewerKey{}, said, notByReviewer(bundle, roster, machine)
	}

	return ReviewerKey{}, said, fmt.Errorf("reviewers %q and %q have the same key: nobody can say who signed", who[0].Name, who[1].Name)
}

// notByReviewer words the refusal. The hint of the bundle is not trusted; here
// it only picks the message.
func notByReviewer(bundle []byte, roster []ReviewerKey, machine []string) error {
	b, err := openBundle(bundle)
	if err != nil {
		return err
	}

	hinted := func(spki string) bool { return spki != "" && hint(spki) == b.VerificationMaterial.PublicKey.Hint }
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

// checkSubjects demands the review's subjects with this run's digests: none
// missing, none foreign.
func checkSubjects(got []Subject, files map[string]string) error {
	want := maps.Clone(files)
	for _, s := range got {
		digest, ok := want[s.Name]
		if !ok {
			return fmt.Errorf("the review covers %s, which is no subject of a review", s.Name)
		}
		if s.SHA256 != digest {
			return fmt.Errorf("the review covers another %s (sha256 %s) than this run's (sha256 %s)", s.Name, s.SHA256, digest)
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
	case r.HITL.Level != "L3":
		return fmt.Errorf("the review's level is %q, not L3", r.HITL.Level)
	}

	open := map[string]bool{}
	for _, uuid := range findings {
		open[uuid] = true
	}

	decided := map[string]bool{}
	for _, d := range r.Decisions {
		switch {
		case decided[d.UUID]:
			return fmt.Errorf("finding %s is decided twice", d.UUID)
		case !open[d.UUID]:
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

// CheckTime reports a review that cannot have been made when it says: before
// there was something to review, or later than now. Both are compared to the
// second, as ReviewedAt is written.
func (r Review) CheckTime(made, now time.Time) error {
	at := r.ReviewedAt.UTC().Format(time.RFC3339)
	switch {
	case r.ReviewedAt.Before(made.Truncate(time.Second)):
		return fmt.Errorf("says that it was made at %s, before there was something to review (%s)", at, made.UTC().Format(time.RFC3339))
	case r.ReviewedAt.After(now):
		return fmt.Errorf("says that it was made at %s, which is still to come", at)
	}

	return nil
}

// Check reports a decision that is none of the three, or lacks its note.
func (d Decision) Check() error {
	switch d.Decision {
	case Confirmed:
	case Disputed, AcceptedRisk:
		if strings.TrimSpace(d.Note) == "" {
			return fmt.Errorf("finding %s: %s needs a note that says why", d.UUID, d.Decision)
		}
	default:
		return fmt.Errorf("finding %s: %q is no decision: %s, %s or %s", d.UUID, d.Decision, Confirmed, Disputed, AcceptedRisk)
	}

	return nil
}

// ParseDecisions reads a decisions file: a JSON array of Decision.
func ParseDecisions(data []byte) ([]Decision, error) {
	var ds []Decision
	if err := jsonv2.Unmarshal(data, &ds, jsonv2.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("reading the decisions: %w", err)
	}
	return ds, nil
}
