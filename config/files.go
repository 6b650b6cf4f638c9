package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/panics"
)

const (
	// maxSmallFile bounds the files that a configuration names, which hold a secret, a certificate or task ids: a wrong
	// path may lead to anything.
	maxSmallFile = 1 << 20
	// maxConfigFile bounds a configuration.
	maxConfigFile = 64 << 20
	// maxFileWait is how long one file may take to answer. Local files answer within a millisecond; those of a mount
	// that hangs never do.
	maxFileWait = 3 * time.Second
	// maxFileWaits is how long one configuration waits for all of its files, so that a folder of thousands that do not
	// answer is reported in time. Once it is spent, each file still has minFileWait.
	maxFileWaits = 10 * time.Second
	minFileWait  = 10 * time.Millisecond
	// minFileAge is for how long a file must not have changed until its text is kept: within the resolution of the file
	// system's clock another change would not show.
	minFileAge = 2 * time.Second
	// maxReads and maxReadsInFolder bound how many files are read at a time: each file that does not answer holds a
	// thread of the operating system. The files of a mount that hangs are mostly in few folders, and leave some of
	// maxReads to others.
	maxReads         = 128
	maxReadsInFolder = 64
	// giveUpRead is after how long a file that does not answer is tried again: after an unmount the old attempt may
	// never end.
	giveUpRead = 10 * time.Minute
	// forgetFiles is for how long the text of a file is kept that nobody asks for.
	forgetFiles = time.Hour
)

// Files reads the files that configurations name, each time that they are asked for. It bounds their size and how
// long they may take, how many are read at a time, and reads one file once at a time: of a file that does not answer,
// one goroutine waits for it, and everybody else gets an error. A file that has not changed is not read again.
type Files struct {
	system fs.StatFS

	mu     sync.Mutex
	known  map[string]*knownFile
	pruned time.Time // when those that nobody asks for were last forgotten

	reads    map[string]int // by folder, those under way; "" is the sum of all
	readDone sync.Cond      // of mu
}

// knownFile is a file that was asked for.
type knownFile struct {
	pending *fileRead // nil = none
	asked   time.Time

	// What pending, or the last read, keeps. Only pending uses these.
	info fs.FileInfo // nil = the text is not kept
	text string
}

// fileRead is a file while it is read.
type fileRead struct {
	began   time.Time
	waiting bool          // for other reads to end; Files.mu guards it
	done    chan struct{} // closed once the others are set
	text    string
	err     error
}

// systemFiles are the files of this machine.
var systemFiles = NewFiles(System{})

// NewFiles returns the files of a file system whose names are the paths that configurations have. Options.Files may be
// left out for those of this machine.
func NewFiles(system fs.StatFS) *Files {
	f := &Files{system: system, known: map[string]*knownFile{}, reads: map[string]int{}}
	f.readDone.L = &f.mu
	return f
}

// System is the file system of this machine, with its own paths as names.
type System struct{}

// Open opens a file.
func (System) Open(path string) (fs.File, error) { return os.Open(path) }

// Stat describes a file.
func (System) Stat(path string) (fs.FileInfo, error) { return os.Stat(path) }

// Read returns the text of a regular file of up to 1 MiB, as it is now. The error names the file and the reason;
// errors.Is finds those of io/fs, and os.ErrDeadlineExceeded for a file that does not answer.
func (f *Files) Read(path string) (string, error) { return f.readAs("file", path, maxFileWait) }

// ReadAnew is Read for a file that is to be opened in any case: one that has not changed may no longer answer.
func (f *Files) ReadAnew(path string) (string, error) {
	text, err := f.text(path, maxFileWait, func(path string, known *knownFile) (string, error) {
		known.info = nil
		return f.readSmall(path, known)
	})
	if err != nil {
		return "", unreadable("read file", path, err)
	}
	return text, nil
}

// readAs is Read for a file of some kind, with another time to wait.
func (f *Files) readAs(kind, path string, wait time.Duration) (string, error) {
	text, err := f.text(path, wait, f.readSmall)
	if err != nil {
		return "", unreadable("read "+kind, path, err)
	}
	return text, nil
}

