package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringfence/internal/effort"
)

// tree is a source tree in the form of ours, small enough to build in a second.
// Its programs know their own path, so a build that does not trim it shows.
var tree = map[string]string{
	"go.mod": "module example\n\ngo 1.26\n",
	"cmd/ringfence/main.go": `package main

import "runtime"

func main() { _, file, _, _ := runtime.Caller(0); println(file) }
`,
	"cmd/ringfence-attest/main.go": "package main\n\nfunc main() {}\n",
	"CHANGELOG.md":                 "c",
	"LICENSE":                      "l",
	"README.md":                    "r",
	"SECURITY.md":                  "s",
	"docs/first.md":                "f",
	"examples/pipelines/p.yml":     "p",
}

func plant(t *testing.T, at time.Time) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range tree {
		path := filepath.Join(root, name)
		err := errors.Join(
			os.MkdirAll(filepath.Dir(path), 0o755),
			os.WriteFile(path, []byte(text), 0o600),
			os.Chtimes(path, at, at))
		if err != nil {
			t.Fatal(err)
		}
	}

	return root
}

// contents are the names in an archive's folder, with their modes.
func contents(t *testing.T, name string, data []byte) map[string]os.FileMode {
	t.Helper()
	all := map[string]os.FileMode{}

	if strings.HasSuffix(name, ".zip") {
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}

		for _, f := range z.File {
			all[f.Name] = f.Mode()
		}

		return all
	}

	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}

	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return all
		}

		if err != nil {
			t.Fatal(err)
		}

		all[h.Name] = os.FileMode(h.Mode)
	}
}

// TestSameBytes: trees with the same content, at other paths, of other times, one
// of them in a repository, give the same archives.
func TestSameBytes(t *testing.T) {
	if !effort.Soaking() {
		t.Skip("builds programs, several times")
	}

	var sums [][]byte
	for i, at := range []time.Time{time.Unix(1e9, 0), time.Now()} {
		root := plant(t, at)
		if i == 1 {
			const script = "git init -q && git add . && git -c user.name=x -c user.email=x commit -q -m x"
			commit := exec.Command("sh", "-c", script)
			commit.Dir = root
			if out, err := commit.CombinedOutput(); err != nil {
				t.Skipf("no repository: %v\n%s", err, out)
			}
		}

		out := filepath.Join(t.TempDir(), "out")
		for _, only := range []string{"linux/amd64", "windows/arm64"} {
			if err := dist(root, out, only); err != nil {
				t.Fatal(err)
			}

			sum, err := os.ReadFile(filepath.Join(out, "SHA256SUMS"))
			if err != nil {
				t.Fatal(err)
			}

			sums = append(sums, sum)
			check(t, out, string(sum))
		}
	}

	if !bytes.Equal(sums[0], sums[2]) || !bytes.Equal(sums[1], sums[3]) {
		t.Errorf("the same tree gives other bytes:\n%s", bytes.Join(sums, nil))
	}
}

// check compares SHA256SUMS with the archive, and what is in that.
func check(t *testing.T, out, sum string) {
	t.Helper()
	digest, name, _ := strings.Cut(strings.TrimSpace(sum), "  ")
	data, err := os.ReadFile(filepath.Join(out, name))
	if err != nil {
		t.Fatal(err)
	}

	if digest != fmt.Sprintf("%x", sha256.Sum256(data)) {
		t.Errorf("%s is not what SHA256SUMS says", name)
	}

	folder := strings.TrimSuffix(strings.TrimSuffix(name, ".zip"), ".tar.gz")
	exe := map[bool]string{true: ".exe"}[strings.HasSuffix(name, ".zip")]
	want := map[string]os.FileMode{
		folder + "/ringfence" + exe:        0o755,
		folder + "/ringfence-attest" + exe: 0o755,
		folder + "/licenses/go/LICENSE":    0o644,
	}
	for f := range tree {
		if !strings.HasPrefix(f, "cmd/") && f != "go.mod" {
			want[folder+"/"+f] = 0o644
		}
	}

	if diff := cmp.Diff(want, contents(t, name, data)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestTargets(t *testing.T) {
	err := dist(t.TempDir(), filepath.Join(t.TempDir(), "out"), "plan9/386")
	if err == nil || !strings.Contains(err.Error(), `"plan9/386" is none of`) {
		t.Errorf("%v", err)
	}
	if len(targets) != 6 {
		t.Errorf("targets: %v", targets)
	}
}

// TestLicences: every module that is linked into our programs has a licence file
// that goes into the archives.
func TestLicences(t *testing.T) {
	effort.WithoutRace(t)
	linked, err := modules("../..")
	if err != nil {
		t.Fatal(err)
	}

	if len(linked) < 20 || linked["github.com/open-policy-agent/opa"] == "" {
		t.Errorf("%d modules: %v", len(linked), linked)
	}

	files, err := texts("../..")
	if err != nil {
		t.Fatal(err)
	}

	delete(linked, "go")
	linked["example.com/without"] = t.TempDir()
	if diff := cmp.Diff([]string{"example.com/without"}, withoutLicence(files, linked)); diff != "" {
		t.Errorf("without a licence (-want +got):\n%s", diff)
	}
}
