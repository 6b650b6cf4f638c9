package collector

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/collector/storage"
	"github.com/engage-exporter/engage_exporter/internal/panics"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Storage keeps the state of accounts in a folder, across restarts of the process: what their endpoints last read, and
// all that decides what may be read when. It holds neither secrets nor tokens.
//
// What has changed is written every two seconds, away from scrapes and reads. Where that fails, the exporter goes on as it
// does without storage.
//
// A disk that does not answer holds up nothing but the storage itself: what reads it waits for a short time, and what
// pages and metrics show is kept apart.
type Storage struct {
	store  store
	logger log.Logger

	writing sync.Mutex // held while the file is written to, which a disk that hangs never ends
	err     error      // why the last write failed; nil if it did not. writing guards it, and retryAt
	retryAt time.Time
	// What makes the changes that are written; writing guards all three.
	recorder poll.Recorder
	records  accountRecords
	batch    storage.Batch

	mu       sync.Mutex                    // never held while the file is used
	accounts map[poll.Target]storedAccount // the accounts' own records, as they are stored
	begun    bool                          // the first set is built
	restored RestoredState
	hungAt   time.Time // when the file last did not answer

	// What pages and metrics show.
	status   atomic.Pointer[StorageStatus]
	failures atomic.Uint64 // writes that failed
	size     atomic.Int64  // of the file
}

// store is what a Storage uses of a [storage.Store].
type store interface {
	Path() string
	Salt() []byte
	Fresh() bool
	Closed() bool
	Size() int64
	Read(prefix string) (map[string][]byte, error)
	Write(changes *storage.Batch) error
	Close(last *storage.Batch, inOrder bool) error
}

// RestoredState counts what has been restored at the start of the process.
type RestoredState struct {
	Accounts, Endpoints, Samples int
	// Others are accounts of which there was state that is not used: they are configured in another way now, have other
	// secrets, or secrets that cannot be read.
	Others int
}

const (
	// storeInterval is how often what has changed is written.
	storeInterval = 2 * time.Second
	// maxRead is how long an account that is built waits for what is stored of it, and readRetry for how long no account
	// waits after that was in vain: thousands may be built.
	maxRead   = 2 * time.Second
	readRetry = 30 * time.Second
	// storeRetry is for how long nothing is written after a write has failed.
	storeRetry = 10 * time.Second
	// storeChunk is about how many bytes are written at once.
	storeChunk = 4 << 20
	// removedLifetime is for how long the state of an account is kept that is no longer read here.
	removedLifetime = 48 * time.Hour
	// cleanInterval is how often such accounts are looked for.
	cleanInterval = time.Hour
)

// accountKey returns the key of an account's own record, stateKey what the keys of its endpoints' records begin with.
func accountKey(t poll.Target) string { return accountKeys + t.String() }
func stateKey(t poll.Target) string   { return string(appendStateKey(nil, t)) }

func appendStateKey(key []byte, t poll.Target) []byte {
	return append(append(append(key, "state\x00"...), t.String()...), 0)
}

const accountKeys = "account\x00"

// storedAccount is what is stored of an account beside the state of its endpoints.
type storedAccount struct {
	// Identity is a salted hash of what the account's samples follow from: the settings and the secrets. Without it
	// nothing is stored of the account's endpoints.
	Identity []byte                   `json:",omitzero"`
	Breaker  *transport.StoredBreaker `json:",omitzero"`
	// Allowance is there if the process ended in an orderly way.
	Allowance *transport.Allowance `json:",omitzero"`
	// RemovedAt is when the account was found not to be read here any more.
	RemovedAt time.Time `json:",omitzero"`
}

// equals reports whether a record that has just been made, without an allowance, is the one that is stored.
func (a storedAccount) equals(stored storedAccount) bool {
	return bytes.Equal(a.Identity, stored.Identity) && stored.Allowance == nil && stored.RemovedAt.IsZero() &&
		reflect.DeepEqual(a.Breaker, stored.Breaker)
}

// OpenStorage opens the storage in a folder. It fails if the folder cannot be used.
func OpenStorage(folder string, logger log.Logger) (*Storage, error) {
	store, err := storage.Open(folder, logger)
	if err != nil {
		return nil, err
	}
	s := &Storage{store: store, logger: logger, accounts: make(map[poll.Target]storedAccount)}
	s.records.batch = &s.batch
	s.show()
	return s, nil
}

