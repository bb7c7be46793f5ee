package report

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var shots = flag.String("shots", "", "folder to save screenshots and a PDF of each page to")

// browser is a real Chromium, driven over its debugging pipe: NUL-terminated
// JSON on file descriptors 3 and 4 (Chrome DevTools Protocol).
type browser struct {
	t       *testing.T
	in      io.Writer
	out     *bufio.Reader
	session string
	id      int
	events  []event
}

type event struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on PATH")
	}

	profile, err := os.MkdirTemp("", "report-chromium-") // not t.TempDir: late children still write to it
	if err != nil {
		t.Fatal(err)
	}

	fromUs, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}

	out, toUs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}

	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe", "--user-data-dir="+profile)
	cmd.ExtraFiles = []*os.File{fromUs, toUs}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	fromUs.Close()
	toUs.Close()

	timer := time.AfterFunc(300*time.Second, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
		timer.Stop()
		os.RemoveAll(profile)
	})

	b := &browser{t: t, in: in, out: bufio.NewReader(out)}
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)

	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
		b.call(domain+".enable", nil, nil)
	}

	return b
}

// call sends one command and waits for its answer; events are kept.
func (b *browser) call(method string, params any, result any) {
	b.t.Helper()
	b.id++
	msg := map[string]any{"id": b.id, "method": method}

	if params != nil {
		msg["params"] = params
	}

	if b.session != "" {
		msg["sessionId"] = b.session
	}

	data, err := json.Marshal(msg)
	if err != nil {
		b.t.Fatal(err)
	}

	if _, err := b.in.Write(append(data, 0)); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}

	for {
		e := b.next()
		if e.ID != b.id {
			b.events = append(b.events, e)
			continue
		}

		if e.Error != nil {
			b.t.Fatalf("%s: %s", method, e.Error.Message)
		}

		if result != nil {
			if err := json.Unmarshal(e.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
		}

		return
	}
}

func (b *browser) next() event {
	b.t.Helper()
	data, err := b.out.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("chromium: %v", err)
	}

	var e event
	if err := json.Unmarshal(bytes.TrimSuffix(data, []byte{0}), &e); err != nil {
		b.t.Fatal(err)
	}

	return e
}

// open loads a file and waits for its load event.
func (b *browser) open(path string) {
	b.t.Helper()
	b.events = nil
	b.call("Page.navigate", map[string]any{"url": "file://" + path}, nil)

	for {
		for _, e := range b.events {
			if e.Method == "Page.loadEventFired" {
				return
			}
		}
		b.events = append(b.events, b.next())
	}
}

func (b *browser) view(width int, scheme string) {
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

func (b *browser) eval(expression string, result any) {
	b.t.Helper()
	var r struct {
		Result struct{ Value json.RawMessage }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &r)

	if err := json.Unmarshal(r.Result.Value, result); err != nil {
		b.t.Fatalf("%s: %v (%s)", expression, err, r.Result.Value)
	}
}

// problems are console errors, and every request but the page's own.
func (b *browser) problems() []string {
	var out []string
	for _, e := range b.events {
		switch e.Method {
		case "Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled":
			out = append(out, e.Method+" "+string(e.Params))
		case "Network.requestWillBeSent":
			var p struct{ Type string }
			if json.Unmarshal(e.Params, &p); p.Type != "Document" {
				out = append(out, e.Method+" "+string(e.Params))
			}
		}
	}

	return out
}

// contrast finds the lowest contrast ratio of any text against the background
// that is really behind it (WCAG 2.1, 1.4.3).
const contrast = `(() => {
  const rgb = s => s.match(/[\d.]+/g).map(Number);
  const lum = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const back = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  let worst = {ratio: 21, text: ""};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim(); if (!text) continue;
    const e = walk.currentNode.parentElement;
    const a = lum(rgb(getComputedStyle(e).color)), b = lum(back(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < worst.ratio) worst = {ratio, text: text.slice(0, 60)};
  }
  return worst;
})()`

// wide lists what sticks out of the window, or out of its table cell.
const wide = `[...document.querySelectorAll("td, th, dd, .item, .gap > div")].filter(e => !e.closest("details:not([open])") && e.clientWidth > 1 && e.scrollWidth > e.clientWidth).slice(0, 5).map(e => e.outerHTML.slice(0, 160)).concat([...document.querySelectorAll("body *")].filter(e => !e.closest(".sr, .symbols, .skip, thead") && e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.outerHTML.slice(0, 160)))`

func TestInChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}

	b := startBrowser(t)
	dir := t.TempDir()
	inputs, widths := map[string]Input{"client": sample(), "hostile": hostile(),
		"joined-10": joinedFleet(10), "joined-500": joinedFleet(500), "hostile-fleet": hostileFleet()}, []int{390, 1280}

	if *shots != "" {
		inputs["clean"], inputs["fleet"], widths = clean(), fleet(), []int{360, 390, 820, 1280, 1600}
	}

	for name, in := range inputs {
		path := filepath.Join(dir, name+".html")
		if err := os.WriteFile(path, []byte(page(t, in)), 0o600); err != nil {
			t.Fatal(err)
		}

		for _, scheme := range []string{"light", "dark"} {
			for _, width := range widths {
				b.view(width, scheme)
				b.open(path)
				b.check(fmt.Sprintf("%s, %s, %d px", name, scheme, width), width)
				b.shoot(fmt.Sprintf("%s-%s-%d", name, scheme, width))
			}
		}

		b.print(name)
	}
}

func (b *browser) check(what string, width int) {
	t := b.t
	var scroll int
	b.eval("document.documentElement.scrollWidth", &scroll)
	var out []string
	b.eval(wide, &out)

	if scroll > width || len(out) > 0 {
		t.Errorf("%s: the page is %d px wide:\n%s", what, scroll, strings.Join(out, "\n"))
	}

	var styled string
	b.eval(`getComputedStyle(document.querySelector(".verdict")).display`, &styled)

	if styled != "flex" {
		t.Errorf("%s: the style is not applied", what)
	}

	var worst struct {
		Ratio float64
		Text  string
	}

	b.eval(contrast, &worst)

	if worst.Ratio < 4.5 {
		t.Errorf("%s: contrast %.2f of %q", what, worst.Ratio, worst.Text)
	}

	for _, p := range b.problems() {
		t.Errorf("%s: %s", what, p)
	}
}

func (b *browser) shoot(name string) {
	if *shots == "" {
		return
	}

	var r struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &r)
	b.save(name+".png", r.Data)
}

func (b *browser) print(name string) {
	if *shots == "" {
		return
	}

	var r struct{ Data string }
	b.call("Page.printToPDF", map[string]any{"preferCSSPageSize": true, "printBackground": true}, &r)
	b.save(name+".pdf", r.Data)
}

func (b *browser) save(name, data string) {
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, name), raw, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
