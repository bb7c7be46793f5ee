package finding

import "testing"

// TestIDs: the same things have the same ids in all releases.
func TestIDs(t *testing.T) {
	for want, got := range map[string]string{
		"359188c1-0b58-536c-885f-870398eafd04": UUID("a", "b"),
		"9840e660-830f-5146-b0f0-238b8f0ae4f4": ObservationUUID("t", "RF-I-01", "entra.users/1"),
		"2052fd31-97d4-5cd3-9a02-062343ee5f1c": RunID("s", "i", "p", "7", "2026-11-23T08:00:00Z"),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if UUID("a", "b") == UUID("ab") {
		t.Error("parts are not told apart")
	}
}

// TestAccepted: an exception accepts as long as it is valid.
func TestAccepted(t *testing.T) {
	for _, tc := range []struct {
		excepted *Excepted
		want     bool
	}{
		{nil, false},
		{&Excepted{}, true},
		{&Excepted{Whole: true}, true},
		{&Excepted{Expired: true}, false},
	} {
		if got := (Finding{Excepted: tc.excepted}).Accepted(); got != tc.want {
			t.Errorf("%+v: %v", tc.excepted, got)
		}
	}
}
