package backfill_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/backfill"
	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// cut runs until the given day is asked for, and leaves what a process leaves that is killed then.
func cut(t *testing.T, v *vendor, o backfill.Options, day string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	v.onRead = func(endpoint, asked string) {
		if asked == day && endpoint == "push_day" {
			cancel()
		}
	}
	if _, err := backfill.Run(ctx, o); err == nil {
		t.Fatal("the run was not interrupted")
	}
	v.onRead = nil
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever a run leaves behind, the same command writes what one run would have written, and asks for no day again
// that was kept.
func TestGoingOn(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(t *testing.T, state string)
	}{
		{"cleanly ended", func(*testing.T, string) {}},
		{"half a line in the journal", func(t *testing.T, state string) {
			appendTo(t, filepath.Join(state, "journal"), `{"day":"2026-11-02","samp`)
		}},
		{"half a value in the journal", func(t *testing.T, state string) {
			appendTo(t, filepath.Join(state, "journal"), `{"day":"2026-11-02","samples":3,"records":[{"family":0,"lab`)
		}},
		{"zeros in the journal", func(t *testing.T, state string) {
			appendTo(t, filepath.Join(state, "journal"), "\x00\x00\x00\x00\n")
		}},
		{"half an output", func(t *testing.T, state string) {
			if err := os.WriteFile(filepath.Join(state, "output"), []byte("# HELP"), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				v := newVendor()
				o := options(t, v)
				cut(t, v, o, "2026-11-02")
				tt.damage(t, o.Output+".state")
				if exists(o.Output) {
					t.Error("there is an output of a run that was not done")
				}
				<-time.After(30 * time.Hour) // the default of --to and the end of the samples would be others now
				var log bytes.Buffer
				o.Progress = backfill.NewProgress(&log, false)
				s, err := backfill.Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if got := contents(t, o.Output); got != wholeOutput || s.Days != 3 {
					t.Errorf("got:\n%s", got)
				}
				if v.reads["user_day 2026-11-01"] != 1 || v.reads["push_day 2026-11-01"] != 1 || v.reads["user_day 2026-11-02"] != 2 {
					t.Errorf("reads: %v", v.reads)
				}
				if !strings.Contains(log.String(), "continuing: 1 of 3 days are read") {
					t.Errorf("log:\n%s", log.String())
				}
				if exists(o.Output + ".state") {
					t.Error("what was kept is not removed")
				}
			})
		})
	}
}

// The end of a run that goes on is that of its first beginning, also where it was not given.
func TestGoingOnLaterEndsWhereItWouldHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-04T03:00:00Z")
		v := newVendor()
		o := options(t, v)
		o.To = backfill.Date{}
		if _, err := backfill.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		want := contents(t, o.Output)
		o.Force = true
		cut(t, v, o, "2026-11-02")
		<-time.After(50 * time.Hour)
		if _, err := backfill.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, o.Output); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	})
}

// Another run does not go on with what is kept, and leaves it as it is.
func TestOtherParametersAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, o *backfill.Options)
		want   string
	}{
		{"first day", func(t *testing.T, o *backfill.Options) { o.From = date(t, "2026-10-31") }, "--from: was 2026-11-01, is 2026-10-31"},
		{"last day", func(t *testing.T, o *backfill.Options) { o.To = date(t, "2026-11-04") }, "--to: was 2026-11-03, is 2026-11-04"},
		{"step", func(_ *testing.T, o *backfill.Options) { o.Step = time.Hour }, "--step: was 8h0m0s, is 1h0m0s"},
		{"recent", func(_ *testing.T, o *backfill.Options) { o.Recent = 0 }, "--recent: was 3h0m0s, is 0s"},
		{"labels", func(_ *testing.T, o *backfill.Options) { o.Labels = nil }, "the labels: was {job=engage}, is {}"},
		{"account", func(_ *testing.T, o *backfill.Options) { o.History.Target.Account = "other" }, `--target: was acme/sh"op, is acme/other`},
		{"endpoints", func(_ *testing.T, o *backfill.Options) { o.History.Parts = o.History.Parts[:1] }, "the endpoints: was user_day, push_day, is user_day"},
		{"labels of a family", func(_ *testing.T, o *backfill.Options) {
			o.History.Parts[0].Families = []*metric.Family{metric.NewFamily("acme_yesterday_users", users.Help, "channel")}
		}, "the account's configuration has changed"},
		{"configuration", func(_ *testing.T, o *backfill.Options) { o.Account = "other" }, "the account's configuration has changed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				v := newVendor()
				o := options(t, v)
				cut(t, v, o, "2026-11-02")
				other := o
				other.History = newVendor().history(2)
				tt.change(t, &other)
				_, err := backfill.Run(t.Context(), other)
				if err == nil || !strings.Contains(err.Error(), tt.want) ||
					!strings.Contains(err.Error(), "remove "+o.Output+".state and start again") {
					t.Errorf("got %v, want %s", err, tt.want)
				}
				if _, err := backfill.Run(t.Context(), o); err != nil || contents(t, o.Output) != wholeOutput {
					t.Errorf("the run does not go on any more: %v", err)
				}
			})
		})
	}
}

