package config_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// The text of many accounts is written one after the other: it takes a small multiple of its size at a time.
func TestMaskedOfManyAccounts(t *testing.T) {
	var yaml strings.Builder
	yaml.WriteString("getui:\n")
	const accounts = 2000
	for i := range accounts {
		fmt.Fprintf(&yaml, "  - {account: shop-%[1]d, app_id: A%[1]d, app_key: k, master_secret: m}\n", i)
	}
	c := parse(t, yaml.String())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	text, err := c.Masked()
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := strings.Count(string(text), "account: shop-"); n != accounts || strings.Count(string(text), "getui:\n") != 1 {
		t.Errorf("the text has %d accounts, want %d in one section", n, accounts)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 150*uint64(len(text)) {
		t.Errorf("%d bytes of text took %d bytes", len(text), allocated)
	}
}
