package collectors

import (
	"maps"

	"ringfence/collectors/snapshot"
)

// Saved is a client's share in the form that [Import] reads: file names and
// bodies, to be put beside the client's own saved answers. What was not read
// whole says so in its body, as an API's answer would ("error" beside "value");
// what was not read at all has no file.
func (s *Shares) Saved(tenantID string) (map[string][]byte, error) {
	bodies := map[string]page{}
	for _, d := range s.Of(tenantID) {
		c := d.Coverage
		if schema(d.Name).Parent == "" && c.Status != snapshot.Skipped {
			bodies[d.Name] = listBody(d.Documents, c.Status, c.Evidence)
		}
		for _, at := range c.Scopes {
			if at.Status != snapshot.Skipped && at.Scope != snapshot.ScopeUnknown {
				name := d.Name + "/" + snapshot.ScopeFile(at.Scope)
				bodies[name] = listBody(inScope(d.Documents, at.Scope), at.Status, at.Evidence)
			}
		}
	}

	files := map[string][]byte{}
	for name, body := range bodies {
		data, err := snapshot.CanonicalFile(body)
		if err != nil {
			return nil, err
		}
		files[name+".json"] = data
	}

	return files, nil
}

func inScope(all []snapshot.Document, scope string) (docs []snapshot.Document) {
	for _, d := range all {
		if d.Scope == scope {
			docs = append(docs, d)
		}
	}
	return docs
}

// listBody is a list as an API would answer it.
func listBody(docs []snapshot.Document, status snapshot.Status, e *snapshot.Evidence) page {
	list := []any{}
	for _, d := range docs {
		object := maps.Clone(d.Spec)
		maps.Copy(object, d.Observed)
		list = append(list, object)
	}

	body := page{"value": list}
	switch {
	case status == snapshot.Complete:
	case e == nil:
		body["error"] = page{"code": string(status)}
	default:
		body["error"] = page{"code": e.Code, "message": e.Message}
	}

	return body
}
