package deploy_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// dist makes the archive of this machine's platform, with what is beside it, and gives the files of the folder by
// their names.
func dist(t *testing.T) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	output(t, exec.Command("make", "-C", "..", "dist", "TOOLCHAIN=any", "DIST="+dir,
		"PLATFORMS="+runtime.GOOS+"/"+runtime.GOARCH))
	made := map[string][]byte{}
	for _, path := range testkit.Files(t, filepath.Join(dir, "*")) {
		made[filepath.Base(path)] = []byte(testkit.ReadFile(t, path))
	}
	// sha256sum itself says that the sums are right.
	check := exec.Command("sha256sum", "--check", "--strict", filepath.Base(testkit.Files(t, filepath.Join(dir, "*.sha256sums"))[0]))
	check.Dir = dir
	output(t, check)
	return made
}

// The archive has all that docs/deployment.md speaks of, its programs run, and made again it is the same.
func TestArchive(t *testing.T) {
	version := strings.TrimSpace(testkit.ReadFile(t, "../VERSION"))
	top := "engage_exporter-" + version + "." + runtime.GOOS + "-" + runtime.GOARCH
	made, again := dist(t), dist(t)
	if len(made) != 6 || len(again) != 6 {
		t.Fatalf("%d and %d files, want an archive, its modules, two packages, the chart and the checksums", len(made), len(again))
	}
	if sums := string(made["engage_exporter-"+version+".sha256sums"]); strings.Count(sums, "\n") != 5 {
		t.Errorf("the checksums are not those of all files:\n%s", sums)
	}
	for name, content := range made {
		if !bytes.Equal(content, again[name]) {
			t.Errorf("%s differs when it is made again", name)
		}
	}
	checkPackages(t, made[top+".deb"], made[top+".rpm"], version)
	archive := made[top+".tar.gz"]
	unpacked, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var names []string
	for r := tar.NewReader(unpacked); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, header.Name)
		if header.Uid != 0 || header.Gid != 0 || header.Uname != "" && header.Uname != "root" {
			t.Errorf("%s belongs to %d:%d %s", header.Name, header.Uid, header.Gid, header.Uname)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		testkit.WriteFile(t, dir, header.Name, string(content))
		if err := os.Chmod(filepath.Join(dir, header.Name), header.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("not sorted: %v", names)
	}
	want := []string{
		"LICENSE", "NOTICE", "THIRD_PARTY_LICENSES", "SECURITY.md", "README.md", "CHANGELOG.md", "engage.yml.example", "prometheus.yml.example", "alertmanager.yml.example",
		"alertmanager.zh.yml.example", "alertmanager.zh.tmpl",
		"README.zh-CN.md", "CONTRIBUTING.md", "VERSION", "rules/README.md", "scripts/prometheus-rule.sh",
		"docs/deployment.md", "docs/metrics.md", "docs/zh/metrics.md", "docs/zh/runbook.md", "docs/images/status-light.png",
		"mixin/mixin.libsonnet", "deploy/kubernetes/engage-exporter.yaml", "deploy/kubernetes/secret.example.yaml",
		"deploy/helm/engage-exporter/Chart.yaml", "deploy/helm/engage-exporter/files/rules/exporter.yml",
		"systemd/engage_exporter.service", "systemd/engage_exporter.socket", "systemd/engage_exporter.service.d/socket.conf",
		"systemd/engage_exporter.env.example", "systemd/engage.yml.example",
		"completion/engage_exporter.bash", "completion/engage_exporter.fish", "completion/_engage_exporter",
	}
	for _, pattern := range []string{"rules/*.yml", "dashboards/*.json", "dashboards/zh/*.json"} {
		for _, file := range testkit.Files(t, "../"+pattern) {
			want = append(want, strings.TrimPrefix(filepath.ToSlash(file), "../"))
		}
	}
	for _, name := range want {
		if !slices.Contains(names, top+"/"+name) {
			t.Errorf("the archive lacks %s", name)
		}
	}

	checkLinks(t, filepath.Join(dir, top))

	exporter := filepath.Join(dir, top, "engage_exporter")
	checkModules(t, made[top+".modules.json"], exporter)
	checkLicences(t, testkit.ReadFile(t, filepath.Join(dir, top, "THIRD_PARTY_LICENSES")), exporter)
	if out := output(t, exec.Command(exporter, "--version")); !strings.Contains(out, "version "+version) {
		t.Errorf("--version: %s", out)
	}
	// bash reads the script and completes with the exporter's own answer.
	completing := exec.Command("bash", "-c", `source completion/engage_exporter.bash
		COMP_WORDS=(./engage_exporter serve --config.f) COMP_CWORD=2
		_engage_exporter_bash_autocomplete
		printf '%s\n' "${COMPREPLY[@]}"`)
	completing.Dir = filepath.Join(dir, top)
	if out := output(t, completing); out != "--config.file\n" {
		t.Errorf("bash completes --config.f to %q", out)
	}
	if zsh := testkit.ReadFile(t, filepath.Join(dir, top, "completion", "_engage_exporter")); !strings.HasPrefix(strings.TrimSpace(zsh), "#compdef engage_exporter\n") {
		t.Errorf("the completion of zsh:\n%s", zsh)
	}
}

