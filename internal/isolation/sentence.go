package isolation

import "fmt"

// Sentence says in one line what a survey found.
func (s *Survey) Sentence() string {
	p := s.Pairs
	if p.All == 0 {
		return "There is nobody to be kept apart."
	}
	if p.Apart == p.All {
		return fmt.Sprintf("Every pair is proven apart (%d).", p.All)
	}
	return fmt.Sprintf("Of %d pairs, %d proven apart, %d joined by a path, %d not proven.",
		p.All, p.Apart, p.Joined, p.Unproven)
}
