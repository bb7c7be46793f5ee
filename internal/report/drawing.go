package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"ringfence/engine/fleet/fact"
	"ringfence/internal/isolation"
	"ringfence/internal/terminal"
)

// Drawing is the picture of who reaches whom, laid out: the MSP on top, below it a box for each
// cell with its clients, and arrows where a path leads from one tenant into the next. The same
// survey gives the same drawing. Sizes are those of the SVG's view box.
type Drawing struct {
	Width, Height int
	Boxes         []Box
	Arrows        []Arrow
	Marks         []Mark
	Hidden        int // arrows that are not drawn: there are too many
}

// Box holds the clients of a cell.
type Box struct {
	X, Y, W, H int
	Title      string
}

// Mark is a tenant: a label, or a dot where there are too many to label all.
type Mark struct {
	X, Y, W, H int // of the middle; a dot has neither W nor H
	Label      string
	Name       string
	State      string // failed, undetermined or passed
}

// Dot reports whether a mark has no label.
func (m Mark) Dot() bool { return m.W == 0 }

// Left, Top and Base are where a label begins.
func (m Mark) Left() int { return m.X - m.W/2 }
func (m Mark) Top() int  { return m.Y - m.H/2 }
func (m Mark) Base() int { return m.Y + labelHeight/6 }

// Arrow is a curve from one mark to another, as the data of SVG paths.
type Arrow struct {
	Line, Head string
	Class      string // live, jit, potential or unproven
}

// The sizes of a drawing.
const (
	drawingWidth            = 960
	labelWidth, labelHeight = 134, 26
	labelCells              = 17 // characters in a label
	dotStep, dotRadius      = 16, 5
	boxPad, boxTitle        = 10, 30
	boxGap, rowGap          = 22, 44

	labelAll     = 24 // so many clients all have labels
	labelMost    = 40 // of more, so many that something leads to or from
	drawnArrows  = 60 // the others are counted
	drawnOpen    = 6  // pairs that are not proven are arrows, if there are no more
	boxesMost    = 24 // cells that nothing leads to or from share a box, if there are more
	outsideTitle = "Outside the fleet"
	restTitle    = "Other cells"
)

// drawing lays out a survey.
func drawing(s *isolation.Survey) *Drawing {
	l := &layout{Survey: s, Drawing: &Drawing{Width: drawingWidth}, at: map[string]int{},
		state: map[string]string{}, msp: fact.MSP}
	arrows := l.arrows()
	l.placeMSP()
	for _, row := range l.rows() {
		l.placeRow(row)
	}
	l.Height = l.y - rowGap + 1

	for i, a := range arrows {
		if i == drawnArrows {
			l.Hidden = len(arrows) - i
			break
		}
		l.Arrows = append(l.Arrows, curve(l.Marks[l.at[a.from]], l.Marks[l.at[a.to]], a.class))
	}
	return l.Drawing
}

// layout is a drawing under way.
type layout struct {
	*isolation.Survey
	*Drawing
	msp     string            // what the MSP is called
	state   map[string]string // of tenants, by name; nothing for those that are proven apart
	outside []string          // names of tenants that are not in the fleet
	at      map[string]int    // where a tenant is in Marks
	y       int               // below what was placed
}

// line is an arrow between two tenants by name.
type line struct{ from, to, class string }

// arrows are those to draw, the strongest first, and notes whom they concern.
func (l *layout) arrows() []line {
	level := map[line]int{}
	for _, p := range l.Offending() {
		stops := through(l.Survey, p)
		for i := 1; i < len(stops); i++ {
			a := line{from: stops[i-1], to: stops[i]}
			if old, known := level[a]; !known || p.State.Level() < old {
				level[a] = p.State.Level()
			}
			l.state[a.from], l.state[a.to] = "failed", "failed"
		}
	}
	var all []line
	for a, at := range level {
		a.class = string(fact.States[at])
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b line) int {
		return cmp.Or(cmp.Compare(fact.State(a.class).Level(), fact.State(b.class).Level()),
			cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})

	for _, t := range l.Tenants {
		if t.MSP {
			l.msp = t.Name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.state)) {
		if !slices.ContainsFunc(l.Tenants, func(t isolation.Tenant) bool { return t.Name == name }) {
			l.outside = append(l.outside, name)
		}
	}
	return append(all, l.open()...)
}

