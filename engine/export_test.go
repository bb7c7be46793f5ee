package engine

// Indexes is how many rules are an index.
func (e *Engine) Indexes() int { return len(e.controls[0].indexes) }

// Positions is how many of them are by id and only looked up in.
func (e *Engine) Positions() (n int) {
	for _, x := range e.controls[0].indexes {
		if x.OnlyIDs {
			n++
		}
	}
	return n
}
