package snapshot

import "testing"

func TestSchemasLoad(t *testing.T) {
	if n := len(Schemas()); n < 11 {
		t.Fatalf("%d schemas", n)
	}
	for name, s := range Schemas() {
		if s.Source.Endpoint == "" || s.Source.Page == "" || s.Permission == "" || s.ID.Form == "" {
			t.Errorf("%s: x-source, x-permission and x-id are needed", name)
		}
		if s.Parent != "" && Schemas()[s.Parent] == nil {
			t.Errorf("%s: no parent %s", name, s.Parent)
		}
	}
}
