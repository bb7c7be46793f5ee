package snapshot

import "testing"

func TestFill(t *testing.T) {
	for _, tc := range []struct{ endpoint, value, want string }{ // want: "" for an error
		{"/users", "", "/users?"},
		{"/groups/{id}/members?$select=id", "a b", "/groups/a%20b/members?%24select=id"},
		{"/groups/{id}", "a/b", "/groups/a%2Fb?"},
		{"/roles?$filter=id eq '{id}'", "o'x", "/roles?%24filter=id+eq+%27o%27%27x%27"},
		{"{id}/providers/x", "/subscriptions/a b/c", "subscriptions/a%20b/c/providers/x?"},
		{"/groups/{id}", "", ""},
		{"/groups/{other}", "x", ""},
		{"/roles?$filter={other}", "x", ""},
		{"/groups/{id}", "..", ""},
		{"{id}/x", "/a/../b", ""},
	} {
		path, query, err := Source{Endpoint: tc.endpoint}.Fill(map[string]string{"id": tc.value})
		got := path + "?" + query.Encode()
		if (err == nil) != (tc.want != "") || err == nil && got != tc.want {
			t.Errorf("%s with %q: %s, %v, want %s", tc.endpoint, tc.value, got, err, tc.want)
		}
	}
}
