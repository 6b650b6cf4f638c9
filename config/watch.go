package config

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	promconfig "github.com/prometheus/common/config"
	"go.yaml.in/yaml/v4"
)

// Watch finds out whether a configuration file has changed, or a file that it names. It is for one goroutine at a time.
type Watch struct {
	path string
	o    Options

	text  [sha256.Size]byte // of the file for which named holds
	named []namedFile
}

// namedFile is a file that the configuration names.
type namedFile struct {
	path string
	tls  bool // a certificate or its key
}

// NewWatch returns a Watch of a file that Load reads with these options.
func NewWatch(path string, o Options) *Watch { return &Watch{path: path, o: o} }

// Sum returns a checksum of the file and of the certificates that it names, which new connections use; with all, of
// every file that it names. What cannot be read counts as a content of its own.
func (w *Watch) Sum(all bool) string {
	files := w.o.files()
	sum := sha256.New()
	src, err := files.text(w.path, maxFileWait, files.readConfig)
	fmt.Fprintf(sum, "%q %v", src, err)
	if text := sha256.Sum256([]byte(src)); text != w.text {
		w.text, w.named = text, w.namedIn([]byte(src))
	}
	named := newFileSet(files)
	for _, file := range w.named {
		if all || file.tls {
			text, err := named.readAs("file", file.path)
			fmt.Fprintf(sum, "%q %q %v", file.path, text, err != nil)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// namedIn returns the files that a configuration names, whether it is valid or not.
func (w *Watch) namedIn(src []byte) []namedFile {
	root, err := parseYAML(w.path, src)
	if err != nil || root == nil {
		return nil
	}
	var named []namedFile
	add := func(node *yaml.Node, tls bool) {
		text := node.Value
		if w.o.ExpandEnv {
			text, _ = expandEnv(text, w.o.lookupEnv())
		}
		file := namedFile{path: promconfig.JoinDir(filepath.Dir(w.path), text), tls: tls}
		if text != "" && !slices.Contains(named, file) {
			named = append(named, file)
		}
	}
	var walk func(node *yaml.Node)
	walk = func(node *yaml.Node) {
		for i, inner := range node.Content {
			if node.Kind == yaml.MappingNode && i%2 == 1 {
				switch key := node.Content[i-1].Value; {
				case strings.HasSuffix(key, "_file") && inner.Kind == yaml.ScalarNode:
					add(inner, slices.Contains([]string{"ca_file", "cert_file", "key_file"}, key))
				case key == "files" && inner.Kind == yaml.SequenceNode:
					for _, file := range inner.Content {
						add(file, false)
					}
				}
			}
			walk(inner) // not what an alias stands for: that is in the file once
		}
	}
	walk(root)
	return named
}

// IsRegular returns an error if a configuration cannot be read more than once, as from a pipe.
func IsRegular(path string) error {
	// Load reports a file that is not there.
	if info, err := os.Stat(path); err == nil {
		if kind := kindOfFile(info.Mode()); kind != "" {
			return fmt.Errorf("%s is %s, want a regular file, which can be read again", path, kind)
		}
	}
	return nil
}
