package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// What changed in a collection since a state of it (delta query):
//
//	GET /users/delta?$select=…&$deltatoken=latest   nothing, and a token of the state of now
//	GET /users/delta?$select=…                      everything, and such a token at the end
//	GET /users/delta?$deltatoken=<token>            what changed since
//
// Of an object that changed there are the properties that were asked for and have a value, and
// of one that is gone its id and "@removed"
// (https://learn.microsoft.com/graph/delta-query-overview).

// state is a collection at one time: the properties that were asked for, and the text of each
// object by its id.
type state struct {
	properties []string
	objects    map[string]string
}

// latest is the token that asks for the state of now alone.
const latest = "latest"

// changed answers with what changed in a collection.
func (s *Server) changed(q *call, e endpoint, all []object, properties []string, context string) answer {
	before := state{properties: properties}
	token := q.query.Get("$deltatoken")
	if token != "" && token != latest {
		var known bool
		if before, known = s.state(q, token); !known {
			return s.refuse(q, oldDelta)
		}
	}

	now := stateOf(all, before.properties)
	told := []object{}
	if token != latest {
		told = now.since(before, all)
	}

	e.usual = nil // what is not set is left out
	a := s.graphList(q, e, told, nil, context)
	if a.doc == nil || a.doc[q.nextKey()] != nil {
		return a
	}

	a.doc["@odata.deltaLink"] = s.URL + q.r.URL.EscapedPath() + "?$deltatoken=" + url.QueryEscape(s.remember(q, now))
	return a
}

func stateOf(all []object, properties []string) state {
	now := state{properties, map[string]string{}}
	for _, o := range all {
		text, _ := json.Marshal(told(o, properties)) // made of JSON
		now.objects[o["id"].(string)] = string(text)
	}
	return now
}

// told is what a delta shows of an object: what was asked for and has a value.
func told(o object, properties []string) object {
	shown := clone(o)
	keep(shown, properties)
	maps.DeleteFunc(shown, func(_ string, v any) bool { return v == nil })
	shown["id"] = o["id"]
	return shown
}

// since is what differs from an earlier state, in the order of ids.
func (now state) since(before state, all []object) (changed []object) {
	for _, o := range all {
		id := o["id"].(string)
		if text, was := before.objects[id]; !was || text != now.objects[id] {
			changed = append(changed, told(o, now.properties))
		}
	}
	for id := range before.objects {
		if _, is := now.objects[id]; !is {
			changed = append(changed, object{"id": id, "@removed": object{"reason": "changed"}})
		}
	}

	slices.SortFunc(changed, func(a, b object) int {
		return strings.Compare(a["id"].(string), b["id"].(string))
	})
	return changed
}

// remember keeps a state, and returns the token for it, which holds for one tenant and path.
func (s *Server) remember(q *call, now state) (token string) {
	path := strings.ToLower(q.path)
	n := s.count("state\n" + q.tenantID + "\n" + path)
	token = fmt.Sprintf("%x", digest(s.world.Seed, "state", q.tenantID, path, fmt.Sprint(n)))

	s.mu.Lock()
	defer s.mu.Unlock()
	s.states[q.tenantID+"\n"+path+"\n"+token] = now
	return token
}

func (s *Server) state(q *call, token string) (state, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, known := s.states[q.tenantID+"\n"+strings.ToLower(q.path)+"\n"+token]
	return before, known
}

// Edit changes a collection of a client's tenant ("/users") while nobody reads it, as somebody
// does between two collections.
func (s *Server) Edit(client, collection string, edit func([]map[string]any) []map[string]any) {
	path := "/graph" + strings.ToLower(collection)
	t := s.world.Client(client)
	t.data[path] = edit(t.data[path])
}
