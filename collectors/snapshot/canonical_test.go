package snapshot

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	for _, tc := range []struct{ in, want string }{ // want: canonical form, "" for an error
		{`{"b":1,"a":[true,null,"x"]}`, `{"a":[true,null,"x"],"b":1}`},
		{`9007199254740991`, `9007199254740991`},
		{`9007199254740992`, `"9007199254740992"`},
		{`-9007199254740993`, `"-9007199254740993"`},
		{`123456789012345678901234567890`, `"123456789012345678901234567890"`},
		{`1.50`, `1.5`},
		{`9.071999125474091e19`, `"90719991254740910000"`},
		{`9007199254740993.0`, `"9007199254740992"`},
		{`-1e20`, `"-100000000000000000000"`},
		{`1e21`, `1e+21`},
		{`1e400`, ``},
		{`{"a":1,"a":1}`, ``},
		{`{"a":1,"\u0061":2}`, ``},
		{"\"\xff\"", ``},
		{`"\ud800"`, ``},
		{`{} {}`, ``},
		{`{"a":`, ``},
		{``, ``},
		{`01`, ``},
		{nested(128), nested(128)},
		{nested(130), ``},
		{strings.Repeat("[", 1_000_000), ``},
		{`"2026-01-01T00:00:00.1230000Z"`, `"2026-01-01T00:00:00.1230000Z"`},
		{`"\u00e9 \u20ac é"`, `"é € é"`},
	} {
		v, err := Parse([]byte(tc.in))
		if (err == nil) != (tc.want != "") {
			t.Errorf("%.40q: %v", tc.in, err)
			continue
		}

		if err != nil {
			continue
		}

		if got, err := Canonical(v); err != nil || string(got) != tc.want {
			t.Errorf("%.40q: %.80s, want %.80s (%v)", tc.in, got, tc.want, err)
		}
	}
}

func TestParseObject(t *testing.T) {
	for _, in := range []string{`[]`, `"x"`, `1`, `true`, `null`} {
		_, err := ParseObject([]byte(in))
		if err == nil || !strings.Contains(err.Error(), "object is expected") {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// TestCanonicalVector is the sample of RFC 8785, section 3.2.2 and 3.2.3, with
// numbers inside I-JSON's range.
func TestCanonicalVector(t *testing.T) {
	in := `{"numbers": [4.50, 2e-3, 0.000000000000000000000000001],
		"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`
	want := `{"literals":[null,true,false],"numbers":[4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`

	v, err := Parse([]byte(in))
	if err != nil {
		t.Fatal(err)
	}

	if got, err := Canonical(v); err != nil || string(got) != want {
		t.Errorf("%s\n%s\n%v", got, want, err)
	}
}

// FuzzParse: what Parse takes, encoding/json takes as well, and its canonical
// form is a fixed point.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2.5,"x",null,true]}`, `{"a":1,"a":2}`,
		`9007199254740993`, `-0`, `1e-7`,
		`"\ud83d\ude00"`, "\"\u2028\"",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil {
			return
		}

		if !json.Valid(data) {
			t.Fatalf("%q is not JSON", data)
		}

		once, err := Canonical(v)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}

		v, err = Parse(once)
		if err != nil {
			t.Fatalf("%q: %v", once, err)
		}

		if twice, err := Canonical(v); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q becomes %q: %v", once, twice, err)
		}
	})
}
