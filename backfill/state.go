package backfill

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Names beside the output.
const (
	// stateSuffix ends the name of the folder.
	stateSuffix = ".state"
	// finishedSuffix ends the name of the journal while the folder of a finished run is removed.
	finishedSuffix = ".finished"
)

// What the folder holds.
const (
	lockFile    = "lock"
	journalFile = "journal"
	outputFile  = "output" // while it is written
)

// state is what is kept of a run in a folder beside its output: the days that are done and their values, in a journal.
//
// A day is done once its line in the journal is whole, which its checksum shows. A line that is not whole is cut off,
// with all behind it: it was being written when the run ended, or the file has been damaged since.
type state struct {
	output  string // the path; "-" for the standard output
	dir     string
	lock    io.Closer
	before  *header // of the run that is continued; nil for a new one
	days    []doneDay
	damaged bool // something else than an unfinished line was cut off

	journal *os.File
	length  int64             // of the journal
	texts   map[string]string // labels of the days that are done: all days of a series share one text
}

// openState opens the folder of an output, or makes one.
func openState(output string) (*state, error) {
	s := &state{output: output, texts: make(map[string]string)}
	if err := s.open(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *state) open() (err error) {
	if s.dir, err = stateFolder(s.output); err != nil {
		return err
	}
	if s.lock, err = lock(s.path(lockFile)); err != nil {
		return fmt.Errorf("cannot lock %s: %w; is another backfill writing to the same --output?", s.dir, err)
	}
	if err := s.reopenFinished(); err != nil {
		return err
	}
	if s.journal, err = openFile(s.path(journalFile), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	return s.recall()
}

// reopenFinished moves the journal of a finished run back into the folder, if that run ended before it had removed
// all. The run is then continued: all its days are done, so that it writes the output once more and asks for nothing.
func (s *state) reopenFinished() error {
	if s.output == "-" {
		return nil
	}
	if _, err := os.Lstat(s.path(journalFile)); err == nil {
		return nil
	}
	if err := os.Rename(s.output+finishedSuffix, s.path(journalFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// stateFolder makes the folder that belongs to an output, where it is not there.
func stateFolder(output string) (dir string, err error) {
	if output == "-" {
		if dir, err = os.MkdirTemp("", "engage_exporter-backfill-"); err != nil {
			return "", fmt.Errorf("cannot keep what is read until it is written: %w; "+
				"set TMPDIR to a writable folder, or --output to a file", err)
		}
		return dir, nil
	}
	switch info, err := os.Stat(output); {
	case err != nil: // what is wrong with it, the folder beside it tells
	case info.IsDir():
		return "", fmt.Errorf("--output=%s is a folder, name a file", output)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("--output=%s is not a regular file, and would be replaced by one: use --output=- and redirect it", output)
	}
	dir = output + stateSuffix
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("cannot keep what is read: %w; choose another --output", err)
	}
	if err := checkFolder(dir); err != nil {
		return "", fmt.Errorf("cannot keep what is read in %s: it %w; remove it, or choose another --output", dir, err)
	}
	return dir, nil
}

// checkFolder returns an error if somebody else may have written what stands in the folder, or can do so.
func checkFolder(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("is a symbolic link")
	case !info.IsDir():
		return errors.New("is not a folder")
	}
	return checkOwner(info)
}

func (s *state) path(name string) string { return filepath.Join(s.dir, name) }

// refuseOutput refuses to replace an output that is not known to be this run's.
func (s *state) refuseOutput(force bool) error {
	if s.output == "-" || s.before != nil || force {
		return nil
	}
	if _, err := os.Stat(s.output); err != nil {
		return nil //nolint:nilerr // it is not there
	}
	return fmt.Errorf("--output=%s exists already: name another file, or use --force to replace it", s.output)
}

// recall reads the journal and cuts off what is not whole.
func (s *state) recall() error {
	lines := bufio.NewReader(s.journal)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if s.length == 0 && ofOtherVersion(line) {
			return fmt.Errorf("%s was written by another version of this program: finish it with that version, or remove %s and start again",
				s.path(journalFile), s.dir)
		}
		if err != nil {
			break // the line has no end
		}
		if !s.recallLine(line) {
			s.damaged = true
			break
		}
		s.length += int64(len(line))
	}
	if err := s.journal.Truncate(s.length); err != nil {
		return err
	}
	_, err := s.journal.Seek(s.length, io.SeekStart)
	return err
}

// ofOtherVersion reports whether the first line of a journal is that of another version. The first versions had no
// checksums.
func ofOtherVersion(line []byte) bool {
	text, whole := checkedText(line)
	if !whole {
		text = line
	}
	var h header
	return json.Unmarshal(text, &h) == nil && h.Version != journalVersion
}

// recallLine reads a line of the journal, and returns false if it is damaged.
func (s *state) recallLine(line []byte) bool {
	text, whole := checkedText(line)
	if !whole {
		return false
	}
	if s.before == nil {
		var h header
		if json.Unmarshal(text, &h) != nil {
			return false
		}
		s.before = &h
		return true
	}
	var d doneDay
	if json.Unmarshal(text, &d) != nil || d.Day == "" {
		return false
	}
	s.remember(d)
	return true
}

// A line of the journal is the checksum of a text in hexadecimal digits, a space, the text and a newline.
const checksumDigits = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checkedLine returns the line of a text.
func checkedLine(text []byte) []byte {
	return fmt.Appendf(nil, "%0*x %s\n", checksumDigits, crc32.Checksum(text, castagnoli), text)
}

// checkedText returns the text of a line, and false if the line is not as it was written.
func checkedText(line []byte) (text []byte, whole bool) {
	if len(line) < checksumDigits+2 {
		return nil, false
	}
	text = line[checksumDigits+1 : len(line)-1]
	return text, bytes.Equal(line, checkedLine(text))
}

// remember adds a day to those that are done.
func (s *state) remember(d doneDay) {
	for i := range d.Records {
		r := &d.Records[i]
		if known, ok := s.texts[r.Labels]; ok {
			r.Labels = known
		} else {
			s.texts[r.Labels] = r.Labels
		}
	}
	s.days = append(s.days, d)
}

// begin goes on with a plan, or keeps it as that of a new run.
func (s *state) begin(p *plan) error {
	if s.before == nil {
		if err := s.write(header{Version: journalVersion, Begun: p.begun, parameters: p.parameters}); err != nil {
			return err
		}
		return errors.Join(syncFolder(s.dir), syncFolder(filepath.Dir(s.dir)))
	}
	if other := p.differences(s.before.parameters); len(other) > 0 {
		return fmt.Errorf("%s contains an unfinished run with other parameters (%s): "+
			"finish it with its own command, choose another --output, or remove %s and start again",
			s.dir, strings.Join(other, "; "), s.dir)
	}
	if len(s.days) > len(p.days) {
		return fmt.Errorf("%s contains more days than were requested: remove it and start again", s.dir)
	}
	return nil
}

// done keeps a day: from now on it is not read again.
func (s *state) done(d doneDay) error {
	if err := s.write(d); err != nil {
		return err
	}
	s.remember(d)
	return nil
}

// write writes a line into the journal, and waits until it is on the disk.
func (s *state) write(line any) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	n, err := s.journal.Write(checkedLine(text))
	s.length += int64(n)
	return errors.Join(err, s.journal.Sync())
}

// kept is the folder, if it helps another run; "" if not.
func (s *state) kept() string {
	if s.output == "-" {
		return ""
	}
	return s.dir
}

// forget removes the folder if no run has begun in it.
func (s *state) forget() error {
	if s.before != nil {
		return nil
	}
	return s.remove()
}

// finish removes the folder of a run whose output is written. The journal goes last, and until then has a name of its
// own: if the process ends in between, the same command finishes the rest.
func (s *state) finish() error {
	if s.output == "-" {
		return s.remove()
	}
	s.closeFiles()
	finished := s.output + finishedSuffix
	if err := os.Rename(s.path(journalFile), finished); err != nil {
		return err
	}
	if err := errors.Join(syncFolder(filepath.Dir(finished)), s.remove()); err != nil {
		return err
	}
	return removeFile(finished)
}

// remove removes the folder. What somebody else has put there stays. The journal goes first: without it the rest is of
// no run, and the next one begins anew by itself.
func (s *state) remove() error {
	s.closeFiles()
	if err := removeFile(s.path(journalFile)); err != nil {
		return err
	}
	if err := syncFolder(s.dir); err != nil {
		return err
	}
	if err := errors.Join(s.removeUnfinished(), unlock(s.path(lockFile), s.lock)); err != nil {
		return err
	}
	_ = os.Remove(s.dir) // it may hold something of somebody else's
	return nil
}

// removeUnfinished removes an output that was not written to its end; what is read is kept.
func (s *state) removeUnfinished() error { return removeFile(s.path(outputFile)) }

// removeFile removes a file that may not be there.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (s *state) closeFiles() {
	if s.journal != nil {
		_ = s.journal.Close() // what matters has been synchronised
	}
}

// close lets go of the folder. What stands for the standard output is of no use to another run.
func (s *state) close() {
	if s.output == "-" && s.lock != nil {
		_ = s.remove() // a temporary folder of a system that clears them
		return
	}
	s.closeFiles()
	if s.lock != nil {
		_ = s.lock.Close()
	}
}