var (
	codeBlock = regexp.MustCompile("(?ms)^ *```.*?\n *```$|`[^`\n]*`")
	link      = regexp.MustCompile(`\]\(([^()\s]+)\)|<(?:img|source|a)[^>]* (?:src|srcset|href)="([^"]+)"`)
	heading   = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInSlug = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// checkLinks follows each link of each page in a folder: to a file, and to a heading of a page.
func checkLinks(t *testing.T, folder string) {
	t.Helper()
	followed := 0
	err := filepath.WalkDir(folder, func(page string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(page) != ".md" {
			return err
		}
		text := codeBlock.ReplaceAllString(testkit.ReadFile(t, page), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to := m[1] + m[2]
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			followed++
			file, anchor, _ := strings.Cut(to, "#")
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), filepath.FromSlash(file))
			}
			inside, err := filepath.Rel(folder, target)
			if err != nil || strings.HasPrefix(inside, "..") {
				t.Errorf("%s links to %s, outside of the folder", page, to)
			} else if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", page, to, err)
			} else if anchor != "" && !slices.Contains(anchors(t, target), anchor) {
				t.Errorf("%s links to %s: there is no such heading", page, to)
			}
		}
		return nil
	})
	if err != nil || followed < 50 {
		t.Errorf("%d links followed in %s, %v", followed, folder, err)
	}
}

// anchors returns the names by which GitHub links to the headings of a page.
func anchors(t *testing.T, page string) (names []string) {
	t.Helper()
	for _, m := range heading.FindAllStringSubmatch(testkit.ReadFile(t, page), -1) {
		slug := notInSlug.ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(slug, " ", "-"))
	}
	return names
}

// A release that another Go compiled has other bytes than one that anybody makes of the same source.
func TestArchivesOfAnotherGoAreRefused(t *testing.T) {
	other := testkit.WriteFile(t, t.TempDir(), "go", "#!/bin/sh\necho go1.2.3\n")
	if err := os.Chmod(other, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out, err := exec.Command("make", "-C", "..", "dist", "GO="+other, "DIST="+dir).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "this Go is go1.2.3, and releases are made with go1.26") {
		t.Errorf("got %v:\n%s", err, out)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// Neither when nor by whom a file was written, nor in which order, changes an archive.
func TestArchiveFormats(t *testing.T) {
	pack := func(t *testing.T, extension string, names ...string) []byte {
		t.Helper()
		folder := filepath.Join(t.TempDir(), "exporter")
		for i, name := range names {
			path := testkit.WriteFile(t, folder, name, name)
			if name == "program" {
				if err := os.Chmod(path, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			written := time.Unix(int64(1e9+i*12345), 0)
			if err := os.Chtimes(path, written, written); err != nil {
				t.Fatal(err)
			}
		}
		archive := filepath.Join(t.TempDir(), "exporter"+extension)
		cmd := exec.Command("../scripts/archive.sh", folder, archive)
		cmd.Env = append(cmd.Environ(), "SOURCE_DATE_EPOCH=1700000000", "TZ=Asia/Shanghai")
		output(t, cmd)
		return []byte(testkit.ReadFile(t, archive))
	}
	for _, extension := range []string{".tar.gz", ".zip"} {
		t.Run(extension, func(t *testing.T) {
			one, other := pack(t, extension, "a", "sub/b", "program"), pack(t, extension, "program", "sub/b", "a")
			if !bytes.Equal(one, other) {
				t.Error("the bytes differ")
			}
		})
	}

	content := pack(t, ".zip", "a", "sub/b", "program")
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]string{}
	for _, file := range r.File {
		modes[file.Name] = file.Mode().String()
		if got := file.Modified.UTC(); got.Unix() != 1700000000 {
			t.Errorf("%s is of %s", file.Name, got)
		}
	}
	for name, mode := range map[string]string{"exporter/a": "-rw-r--r--", "exporter/sub/b": "-rw-r--r--", "exporter/program": "-rwxr-xr-x"} {
		if modes[name] != mode {
			t.Errorf("%s has mode %q, want %s", name, modes[name], mode)
		}
	}
}
