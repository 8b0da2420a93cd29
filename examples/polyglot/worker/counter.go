// Package worker adds visits up and writes the totals.
package worker

import (
	"sync"
	"time"
)

// Totals is where the sums go.
type Totals interface {
	Add(link int64, visits int) error
}

// Counter holds visits until the next flush.
type Counter struct {
	mu      sync.Mutex
	pending map[int64]int
	totals  Totals
}

// NewCounter returns an empty counter.
func NewCounter(totals Totals) *Counter {
	return &Counter{pending: map[int64]int{}, totals: totals}
}

// Visit counts one visit of a link.
func (c *Counter) Visit(link int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending[link]++
}

// Flush writes what is pending and forgets it.
func (c *Counter) Flush() error {
	c.mu.Lock()
	batch := c.pending
	c.pending = map[int64]int{}
	c.mu.Unlock()
	for link, visits := range batch {
		if err := c.totals.Add(link, visits); err != nil {
			return err
		}
	}
	return nil
}

// Run flushes every few seconds until done is closed.
func Run(c *Counter, every time.Duration, done <-chan struct{}) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = c.Flush()
		case <-done:
			_ = c.Flush()
			return
		}
	}
}
