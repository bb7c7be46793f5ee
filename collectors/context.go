package collectors

import (
	"fmt"
	"path"
	"strings"
	"sync"

	"ringfence/collectors/snapshot"
)

// context holds an answer of Graph to what was asked for, where it says what it is:
// "https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleAssignments".
// What is read from beta is because v1.0 shows less (it leaves service principals
// out of a group's members); another provider has other roles, and another list of
// those that we read other objects.
func (u Unit) context(v any) *snapshot.Evidence {
	text, _ := v.(string)
	at, what, ok := strings.Cut(text, "/$metadata#")
	if !ok || u.Schema.Source.API != "graph" {
		return nil
	}
	if path.Base(at) == "v1.0" && u.Schema.Source.Version == "beta" {
		return &snapshot.Evidence{Code: codeOtherVersion, Message: "the answer is of v1.0, which shows less than beta does"}
	}

	asked, given := segments(u.Schema.Source.Endpoint), segments(what)
	provider := len(asked) > 1 && len(given) > 1 && asked[0] == given[0] && !strings.HasPrefix(asked[1], "{") && asked[1] != given[1]
	last := given[len(given)-1]
	other := graphLists()[last] && last != asked[len(asked)-1] && graphLists()[asked[len(asked)-1]]
	if provider || other {
		return &snapshot.Evidence{Code: codeOtherKind, Message: fmt.Sprintf("the answer is of %s, not of %s", strings.Join(given, "/"), strings.Join(asked, "/"))}
	}

	return nil
}

// graphLists are the last segments of all endpoints of Graph that we read, in
// lower case: "users", "roleassignments".
var graphLists = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, s := range snapshot.Schemas() {
		list := segments(s.Source.Endpoint)
		if name := list[len(list)-1]; s.Source.API == "graph" && !strings.HasPrefix(name, "{") {
			all[name] = true
		}
	}

	return all
})

// segments are those of a path, in lower case, without keys, selections and a
// query: "users(id,displayName)" is [users].
func segments(of string) []string {
	of, _, _ = strings.Cut(strings.ToLower(of), "?")
	list := strings.Split(strings.Trim(strings.TrimSuffix(of, "/$entity"), "/"), "/")
	for i, s := range list {
		list[i], _, _ = strings.Cut(s, "(")
	}

	return list
}