// Two runs that write one output do not disturb each other: the second ends.
func TestTwoRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		v := newVendor()
		o := options(t, v)
		var second error
		v.onRead = func(endpoint, day string) {
			if day == "2026-11-02" && endpoint == "push_day" {
				other := o
				other.History = newVendor().history(2)
				_, second = backfill.Run(t.Context(), other)
			}
		}
		if _, err := backfill.Run(t.Context(), o); err != nil || contents(t, o.Output) != wholeOutput {
			t.Errorf("the first: %v", err)
		}
		if second == nil || !strings.Contains(second.Error(), "is another backfill writing to the same --output?") {
			t.Errorf("the second: %v", second)
		}
	})
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestDiskWithoutRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		o := options(t, newVendor())
		o.Output, o.Stdout = "-", full{}
		if _, err := backfill.Run(t.Context(), o); err == nil ||
			!strings.Contains(err.Error(), "no space left on device; 3 of 3 days were read, and nothing is kept") {
			t.Errorf("got %v", err)
		}
	})
}

// changed returns the journal with the text of a line replaced, as the program would have written it.
func changed(journal, old, replacement string) string {
	var b strings.Builder
	for line := range strings.Lines(journal) {
		text := strings.Replace(strings.TrimSuffix(line[9:], "\n"), old, replacement, 1)
		fmt.Fprintf(&b, "%08x %s\n", crc32.Checksum([]byte(text), crc32.MakeTable(crc32.Castagnoli)), text)
	}
	return b.String()
}

// A journal that was changed is not made into values: days that cannot be read any more are asked for again, which is
// logged, and values that no run can have written are refused.
func TestDamagedJournal(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(journal string) string
		err    string
		logged bool
		reads  int // of the first day, by all runs
	}{
		{"cut in the second day", func(journal string) string { return journal[:len(journal)-20] }, "", false, 1},
		{"bytes overwritten in the first day", func(journal string) string {
			return strings.Replace(journal, `{"day":"2026-11-01"`, "\xff\xff\xff", 1)
		}, "", true, 2},
		{"a digit of a value in the first day", func(journal string) string {
			return strings.Replace(journal, `"value":305000`, `"value":315000`, 1)
		}, "", true, 2},
		{"a digit of a checksum", func(journal string) string {
			second := strings.Index(journal, "\n") + 1
			return journal[:second] + string(journal[second]^1) + journal[second+1:]
		}, "", true, 2},
		{"empty", func(string) string { return "" }, "", false, 2},
		{"a family that there is not", func(journal string) string {
			return changed(journal, `"family":1`, `"family":7`)
		}, "are damaged: remove the folder and start again", false, 1},
		{"a value that ends before it begins", func(journal string) string {
			return changed(journal, `"end":`, `"end":-`)
		}, "are damaged: remove the folder and start again", false, 1},
		{"another version", func(journal string) string {
			return changed(journal, `"version":5`, `"version":6`)
		}, "was written by another version of this program: finish it with that version, or remove ", false, 1},
		{"a version without checksums", func(journal string) string {
			return strings.Replace(journal, `"version":5`, `"version":3`, 1)[9:]
		}, "was written by another version of this program: finish it with that version, or remove ", false, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				v := newVendor()
				o := options(t, v)
				cut(t, v, o, "2026-11-03")
				journal := filepath.Join(o.Output+".state", "journal")
				before := contents(t, journal)
				after := tt.change(before)
				if after == before {
					t.Fatalf("nothing is changed in %s", before)
				}
				if err := os.WriteFile(journal, []byte(after), 0o600); err != nil {
					t.Fatal(err)
				}
				var log bytes.Buffer
				o.Progress = backfill.NewProgress(&log, false)
				_, err := backfill.Run(t.Context(), o)
				if n := v.reads["user_day 2026-11-01"]; n != tt.reads {
					t.Errorf("the first day is read %d times, want %d", n, tt.reads)
				}
				if logged := strings.Contains(log.String(), journal+" is damaged: the days"); logged != tt.logged {
					t.Errorf("log:\n%s", log.String())
				}
				if tt.err == "" {
					if err != nil || contents(t, o.Output) != wholeOutput {
						t.Errorf("got %v", err)
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), tt.err) || exists(o.Output) {
					t.Errorf("got %v, want %s", err, tt.err)
				}
			})
		})
	}
}

