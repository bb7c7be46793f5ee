package snapshot

import (
	"fmt"
	"net/url"
	"strings"
)

// Fill puts values in the place of an endpoint's {names}: escaped in the path,
// with quotes doubled in the query (OData strings). A value that begins with
// "/" is an Azure resource id and stays a path. A name without a value, or an
// id with "." or ".." in it, is an error.
//
// Example: "/groups/{groupId}/members?$select=id" with groupId "a b" is the path
// "/groups/a%20b/members" and the query $select=id.
func (s Source) Fill(params map[string]string) (path string, query url.Values, err error) {
	template, rest, _ := strings.Cut(s.Endpoint, "?")
	path, err = fill(template, params, escapePath)
	if err != nil {
		return "", nil, err
	}

	query = url.Values{}
	for _, pair := range strings.Split(rest, "&") {
		name, value, has := strings.Cut(pair, "=")
		if !has {
			continue
		}
		value, err = fill(value, params, doubleQuotes)
		if err != nil {
			return "", nil, err
		}
		query.Set(name, value)
	}

	for _, segment := range strings.Split(path, "/") {
		if segment == "." || segment == ".." {
			return "", nil, fmt.Errorf("path %q has a segment %q", path, segment)
		}
	}

	return path, query, nil
}

func doubleQuotes(v string) string { return strings.ReplaceAll(v, "'", "''") }

func escapePath(v string) string {
	id, isID := strings.CutPrefix(v, "/")
	if !isID {
		return url.PathEscape(v)
	}

	segments := strings.Split(id, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return strings.Join(segments, "/")
}

func fill(template string, params map[string]string, escape func(string) string) (string, error) {
	for name, v := range params {
		if v != "" {
			template = strings.ReplaceAll(template, "{"+name+"}", escape(v))
		}
	}
	if i := strings.IndexAny(template, "{}"); i >= 0 {
		return "", fmt.Errorf("no value for %s", template[i:])
	}
	return template, nil
}
