package oscal

import (
	"strconv"
	"strings"
)

// located is a policy's pointer as the file has it: Pointer resolves, and Absent
// is the rest of it, which is not there. A property that is missing is evidence
// too.
type located struct{ Pointer, Absent string }

// inLine turns a pointer into a document, as policies see it, into one into its
// line.
func inLine(line map[string]any, pointer string) located {
	if pointer == "" {
		return located{}
	}

	tokens := pointerTokens(pointer)
	switch first := tokens[0]; first {
	case "_id", "_subject":
		return resolvable(line, append([]string{"id"}, tokens[1:]...))
	case "_scope":
		return resolvable(line, append([]string{"scope"}, tokens[1:]...))
	default:
		if _, volatile := object(line["observed"])[first]; volatile {
			return resolvable(line, append([]string{"observed"}, tokens...))
		}
	}

	return resolvable(line, append([]string{"spec"}, tokens...))
}

// resolvable follows tokens as far as they lead and can be written as they are:
// a property's value in OSCAL has no control characters and a bounded length.
func resolvable(v any, tokens []string) located {
	at := ""
	for i, token := range tokens {
		next, ok := member(v, token)
		longer := at + pointer(token)

		if !ok {
			return located{at, pointer(tokens[i:]...)}
		}
		if value(longer) != longer {
			return located{at, ""}
		}

		v, at = next, longer
	}

	return located{Pointer: at}
}

// member is what one reference token of a pointer leads to.
func member(v any, token string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		next, ok := v[token]
		return next, ok
	case []any:
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(v) || strconv.Itoa(i) != token {
			return nil, false
		}
		return v[i], true
	}

	return nil, false
}

// pointerTokens reads a JSON pointer. What is none is one token that is nowhere.
func pointerTokens(s string) []string {
	rest, ok := strings.CutPrefix(s, "/")
	if !ok {
		return []string{s}
	}

	tokens := strings.Split(rest, "/")
	for i, t := range tokens {
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(t)
	}

	return tokens
}

// resolvePointer is the value that a JSON pointer leads to.
func resolvePointer(v any, s string) (any, bool) {
	if s == "" {
		return v, true
	}
	if !strings.HasPrefix(s, "/") {
		return nil, false
	}

	for _, token := range pointerTokens(s) {
		next, ok := member(v, token)
		if !ok {
			return nil, false
		}
		v = next
	}

	return v, true
}