// Wherever a bit of a journal is flipped, the output is what it would have been, or the run fails.
func TestFlippedBits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		v := newVendor()
		o := options(t, v)
		cut(t, v, o, "2026-11-03")
		journal := contents(t, filepath.Join(o.Output+".state", "journal"))
		for i := 0; i < len(journal); i += 7 {
			flipped := []byte(journal)
			flipped[i] ^= 1 << (i % 7)
			o := options(t, newVendor())
			if err := os.Mkdir(o.Output+".state", 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(o.Output+".state", "journal"), flipped, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := backfill.Run(t.Context(), o); err == nil && contents(t, o.Output) != wholeOutput {
				t.Errorf("byte %d (%q): another output, and no error", i, journal[i])
			}
		}
	})
}

// The folder of what is kept must be this user's alone: others could write values into it, or let it point elsewhere.
func TestFolderOfOthers(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(t *testing.T, state string) error
		want string
	}{
		{"a link to a folder", func(t *testing.T, state string) error { return os.Symlink(t.TempDir(), state) }, "is a symbolic link"},
		{"a file", func(_ *testing.T, state string) error { return os.WriteFile(state, nil, 0o600) }, "is not a folder"},
		{"others can write", func(_ *testing.T, state string) error {
			return errors.Join(os.Mkdir(state, 0o700), os.Chmod(state, 0o777))
		}, "can be written to by other users (mode 0777)"},
		{"another user's", func(t *testing.T, state string) error {
			if os.Geteuid() != 0 {
				return os.Symlink("/", state) // only root can give a folder away, and has one that it cannot
			}
			return errors.Join(os.Mkdir(state, 0o700), os.Chown(state, 4321, -1))
		}, ""},
		{"a journal that is a link", func(t *testing.T, state string) error {
			return errors.Join(os.Mkdir(state, 0o700), os.Symlink(filepath.Join(t.TempDir(), "x"), filepath.Join(state, "journal")))
		}, "too many levels of symbolic links"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newVendor()
			o := options(t, v)
			if err := tt.make(t, o.Output+".state"); err != nil {
				t.Fatal(err)
			}
			_, err := backfill.Run(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(v.reads) > 0 || exists(o.Output) {
				t.Errorf("got %v, want %s; reads %v", err, tt.want, v.reads)
			}
		})
	}
}

