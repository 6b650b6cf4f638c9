package poll

import "strings"

// Target addresses one account, in words as "vendor/account".
type Target struct {
	Vendor, Account string
}

// String gives the target as "vendor/account".
func (t Target) String() string { return t.Vendor + "/" + t.Account }

// ParseTarget reads "vendor/account".
func ParseTarget(text string) (t Target, ok bool) {
	t.Vendor, t.Account, ok = strings.Cut(text, "/")
	return t, ok && t.Vendor != "" && t.Account != "" && !strings.Contains(t.Account, "/")
}
