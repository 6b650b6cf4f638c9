package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// callsArg makes this program one that makes the same calls of a vendor as the exporter does, and nothing else: what
// that takes is the machine's share.
const callsArg = "serve-calls"

// serveCalls answers each request once it has read the endpoints, separated by commas, of so many accounts at a vendor,
// all at once. It prints where it listens.
func serveCalls(out io.Writer, vendor, accounts, endpoints string) error {
	n, err := strconv.Atoi(accounts)
	if err != nil {
		return err
	}
	names := strings.Split(endpoints, ",")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n * len(names)}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Listening on address=%s\n", listener.Addr())
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var calls sync.WaitGroup
		failed := make([]error, n*len(names))
		for i := range failed {
			calls.Go(func() {
				url := fmt.Sprintf("%s/v2/App%05d%s", vendor, i/len(names), paths[names[i%len(names)]])
				failed[i] = call(r, client, url)
			})
		}
		calls.Wait()
		if err := errors.Join(failed...); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	})}
	return server.Serve(listener)
}

// paths are those of the endpoints, which answer whatever the day is.
var paths = map[string]string{
	"push_quota": "/report/push/count", "online_users": "/report/online_user", "push_day": "/report/push/date/2026-11-27", "user_day": "/report/user/date/2026-11-27",
}

func call(r *http.Request, client *http.Client, url string) error {
	q, err := http.NewRequestWithContext(r.Context(), http.MethodGet, url, http.NoBody) //nolint:gosec // the parent names the vendor
	if err != nil {
		return err
	}
	answer, err := client.Do(q) //nolint:gosec // likewise
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