// A run that is killed at the end of its work is finished by the same command, which asks the vendor for nothing.
func TestKilledAtTheEnd(t *testing.T) {
	for _, tt := range []struct {
		name  string
		leave func(t *testing.T, output, journal string) error
	}{
		{"before the output has its name", func(_ *testing.T, output, journal string) error {
			return errors.Join(os.Remove(output), os.Mkdir(output+".state", 0o700),
				os.WriteFile(output+".state/journal", []byte(journal), 0o600), os.WriteFile(output+".state/output", []byte("# HELP"), 0o600))
		}},
		{"once the output has its name", func(_ *testing.T, output, journal string) error {
			return errors.Join(os.Mkdir(output+".state", 0o700), os.WriteFile(output+".state/journal", []byte(journal), 0o600))
		}},
		{"once the journal has its other name", func(_ *testing.T, output, journal string) error {
			return errors.Join(os.Mkdir(output+".state", 0o700), os.WriteFile(output+".state/lock", nil, 0o600),
				os.WriteFile(output+".finished", []byte(journal), 0o600))
		}},
		{"once the folder is gone", func(_ *testing.T, output, journal string) error {
			return os.WriteFile(output+".finished", []byte(journal), 0o600)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				first := newVendor()
				o := options(t, first)
				var journal string
				o.Progress = backfill.NewProgress(writerFunc(func([]byte) {
					journal = contents(t, filepath.Join(o.Output+".state", "journal")) // the last line is logged once all days are done
				}), false)
				if _, err := backfill.Run(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				if err := tt.leave(t, o.Output, journal); err != nil {
					t.Fatal(err)
				}
				v := newVendor()
				o.History, o.Progress = v.history(2), nil
				s, err := backfill.Run(t.Context(), o)
				if err != nil || s.Days != 3 || contents(t, o.Output) != wholeOutput || len(v.reads) > 0 {
					t.Errorf("got %v, reads %v", err, v.reads)
				}
				if exists(o.Output+".state") || exists(o.Output+".finished") {
					t.Error("something is left")
				}
			})
		})
	}
}

// writerFunc is a function that is called for each write.
type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

// A run that is killed while it cleans up leaves nothing that the next one cannot deal with.
func TestKilledWhileCleaningUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		v := newVendor()
		o := options(t, v)
		cut(t, v, o, "2026-11-03")
		if err := os.Remove(filepath.Join(o.Output+".state", "journal")); err != nil {
			t.Fatal(err)
		}
		if _, err := backfill.Run(t.Context(), o); err != nil || contents(t, o.Output) != wholeOutput || exists(o.Output+".state") {
			t.Error(err)
		}
	})
}

// An output of another run is not replaced unless that is asked for, and one that is no file never.
func TestOutputThatIsThere(t *testing.T) {
	for _, tt := range []struct {
		name  string
		make  func(path string) error
		force bool
		want  string
	}{
		{"a file", func(path string) error { return os.WriteFile(path, []byte("mine"), 0o600) }, false, "exists already: name another file, or use --force"},
		{"a file, forced", func(path string) error { return os.WriteFile(path, []byte("mine"), 0o600) }, true, ""},
		{"a device", func(path string) error { return os.Symlink(os.DevNull, path) }, true, "is not a regular file, and would be replaced by one: use --output=-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at("2026-11-20T04:00:00Z")
				v := newVendor()
				o := options(t, v)
				o.Force = tt.force
				if err := tt.make(o.Output); err != nil {
					t.Fatal(err)
				}
				_, err := backfill.Run(t.Context(), o)
				if exists(o.Output + ".state") {
					t.Error("a folder is left")
				}
				if tt.want == "" {
					if err != nil || contents(t, o.Output) != wholeOutput {
						t.Errorf("got %v", err)
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), tt.want) || len(v.reads) > 0 {
					t.Errorf("got %v, reads %v", err, v.reads)
				}
			})
		})
	}
}

// What is only said otherwise does not hinder a run from going on.
func TestGoingOnWithOtherHelp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		v := newVendor()
		o := options(t, v)
		cut(t, v, o, "2026-11-02")
		o.History.Parts[0].Families = []*metric.Family{metric.NewFamily("acme_yesterday_users", "Said otherwise.")}
		if _, err := backfill.Run(t.Context(), o); err != nil || !strings.Contains(contents(t, o.Output), "Said otherwise.") {
			t.Error(err)
		}
	})
}