// text returns what read makes of a file. The error is the reason only.
func (f *Files) text(path string, wait time.Duration, read func(string, *knownFile) (string, error)) (string, error) {
	f.mu.Lock()
	known := f.know(path)
	r := known.pending
	if r != nil && !r.waiting && time.Since(r.began) >= giveUpRead {
		known = &knownFile{asked: time.Now()} // the old attempt keeps its own
		f.known[path] = known
		r = nil
	}
	if r == nil {
		r = &fileRead{began: time.Now(), waiting: true, done: make(chan struct{})}
		known.pending = r
		go func() {
			end := f.beginRead(path, r)
			r.err = panics.Catch(func() (err error) {
				r.text, err = read(path, known)
				return err
			})
			end()
			f.mu.Lock()
			known.pending = nil
			if known.info == nil && f.known[path] == known {
				delete(f.known, path)
			}
			f.mu.Unlock()
			close(r.done)
		}()
	}
	f.mu.Unlock()

	timer := time.NewTimer(max(wait-time.Since(r.began), 0))
	defer timer.Stop()
	select {
	case <-r.done:
		return r.text, reason(r.err)
	case <-timer.C:
		f.mu.Lock()
		defer f.mu.Unlock()
		if r.waiting {
			return "", fmt.Errorf("%d other files have not answered: %w; check their mounts",
				f.reads[""], os.ErrDeadlineExceeded)
		}
		return "", fmt.Errorf("it has not answered since %s: %w; check its mount",
			r.began.UTC().Format(time.RFC3339), os.ErrDeadlineExceeded)
	}
}

// beginRead waits until a file may be read. It returns what ends the read.
func (f *Files) beginRead(path string, r *fileRead) (end func()) {
	folder := filepath.Dir(path)
	count := func(n int) {
		f.reads[""] += n
		if f.reads[folder] += n; f.reads[folder] == 0 {
			delete(f.reads, folder)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.reads[""] >= maxReads || f.reads[folder] >= maxReadsInFolder {
		f.readDone.Wait()
	}
	count(1)
	r.waiting = false
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		count(-1)
		f.readDone.Broadcast()
	}
}

// know returns what is known of a file. f.mu is held.
func (f *Files) know(path string) *knownFile {
	now := time.Now()
	if now.Sub(f.pruned) > forgetFiles {
		f.pruned = now
		maps.DeleteFunc(f.known, func(_ string, k *knownFile) bool {
			return k.pending == nil && now.Sub(k.asked) > forgetFiles
		})
	}
	known := f.known[path]
	if known == nil {
		known = &knownFile{}
		f.known[path] = known
	}
	known.asked = now
	return known
}

// readSmall reads a regular file of up to 1 MiB, if it is another one than was kept.
func (f *Files) readSmall(path string, known *knownFile) (string, error) {
	// A pipe would block when opened and be empty the second time.
	info, err := f.system.Stat(path)
	if err != nil {
		return "", err
	}
	if kind := kindOfFile(info.Mode()); kind != "" {
		return "", errors.New("is " + kind + ", want a regular file")
	}
	if known.info != nil && sameFile(known.info, info) {
		return known.text, nil
	}
	known.info, known.text = nil, ""
	text, opened, err := f.readUpTo(path, maxSmallFile)
	if err != nil {
		return "", err
	}
	if sameFile(opened, info) && time.Since(info.ModTime()) >= minFileAge {
		known.info, known.text = info, text
	}
	return text, nil
}

// readConfig reads a configuration, which may come out of a pipe.
func (f *Files) readConfig(path string, _ *knownFile) (string, error) {
	text, _, err := f.readUpTo(path, maxConfigFile)
	return text, err
}

// readUpTo reads a file that is not longer than limit.
func (f *Files) readUpTo(path string, limit int64) (string, fs.FileInfo, error) {
	file, err := f.system.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", nil, err
	}
	var text strings.Builder
	n, err := io.Copy(&text, io.LimitReader(file, limit+1))
	if err != nil {
		return "", nil, err
	}
	if n > limit {
		return "", nil, fmt.Errorf("is larger than %d bytes", limit)
	}
	return text.String(), info, nil
}

// kindOfFile says what a file is that is not a regular one; "" for those that are.
func kindOfFile(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case !mode.IsRegular():
		return "something else"
	}
	return ""
}

// readableByAll returns that a file can be read by every user of the machine, "" if not. Windows has no such mode.
func (f *Files) readableByAll(path string) string {
	info, err := f.system.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o004 == 0 {
		return ""
	}
	return fmt.Sprintf("can be read by every user of this machine (mode %04o)", info.Mode().Perm())
}

// sameFile reports whether a file has not changed.
func sameFile(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// reason takes operation and path off an error of the file system.
func reason(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}

// fileSet reads the files that one configuration names, and waits maxFileWaits for all of them.
type fileSet struct {
	*Files
	left time.Duration
}

func newFileSet(files *Files) *fileSet { return &fileSet{files, maxFileWaits} }

// readAs reads a file of some kind.
func (s *fileSet) readAs(kind, path string) (string, error) {
	began := time.Now()
	defer func() { s.left -= time.Since(began) }()
	return s.Files.readAs(kind, path, min(maxFileWait, max(s.left, minFileWait)))
}
