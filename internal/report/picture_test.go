package report

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// picture is what the README shows: the first screen of the sample's page.
const picture = "../../docs/report.png"

// pictureWidth and pictureHeight are in CSS pixels, and in pixels of the file.
const pictureWidth, pictureHeight = 1000, 890

// TestPicture takes the README's picture; -update writes it.
func TestPicture(t *testing.T) {
	committed, err := os.ReadFile(picture)
	if err != nil && !*update {
		t.Fatal(err)
	}

	if !*update {
		checkPicture(t, committed)
		fits(t, committed)
	}

	if testing.Short() {
		t.Skip("starts a browser")
	}

	b := startBrowser(t)
	path := filepath.Join(t.TempDir(), "client.html")
	in := sample()
	clear(in.Set.Errors) // no policy fails to run, as a rule

	if err := os.WriteFile(path, []byte(page(t, in)), 0o600); err != nil {
		t.Fatal(err)
	}

	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": pictureWidth, "height": pictureHeight, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": "light"}}}, nil)
	b.open(path)
	var r struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &r)

	raw, err := base64.StdEncoding.DecodeString(r.Data)
	if err != nil {
		t.Fatal(err)
	}

	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}

	var small bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, img); err != nil {
		t.Fatal(err)
	}

	taken := small.Bytes()
	checkPicture(t, taken)

	if !*update {
		return
	}

	if fits(t, taken); !t.Failed() {
		if err := os.WriteFile(picture, taken, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// fits: what is committed is small. How small depends on the machine's fonts.
func fits(t *testing.T, data []byte) {
	t.Helper()
	if len(data) > 150_000 {
		t.Errorf("the picture has %d bytes", len(data))
	}
}

// checkPicture: it has the size that it should have, and is no blank page.
func checkPicture(t *testing.T, data []byte) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}

	if size := img.Bounds().Size(); size.X != pictureWidth || size.Y != pictureHeight {
		t.Errorf("the picture has %v pixels", size)
	}

	colours := map[[4]uint32]bool{}
	for y := 0; y < pictureHeight; y += 3 {
		for x := 0; x < pictureWidth; x += 3 {
			r, g, b, a := img.At(x, y).RGBA()
			colours[[4]uint32{r, g, b, a}] = true
		}
	}

	if len(colours) < 50 {
		t.Errorf("the picture has %d colours", len(colours))
	}
}
