package poll

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Records receives the records of an account: parts of its state that can be stored, each under a key that is unique
// within the account. Keys and values are valid only until the call returns.
type Records interface {
	// Put stores a value, which it encodes with [Encode].
	Put(key []byte, value any) error
	// Delete deletes a record.
	Delete(key []byte)
	// DeleteAll deletes all records of the account. It is called before all are put.
	DeleteAll()
}

// The keys of records: "endpoint", or "item", then the endpoint's name, then the item's ID.
const (
	endpointRecord = "endpoint\x00"
	itemRecord     = "item\x00"
)

// Recorder makes the records of accounts. It keeps the memory that it needs for that, because thousands of records are
// made again and again, and is not safe for concurrent use.
type Recorder struct {
	key      []byte
	endpoint storedEndpoint
	reads    []savedItem
	read     storedReads
	result   storedResult
	packer   metric.Packer
}

// HasUnsaved reports whether the account's state has changed since the last call of [Recorder.Unsaved].
func (a *Account) HasUnsaved() bool { return a.unsaved.Load() }

// Unsaved passes on the records of the account that have changed since the last call: all of them at the first change,
// and after [Account.SaveAll].
func (r *Recorder) Unsaved(a *Account, to Records) error {
	if !a.unsaved.Swap(false) {
		return nil
	}
	all := a.saveAll.Swap(false)
	if all {
		to.DeleteAll()
	}
	for e := range a.allEndpoints() {
		if err := r.unsaved(e, to, all, false); err != nil {
			return err
		}
	}
	return nil
}

// SaveAll lets the next call of Unsaved return all records of the account.
func (a *Account) SaveAll() {
	a.saveAll.Store(true)
	for e := range a.allEndpoints() {
		e.mu.Lock()
		e.changedState()
		e.mu.Unlock()
	}
}

// changedState notes that the endpoint's state has to be stored. e.mu is held.
func (e *Endpoint) changedState() {
	e.unsaved = true
	e.account.unsaved.Store(true)
}

// CarryOver sets the account's state to that of the account that it replaces, as a restart would: all of it, or only
// the waits that the vendor asked for if its samples follow from other settings. As after [Account.ResetBackoff],
// everything else that fails is due at the next scrape. It must be called before the first refresh.
func (a *Account) CarryOver(previous *Account, waitsAlone bool) error {
	defer previous.SaveAll()
	records := make(recordMap)
	var recorder Recorder
	for e := range previous.allEndpoints() {
		if err := recorder.unsaved(e, records, true, waitsAlone); err != nil {
			return err
		}
	}
	a.client.CarryOver(previous.client)
	a.Restore(records)
	a.ResetBackoff()
	a.SaveAll()
	return nil
}

// recordMap is records by their key.
type recordMap map[string][]byte

// Put implements [Records].
func (m recordMap) Put(key []byte, value any) error {
	var encoded bytes.Buffer
	err := Encode(&encoded, value)
	m[string(key)] = encoded.Bytes()
	return err
}

// Delete implements [Records].
func (m recordMap) Delete(key []byte) { delete(m, string(key)) }

// DeleteAll implements [Records].
func (m recordMap) DeleteAll() { clear(m) }

// Restored counts what has been restored of an account.
type Restored struct {
	Endpoints int
	Items     int // with a result
	Samples   int // of those results
}

// Restore sets the account's state to what an earlier process stored. It must be called before the first refresh. What
// cannot be used, such as samples of a family that no longer exists, is left out and read from the vendor again.
func (a *Account) Restore(records map[string][]byte) Restored {
	now := time.Now()
	var all Restored
	for e := range a.allEndpoints() {
		value := records[endpointRecord+e.spec.Name]
		var stored storedEndpoint
		if value == nil || json.Unmarshal(value, &stored) != nil {
			continue
		}
		items, samples := e.restore(stored, records, now)
		all.Endpoints, all.Items, all.Samples = all.Endpoints+1, all.Items+items, all.Samples+samples
	}
	for e := range a.allEndpoints() {
		e.discoverRestored(now)
	}
	return all
}

