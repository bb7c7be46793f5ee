package collectors

import (
	"maps"

	"ringfence/collectors/snapshot"
)

// Saved is a client's share in the form that Import reads: file names and
// bodies, to be put beside the client's own saved answers. What was not read
// whole says so in its body, as an API's answer would ("error" beside "value");
// what was not read at all has no file.
func (s *Shares) Saved(tenantID string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, d := range s.Of(tenantID) {
		bodies := map[string]page{}
		switch c := d.Coverage; {
		case c.Status == snapshot.Skipped:
		case schema(d.Name).Parent == "":
			bodies[d.Name+".json"] = saved(d.Documents, c.Status, c.Evidence)
		default:
			for _, at := range c.Scopes {
				if at.Scope != snapshot.ScopeUnknown && at.Status != snapshot.Skipped {
					bodies[d.Name+"/"+snapshot.ScopeFile(at.Scope)+".json"] = saved(of(d.Documents, at.Scope), at.Status, at.Evidence)
				}
			}
		}

		for name, body := range bodies {
			data, err := snapshot.CanonicalFile(body)
			if err != nil {
				return nil, err
			}
			files[name] = data
		}
	}

	return files, nil
}

func of(docs []snapshot.Document, scope string) (own []snapshot.Document) {
	for _, d := range docs {
		if d.Scope == scope {
			own = append(own, d)
		}
	}
	return own
}

// saved is a list body of documents.
func saved(docs []snapshot.Document, status snapshot.Status, e *snapshot.Evidence) page {
	list := []any{}
	for _, d := range docs {
		body := maps.Clone(d.Spec)
		maps.Copy(body, d.Observed)
		list = append(list, body)
	}

	p := page{"value": list}

	if status != snapshot.Complete {
		detail := page{"code": string(status)}
		if e != nil {
			detail = page{"code": e.Code, "message": e.Message}
		}
		p["error"] = detail
	}

	return p
}
