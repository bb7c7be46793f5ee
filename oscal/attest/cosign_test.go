package attest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// cosign is stock cosign, the independent referee. internal/tools/cosign pins
// its version and says how to build it.
type cosign struct {
	bin, dir string
}

func newCosign(t *testing.T) cosign {
	t.Helper()
	bin := os.Getenv("RINGFENCE_COSIGN")
	if bin == "" {
		found, err := exec.LookPath("cosign")
		if err != nil {
			t.Skip("no cosign: set RINGFENCE_COSIGN or put it on PATH (see internal/tools/cosign)")
		}
		bin = found
	}

	return cosign{bin, t.TempDir()}
}

func (c cosign) write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c cosign) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		t.Fatal(err)
	}

	return data
}

// run returns cosign's output. The proxy is a closed port, so that a cosign
// that wants the network fails at once.
func (c cosign) run(args ...string) (string, error) {
	cmd := exec.Command(c.bin, args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"HOME=" + c.dir, "PATH=" + os.Getenv("PATH"), "COSIGN_PASSWORD=" + string(passphrase),
		"HTTPS_PROXY=http://127.0.0.1:1", "HTTP_PROXY=http://127.0.0.1:1"}
	out, err := cmd.CombinedOutput()

	return string(out), err
}

// verify is the command of the documentation.
func (c cosign) verify(key, bundle, kind, file string) (string, error) {
	return c.run("verify-blob-attestation", "--key", key, "--bundle", bundle, "--type", kind,
		"--insecure-ignore-tlog", file)
}

func TestCosignVerifiesOurBundle(t *testing.T) {
	c := newCosign(t)
	private, public, err := GenerateKey(passphrase)
	if err != nil {
		t.Fatal(err)
	}

	k, err := LoadKey(private, passphrase)
	if err != nil {
		t.Fatal(err)
	}

	results, manifest := `{"assessment-results":{}}`, `{"schema":"ringfence.snapshot/1"}`
	bundle, err := Sign(context.Background(), k, Statement{
		PredicateType: TypeAssessmentResults,
		Subjects: []Subject{
			{"assessment-results.json", digestOf(results)},
			{"snapshot/manifest.json", digestOf(manifest)},
		},
		Predicate: []byte(`{"run":"r-1"}`),
	})
	if err != nil {
		t.Fatal(err)
	}

	c.write(t, "machine.pub", public)
	c.write(t, "other.pub", newKey(t).public.PEM())
	c.write(t, "b.sigstore.json", bundle)
	c.write(t, "ar.json", []byte(results))
	c.write(t, "manifest.json", []byte(manifest))
	c.write(t, "edited.json", []byte(results+" "))
	c.write(t, "edited.sigstore.json", edited(t, bundle, `"sig":"M`, `"sig":"N`))

	for _, tc := range []struct {
		name, key, bundle, kind, file, want string
		ok                                  bool
	}{
		{"ours", "machine.pub", "b.sigstore.json", TypeAssessmentResults, "ar.json", "Verified OK", true},
		{"every subject", "machine.pub", "b.sigstore.json", TypeAssessmentResults, "manifest.json", "Verified OK", true},
		{"edited file", "machine.pub", "b.sigstore.json", TypeAssessmentResults, "edited.json", "do not match", false},
		{"wrong key", "other.pub", "b.sigstore.json", TypeAssessmentResults, "ar.json", "signature", false},
		{"wrong type", "machine.pub", "b.sigstore.json", TypeReview, "ar.json", "invalid predicate type", false},
		{"edited bundle", "machine.pub", "edited.sigstore.json", TypeAssessmentResults, "ar.json", "signature", false},
	} {
		out, err := c.verify(tc.key, tc.bundle, tc.kind, tc.file)
		if (err == nil) != tc.ok || !strings.Contains(out, tc.want) {
			t.Errorf("%s: %v, want %q:\n%s", tc.name, err, tc.want, out)
		}
	}
}

// A key that we made is a key for cosign, and the other way round.
func TestCosignReadsOurKey(t *testing.T) {
	c := newCosign(t)
	private, public, err := GenerateKey(passphrase)
	if err != nil {
		t.Fatal(err)
	}

	c.write(t, "machine.key", private)
	out, err := c.run("public-key", "--key", "machine.key", "--outfile", "out.pub")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	if got := c.read(t, "out.pub"); string(got) != string(public) {
		t.Errorf("cosign sees %s, we %s", got, public)
	}
}

// A reviewer signs with stock cosign alone: key, statement and bundle.
func TestCosignSignsReview(t *testing.T) {
	c := newCosign(t)
	if out, err := c.run("generate-key-pair", "--output-key-prefix", "alice"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	public, err := LoadPublicKey(c.read(t, "alice.pub"))
	if err != nil {
		t.Fatal(err)
	}

	if _, err := LoadKey(c.read(t, "alice.key"), passphrase); err != nil {
		t.Errorf("loading cosign's key: %v", err)
	}

	w := newWorld(t)
	statement := prepare(t, review(), w.files, w.findings)
	c.write(t, "review.statement.json", []byte(statement))

	out, err := c.run("attest-blob", "--key", "alice.key", "--statement", "review.statement.json",
		"--bundle", "alice.sigstore.json", "--use-signing-config=false", "--tlog-upload=false", "--yes")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	bundle := c.read(t, "alice.sigstore.json")
	roster := []ReviewerKey{{"alice", public.SPKI(), public}}
	r, err := CheckReview(bundle, roster, w.machines(), w.files, w.findings)
	if err != nil {
		t.Fatalf("%v\n%s", err, bundle)
	}

	if r.Client != "fabrikam" || len(r.Decisions) != 2 {
		t.Errorf("got %+v", r)
	}

	if b, _ := openBundle(bundle); string(b.Envelope.Payload) != statement {
		t.Errorf("cosign signed %s", b.Envelope.Payload)
	}
}