// restore sets the state of an account that has just been built to what is stored of it.
func (s *Storage) restore(a *account) {
	stored, records, err := s.readInTime(a.target())
	var secrets transport.Fingerprint
	if err == nil && stored.Identity != nil {
		secrets, err = a.Client().Fingerprint()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun && !s.store.Fresh() {
		// After an orderly end the limit goes on where it was; an account without an allowance had sent nothing. Else
		// requests may have been sent that were not recorded, as many as the limit allowed.
		if !s.store.Closed() || err != nil {
			a.Client().RestoreAllowance(nil)
		} else if stored.Allowance != nil {
			a.Client().RestoreAllowance(stored.Allowance)
		}
	}
	if err == nil && stored.Identity == nil {
		return
	}
	if err != nil {
		level.Warn(s.logger).Log("msg", "the account's stored state cannot be used: it is read from the vendor again",
			"vendor", a.Vendor, "account", a.Name, "err", err)
		return
	}
	used := hmac.Equal(stored.Identity, s.identity(a, secrets))
	var counts poll.Restored
	if used {
		a.Client().RestoreBreaker(stored.Breaker, s.store.Salt())
		counts = a.Restore(records)
		s.accounts[a.target()] = stored
	}
	if s.begun {
		return
	}
	if !used {
		s.restored.Others++
		return
	}
	s.restored.Accounts++
	s.restored.Endpoints += counts.Endpoints
	s.restored.Samples += counts.Samples
}

// readInTime returns an account's own record and those of its endpoints. It fails if the file does not answer in time.
func (s *Storage) readInTime(t poll.Target) (storedAccount, map[string][]byte, error) {
	type result struct {
		stored  storedAccount
		records map[string][]byte
		err     error
	}
	hung := fmt.Errorf("%s does not answer: check the disk", s.store.Path())
	if s.isHung() {
		return storedAccount{}, nil, hung
	}
	read := make(chan result, 1)
	go func() {
		var r result
		if r.stored, r.err = s.read(t); r.err == nil && r.stored.Identity != nil {
			r.records, r.err = s.store.Read(stateKey(t))
		}
		read <- r
	}()
	timer := time.NewTimer(maxRead)
	defer timer.Stop()
	select {
	case r := <-read:
		return r.stored, r.records, r.err
	case <-timer.C:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hungAt = time.Now()
		return storedAccount{}, nil, hung
	}
}

// isHung reports whether the file has not answered a moment ago.
func (s *Storage) isHung() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.hungAt.IsZero() && time.Since(s.hungAt) < readRetry
}

// known returns an account's own record as it is stored.
func (s *Storage) known(t poll.Target) (stored storedAccount, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stored, ok = s.accounts[t]
	return stored, ok
}

// read returns an account's own record; the zero value if there is none.
func (s *Storage) read(t poll.Target) (stored storedAccount, err error) {
	records, err := s.store.Read(accountKey(t))
	if record := records[""]; err == nil && record != nil {
		err = json.Unmarshal(record, &stored)
	}
	return stored, err
}

// identity is what Storage.identity returned last for an account.
type identity struct {
	secrets transport.Fingerprint // for which it is
	hash    []byte                // nil: there is none yet
}

// identity returns the salted hash of what an account's samples follow from.
func (s *Storage) identity(a *account, secrets transport.Fingerprint) []byte {
	if a.identity.hash != nil && a.identity.secrets == secrets {
		return a.identity.hash
	}
	h := hmac.New(sha256.New, s.store.Salt())
	a.writeIdentity(h)
	_, _ = h.Write(secrets[:])
	a.identity = identity{secrets, h.Sum(nil)}
	return a.identity.hash
}

// started notes that the process's first set is built, and logs what has been restored.
func (s *Storage) started() {
	s.mu.Lock()
	s.begun = true
	s.mu.Unlock()
	s.show()
	level.Info(s.logger).Log("msg", "state restored", "accounts", s.restored.Accounts, "endpoints", s.restored.Endpoints,
		"samples", s.restored.Samples, "accounts_changed", s.restored.Others, "file", s.store.Path(),
		"stopped_in_order", s.store.Fresh() || s.store.Closed())
}

