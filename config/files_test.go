package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// countingSystem is the machine's file system, which counts how often each file is opened.
type countingSystem struct {
	config.System
	opened map[string]int
}

func (s countingSystem) Open(path string) (fs.File, error) {
	s.opened[path]++
	return s.System.Open(path)
}

// hungSystem is the machine's file system with a mount that hangs until it is answered: whatever asks for a file below
// it waits.
type hungSystem struct {
	config.System
	mount    string
	answered chan struct{}

	mu       sync.Mutex
	asked    map[string]int
	replaced bool // the mount answers; what waits for the old one goes on waiting
}

// replace lets files be asked for again.
func (s *hungSystem) replace() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replaced = true
}

func newHungSystem(mount string) *hungSystem {
	return &hungSystem{mount: mount, answered: make(chan struct{}), asked: map[string]int{}}
}

func (s *hungSystem) Stat(path string) (fs.FileInfo, error) {
	if strings.HasPrefix(path, s.mount) {
		s.mu.Lock()
		s.asked[path]++
		replaced := s.replaced
		s.mu.Unlock()
		if !replaced {
			<-s.answered
		}
	}
	return s.System.Stat(path)
}

func TestFilesOfOtherKinds(t *testing.T) {
	dir := t.TempDir()
	large := testkit.WriteFile(t, dir, "large", strings.Repeat("x", 1<<20+1))
	for _, tc := range []struct{ name, path, want string }{
		{"directory", dir, "is a directory, want a regular file"},
		{"device", os.DevNull, "is a device, want a regular file"},
		{"too large", large, "is larger than 1048576 bytes"},
		{"absent", filepath.Join(dir, "none"), "no such file or directory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text, err := config.NewFiles(config.System{}).Read(tc.path)
			if want := fmt.Sprintf("read file %q: %s", tc.path, tc.want); text != "" || err == nil || err.Error() != want {
				t.Errorf("got %q, %v, want %s", text, err, want)
			}
		})
	}
}

// TestFileIsReadAgainWhenItChanges changes a file in ways of which its size and its time show as little as they can.
func TestFileIsReadAgainWhenItChanges(t *testing.T) {
	path := testkit.WriteFile(t, t.TempDir(), "secret", "first-1")
	old := time.Now().Add(-time.Hour)
	settle := func(at time.Time) {
		t.Helper()
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	settle(old)
	system := countingSystem{opened: map[string]int{}}
	files := config.NewFiles(system)
	read := func(want string) {
		t.Helper()
		got, err := files.Read(path)
		if err != nil || got != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
	for range 5 {
		read("first-1")
	}
	testkit.Equal(t, "opened while it did not change", system.opened[path], 1)

	for i := range 20 { // written in place, of the same size, sooner than the file system's clock may tell
		want := fmt.Sprintf("fast-%02d", i)
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		read(want)
	}

	settle(old)
	read("fast-19")
	replaced := testkit.WriteFile(t, t.TempDir(), "next", "other-1") // as configuration management does
	if err := os.Rename(replaced, path); err != nil {
		t.Fatal(err)
	}
	settle(old)
	read("other-1")

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Read(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after it was removed: got %v", err)
	}
}

func TestFileThatDoesNotAnswer(t *testing.T) {
	path := testkit.WriteFile(t, t.TempDir(), "secret", "s3cr3t")
	synctest.Test(t, func(t *testing.T) {
		system := newHungSystem(path)
		files := config.NewFiles(system)
		began := time.Now()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				_, err := files.Read(path)
				want := fmt.Sprintf("read file %q: it has not answered since 2000-01-01T00:00:00Z: i/o timeout; check its mount", path)
				if !errors.Is(err, os.ErrDeadlineExceeded) || err.Error() != want {
					t.Errorf("got %v, want %s", err, want)
				}
			})
		}
		all.Wait()
		testkit.Equal(t, "the first ones wait", time.Since(began), 3*time.Second)
		if _, err := files.Read(path); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		testkit.Equal(t, "a later one waits no more", time.Since(began), 3*time.Second)
		synctest.Wait()
		testkit.Equal(t, "asked for", system.asked[path], 1)

		close(system.answered)
		synctest.Wait()
		if got, err := files.Read(path); err != nil || got != "s3cr3t" {
			t.Errorf("once it answers: got %q, %v", got, err)
		}
	})
}

