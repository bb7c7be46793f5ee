package main

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"ringfence/engine/finding"
	"ringfence/internal/inputfile"
	"ringfence/internal/runfolder/layout"
	"ringfence/internal/terminal"
	"ringfence/oscal/attest"
)

// prompt asks the human.
type prompt struct {
	in  *bufio.Reader
	out io.Writer
}

func newPrompt(in io.Reader, out io.Writer) *prompt { return &prompt{bufio.NewReader(in), out} }

// ask returns one line. The end of input is an interrupt.
func (p *prompt) ask(question string) (string, error) {
	fmt.Fprint(p.out, question)
	line, err := p.in.ReadString('\n')
	if err != nil {
		return "", &failure{exitInterrupted, errors.New("the input ended; nothing was signed"), ""}
	}

	return strings.TrimSpace(line), nil
}

// decide returns a decision on each finding, from the file or from the human,
// who sees every finding either way.
func (x *command) decide(p *prompt, r *run) ([]attest.Decision, error) {
	if x.decisions == "" {
		return p.decideAll(r.set.Findings)
	}

	data, err := inputfile.Read(x.decisions)
	if err != nil {
		return nil, usage("", "reading the decisions: %w", err)
	}

	decisions, err := attest.ParseDecisions(data)
	if err != nil {
		return nil, usage(`a JSON array of {"uuid", "decision", "note"}`, "%s: %w", x.decisions, err)
	}

	byUUID := map[string]attest.Decision{}
	for _, d := range decisions {
		byUUID[d.UUID] = d
	}

	for i, f := range r.set.Findings {
		showFinding(x.out, i, len(r.set.Findings), f)
		d := byUUID[f.UUID]
		terminal.Printf(x.out, "  %-10s %s  %s\n", "DECISION", d.Decision, d.Note)
	}

	return decisions, nil // PrepareReview checks that they fit
}

// decideAll shows each finding and asks for a decision on it.
func (p *prompt) decideAll(findings []finding.Finding) ([]attest.Decision, error) {
	var all []attest.Decision
	for i, f := range findings {
		showFinding(p.out, i, len(findings), f)
		d, err := p.decision(f.UUID)
		if err != nil {
			return nil, err
		}

		all = append(all, d)
	}

	return all, nil
}

var (
	allDecisions    = []string{attest.Confirmed, attest.Disputed, attest.AcceptedRisk}
	decisionLetters = map[string]string{"c": attest.Confirmed, "d": attest.Disputed, "a": attest.AcceptedRisk}
)

// decision asks until the answer is a decision that can be signed.
func (p *prompt) decision(uuid string) (attest.Decision, error) {
	for {
		answer, err := p.ask("  (c)onfirmed, (d)isputed or (a)ccepted-risk? ")
		if err != nil {
			return attest.Decision{}, err
		}

		d := attest.Decision{UUID: uuid, Decision: answer}
		if decision, ok := decisionLetters[strings.ToLower(answer)]; ok {
			d.Decision = decision
		}

		if slices.Contains(allDecisions, d.Decision) {
			if d.Note, err = p.ask("  note: "); err != nil {
				return attest.Decision{}, err
			}
		}

		if err = d.Check(); err == nil {
			return d, nil
		}

		terminal.Printf(p.out, "  %s\n", err)
	}
}

// consent shows what the signature will be over and asks for the client's name.
func (p *prompt) consent(r *run, statement []byte) error {
	terminal.Printf(p.out, "\nStatement  sha256 %x, %d decisions about %d files\n",
		sha256.Sum256(statement), len(r.set.Findings), len(layout.Reviewed))
	typed, err := p.ask(terminal.Sprintf("Type the client's name (%s) to sign: ", r.set.Client))
	if err != nil {
		return err
	}
	if typed != r.set.Client {
		return &failure{exitTool, fmt.Errorf("%q is not the client's name; nothing was signed", typed), ""}
	}

	return nil
}
