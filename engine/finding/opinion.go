package finding

// Opinion is what one control says of one client: everything but which exceptions
// accept it, which is a matter of the day. Reason says why the control as a whole is
// not applicable or undetermined, Error how its policy failed; both may be "".
type Opinion struct {
	Verdicts []Verdict
	Findings []Finding
	Reason   string
	Error    string
}
