package arm

import (
	"fmt"
	"net/url"
	"strings"

	"ringfence/collectors/snapshot"
)

// Unit is what is asked of ARM for one dataset; everything else is in the
// dataset's schema.
type Unit struct {
	Dataset string
}

// URL is the address of the first page below base
// ("https://management.azure.com"): the schema's endpoint with its {names}
// replaced by params, and its API version. A name without a value is an error.
func (u Unit) URL(base *url.URL, s *snapshot.Schema, params map[string]string) (*url.URL, error) {
	path, query, _ := strings.Cut(s.Source.Endpoint, "?")
	path, err := fill(path, params, url.PathEscape)
	if err != nil {
		return nil, err
	}
	values := url.Values{"api-version": {s.Source.Version}}
	for _, pair := range strings.Split(query, "&") {
		name, value, has := strings.Cut(pair, "=")
		if !has {
			continue
		}
		if value, err = fill(value, params, func(v string) string { return strings.ReplaceAll(v, "'", "''") }); err != nil {
			return nil, err
		}
		values.Set(name, value)
	}
	to := base.JoinPath(path)
	to.RawQuery = values.Encode()
	return to, nil
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
