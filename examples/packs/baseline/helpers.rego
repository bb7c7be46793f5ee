package helpers

Details(true) := "Requirement met"

Details(false) := "Requirement not met"

# OPA's type checker refuses this line. Nobody asks it.
Broken := [][0]
