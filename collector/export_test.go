package collector

import "github.com/engage-exporter/engage_exporter/collector/storage"

// HangDisk lets each use of the storage's file wait until the disk answers again.
func (s *Storage) HangDisk() (answer func()) {
	answering := make(chan struct{})
	s.writing.Lock()
	defer s.writing.Unlock()
	s.store = hungStore{s.store, answering}
	return func() { close(answering) }
}

type hungStore struct {
	store
	answering <-chan struct{}
}

func (s hungStore) Read(prefix string) (map[string][]byte, error) {
	<-s.answering
	return s.store.Read(prefix)
}

func (s hungStore) Write(changes *storage.Batch) error {
	<-s.answering
	return s.store.Write(changes)
}