// Run writes what changes of the accounts of the set that is in use, until ctx is done.
func (s *Storage) Run(ctx context.Context, current func() *Set) {
	ticker := time.NewTicker(storeInterval)
	defer ticker.Stop()
	var cleanedAt time.Time
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		var set *Set
		err := panics.Catch(func() error {
			set = current()
			s.save(set)
			if now := time.Now(); cleanedAt.IsZero() || now.Sub(cleanedAt) >= cleanInterval {
				cleanedAt = now
				s.clean(set, now)
			}
			return nil
		})
		if stack, panicked := panics.Stack(err); panicked {
			s.panicked(set, err, stack)
		}
	}
}

// panicked notes that writing the accounts of the set has panicked; nil = none were known yet. The next attempt writes
// all of them.
func (s *Storage) panicked(set *Set, err error, stack string) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.err == nil || s.err.Error() != err.Error() {
		level.Error(s.logger).Log("msg", "storing the state panicked: please report this as a bug", "err", err, "stack", stack)
	}
	var accounts []*account
	if set != nil {
		accounts = set.accounts()
	}
	s.written(err, accounts)
}

// save writes what has changed since the last call.
func (s *Storage) save(set *Set) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if time.Now().Before(s.retryAt) {
		return
	}
	defer s.batch.Truncate(0)
	var of []*account
	write := func() {
		if s.batch.Len() > 0 {
			s.written(s.store.Write(&s.batch), of)
		}
		s.batch.Truncate(0)
		of = of[:0]
	}
	var failed []*account // that cannot be encoded
	var failure error
	for _, a := range set.accounts() {
		if !a.HasUnsaved() {
			continue
		}
		before := s.batch.Len()
		err := s.saveAccount(a)
		if err != nil {
			s.batch.Truncate(before)
			failed, failure = append(failed, a), err
			continue
		}
		of = append(of, a)
		if s.batch.Size() < storeChunk {
			continue
		}
		write()
		if s.err != nil {
			return
		}
	}
	write()
	if failure != nil {
		s.written(failure, failed)
	}
}

// saveAccount adds the records of an account that have changed to the changes that are written. All of them are written
// under its identity, so with another identity all are made again.
func (s *Storage) saveAccount(a *account) error {
	own := s.storedAccount(a) // first: what is read later with other secrets is not stored as if read with these
	known, stored := s.known(a.target())
	if stored && !bytes.Equal(own.Identity, known.Identity) {
		a.SaveAll()
	}
	s.records.begin(a.target())
	if err := s.recorder.Unsaved(a.Account, &s.records); err != nil {
		return err
	}
	if !s.records.all && own.equals(known) {
		return nil
	}
	if err := s.put(a.target(), own); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[a.target()] = own
	return nil
}

// put adds an account's own record to the changes.
func (s *Storage) put(t poll.Target, own storedAccount) error {
	return s.batch.Put([]byte(accountKey(t)), func(to *bytes.Buffer) error { return poll.Encode(to, own) })
}

// accountRecords adds the records of an account's endpoints to a batch.
type accountRecords struct {
	batch *storage.Batch
	key   []byte // of the last record
	state int    // the length of what their keys begin with
	all   bool   // DeleteAll was called
}

// begin begins the records of an account.
func (r *accountRecords) begin(t poll.Target) {
	r.key = appendStateKey(r.key[:0], t)
	r.state, r.all = len(r.key), false
}

// Put implements [poll.Records].
func (r *accountRecords) Put(key []byte, value any) error {
	return r.batch.Put(r.full(key), func(to *bytes.Buffer) error { return poll.Encode(to, value) })
}

// Delete implements [poll.Records].
func (r *accountRecords) Delete(key []byte) { r.batch.Delete(r.full(key)) }

// DeleteAll implements [poll.Records].
func (r *accountRecords) DeleteAll() {
	r.all = true
	r.batch.DeletePrefix(r.key[:r.state])
}

func (r *accountRecords) full(key []byte) []byte {
	r.key = append(r.key[:r.state], key...)
	return r.key
}

// written notes the outcome of a write, of what has changed of these accounts. s.writing is held.
func (s *Storage) written(err error, of []*account) {
	if err != nil {
		s.failures.Add(1)
		s.retryAt = time.Now().Add(storeRetry)
		for _, a := range of {
			a.SaveAll()
		}
	}
	switch {
	case err != nil && s.err == nil:
		level.Error(s.logger).Log("msg", "the state cannot be stored: after a restart, the data that is read from now on will be missing",
			"file", s.store.Path(), "err", err)
	case err == nil && s.err != nil:
		level.Info(s.logger).Log("msg", "the state can be stored again", "file", s.store.Path())
	}
	s.err = err
	s.show()
}

