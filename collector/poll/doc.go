// Package poll is the polling engine. It decides when an endpoint of a vendor is read, keeps what the reads returned,
// and hands it out on a scrape. It knows accounts, endpoints and items, and no vendor.
//
// A scrape calls [Refresh] for the accounts that it shows. Each [Endpoint] that is due starts a refresh, which runs in
// a goroutine of its own and is shared by all scrapes that come meanwhile: it discovers the endpoint's items where they
// can change, then reads the items that are due. The result of an item's last good read is kept until it is replaced,
// older than max_stale, of a day gone by, or no longer among the discovered items. [Endpoint.Status] returns the
// results of all items together, and how the endpoint is.
package poll
