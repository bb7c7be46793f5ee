package collectors

import (
	"encoding/binary"
	"testing"

	"ringfence/collectors/snapshot"
)

// FuzzSavedFile: whatever a file holds, an answer that is complete has pages,
// and each of them says nothing else.
func FuzzSavedFile(f *testing.F) {
	page := `{"value":[` + text(sku("one")) + `]`
	for i, e := range envelopes {
		f.Add(uint8(i), []byte(page+","+e.member+"}"))
		f.Add(uint8(i), inUTF16("["+page+","+e.member+"},"+page+"}]", binary.LittleEndian, true))
	}

	f.Add(uint8(11), []byte("\xef\xbb\xbf"+text(rows(2, "", row(1), row(2)))))
	units := All()
	f.Fuzz(func(t *testing.T, n uint8, data []byte) {
		u := units[int(n)%len(units)]
		r := u.newReading(sub1, snapshot.NewSpool(nil, 0))
		r.takeFile(data)

		p := u.judge(r.answer)
		if p.status != snapshot.Complete {
			if p.evidence == nil {
				t.Errorf("%s is %s without a reason", u.Schema.Dataset, p.status)
			}
			return
		}

		if r.pages == 0 || r.evidence != nil || r.wrong != nil {
			t.Errorf("%s is complete: %+v", u.Schema.Dataset, r.answer)
		}

		text, err := snapshot.UTF8(data)
		if err != nil {
			t.Fatal(err)
		}

		only, err := snapshot.ParseObject(text)
		if e := u.envelope(only); err == nil && (e.failed != nil || e.next != "" || e.cut) {
			t.Errorf("%s is complete, and its page says %+v", u.Schema.Dataset, e)
		}
	})
}
