package memory

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"

	"ringfence/engine/finding"
)

// packer writes what a Memory holds: lengths as varints, texts as they are. It is
// made to be read back without copying; only this engine reads it.
type packer struct{ data []byte }

func (p *packer) number(n int) { p.data = binary.AppendUvarint(p.data, uint64(n)) }

// texts packs some texts, whose number the reader knows.
func (p *packer) texts(list ...string) {
	for _, s := range list {
		p.number(len(s))
		p.data = append(p.data, s...)
	}
}

// list packs texts with their number.
func (p *packer) list(list []string) {
	p.number(len(list))
	p.texts(list...)
}

// unpacker reads what a packer wrote. Texts share the memory of the input. What
// is cut short or was never packed makes it broken, and gives zero values from
// there on.
type unpacker struct {
	rest   string
	broken bool
}

func (u *unpacker) fail() int {
	u.rest, u.broken = "", true
	return 0
}

// maxNumber bounds what a number can be: more is damage.
const maxNumber = 1 << 40

func (u *unpacker) number() int {
	n := uint64(0)
	for i := 0; i < len(u.rest) && i < binary.MaxVarintLen64; i++ {
		c := u.rest[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c >= 0x80 {
			continue
		}
		if n > maxNumber {
			break
		}

		u.rest = u.rest[i+1:]
		return int(n)
	}

	return u.fail()
}

// length is the number of things that follow, each of at least one byte.
func (u *unpacker) length() int {
	n := u.number()
	if n > len(u.rest) {
		return u.fail()
	}
	return n
}

func (u *unpacker) text() string {
	n := u.length()
	s := u.rest[:n]
	u.rest = u.rest[n:]
	return s
}

func (u *unpacker) list() []string {
	list := make([]string, u.length())
	for i := range list {
		list[i] = u.text()
	}
	return list
}

// What a value is, in what a packer writes.
const (
	packedNull = iota
	packedFalse
	packedTrue
	packedText
	packedNumber
	packedList
	packedObject
)

// value packs what ast.JSON gives.
func (p *packer) value(v any) {
	switch v := v.(type) {
	case bool:
		p.bool(v)
	case string:
		p.number(packedText)
		p.texts(v)
	case json.Number:
		p.number(packedNumber)
		p.texts(string(v))

	case []any:
		p.number(packedList)
		p.number(len(v))
		for _, e := range v {
			p.value(e)
		}

	case map[string]any:
		p.number(packedObject)
		p.number(len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			p.texts(key)
			p.value(v[key])
		}

	default:
		p.number(packedNull)
	}
}

func (p *packer) bool(b bool) {
	if b {
		p.number(packedTrue)
	} else {
		p.number(packedFalse)
	}
}

func (u *unpacker) value() any {
	switch u.number() {
	case packedFalse:
		return false
	case packedTrue:
		return true
	case packedText:
		return u.text()
	case packedNumber:
		return json.Number(u.text())
	case packedList:
		list := make([]any, u.length())
		for i := range list {
			list[i] = u.value()
		}
		return list
	case packedObject:
		n := u.length()
		m := make(map[string]any, n)
		for range n {
			key := u.text()
			m[key] = u.value()
		}
		return m
	}

	return nil
}

// outcomes in the order of their numbers in what a packer writes.
var outcomes = []finding.Outcome{finding.Satisfied, finding.NotSatisfied, finding.Undetermined}

func (u *unpacker) outcome() finding.Outcome {
	n := u.number()
	if n >= len(outcomes) {
		u.broken = true
		return finding.Undetermined
	}
	return outcomes[n]
}

func (p *packer) opinion(o *finding.Opinion) {
	p.texts(o.Reason, o.Error)
	p.number(len(o.Verdicts))
	for _, v := range o.Verdicts {
		p.number(slices.Index(outcomes, v.Outcome))
		p.texts(v.Subject)
	}

	p.number(len(o.Findings))
	for _, f := range o.Findings {
		p.number(slices.Index(outcomes, f.Outcome))
		p.bool(f.Lead)
		p.texts(f.UUID, f.Subject, f.Message)
		p.value(f.Observed)
		p.value(f.Expected)
		p.list(f.Evidence)
	}
}

// opinion unpacks what a control said.
func (u *unpacker) opinion(c finding.Control) *finding.Opinion {
	o := &finding.Opinion{Reason: u.text(), Error: u.text()}
	if n := u.length(); n > 0 {
		o.Verdicts = make([]finding.Verdict, n)
	}
	for i := range o.Verdicts {
		o.Verdicts[i] = finding.Verdict{Control: c.ID, Outcome: u.outcome(), Subject: u.text()}
	}

	for range u.length() {
		o.Findings = append(o.Findings, finding.Finding{
			Control: c.ID, Severity: c.Severity,
			Outcome: u.outcome(), Lead: u.number() == packedTrue,
			UUID: u.text(), Subject: u.text(), Message: u.text(),
			Observed: u.value(), Expected: u.value(), Evidence: u.list(),
		})
	}

	return o
}
