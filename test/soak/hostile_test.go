package soak

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

const (
	// memoryLimit is the GOMEMLIMIT of the exporter: 90% of a container's 256 MiB.
	memoryLimit = 230 << 20
	// mostMemory is what the exporter may take of the 256 MiB. GOMEMLIMIT lets garbage grow up to the limit; the rest is
	// for the kernel's buffers.
	mostMemory = 240 << 20
	// hostileBytes is as large as an answer may be that is held whole.
	hostileBytes = 16 << 20
	// leastHostile is how many hostile answers are read at least.
	leastHostile = 10
)

// hostile serves one account of each vendor. Its answers are valid JSON that takes as much memory as such answers may.
type hostile struct {
	answers atomic.Int64
}

// hostileAccounts are the accounts as the configuration has them, by vendor.
var hostileAccounts = map[string]string{
	"getui":       "app_id: HOSTILE, app_key: K, master_secret: SimHostileNotReal",
	"polyv":       "user_id: HOSTILE, secret_key: SimHostileNotReal",
	"adspect":     "api_key: SimHostileNotReal",
	"sensorsdata": "project: hostile, api_secret: SimHostileNotReal, tags: [1]",
	"quanshi":     "app_key: K, app_secret: SimHostileNotReal, token: SimHostileTokenNotReal, event_ids: [1]",
}

// hostileYAML returns the hostile account of a vendor in the configuration.
func hostileYAML(vendor, address string) string {
	return fmt.Sprintf("  - {account: hostile-%s, base_url: '%s/hostile/%s', requests_per_minute: 600, %s}\n",
		vendor, address, vendor, hostileAccounts[vendor])
}

// worstUnits are the parts that hostile answers repeat, and what is around them. N is another number in each part.
var worstUnits = []struct{ before, unit, end, after string }{
	{`{`, `"":0,`, `"":0`, `}`},
	{`[`, `{},`, `{}`, `]`},
	{`{"code":0,"data":{`, `"N":{"app":{"total_num":1}},`, `"":0`, `}}`},
	{`{"code":0,"data":{"2026-11-20":{`, `"N":{"target_num":1},`, `"":0`, `}}}`},
	{`{"code":200,"data":[`, `{"currentHour":1},`, `{}`, `]}`},
	{`[`, `{"stream_id":"N","tags":["a"]},`, `{}`, `]`},
	{`[`, `{"id":N},`, `{}`, `]`},
	{`{"id":1,"last_partition_info":{`, `"base_time":"x",`, `"":0`, `}}`},
	{`{"non_aggregate_result":{"rows":[`, `{"by_value":"N","partition_values":[{"user_count":1}]},`, `{}`, `]}}`},
	{`{"code":200,"data":{"list":[`, `{"eventId":N},`, `{}`, `]}}`},
	{`{"code":"200","data":{"userList":[`, `{"userId":N},`, `{}`, `]}}`},
}

// ServeHTTP implements http.Handler.
func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/auth") {
		_, _ = io.WriteString(w, `{"code":0,"msg":"success","data":{"expire_time":"4102444800000","token":"t"}}`)
		return
	}
	worst := worstUnits[h.answers.Add(1)%int64(len(worstUnits))]
	_, _ = io.WriteString(w, worst.before)
	for sent, number := 0, 1_000_000; sent < hostileBytes-1000; {
		var b strings.Builder
		for range 500 {
			number++
			b.WriteString(strings.ReplaceAll(worst.unit, "N", fmt.Sprint(number)))
		}
		text := b.String()
		if sent += len(text); sent >= hostileBytes-1000 {
			break
		}
		if _, err := io.WriteString(w, text); err != nil {
			return // it is read no further
		}
	}
	_, _ = io.WriteString(w, worst.end+worst.after)
}