// show lets pages and metrics show how the storage is now. s.writing is held, or nothing is written yet.
func (s *Storage) show() {
	s.mu.Lock()
	restored := s.restored
	s.mu.Unlock()
	s.status.Store(&StorageStatus{Restored: restored, Err: s.err})
	s.size.Store(s.store.Size())
}

func (s *Storage) storedAccount(a *account) storedAccount {
	client := a.Client()
	return storedAccount{
		Identity: s.identity(a, client.LastFingerprint()), Breaker: client.StoreBreaker(s.store.Salt()),
	}
}

// clean deletes the state of accounts that have not been read here for long.
func (s *Storage) clean(set *Set, now time.Time) {
	s.writing.Lock()
	defer s.writing.Unlock()
	records, err := s.store.Read(accountKeys)
	if err != nil || s.err != nil {
		return // the next write says it
	}
	defer s.batch.Truncate(0)
	for name, value := range records {
		target, _ := poll.ParseTarget(name)
		var stored storedAccount
		if json.Unmarshal(value, &stored) != nil {
			stored = storedAccount{}
		}
		_, a := set.find(target)
		removed := !stored.RemovedAt.IsZero() && !stored.RemovedAt.After(now)
		switch {
		case a == nil && removed && now.Sub(stored.RemovedAt) > removedLifetime:
			s.batch.Delete([]byte(accountKey(target)))
			s.batch.DeletePrefix([]byte(stateKey(target)))
			continue
		case a == nil && !removed:
			stored.RemovedAt = now
		case a != nil && removed:
			stored.RemovedAt = time.Time{}
		default:
			continue
		}
		_ = s.put(target, stored) // what cannot be encoded stays as it is
	}
	if s.batch.Len() > 0 {
		s.written(s.store.Write(&s.batch), nil)
	}
}

// Close writes what has changed since the last write, and how many requests the accounts may send, and closes the file.
// It is called once all reads of the set have ended, with nil if no set could be built. A nil Storage is closed.
func (s *Storage) Close(set *Set) {
	if s == nil {
		return
	}
	if set == nil {
		s.closeStore(s.store.Fresh() || s.store.Closed())
		return
	}
	s.writing.Lock()
	s.retryAt = time.Time{}
	s.writing.Unlock()
	s.save(set)
	s.writing.Lock()
	defer s.writing.Unlock()
	inOrder := true // else each account's requests of the minute count as spent
	add := func(t poll.Target, stored storedAccount, c *transport.Client) {
		allowance := c.Allowance()
		stored.Allowance = &allowance
		if s.put(t, stored) != nil {
			inOrder = false
		}
	}
	for _, a := range set.accounts() {
		stored := s.storedAccount(a)
		if _, stores := s.known(a.target()); !stores { // nothing of its endpoints is stored
			stored = storedAccount{}
		}
		add(a.target(), stored, a.Client())
	}
	for target, retired := range set.retiredClients {
		if stored, err := s.read(target); err == nil {
			add(target, stored, retired.client)
		}
	}
	s.closeStore(inOrder)
}

func (s *Storage) closeStore(inOrder bool) {
	if err := s.store.Close(&s.batch, inOrder); err != nil {
		level.Error(s.logger).Log("msg", "the state could not be stored at the end", "file", s.store.Path(), "err", err)
	}
}

// StorageStatus is how a storage is, for people to read.
type StorageStatus struct {
	Restored RestoredState
	// Err is why the last write failed; nil if it did not.
	Err error
}

// Status returns how the storage is.
func (s *Storage) Status() StorageStatus { return *s.status.Load() }

// Register registers the storage's own metrics.
func (s *Storage) Register(registerer prometheus.Registerer) {
	registerer.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: storeFailuresName, Help: storeFailuresHelp},
			func() float64 { return float64(s.failures.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: storeSizeName, Help: storeSizeHelp},
			func() float64 { return float64(s.size.Load()) }),
	)
}

// The storage's own metrics.
const (
	storeFailuresName = "engage_storage_write_failures_total"
	storeFailuresHelp = "Failed writes of the accounts' state to the folder of --storage.path."
	storeSizeName     = "engage_storage_size_bytes"
	storeSizeHelp     = "Size of the file with the accounts' state."
)
