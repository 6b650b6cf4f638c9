package cli

import (
	"fmt"
	"path/filepath"

	promconfig "github.com/prometheus/common/config"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v4"

	"github.com/engage-exporter/engage_exporter/config"
)

// webConfigFormat is where the format of the file of --web.config.file is described.
const webConfigFormat = "https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md"

// checkWebConfig returns an error if the file of --web.config.file, or one that it names, is not a regular file that
// answers and has a reasonable size, for the toolkit would wait for it, or read it, without end; or if it has mistakes.
func checkWebConfig(file string) error {
	if file == "" {
		return nil
	}
	files := config.NewFiles(config.System{})
	text, err := files.Read(file)
	if err != nil {
		return fmt.Errorf("--web.config.file: %w", err)
	}
	var named struct {
		TLS struct {
			Certificate string `yaml:"cert_file"`
			Key         string `yaml:"key_file"`
			ClientCA    string `yaml:"client_ca_file"`
		} `yaml:"tls_server_config"`
	}
	if err := yaml.Unmarshal([]byte(text), &named); err != nil {
		named.TLS.Certificate, named.TLS.Key, named.TLS.ClientCA = "", "", "" // Validate reports the mistakes of the file
	}
	for _, path := range []string{named.TLS.Certificate, named.TLS.Key, named.TLS.ClientCA} {
		if path == "" {
			continue
		}
		if _, err := files.Read(promconfig.JoinDir(filepath.Dir(file), path)); err != nil {
			return fmt.Errorf("--web.config.file=%s: %w", file, err)
		}
	}
	if err := toolkit.Validate(file); err != nil {
		return fmt.Errorf("--web.config.file=%s: %w; see %s", file, err, webConfigFormat)
	}
	return nil
}
