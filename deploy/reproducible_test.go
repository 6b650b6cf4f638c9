package deploy_test

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// The same source gives the same bytes in whatever folder it lies and by whatever name it is called there.
func TestBuildIsReproducible(t *testing.T) {
	var sums [2][sha256.Size]byte
	for i, folder := range []string{"here", filepath.Join("somewhere", "else entirely")} {
		copied := filepath.Join(t.TempDir(), folder)
		copySource(t, copied)
		made := filepath.Join(copied, "engage_exporter")
		// Another user in another zone, as far as a build may notice; the caches are the same, for speed. There is no
		// .git: what it tells is the same for the same commit.
		build := exec.Command("make", "-C", copied, "build")
		build.Env = append(build.Environ(), "USER="+folder[:1], "LOGNAME="+folder[:1], "TZ="+[]string{"UTC", "Asia/Shanghai"}[i])
		output(t, build)
		binary := []byte(testkit.ReadFile(t, made))
		sums[i] = sha256.Sum256(binary)
		if bytes.Contains(binary, []byte(copied)) {
			t.Errorf("the binary names the folder %s", copied)
		}
		if info, err := buildinfo.ReadFile(made); err != nil || info.Main.Path != "github.com/engage-exporter/engage_exporter" || len(info.Deps) == 0 {
			t.Errorf("the binary does not mention its modules: %v, %v", info, err)
		}
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds of one source differ: %x and %x", sums[0], sums[1])
	}
}

// notCompiled are folders at the top that the build does not look into, some of them large.
var notCompiled = []string{".git", ".bin", "dashboards", "deploy", "dist", "docs", "mixin", "rules"}

// copySource copies all that is compiled, with what is embedded and what the Makefile reads.
func copySource(t *testing.T, to string) {
	t.Helper()
	source := os.DirFS("..")
	err := fs.WalkDir(source, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(notCompiled, path):
			return fs.SkipDir
		case !entry.Type().IsRegular() || path == "engage_exporter":
			return nil
		}
		content, err := fs.ReadFile(source, path)
		if err == nil {
			testkit.WriteFile(t, to, path, string(content))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
