package deploy_test

import (
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// checkPackages fails the test unless the Debian package and the RPM install the same files, and these are complete:
// the program runs, the unit names it, and the files that administrators edit survive an update.
func checkPackages(t *testing.T, deb, rpm []byte, version string) {
	t.Helper()
	dir := t.TempDir()
	testkit.WriteFile(t, dir, "exporter.deb", string(deb))
	testkit.WriteFile(t, dir, "exporter.rpm", string(rpm))
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		return output(t, cmd)
	}

	run("dpkg-deb", "--extract", "exporter.deb", "deb")
	run("rpm2archive", "exporter.rpm")
	run("mkdir", "rpm")
	run("tar", "--extract", "--file=exporter.rpm.tgz", "--directory=rpm")
	installed := filesBelow(t, filepath.Join(dir, "deb"))
	if other := filesBelow(t, filepath.Join(dir, "rpm")); !slices.Equal(installed, other) {
		t.Errorf("the Debian package has\n%s\nthe RPM\n%s", strings.Join(installed, "\n"), strings.Join(other, "\n"))
	}
	for _, want := range []string{
		"-rwxr-xr-x usr/bin/engage_exporter",
		"-rw-r--r-- usr/lib/systemd/system/engage_exporter.service",
		"-rw-r--r-- etc/engage_exporter/engage.yml",
		"-rw-r--r-- etc/default/engage_exporter",
		"drwx------ etc/engage_exporter/secrets",
		"-rw-r--r-- usr/share/bash-completion/completions/engage_exporter",
		"-rw-r--r-- usr/share/fish/vendor_completions.d/engage_exporter.fish",
		"-rw-r--r-- usr/share/zsh/vendor-completions/_engage_exporter",
		"-rw-r--r-- usr/share/doc/engage-exporter/LICENSE",
		"-rw-r--r-- usr/share/doc/engage-exporter/engage.yml.example",
		"-rw-r--r-- usr/share/doc/engage-exporter/rules/exporter.yml",
	} {
		if !slices.Contains(installed, want) {
			t.Errorf("the packages lack %s", want)
		}
	}
	for line := range strings.Lines(run("dpkg-deb", "--contents", "exporter.deb")) {
		if !strings.Contains(line, " root/root ") {
			t.Errorf("a file is not root's: %s", line)
		}
	}

	for _, kind := range []string{"deb", "rpm"} {
		program := dir + "/" + kind + "/usr/bin/engage_exporter"
		if out := output(t, exec.Command(program, "--version")); !strings.Contains(out, "version "+version) {
			t.Errorf("--version: %s", out)
		}
		unit := testkit.ReadFile(t, dir+"/"+kind+"/usr/lib/systemd/system/engage_exporter.service")
		if !strings.Contains(unit, "\nExecStart=/usr/bin/engage_exporter serve ") || strings.Contains(unit, "/usr/local") {
			t.Errorf("the unit does not start the package's program:\n%s", unit)
		}
	}
	checkInstallation(t, deb)
	edited := []string{"/etc/default/engage_exporter", "/etc/engage_exporter/engage.yml"}
	for kind, list := range map[string]string{
		"deb": run("dpkg-deb", "--info", "exporter.deb", "conffiles"),
		"rpm": run("rpm", "--query", "--package", "--configfiles", "exporter.rpm"),
	} {
		if got := slices.Sorted(slices.Values(strings.Fields(list))); !slices.Equal(got, edited) {
			t.Errorf("%s: configuration files %v, want %v", kind, got, edited)
		}
	}
	for _, script := range testkit.Files(t, "packages/*.sh") {
		output(t, exec.Command("sh", "-n", script))
	}
	for kind, scripts := range map[string]string{
		"deb": run("dpkg-deb", "--info", "exporter.deb", "prerm"),
		"rpm": run("rpm", "--query", "--package", "--scripts", "exporter.rpm"),
	} {
		if !strings.Contains(scripts, "systemctl disable --now engage_exporter.service") {
			t.Errorf("%s: the service is not stopped before its program is removed:\n%s", kind, scripts)
		}
	}
}

