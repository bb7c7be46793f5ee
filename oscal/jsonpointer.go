package oscal

import (
	"strconv"
	"strings"
)

// JSON pointers (RFC 6901): "/a/0/b~1c" is the member "b/c" of the first element of
// the member "a".

var (
	escapeToken   = strings.NewReplacer("~", "~0", "/", "~1")
	unescapeToken = strings.NewReplacer("~1", "/", "~0", "~")
)

// pointer is the JSON pointer of member names and indexes.
func pointer(tokens ...string) string {
	var b strings.Builder
	for _, token := range tokens {
		b.WriteByte('/')
		b.WriteString(escapeToken.Replace(token))
	}
	return b.String()
}

// pointerTokens are the names and indexes of a JSON pointer. A text that is no
// pointer is taken for one name.
func pointerTokens(s string) []string {
	rest, ok := strings.CutPrefix(s, "/")
	if !ok {
		return []string{s}
	}

	tokens := strings.Split(rest, "/")
	for i, t := range tokens {
		tokens[i] = unescapeToken.Replace(t)
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

// member is what one token of a pointer leads to. An index has no sign and no
// leading zero.
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
