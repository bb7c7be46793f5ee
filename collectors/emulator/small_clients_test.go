package emulator

import (
	"fmt"
	"testing"

	"ringfence/internal/effort"
)

// TestFlawsOfSmallClients: whoever asks for a smaller client than its flaws need gets one
// that has what they are about.
func TestFlawsOfSmallClients(t *testing.T) {
	effort.WithoutRace(t)
	labels := Labels(40)
	for users := 1; users <= 3; users++ {
		for _, devices := range []int{-1, 0, 1} {
			size := Size{Users: users, Resources: 1, Devices: devices, Guests: -1, Applications: -1}
			w := GenerateClients(3, nil)
			for _, label := range labels {
				t.Run(fmt.Sprintf("%s/%d/%d", label, users, devices), func(t *testing.T) {
					if c := w.Add(label, size); len(c.flaws) > 0 && c.Size.Users < fewestUsers {
						t.Errorf("%d users, want %d or more", c.Size.Users, fewestUsers)
					}
				})
			}
		}
	}
}
