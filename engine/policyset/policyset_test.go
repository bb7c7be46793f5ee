package policyset_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"ringfence/engine/policyset"
)

// TestRead: policy files are those called *.rego, but no tests.
func TestRead(t *testing.T) {
	files, err := policyset.Read(fstest.MapFS{
		"a/a.rego":      {Data: []byte("package a\n")},
		"a/a_test.rego": {Data: []byte("package a_test\n")},
		"a/README.md":   {Data: []byte("# a\n")},
	})
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(policyset.Files{"a/a.rego": []byte("package a\n")}, files); diff != "" {
		t.Error(diff)
	}
}

// TestReadRefuses: what is called like a policy and is no file would never end, or
// is not what it seems.
func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "a.rego")); err != nil {
		t.Skip(err)
	}
	if _, err := policyset.Read(os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), "a.rego") {
		t.Errorf("%v", err)
	}
}

// TestBundle: a bundle gives back its files, and the same files the same bytes.
func TestBundle(t *testing.T) {
	files := policyset.Files{"b/b.rego": []byte("package b\n"), "a.rego": []byte("package a\n")}
	bundle, err := files.Bundle()
	if err != nil {
		t.Fatal(err)
	}

	again, err := policyset.OpenBundle(bundle)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, again); diff != "" || files.Digest() != again.Digest() {
		t.Error(diff)
	}

	if twice, err := again.Bundle(); err != nil || !bytes.Equal(bundle, twice) {
		t.Errorf("other bytes, or %v", err)
	}
}

// TestOpenBundleRefuses: a bundle comes from whoever sent the run folder.
func TestOpenBundleRefuses(t *testing.T) {
	bundle := func(name string, size int64, body string) []byte {
		var out bytes.Buffer
		gz := gzip.NewWriter(&out)
		archive := tar.NewWriter(gz)
		archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, Typeflag: tar.TypeReg})
		archive.Write([]byte(body))
		archive.Flush()
		gz.Close()
		return out.Bytes()
	}

	for name, data := range map[string][]byte{
		"no gzip":   []byte("package a"),
		"a way out": bundle("../a.rego", 1, "x"),
		"absolute":  bundle("/a.rego", 1, "x"),
		"cut":       bundle("a.rego", 100, "package a"),
		"too big":   bundle("a.rego", 1<<30, ""),
	} {
		if _, err := policyset.OpenBundle(data); err == nil || !strings.HasPrefix(err.Error(), "policies.tar.gz: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCompileRefuses: what a policy may not do.
func TestCompileRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ rule, want string }{
		"the network":         {`p if http.send({"url": "x"})`, "http.send"},
		"the clock":           {`p if time.now_ns() > 0`, "time.now_ns"},
		"chance":              {`p if rand.intn("x", 2) == 1`, "rand.intn"},
		"with":                {`p if q with input as {}` + "\n\nq if true", `may not use "with"`},
		"a misspelt property": {`p if input.entra.users[_].userTyp == "Guest"`, "userTyp"},
		"another's params":    {`p if input.client.params["RF-T-08"].x`, "params"},
		"METADATA":            {`p if rego.metadata.rule()`, "rego.metadata.rule"},
		"an unused variable":  {`p if { x := 1 }`, "unused"},
	} {
		_, err := policyset.Files{"p.rego": []byte("package p\n\n" + tc.rule + "\n")}.Compile()
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestControlPackage: the family is a part of the package, so that none is without one.
func TestControlPackage(t *testing.T) {
	for pkg, want := range map[string]string{
		"acme.backup.jobs": "backup", "acme.north.backup.jobs": "backup", "jobs": "", "acme.jobs": "",
		`acme["Back up"].jobs`: "",
	} {
		compiler, err := policyset.Files{"p.rego": named("ACME-01", pkg, "")}.Compile()
		if err != nil {
			t.Fatalf("%s: %v", pkg, err)
		}

		c, _, err := policyset.Control(compiler, "p.rego")
		if want != "" && (err != nil || c.Family != want) {
			t.Errorf("%s: %q, %v", pkg, c.Family, err)
		}
		if want == "" && (err == nil || !strings.Contains(err.Error(), "a control's package is <pack>.<family>.<control>")) {
			t.Errorf("%s: %v", pkg, err)
		}
	}
}

// TestControl: METADATA that is not a control's, and rules that are not.
func TestControl(t *testing.T) {
	const good = "# METADATA\n# title: A title\n# custom:\n#   id: RF-Z-01\n#   severity: high\n"
	const rules = "\nsubjects contains \"client\" if true\n\npass contains \"client\" if true\n"
	for name, tc := range map[string]struct{ metadata, rules, want string }{
		"a control":      {good, rules, ""},
		"no title":       {strings.Replace(good, "# title: A title\n", "", 1), rules, "title is missing"},
		"another id":     {strings.Replace(good, "RF-Z-01", "one", 1), rules, "does not look like"},
		"a long id":      {strings.Replace(good, "RF-Z-01", "A-"+strings.Repeat("B", 39), 1), rules, "does not look like"},
		"a short id":     {strings.Replace(good, "RF-Z-01", "ACME-1", 1), rules, ""},
		"one part":       {strings.Replace(good, "RF-Z-01", "ACME", 1), rules, "does not look like"},
		"lower case":     {strings.Replace(good, "RF-Z-01", "acme-01", 1), rules, "does not look like"},
		"severity":       {strings.Replace(good, "high", "bad", 1), rules, "severity"},
		"scope":          {good + "#   scope: world\n", rules, "is not client, msp or fleet"},
		"an unverified":  {good + "#   maps: {ccm: []}\n#   unverified: [ccm, cmm]\n", rules, "\"cmm\", which custom.maps"},
		"a default":      {good + "#   params: {n: {type: integer, default: x, description: d}}\n", rules, "param n: default"},
		"no pass":        {good, "\nsubjects contains \"client\" if true\n", `no set "pass"`},
		"no partial set": {good, rules + "\nfail := []\n", "not a partial set"},
	} {
		files := policyset.Files{"p.rego": []byte(tc.metadata + "package a.b.p\n" + tc.rules)}
		compiler, err := files.Compile()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}

		c, isControl, err := policyset.Control(compiler, "p.rego")
		if tc.want == "" && (err != nil || !isControl || c.Family != "b" || c.Scope != "client") {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		if tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
