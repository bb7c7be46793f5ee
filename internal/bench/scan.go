package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sync/errgroup"
)

// scan is the floor that evaluating is held against: it reads every token of every dataset
// file below a folder, and keeps none.
//
//	bench scan GOROUTINES DIR
func scan(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: bench scan GOROUTINES DIR")
	}

	parallel, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}

	files, _, err := datasetFiles(args[1])
	if err != nil {
		return err
	}

	var tokens atomic.Int64
	var group errgroup.Group
	group.SetLimit(parallel)

	for _, name := range files {
		group.Go(func() error {
			n, err := scanFile(name)
			tokens.Add(n)
			return err
		})
	}

	err = group.Wait()
	fmt.Println(tokens.Load(), "tokens in", len(files), "files")
	return err
}

func scanFile(name string) (tokens int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()

	d := jsontext.NewDecoder(f)
	for {
		if _, err := d.ReadToken(); errors.Is(err, io.EOF) {
			return tokens, nil
		} else if err != nil {
			return tokens, fmt.Errorf("%s: %w", name, err)
		}
		tokens++
	}
}
