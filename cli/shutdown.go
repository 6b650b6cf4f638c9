package cli

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

const (
	// shutdownTimeout is how long scrapes in flight may take after a signal to end.
	shutdownTimeout = 20 * time.Second
	// ExitTimeout is how long the whole process may take after a signal to end: less than the 30 s after which
	// Kubernetes kills by default.
	ExitTimeout = shutdownTimeout + 5*time.Second
	// namesTimeout bounds how long the names of what is still running are waited for.
	namesTimeout = time.Second
	// maxUnfinished is how many names of one kind an error lists.
	maxUnfinished = 10
)

// unfinished knows what a command has to end before it returns.
type unfinished struct {
	mu    sync.Mutex
	parts []func() []string
}

// add adds a function that returns the names of what is still running.
func (u *unfinished) add(names func() []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.parts = append(u.parts, names)
}

// names returns what is still running, in the order of add.
func (u *unfinished) names() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var all []string
	for _, part := range u.parts {
		all = append(all, part()...)
	}
	return all
}

// awaitEnd returns the command's error once it has ended. A command that has not ended when the timeout after the end
// of ctx is over is an error with the names of what is still running.
func awaitEnd(ctx context.Context, ended <-chan error, timeout time.Duration, u *unfinished) error {
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(timeout):
	}
	running := strings.Join(u.names(), "; ")
	if running == "" {
		running = "unknown"
	}
	return fmt.Errorf("not ended within %s of the signal, exiting now; still running: %s", timeout, running)
}

// requestCounter counts the HTTP requests that are being handled.
type requestCounter struct{ inFlight atomic.Int64 }

// handler counts the requests that next handles.
func (c *requestCounter) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.inFlight.Add(1)
		defer c.inFlight.Add(-1)
		next.ServeHTTP(w, r)
	})
}

// names returns how many requests are being handled, nothing if there are none.
func (c *requestCounter) names() []string {
	if n := c.inFlight.Load(); n > 0 {
		return []string{fmt.Sprintf("%d HTTP request(s)", n)}
	}
	return nil
}

// refreshesOf returns the refreshes in flight of the accounts of some sets, such as "getui/shop (push_quota)". An account
// that does not answer in time is listed without its endpoints.
func refreshesOf(sets ...*collector.Set) []string {
	type answer struct {
		index int
		text  string
	}
	answers := make(chan answer)
	done := make(chan struct{})
	defer close(done)
	var texts []string
	for _, set := range sets {
		for _, target := range set.Targets() {
			index := len(texts)
			texts = append(texts, target.String())
			go func() {
				select {
				case answers <- answer{index, refreshing(set, target)}:
				case <-done:
				}
			}()
		}
	}
	timeout := time.After(namesTimeout)
	for range texts {
		select {
		case a := <-answers:
			texts[a.index] = a.text
			continue
		case <-timeout:
		}
		break
	}
	texts = slices.DeleteFunc(texts, func(text string) bool { return text == "" })
	if more := len(texts) - maxUnfinished; more > 0 {
		texts = append(texts[:maxUnfinished], fmt.Sprintf("%d more accounts", more))
	}
	if len(texts) == 0 {
		return nil
	}
	return []string{"refreshes of " + strings.Join(texts, ", ")}
}

// refreshing returns the account's name with the endpoints whose refresh is in flight; "" if there are none.
func refreshing(set *collector.Set, target poll.Target) string {
	status, _ := set.StatusOf(target, time.Now())
	var endpoints []string
	for _, e := range status.Endpoints {
		if e.Reading {
			endpoints = append(endpoints, e.Name)
		}
	}
	if len(endpoints) == 0 {
		return ""
	}
	return fmt.Sprintf("%s (%s)", target, strings.Join(endpoints, ", "))
}
