package plan_test

import (
	"hash/fnv"
	"math/rand"
)

// dice makes the choices of a generator: from the bytes of a fuzz input as long
// as there are any, then from a source that is seeded with them.
type dice struct {
	choices []byte
	rng     *rand.Rand
}

// thrown is a dice whose choices all come from a seed.
func thrown(seed int64) *dice { return &dice{rng: rand.New(rand.NewSource(seed))} }

// chosen is a dice whose first choices are given.
func chosen(b []byte) *dice {
	h := fnv.New64a()
	h.Write(b)
	return &dice{choices: b, rng: rand.New(rand.NewSource(int64(h.Sum64())))}
}

// n is a number below max.
func (d *dice) n(max int) int {
	if len(d.choices) == 0 {
		return d.rng.Intn(max)
	}

	c := d.choices[0]
	d.choices = d.choices[1:]
	return int(c) % max
}

// in holds once in so many times.
func (d *dice) in(times int) bool { return d.n(times) == 0 }

func pick[T any](d *dice, list ...T) T { return list[d.n(len(list))] }
