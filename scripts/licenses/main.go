// Command licenses writes the licences of all modules that the exporter is made of, on every platform of a release,
// to the standard output: THIRD_PARTY_LICENSES. It fails for a module whose licence it does not know.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// platforms are those of a release that link different modules.
var platforms = []string{"linux", "darwin", "windows"}

// accepted are the licences, as SPDX names them, that allow the exporter to be passed on with what the archives hold.
// GooglePatentsFile is a grant of patents that Go's modules have beside their licence.
var accepted = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "GooglePatentsFile", "ISC", "MIT"}

// leastCovered is how much of a text must be a known licence, in percent. The rest is copyright lines and the like.
const leastCovered = 75

// licenceFile matches the names of files that say under which terms a package may be passed on.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// module is one module that is linked into the exporter.
type module struct {
	path, version, dir string
	files              []string // their paths below dir
}

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1) //nolint:forbidigo // it is a command
	}
}

func run(ctx context.Context, w io.Writer) error {
	modules, err := linked(ctx)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "engage_exporter is made of these modules. Each is passed on under the terms that follow its name.")
	for _, m := range modules {
		if err := m.write(out); err != nil {
			return err
		}
	}
	return out.Flush()
}

// linked returns the modules that are linked into the exporter on any platform, sorted by path, Go's own first.
func linked(ctx context.Context) ([]module, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	standard := module{
		path:  "Go: its standard library and runtime",
		dir:   strings.TrimSpace(string(root)),
		files: []string{"LICENSE", "PATENTS"},
	}
	byPath := make(map[string]*module)
	for _, platform := range platforms {
		if err := addLinked(ctx, byPath, platform); err != nil {
			return nil, err
		}
	}
	all := []module{standard}
	for _, m := range byPath {
		if len(m.files) == 0 {
			return nil, fmt.Errorf("%s %s has no file that names its licence", m.path, m.version)
		}
		slices.Sort(m.files)
		all = append(all, *m)
	}
	slices.SortFunc(all[1:], func(a, b module) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

// addLinked adds the modules that are linked on one platform.
func addLinked(ctx context.Context, byPath map[string]*module, platform string) error {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Dir,Module", ".")
	cmd.Env = append(os.Environ(), "GOOS="+platform, "GOARCH=amd64", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	list, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", cmd, err)
	}
	for d := json.NewDecoder(bytes.NewReader(list)); ; {
		var p struct {
			Dir    string
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if p.Module == nil || p.Module.Main {
			continue
		}
		m := byPath[p.Module.Path]
		if m == nil {
			m = &module{path: p.Module.Path, version: p.Module.Version, dir: p.Module.Dir}
			byPath[m.path] = m
		}
		if err := m.addFiles(p.Dir); err != nil {
			return err
		}
	}
}

// addFiles adds the files of a package's folder, and of those above it, that name a licence.
func (m *module) addFiles(dir string) error {
	for {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			file, err := filepath.Rel(m.dir, filepath.Join(dir, e.Name()))
			if err != nil {
				return err
			}
			if e.Type().IsRegular() && licenceFile.MatchString(e.Name()) && !slices.Contains(m.files, file) {
				m.files = append(m.files, file)
			}
		}
		if dir == m.dir {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

// write writes the module's files. It fails unless one of them is an accepted licence, and none another.
func (m *module) write(w io.Writer) error {
	var names []string
	var texts bytes.Buffer
	for _, file := range m.files {
		text, err := os.ReadFile(filepath.Join(m.dir, file))
		if err != nil {
			return err
		}
		fmt.Fprintf(&texts, "\n--- %s\n\n%s\n", file, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
		cover := licensecheck.Scan(text)
		for _, match := range cover.Match {
			if !slices.Contains(names, match.ID) {
				names = append(names, match.ID)
			}
		}
		isLicence := !strings.HasPrefix(strings.ToUpper(filepath.Base(file)), "NOTICE") &&
			!strings.HasPrefix(strings.ToUpper(filepath.Base(file)), "PATENTS")
		if isLicence && cover.Percent < leastCovered {
			return fmt.Errorf("%s %s: %.0f%% of %s is a known licence, want %d%% or more: read it, and say here what it is",
				m.path, m.version, cover.Percent, file, leastCovered)
		}
	}
	for _, name := range names {
		if !slices.Contains(accepted, name) {
			return fmt.Errorf("%s %s is under %s, which is none of %s: may it be passed on?",
				m.path, m.version, name, strings.Join(accepted, ", "))
		}
	}
	slices.Sort(names)
	_, err := fmt.Fprintf(w, "\n%s\n%s (%s)\n%s", strings.Repeat("=", 80),
		strings.TrimSpace(m.path+" "+m.version), strings.Join(names, ", "), texts.String())
	return err
}
