package snapshot

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// encoder writes RFC 8785 canonical JSON. It is [Canonical] for what Parse returns,
// without a detour: a large tenant has a million objects, each of which is encoded.
type encoder struct {
	names []string // of the objects that are being written, each behind its parent's
}

// value appends the canonical form of a value. What Parse does not return goes
// through encoding/json.
func (e *encoder) value(out []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		if v {
			return append(out, "true"...), nil
		}
		return append(out, "false"...), nil
	case string:
		return jsontext.AppendQuote(out, v)
	case json.Number:
		return number(out, v.String())
	case map[string]any:
		return e.object(out, v)
	case []any:
		return e.array(out, v)
	}

	text, err := indirect(v)
	return append(out, text...), err
}

func (e *encoder) object(out []byte, m map[string]any) (_ []byte, err error) {
	if m == nil {
		return append(out, "null"...), nil
	}

	first := len(e.names)
	for name := range m {
		e.names = append(e.names, name)
	}
	slices.SortFunc(e.names[first:], compareUTF16)

	out = append(out, '{')
	for i := first; i < first+len(m); i++ {
		if i > first {
			out = append(out, ',')
		}
		if out, err = jsontext.AppendQuote(out, e.names[i]); err != nil {
			return out, err
		}
		out = append(out, ':')
		if out, err = e.value(out, m[e.names[i]]); err != nil {
			return out, err
		}
	}

	e.names = e.names[:first]
	return append(out, '}'), nil
}

func (e *encoder) array(out []byte, list []any) (_ []byte, err error) {
	if list == nil {
		return append(out, "null"...), nil
	}

	out = append(out, '[')
	for i, item := range list {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = e.value(out, item); err != nil {
			return out, err
		}
	}
	return append(out, ']'), nil
}

// number appends a number as ECMAScript writes it. Short integers are written so
// already.
func number(out []byte, lit string) ([]byte, error) {
	const exact = 15 // digits that a double carries, whatever they are
	digits := strings.TrimPrefix(lit, "-")
	if len(digits) <= exact && isDigits(digits) && (digits[0] != '0' || lit == "0") {
		return append(out, lit...), nil
	}

	text := jsontext.Value(lit)
	err := text.Canonicalize()
	return append(out, text...), err
}

// compareUTF16 orders valid UTF-8 by its UTF-16 code units, as RFC 8785, section
// 3.2.3, wants names. That is the order of the bytes, but for what is beyond U+FFFF:
// its surrogates come before U+E000 to U+FFFF.
func compareUTF16(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x == y {
			continue
		}

		const private, beyond = 0xee, 0xf0 // first bytes of U+E000 and U+10000
		if x >= private && y >= private && (x < beyond) != (y < beyond) {
			x, y = y, x
		}
		return int(x) - int(y)
	}
	return len(a) - len(b)
}

// indirect is the canonical form of any value that encoding/json knows.
func indirect(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}

	text := jsontext.Value(b)
	err = text.Canonicalize()
	return text, err
}

// place is where a member lies in a line; a size of 0 is no member.
type place struct{ at, size uint32 }

// line appends a document in its portable form, without the LF, and says where its
// member "observed" is, with the comma before it: what a line without it leaves out.
func (e *encoder) line(out []byte, doc Document) (_ []byte, observed place, err error) {
	begin := len(out)
	out = append(out, `{"id":`...)
	if out, err = jsontext.AppendQuote(out, doc.ID); err != nil {
		return out, observed, err
	}

	if len(doc.Observed) > 0 {
		at := len(out)
		out = append(out, `,"observed":`...)
		if out, err = e.object(out, doc.Observed); err != nil {
			return out, observed, err
		}
		observed = place{uint32(at - begin), uint32(len(out) - at)}
	}

	if doc.Scope != "" {
		out = append(out, `,"scope":`...)
		if out, err = jsontext.AppendQuote(out, doc.Scope); err != nil {
			return out, observed, err
		}
	}

	out = append(out, `,"spec":`...)
	if out, err = e.object(out, doc.Spec); err != nil {
		return out, observed, err
	}
	return append(out, '}'), observed, nil
}
