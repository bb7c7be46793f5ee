package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"ringfence/collectors/snapshot"
)

// BatchSize is the most that one batch may ask for
// (https://learn.microsoft.com/graph/json-batching).
const BatchSize = 20

// Item is the answer to one request of a batch. Body is the parsed body, nil
// where it is no object. Problem says what is wrong with the answer itself,
// "" for a proper one: it is not there, or there twice.
type Item struct {
	Status  int
	Header  http.Header
	Body    map[string]any
	Problem string
}

// batchRequest is one request of a batch; URL is a path below the batch's own
// address.
type batchRequest struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	URL    string `json:"url"`
}

// Batch sends one batch of GETs to addresses of one API version and returns
// their answers in the same order. The core library's own batch loses numbers
// and panics where an answer is missing. Items are not retried here.
func (c *Client) Batch(ctx context.Context, version string, addresses []*url.URL) ([]Item, error) {
	base := c.base.JoinPath(version)
	requests := make([]batchRequest, len(addresses))
	for i, u := range addresses {
		path, ok := strings.CutPrefix(u.String(), base.String())
		if !ok || len(addresses) > BatchSize {
			return nil, fmt.Errorf("a batch of %d at %s cannot ask for %s", len(addresses), base.Path, u.Path)
		}
		requests[i] = batchRequest{strconv.Itoa(i + 1), http.MethodGet, path}
	}

	body, err := json.Marshal(map[string]any{"requests": requests})
	if err != nil {
		return nil, err
	}

	ri := abstractions.NewRequestInformation()
	ri.Method = abstractions.POST
	ri.SetUri(*base.JoinPath("$batch"))
	ri.SetStreamContentAndContentType(body, "application/json")

	data, err := c.send(ctx, ri)
	if err != nil {
		return nil, err
	}

	return readBatch(data, len(addresses))
}

// readBatch matches answers to requests by id: their order means nothing. An
// answer to nothing that was asked spoils the batch.
func readBatch(data []byte, asked int) ([]Item, error) {
	malformed := func(problem string) error {
		return &snapshot.Evidence{Code: "malformed_answer", Message: "the batch: " + problem}
	}

	doc, err := snapshot.ParseObject(data)
	if err != nil {
		return nil, malformed(err.Error())
	}

	list, ok := doc["responses"].([]any)
	if !ok {
		return nil, malformed(`no array "responses"`)
	}

	items := make([]Item, asked)
	for i := range items {
		items[i].Problem = "the batch has no answer to the request"
	}

	for _, v := range list {
		response, _ := v.(map[string]any)
		id, _ := response["id"].(string)
		n, err := strconv.Atoi(id)
		if err != nil || n < 1 || n > asked || strconv.Itoa(n) != id {
			return nil, malformed("an answer to a request that was not sent")
		}

		if items[n-1].Status != 0 {
			items[n-1] = Item{Status: -1, Problem: "the batch has two answers to the request"}
		} else {
			items[n-1] = readItem(response)
		}
	}

	return items, nil
}

func readItem(response map[string]any) Item {
	item := Item{Header: http.Header{}}
	status, _ := response["status"].(json.Number)
	n, err := status.Int64()
	if err != nil || n < 100 || n > 599 {
		return Item{Status: -1, Problem: "the batch's answer to the request has no status"}
	}

	item.Status = int(n)
	headers, _ := response["headers"].(map[string]any)
	for name, v := range headers {
		item.Header.Set(name, fmt.Sprint(v))
	}

	item.Body, _ = response["body"].(map[string]any)
	if item.Status == http.StatusOK && item.Body == nil {
		item.Problem = "the body is not a JSON object"
	}

	return item
}

// Evidence is what an item that is an error says.
func (i Item) Evidence() *snapshot.Evidence {
	e := &snapshot.Evidence{HTTPStatus: i.Status, RequestID: i.Header.Get("request-id")}
	detail, ok := i.Body["error"].(map[string]any)
	if !ok {
		e.Message = "the error answer has no readable body"
		return e
	}

	e.Code, _ = detail["code"].(string)
	e.Message, _ = detail["message"].(string)
	if inner, _ := detail["innerError"].(map[string]any); e.RequestID == "" {
		e.RequestID, _ = inner["request-id"].(string)
	}

	return e
}