// open notes who is not proven to be out of reach; a few pairs are arrows.
func (l *layout) open() []line {
	var all []line
	for _, u := range l.Unproven {
		l.state[u.To] = cmp.Or(l.state[u.To], "undetermined")
		for _, from := range l.Those(u) {
			if l.Pairs.Unproven <= drawnOpen {
				all = append(all, line{from, u.To, "unproven"})
			}
		}
	}
	return all
}

// through are the tenants that a path leads through, by name, each as often as it is entered.
func through(s *isolation.Survey, p isolation.Path) []string {
	stops := []string{s.Name(p.Hops[0].From)}
	for _, h := range p.Hops {
		stops = append(stops, s.Name(h.To))
	}
	return slices.Compact(stops)
}

// group is what a box holds.
type group struct {
	title  string
	labels []string // names that have one
	dots   []string
}

// groups are the cells, sorted; clients without one come last, and what is outside after them.
func (l *layout) groups() []group {
	byCell := map[string]*group{}
	labelled := l.labelled()
	for _, t := range l.Tenants {
		if t.MSP {
			continue
		}
		g := byCell[t.Cell]
		if g == nil {
			g = &group{title: cmp.Or(t.Cell, "No cell")}
			byCell[t.Cell] = g
		}
		if labelled[t.Name] {
			g.labels = append(g.labels, t.Name)
		} else {
			g.dots = append(g.dots, t.Name)
		}
	}

	var all []group
	for _, cell := range slices.Sorted(maps.Keys(byCell)) {
		if cell != "" {
			all = append(all, *byCell[cell])
		}
	}
	if g := byCell[""]; g != nil {
		all = append(all, *g)
	}
	all = together(all)
	if len(l.outside) > 0 {
		all = append(all, group{title: outsideTitle, labels: l.outside})
	}
	return all
}

// together puts cells that nothing leads to or from in one box, if there are too many.
func together(all []group) []group {
	if len(all) <= boxesMost {
		return all
	}
	var kept []group
	rest := group{title: restTitle}
	for _, g := range all {
		if len(g.labels) > 0 {
			kept = append(kept, g)
		} else {
			rest.dots = append(rest.dots, g.dots...)
		}
	}
	return append(kept, rest)
}

// labelled are the clients that have a label.
func (l *layout) labelled() map[string]bool {
	clients, labelled := 0, map[string]bool{}
	for _, t := range l.Tenants {
		if !t.MSP {
			clients++
		}
	}
	for _, t := range l.Tenants {
		concerned := l.state[t.Name] == "failed" && len(labelled) < labelMost
		if !t.MSP && (clients <= labelAll || concerned) {
			labelled[t.Name] = true
		}
	}
	return labelled
}

// rows are groups side by side.
func (l *layout) rows() [][]group {
	groups := l.groups()
	return slices.Collect(slices.Chunk(groups, columns(len(groups))))
}

func columns(groups int) int {
	switch {
	case groups <= 1:
		return 1
	case groups == 2 || groups == 4:
		return 2
	case groups <= 12:
		return 3
	}
	return 4
}

func (l *layout) placeMSP() {
	l.mark(l.msp, "The MSP", drawingWidth/2, rowGap, 200)
	l.y = rowGap + labelHeight/2 + rowGap
}

