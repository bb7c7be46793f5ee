package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds the nesting of outside JSON. Microsoft's deepest documented
// body nests 12 levels; a parser that recurses must end somewhere.
const maxDepth = 128

// maxSafeInteger is the largest integer that I-JSON (RFC 7493, section 2.2)
// carries exactly.
const maxSafeInteger = 1<<53 - 1

// Parse decodes one JSON text under I-JSON discipline (RFC 7493): duplicate
// keys, invalid UTF-8, trailing data and nesting beyond 128 levels are errors.
// Objects become map[string]any, arrays []any, numbers json.Number; an integer
// beyond ±(2^53−1) becomes a string with the same digits, so that it survives
// canonicalization exactly.
func Parse(data []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	v, err := parseValue(d, 0)
	if err != nil {
		return nil, fmt.Errorf("byte %d: %w", d.InputOffset(), err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("byte %d: more than one JSON value", d.InputOffset())
	}

	return v, nil
}

// ParseObject is Parse for a text whose value must be an object.
func ParseObject(data []byte) (map[string]any, error) {
	v, err := Parse(data)
	if err != nil {
		return nil, err
	}

	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a JSON object is expected, this is %s", kindName(v))
	}

	return m, nil
}

func parseValue(d *jsontext.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}

	tok, err := d.ReadToken()
	if err != nil {
		return nil, err
	}

	switch tok.Kind() {
	case '{':
		return parseObject(d, depth)
	case '[':
		return parseArray(d, depth)
	case '"':
		return tok.String(), nil
	case '0':
		return ParseNumber(tok.String())
	case 't', 'f':
		return tok.Bool(), nil
	case 'n':
		return nil, nil
	}

	return nil, fmt.Errorf("unexpected %q", tok.String())
}

func parseObject(d *jsontext.Decoder, depth int) (any, error) {
	m := map[string]any{}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}

		key := name.String()
		if m[key], err = parseValue(d, depth+1); err != nil {
			return nil, err
		}
	}

	_, err := d.ReadToken()
	return m, err
}

func parseArray(d *jsontext.Decoder, depth int) (any, error) {
	list := []any{}
	for d.PeekKind() != ']' {
		v, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}

	_, err := d.ReadToken()
	return list, err
}

// maxDigits bounds the characters of a number with a fraction or an exponent, and
// the digits by which its exponent moves the point.
const maxDigits = 1000

// ParseNumber is Parse for the literal of one JSON number: a json.Number, or a
// string of digits where the number is an integer beyond ±(2^53−1), or would be
// one in canonical form. A number that does not fit a double is an error, and so
// is one that is written with over 1,000 characters or digits to move the point by.
//
//	7, 1.50, 1e21       json.Number "7", "1.50", "1e21"
//	9007199254740993    "9007199254740993"
//	9.0e19              "90000000000000000000"
//	1e400               an error
func ParseNumber(lit string) (any, error) {
	if !strings.ContainsAny(lit, ".eE") {
		n, err := strconv.ParseInt(lit, 10, 64)
		if err != nil || n > maxSafeInteger || n < -maxSafeInteger {
			return lit, nil
		}
		return json.Number(lit), nil
	}

	f, err := strconv.ParseFloat(lit, 64)
	if err != nil || len(lit) > maxDigits || hasFarExponent(lit) {
		return nil, fmt.Errorf("number %s does not fit a double", lit)
	}

	// RFC 8785 writes these as integers, which would be strings when read again.
	if abs := math.Abs(f); abs > maxSafeInteger && abs < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64), nil
	}

	return json.Number(lit), nil
}

// hasFarExponent: 1e-2000 fits a double, as 0, and so does a 1 behind 2,000 zeros
// with that exponent; but there are evaluators that would write out all the digits.
func hasFarExponent(lit string) bool {
	at := strings.IndexAny(lit, "eE")
	if at < 0 {
		return false
	}

	exponent, err := strconv.Atoi(lit[at+1:])
	return err != nil || exponent > maxDigits || exponent < -maxDigits
}

func kindName(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	}

	return "null"
}

// Canonical encodes a value as RFC 8785 canonical JSON. It takes what Parse
// returns as well as our own structs.
func Canonical(v any) ([]byte, error) {
	switch v.(type) {
	case map[string]any, []any:
		if text, err := new(encoder).value(nil, v); err == nil {
			return text, nil
		}
	}
	return indirect(v)
}

// CanonicalFile is Canonical with the LF that ends every JSON file we write.
func CanonicalFile(v any) ([]byte, error) {
	b, err := Canonical(v)
	return append(b, '\n'), err
}

// Digest is the SHA-256 of data in lower-case hex, the one digest form in every
// file that ringfence writes.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
