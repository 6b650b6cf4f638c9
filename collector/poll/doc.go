// Package poll is the polling engine. It decides when an endpoint of a vendor is read, keeps what the reads returned,
// and hands it out on a scrape. It knows accounts, endpoints and items, and no vendor.
//
// A scrape calls [Refresh] for the accounts that it shows. Each [Endpoint] that is due starts a refresh. The refresh
// runs in its own goroutine and is shared by all scrapes that arrive while it runs: it discovers the endpoint's items
// if they can change, then reads the items that are due. The result of an item's last successful read is kept until it
// is replaced, is older than max_stale, belongs to a past day, or its item is no longer discovered. [Endpoint.Status]
// returns the results of all items together, and the state of the endpoint.
//
// Read the files in the order of that walk: scrape.go, endpoint.go, refresh.go, discovery.go, item.go, snapshot.go,
// status.go.
package poll