func (l *layout) placeRow(row []group) {
	cols := columns(len(l.groups()))
	width := (drawingWidth - 2 - (cols-1)*boxGap) / cols
	height := 0
	for i, g := range row {
		b := Box{X: 1 + i*(width+boxGap), Y: l.y, W: width, Title: g.heading()}
		b.H = l.fill(b, g)
		height = max(height, b.H)
		l.Boxes = append(l.Boxes, b)
	}
	l.y += height + rowGap
}

func (g group) heading() string {
	return fmt.Sprintf("%s (%s)", terminal.Fit(plain(g.title), labelCells), num(len(g.labels)+len(g.dots)))
}

// fill places the clients of a box, and returns how high it is.
func (l *layout) fill(b Box, g group) int {
	inner, y := b.W-2*boxPad, b.Y+boxTitle
	perRow := max(1, (inner+boxPad)/(labelWidth+boxPad))
	for i, name := range g.labels {
		x := b.X + boxPad + labelWidth/2 + i%perRow*(labelWidth+boxPad)
		l.mark(name, name, x, y+labelHeight/2+i/perRow*(labelHeight+boxPad), labelWidth)
	}
	y += (len(g.labels) + perRow - 1) / perRow * (labelHeight + boxPad)

	perRow = max(1, inner/dotStep)
	for i, name := range g.dots {
		l.mark(name, "", b.X+boxPad+dotStep/2+i%perRow*dotStep, y+dotStep/2+i/perRow*dotStep, 0)
	}
	y += (len(g.dots) + perRow - 1) / perRow * dotStep

	return y + boxPad - b.Y
}

func (l *layout) mark(name, label string, x, y, width int) {
	m := Mark{X: x, Y: y, W: width, Name: name, Label: terminal.Fit(plain(label), labelCells),
		State: cmp.Or(l.state[name], "passed")}
	if width > 0 {
		m.H = labelHeight
	}
	l.at[name] = len(l.Marks)
	l.Marks = append(l.Marks, m)
}

// curve is an arrow from one mark to another, bent to its right, so that two that lead to and
// fro are not on top of each other.
func curve(a, b Mark, class string) Arrow {
	ax, ay, bx, by := float64(a.X), float64(a.Y), float64(b.X), float64(b.Y)
	cx, cy := (ax+bx)/2-(by-ay)*bend, (ay+by)/2+(bx-ax)*bend
	ax, ay = a.edge(cx, cy, 0)
	tipX, tipY := b.edge(cx, cy, 1)
	bx, by = b.edge(cx, cy, headLength)

	dx, dy := tipX-bx, tipY-by
	half := headWidth / max(math.Hypot(dx, dy), 1)
	return Arrow{
		Line: fmt.Sprintf("M%.1f %.1fQ%.1f %.1f %.1f %.1f", ax, ay, cx, cy, bx, by),
		Head: fmt.Sprintf("M%.1f %.1fL%.1f %.1fL%.1f %.1fZ",
			tipX, tipY, bx-dy*half, by+dx*half, bx+dy*half, by-dx*half),
		Class: class,
	}
}

const (
	bend                  = 0.12
	headLength, headWidth = 9, 4.5
)

// edge is where a line from a point to the middle of a mark ends, so far before its border.
func (m Mark) edge(x, y, before float64) (float64, float64) {
	dx, dy := x-float64(m.X), y-float64(m.Y)
	length := max(math.Hypot(dx, dy), 1)
	far := float64(dotRadius)
	if !m.Dot() {
		side, top := float64(m.W)/2/max(math.Abs(dx), .001), float64(m.H)/2/max(math.Abs(dy), .001)
		far = min(side, top) * length
	}
	far += before
	return float64(m.X) + dx/length*far, float64(m.Y) + dy/length*far
}

// alternative says in words what a drawing shows.
func alternative(s *isolation.Survey) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The MSP, and %s. %s", plural(len(s.Tenants)-1, "client", "clients"), s.Sentence(num))
	if len(s.Paths) > 0 || len(s.Unproven) > 0 {
		b.WriteString(" The tables below say the same in words.")
	}
	return b.String()
}