// checkInstallation fails the test unless dpkg installs, updates, removes and purges the package in a folder, and the
// service's command runs from there with the configuration that the package brings.
func checkInstallation(t *testing.T, deb []byte) {
	t.Helper()
	root := t.TempDir()
	path := func(name string) string { return filepath.Join(root, name) }
	for _, name := range []string{"status", "available", "updates/.keep", "info/.keep", "triggers/.keep"} {
		testkit.WriteFile(t, path("var/lib/dpkg"), name, "")
	}
	for _, name := range []string{"updates/.keep", "info/.keep", "triggers/.keep"} {
		if err := os.Remove(path("var/lib/dpkg/" + name)); err != nil {
			t.Fatal(err)
		}
	}
	dpkg := func(args ...string) {
		t.Helper()
		// Its scripts run without chroot: the folder has no shell.
		output(t, exec.Command("dpkg", append([]string{"--root=" + root, "--force-script-chrootless",
			"--force-not-root", "--log=/dev/null"}, args...)...))
	}
	// checkFiles fails the test unless these of the files are there, and no others of them.
	files := []string{
		"usr/bin/engage_exporter", "etc/engage_exporter/engage.yml", "etc/engage_exporter/secrets/academy",
		"var/lib/private/engage_exporter/state.db",
	}
	checkFiles := func(when string, want ...string) {
		t.Helper()
		for _, name := range files {
			if _, err := os.Lstat(path(name)); (err == nil) != slices.Contains(want, name) {
				t.Errorf("%s, %s: %v", when, name, err)
			}
		}
	}
	secrets := path("etc/engage_exporter/secrets")
	file := testkit.WriteFile(t, t.TempDir(), "exporter.deb", string(deb))

	dpkg("--install", file)
	for _, name := range []string{"shop-android", "academy"} {
		testkit.WriteFile(t, secrets, name, "K3y\n")
		// systemd hands them to the service.
		testkit.WriteFile(t, path("credentials"), "secret_"+name, "K3y\n")
	}
	testkit.WriteFile(t, path("var/lib/private/engage_exporter"), "state.db", "")
	checkFiles("after the installation", files...)

	unit := testkit.ReadFile(t, path("usr/lib/systemd/system/engage_exporter.service"))
	_, command, _ := strings.Cut(unit, "\nExecStart=")
	command, _, found := strings.Cut(command, " $ENGAGE_EXPORTER_OPTS\n")
	if !found {
		t.Fatalf("the unit has no ExecStart as expected:\n%s", unit)
	}
	line := strings.Fields(strings.ReplaceAll(command, "/etc/", root+"/etc/"))
	t.Setenv("CREDENTIALS_DIRECTORY", path("credentials"))
	address := testkit.Start(t, path(line[0]), append(line[1:], "--web.listen-address=127.0.0.1:0")...).Listening()
	if got := status(t, "http://"+address+"/-/ready"); got != http.StatusOK {
		t.Errorf("/-/ready answers %d", got)
	}

	edited := testkit.ReadFile(t, path("etc/engage_exporter/engage.yml")) + "# edited\n"
	testkit.WriteFile(t, path("etc/engage_exporter"), "engage.yml", edited)
	dpkg("--install", file)
	if got := testkit.ReadFile(t, path("etc/engage_exporter/engage.yml")); got != edited {
		t.Errorf("an update has replaced the configuration with\n%s", got)
	}
	checkFiles("after an update", files...)
	dpkg("--remove", "engage-exporter")
	checkFiles("after the removal", files[1:]...)
	dpkg("--purge", "engage-exporter")
	checkFiles("after the purge")
}

// filesBelow returns mode and path of all that lies in a folder, but the folders that every system has.
func filesBelow(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil && (!entry.IsDir() || entry.Name() == "secrets") {
			names = append(names, info.Mode().String()+" "+name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}
