package config

import (
	"strings"
	"time"
)

// Vendor is what this package needs to know of a vendor to read its accounts.
type Vendor struct {
	// Name is the key at the top of the file that holds the vendor's accounts.
	Name string
	// Example is one account as the file has it, in one line of YAML, for the error about a file without accounts.
	Example string
	// BaseURL of the API, for accounts that set none; "" makes base_url a required key.
	BaseURL string
	// TimeZone and RequestsPerMinute are for accounts that set none.
	TimeZone          string
	RequestsPerMinute int
	// Endpoints are all of the vendor's, in the order of the metric catalogue.
	Endpoints []EndpointDefault
	// ReservedHeaders are the request headers, in canonical form, that the vendor's client sets beside those that
	// prometheus/common reserves, such as Authorization. No http_client may set them.
	ReservedHeaders []string
	// NewDecoder returns, for one file, the function that takes the keys that only this vendor has from an account's
	// mapping. It is called with the accounts in the order of the file, also those with mistakes; a holds the keys
	// that all vendors have. The account that it returns embeds a.
	NewDecoder func() func(m *Mapping, a Account) VendorAccount
}

// EndpointDefault is what is known of an endpoint before a file is read.
type EndpointDefault struct {
	// Name is that of the metric catalogue, such as push_quota.
	Name string
	// MinInterval and MaxStale are as in Endpoint.
	MinInterval, MaxStale time.Duration
	// Timeout of one request; 0 stands for the account's.
	Timeout time.Duration
	// Needs is the key that says what the endpoint reads. Without it, and without the same key with _file, the endpoint
	// is off; "" needs none.
	Needs string
	// Off is set if the endpoint is read only where the file enables it.
	Off bool
}

// VendorAccounts are the accounts of one vendor.
type VendorAccounts struct {
	// Vendor is the vendor's name.
	Vendor string
	// Accounts have different names. There is at least one.
	Accounts []VendorAccount
}

// noAccounts returns the error about a file without accounts of these vendors.
func noAccounts(vendors []Vendor) string {
	if len(vendors) == 0 {
		return "no account can be configured: this program knows no vendor"
	}
	names := make([]string, len(vendors))
	for i, v := range vendors {
		names[i] = v.Name
	}
	under := names[0]
	if last := len(names) - 1; last > 0 {
		under = strings.Join(names[:last], ", ") + " or " + names[last]
	}
	message := "no account is configured, list at least one under " + under
	if first := vendors[0]; first.Example != "" {
		message += ", such as " + first.Name + ": [" + first.Example + "]"
	}
	return message
}