// TestMountThatDoesNotAnswer reads a configuration of many accounts whose secrets are on a mount that hangs.
func TestMountThatDoesNotAnswer(t *testing.T) {
	dir := t.TempDir()
	var src strings.Builder
	src.WriteString("polyv:\n")
	const accounts = 200
	mount := filepath.Join(dir, "mount")
	if err := os.Mkdir(mount, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range accounts {
		testkit.WriteFile(t, mount, fmt.Sprint("secret-", i), "s3cr3t")
		fmt.Fprintf(&src, "- {account: a%[1]d, user_id: u%[1]d, secret_key_file: mount/secret-%[1]d}\n", i)
	}
	good := testkit.WriteFile(t, dir, "good", "s3cr3t")
	fmt.Fprintf(&src, "- {account: good, user_id: u, secret_key_file: %s}\n", good)
	synctest.Test(t, func(t *testing.T) {
		system := newHungSystem(mount)
		files := config.NewFiles(system)
		began := time.Now()
		_, err := collector.ParseConfig(filepath.Join(dir, "engage.yml"), []byte(src.String()), config.Options{Files: files})
		mistakes, ok := errors.AsType[config.Errors](err)
		if !ok || len(mistakes) != accounts {
			t.Fatalf("%d mistakes, want one for each file that does not answer: %v", len(mistakes), err)
		}
		for i, want := range map[int]string{
			0: fmt.Sprintf("read secret file %q: it has not answered since", filepath.Join(mount, "secret-0")),
			accounts - 1: fmt.Sprintf("read secret file %q: 64 other files have not answered: i/o timeout; check their mounts",
				filepath.Join(mount, "secret-199")),
		} {
			if got := mistakes[i].Message; !strings.HasPrefix(got, want) {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		synctest.Wait() // each holds a thread of the operating system
		testkit.Equal(t, "files that are asked for at a time", len(system.asked), 64)
		if got, err := files.Read(good); err != nil || got != "s3cr3t" {
			t.Errorf("a file elsewhere: got %q, %v", got, err)
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("it took %s", took)
		}
		close(system.answered)
		synctest.Wait()
		testkit.Equal(t, "files that were asked for in the end", len(system.asked), accounts)
	})
}

// TestFileOfAMountThatWasReplaced reads a file whose first read never ends, as after a lazy unmount.
func TestFileOfAMountThatWasReplaced(t *testing.T) {
	path := testkit.WriteFile(t, t.TempDir(), "secret", "s3cr3t")
	synctest.Test(t, func(t *testing.T) {
		system := newHungSystem(path)
		files := config.NewFiles(system)
		if _, err := files.Read(path); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		system.replace()
		time.Sleep(9 * time.Minute)
		if _, err := files.Read(path); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("before it is tried again: got %v", err)
		}
		time.Sleep(time.Minute)
		if got, err := files.Read(path); err != nil || got != "s3cr3t" {
			t.Errorf("tried again: got %q, %v", got, err)
		}
		close(system.answered)
		synctest.Wait()
		if got, err := files.Read(path); err != nil || got != "s3cr3t" {
			t.Errorf("after the old attempt ended: got %q, %v", got, err)
		}
	})
}

func TestConfigurationThatDoesNotAnswer(t *testing.T) {
	path := testkit.WriteFile(t, t.TempDir(), "engage.yml", "polyv: []")
	synctest.Test(t, func(t *testing.T) {
		system := &hungOpen{answered: make(chan struct{})}
		o := config.Options{Files: config.NewFiles(system)}
		for range 10 {
			if _, err := config.Load(path, o); !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v", err)
			}
		}
		synctest.Wait()
		testkit.Equal(t, "opened", system.opened, 1)
		close(system.answered)
		synctest.Wait()
	})
}

// hungOpen is a file system on which nothing can be opened until it is answered.
type hungOpen struct {
	config.System
	answered chan struct{}
	opened   int
}

func (s *hungOpen) Open(path string) (fs.File, error) {
	s.opened++
	<-s.answered
	return s.System.Open(path)
}

// TestWatchOfFilesThatDoNotAnswer looks whether a configuration has changed whose secrets are on a mount that hangs.
func TestWatchOfFilesThatDoNotAnswer(t *testing.T) {
	dir := t.TempDir()
	var src strings.Builder
	src.WriteString("polyv:\n")
	for i := range 200 {
		fmt.Fprintf(&src, "- {account: a%[1]d, user_id: u%[1]d, secret_key_file: %[2]s/secret-%[1]d}\n", i, filepath.Join(dir, "mount"))
	}
	path := testkit.WriteFile(t, dir, "engage.yml", src.String())
	synctest.Test(t, func(t *testing.T) {
		system := newHungSystem(filepath.Join(dir, "mount"))
		watch := config.NewWatch(path, config.Options{Files: config.NewFiles(system)})
		began := time.Now()
		watch.Sum(true)
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("it took %s", took)
		}
		close(system.answered)
		synctest.Wait()
	})
}