// allEndpoints returns all endpoints, first those that are read only as an upstream of others.
func (a *Account) allEndpoints() iter.Seq[*Endpoint] {
	return func(yield func(*Endpoint) bool) {
		for _, endpoints := range [...][]*Endpoint{a.upstreamOnly, a.endpoints} {
			for _, e := range endpoints {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// storedTime is a time in nanoseconds since 1970; 0 for none.
type storedTime int64

func storeTime(t time.Time) storedTime {
	if t.IsZero() {
		return 0
	}
	return storedTime(t.UnixNano())
}

func (t storedTime) in(loc *time.Location) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(t)).In(loc)
}

func (t storedTime) time() time.Time { return t.in(time.Local) }

// storedEndpoint is the state of an endpoint and of its items. The names are short: thousands of records are written
// again and again.
type storedEndpoint struct {
	Finished        bool                   `json:"f,omitzero"`
	Duration        int64                  `json:"d,omitzero"` // nanoseconds
	ServedAt        storedTime             `json:"s,omitzero"`
	Discovered      bool                   `json:"l,omitzero"`
	DiscoveredAt    storedTime             `json:"t,omitzero"`
	DiscoverBackoff storedBackoff          `json:"b,omitzero"`
	Aborted         storedBackoff          `json:"a,omitzero"`
	Logged          *transport.StoredError `json:"e,omitzero"`
	LoggedDropped   metric.DropCounts      `json:"p,omitzero"`
	Items           []storedItem           `json:"i,omitempty"`
}

// waits returns what is left of the state without results: the waits that the vendor asked for, and what failed. It
// returns nil if there is no such wait.
func (s *storedEndpoint) waits() *storedEndpoint {
	left := &storedEndpoint{Finished: s.Finished, Logged: s.Logged}
	if s.Aborted.Asked {
		left.Aborted = s.Aborted
	}
	if s.DiscoverBackoff.Asked {
		left.DiscoverBackoff = s.DiscoverBackoff
	}
	for _, item := range s.Items {
		if item.Backoff.Asked {
			left.Items = append(left.Items, storedItem{ID: item.ID, Backoff: item.Backoff})
		}
	}
	if !left.Aborted.Asked && !left.DiscoverBackoff.Asked && len(left.Items) == 0 {
		return nil
	}
	return left
}

// storedItem is the state of an item. storedReads is set if the item is the endpoint's only one. Else it has its own
// record, so that after the read of one item not the results of all items are written again.
type storedItem struct {
	ID          string        `json:"i,omitzero"`
	MemberLabel string        `json:"l,omitzero"`
	Members     []string      `json:"m,omitzero"`
	EndsAt      storedTime    `json:"e,omitzero"`
	AttemptedAt storedTime    `json:"a,omitzero"`
	Backoff     storedBackoff `json:"b,omitzero"`
	storedReads
}

// storedReads is what the reads of an item returned.
type storedReads struct {
	Kept   jsontext.Value `json:"k,omitzero"`
	Result *storedResult  `json:"r,omitzero"`
}

// storedBackoff is a backoff.
type storedBackoff struct {
	Err      *transport.StoredError `json:",omitzero"`
	Failures [rowCount]int          `json:",omitzero"`
	Since    storedTime             `json:",omitzero"`
	FailedAt storedTime             `json:",omitzero"`
	RetryAt  storedTime             `json:",omitzero"`
	Asked    bool                   `json:",omitzero"`
	Breaker  bool                   `json:",omitzero"`
}

// storedResult is a result.
type storedResult struct {
	Samples     metric.Packed         `json:"p,omitempty"`
	Dropped     metric.DropCounts     `json:"d,omitzero"`
	Examples    []metric.DroppedValue `json:"x,omitzero"`
	Incomplete  bool                  `json:"i,omitzero"`
	ExpiryFrom  int                   `json:"f,omitzero"`
	ExpiryAt    storedTime            `json:"t,omitzero"`
	DayStart    storedTime            `json:"b,omitzero"`
	DayEnd      storedTime            `json:"e,omitzero"`
	ReadAt      storedTime            `json:"r,omitzero"`
	RefreshedAt storedTime            `json:"g,omitzero"`
	EndedAt     storedTime            `json:"z,omitzero"`
	Unchanged   int                   `json:"u,omitzero"`
	Since       storedTime            `json:"s,omitzero"`
}

// savedItem is what was last stored of an item's reads.
type savedItem struct {
	id     string
	result *result
	kept   metric.Kept
}

// equals reports whether the item has still the same result and kept value.
func (s savedItem) equals(now savedItem) bool {
	sameKept := len(s.kept) == len(now.kept) && (len(s.kept) == 0 || &s.kept[0] == &now.kept[0])
	return s.result == now.result && sameKept
}

// unsaved passes on the records of the endpoint that have changed since they were last stored, or all of its records
// if all is true. waitsAlone leaves out all but the waits that the vendor asked for.
func (r *Recorder) unsaved(e *Endpoint, to Records, all, waitsAlone bool) error {
	stored, gone := r.state(e, all)
	defer r.forget()
	reads := r.reads
	if stored != nil && waitsAlone {
		stored, reads, gone = stored.waits(), nil, nil
	}
	if stored == nil {
		return nil
	}
	put := func(kind, id string, value any) error {
		r.setKey(kind, e, id)
		if err := to.Put(r.key, value); err != nil {
			return fmt.Errorf("%s %s %s: %w", e.account.Vendor, e.account.Name, e.spec.Name, err)
		}
		return nil
	}
	for _, item := range reads {
		r.read = storedReads{Kept: jsontext.Value(item.kept), Result: r.storeResult(item.result)}
		if len(stored.Items) == 1 {
			stored.Items[0].storedReads = r.read
			continue
		}
		if err := put(itemRecord, item.id, &r.read); err != nil {
			return err
		}
	}
	for _, id := range gone {
		r.setKey(itemRecord, e, id)
		to.Delete(r.key)
	}
	return put(endpointRecord, "", stored)
}

// setKey sets r.key to that of a record of the endpoint, or of its item with an ID.
func (r *Recorder) setKey(kind string, e *Endpoint, id string) {
	r.key = append(append(r.key[:0], kind...), e.spec.Name...)
	if kind == itemRecord {
		r.key = append(append(r.key, 0), id...)
	}
}

// forget releases what belongs to the endpoint.
func (r *Recorder) forget() {
	clear(r.reads)
	clear(r.endpoint.Items)
	r.reads, r.endpoint = r.reads[:0], storedEndpoint{Items: r.endpoint.Items[:0]}
	r.read, r.result = storedReads{}, storedResult{Samples: r.result.Samples[:0]}
}

// state returns the endpoint's state if it has changed since it was last stored, nil if not, and the IDs of the items
// whose record is to be deleted. It sets r.reads to the items whose reads are to be stored.
func (r *Recorder) state(e *Endpoint, all bool) (stored *storedEndpoint, gone []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	nothing := !e.finished && !e.discovered && len(e.items) == 0
	if !e.unsaved && (!all || nothing) {
		return nil, nil
	}
	e.unsaved = false
	stored = &r.endpoint
	*stored = storedEndpoint{
		Finished: e.finished, Duration: int64(e.duration), ServedAt: storeTime(e.servedAt),
		Discovered: e.discovered, DiscoveredAt: storeTime(e.discoveredAt),
		DiscoverBackoff: e.discoverBackoff.store(), Aborted: e.aborted.store(),
		Logged: transport.StoreError(e.logged.err), LoggedDropped: e.logged.dropped,
		Items: slices.Grow(stored.Items[:0], len(e.items)),
	}
	before := e.savedItems
	e.savedItems = nil
	single := len(e.items) == 1 // its reads are stored in the endpoint's record
	if !single {
		e.savedItems = make(map[string]savedItem, len(e.items))
	}
	credentials := e.account.client.CredentialsVersion()
	for _, s := range e.items {
		stored.Items = append(stored.Items, storedItem{
			ID: s.ID, MemberLabel: s.MemberLabel, Members: s.Members, EndsAt: storeTime(s.EndsAt),
			AttemptedAt: storeTime(s.attemptedAt), Backoff: s.backoff.store(),
		})
		now := savedItem{id: s.ID}
		if s.result != nil && s.result.credentials == credentials { // else it may be of another account
			now.result = s.result
		}
		if s.keptWith == credentials {
			now.kept = s.kept
		}
		if saved, known := before[s.ID]; single || all || !known || !saved.equals(now) {
			r.reads = append(r.reads, now)
		}
		if !single {
			e.savedItems[s.ID] = now
		}
	}
	for id := range before {
		if _, present := e.savedItems[id]; !present && !all {
			gone = append(gone, id)
		}
	}
	return stored, gone
}

// Encode writes a value to store as JSON. Its texts come from vendors and configurations, and may hold any bytes.
func Encode(to *bytes.Buffer, stored any) error {
	if err := json.MarshalWrite(to, stored, jsontext.AllowInvalidUTF8(true)); err != nil {
		return fmt.Errorf("encode the state: %w; this is a bug of the exporter: please report it", err)
	}
	return nil
}

func (b *backoff) store() storedBackoff {
	if b.err == nil {
		return storedBackoff{}
	}
	return storedBackoff{
		transport.StoreError(b.err), b.failures, storeTime(b.since), storeTime(b.failedAt), storeTime(b.retryAt),
		b.asked, b.breaker,
	}
}

// restore returns the stored backoff. If the clock has been set back since, it waits as long from now as it did then.
func (s storedBackoff) restore(now time.Time) backoff {
	err := s.Err.Restore()
	if err == nil {
		return backoff{}
	}
	b := backoff{err, &outage{
		failures: s.Failures, since: s.Since.time(), failedAt: s.FailedAt.time(), retryAt: s.RetryAt.time(),
		asked: s.Asked, breaker: s.Breaker,
	}}
	if ahead := b.failedAt.Sub(now); !b.failedAt.IsZero() && ahead > 0 {
		b.failedAt, b.retryAt = now, b.retryAt.Add(-ahead)
	}
	if b.since.After(now) {
		b.since = now
	}
	// From now on a change of the clock does not make the wait longer or shorter: now has a monotonic clock reading.
	if !b.retryAt.IsZero() {
		b.retryAt = now.Add(b.retryAt.Sub(now))
	}
	return b
}

// storeResult returns a result as it is stored, until the next call.
func (r *Recorder) storeResult(of *result) *storedResult {
	if of == nil {
		return nil
	}
	r.result = storedResult{
		Samples: r.packer.Append(r.result.Samples[:0], of.samples),
		Dropped: of.dropped, Examples: of.examples, Incomplete: of.incomplete,
		ExpiryFrom: of.expiry.From, ExpiryAt: storeTime(of.expiry.At),
		DayStart: storeTime(of.day.Start), DayEnd: storeTime(of.day.End),
		ReadAt: storeTime(of.readAt), RefreshedAt: storeTime(of.refreshedAt), EndedAt: storeTime(of.endedAt),
		Unchanged: of.unchanged, Since: storeTime(of.since),
	}
	return &r.result
}

// restore returns the stored result; nil if it cannot be used: its samples are not those of this version, or its time
// is in the future, since the clock has been set back, and it would be served for too long.
func (s *storedResult) restore(e *Endpoint, now time.Time) *result {
	if s == nil || s.ReadAt.time().After(now) {
		return nil
	}
	samples, err := s.Samples.Unpack(e.account.Name, slices.Concat(e.spec.Families, e.spec.Shared))
	if err != nil || s.ExpiryFrom < 0 || s.ExpiryFrom > len(samples) {
		return nil
	}
	loc := e.account.Location
	return &result{
		samples: samples, dropped: s.Dropped, examples: s.Examples, incomplete: s.Incomplete,
		expiry: metric.Expiry{From: s.ExpiryFrom, At: s.ExpiryAt.in(loc)},
		day:    metric.Day{Start: s.DayStart.in(loc), End: s.DayEnd.in(loc)},
		readAt: s.ReadAt.time(), refreshedAt: s.RefreshedAt.time(), endedAt: s.EndedAt.time(),
		unchanged: s.Unchanged, since: s.Since.time(),
	}
}

// restore sets the endpoint's state to a stored one. It returns the number of items with a result, and the number of
// their samples. The items cannot be read until they are discovered.
func (e *Endpoint) restore(stored storedEndpoint, records map[string][]byte, now time.Time) (items, samples int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.finished, e.duration, e.servedAt = stored.Finished, time.Duration(stored.Duration), stored.ServedAt.time()
	e.discovered, e.discoveredAt = stored.Discovered, stored.DiscoveredAt.time()
	e.discoverBackoff, e.aborted = stored.DiscoverBackoff.restore(now), stored.Aborted.restore(now)
	e.logged = loggedState{stored.Logged.Restore(), stored.LoggedDropped}
	for _, item := range stored.Items {
		reads := item.storedReads
		if value := records[itemRecord+e.spec.Name+"\x00"+item.ID]; value != nil {
			reads = storedReads{}
			_ = json.Unmarshal(value, &reads) // where that fails there is no result, and it is read again
		}
		s := &itemState{ // without Read
			Item: Item{
				ID: item.ID, MemberLabel: item.MemberLabel, Members: item.Members, EndsAt: item.EndsAt.time(),
			},
			backoff: item.Backoff.restore(now), attemptedAt: item.AttemptedAt.time(),
			kept: metric.Kept(reads.Kept), result: reads.Result.restore(e, now),
		}
		if s.result != nil {
			items, samples = items+1, samples+len(s.result.samples)
		}
		e.items = append(e.items, s)
	}
	if _, err := e.cause(); err == nil && items == 0 && len(e.items) > 0 {
		e.finished = false // nothing of what it has read can be used: it is up again once it has been read
	}
	e.changed = true
	return items, samples
}

// discoverRestored discovers the items of an endpoint that has been restored, if that needs no request. Other items are
// discovered at the first refresh; until then the restored results are served.
func (e *Endpoint) discoverRestored(now time.Time) {
	if upstream := e.discovery.upstream; upstream != nil {
		if kept, _ := upstream.kept(now); kept != nil {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.discoverFromUpstream(now)
		}
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.discovery.fixed || !e.discovered {
		e.discovered = false
		if e.discoverBackoff.err != nil && !e.discoverBackoff.asked {
			e.discoverBackoff.retryAt = time.Time{}
		}
		return
	}
	if items, err := e.discovery.list(context.Background(), e.known()); err == nil {
		e.setItems(items)
	} else {
		e.discovered = false
	}
}

// known returns the endpoint's current items. e.mu is held.
func (e *Endpoint) known() []Item {
	known := make([]Item, len(e.items))
	for i, s := range e.items {
		known[i] = s.Item
	}
	return known
}
