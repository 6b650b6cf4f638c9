package cli

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	promconfig "github.com/prometheus/common/config"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v4"
	"golang.org/x/time/rate"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/web"
)

// webConfigFormat is where the format of the file of --web.config.file is described.
const webConfigFormat = "https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md"

// webConfig is the file of --web.config.file and the files that it names. The toolkit reads them for each request and each
// TLS handshake, and waits without a limit for one that does not answer. So nothing reaches the toolkit while one of them
// cannot be read. nil = there is no such file.
type webConfig struct {
	file   string
	files  *config.Files
	logger log.Logger
	logged rate.Sometimes
}

func newWebConfig(file string, logger log.Logger) *webConfig {
	if file == "" {
		return nil
	}
	return &webConfig{
		file: file, files: config.NewFiles(config.System{}), logger: logger, logged: rate.Sometimes{Interval: time.Minute},
	}
}

// read reads the files. It returns an error if one is not a regular file that answers and has a reasonable size. Mistakes
// in them are for the toolkit to find.
func (c *webConfig) read() error {
	text, err := c.files.ReadAnew(c.file)
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
		named.TLS.Certificate, named.TLS.Key, named.TLS.ClientCA = "", "", ""
	}
	for _, path := range []string{named.TLS.Certificate, named.TLS.Key, named.TLS.ClientCA} {
		if path == "" {
			continue
		}
		if _, err := c.files.ReadAnew(promconfig.JoinDir(filepath.Dir(c.file), path)); err != nil {
			return fmt.Errorf("--web.config.file=%s: %w", c.file, err)
		}
	}
	return nil
}

// check returns an error if the files cannot be read now, or have mistakes.
func (c *webConfig) check() error {
	if c == nil {
		return nil
	}
	if err := c.read(); err != nil {
		return err
	}
	if err := toolkit.Validate(c.file); err != nil {
		return fmt.Errorf("--web.config.file=%s: %w; see %s", c.file, err, webConfigFormat)
	}
	return nil
}

// readable reports whether the files can be read now, and logs if not.
func (c *webConfig) readable() bool {
	err := c.read()
	if err != nil {
		c.logged.Do(func() {
			level.Error(c.logger).Log("msg", "connections and requests are refused until the web configuration can be read", "err", err)
		})
	}
	return err == nil
}

// handler returns a handler for what reaches the toolkit: it leaves unread what a client sends after a request's header,
// also if the toolkit refuses the request, and refuses requests itself while the files cannot be read.
func (c *webConfig) handler(toolkit http.Handler) http.Handler {
	if c == nil {
		return toolkit
	}
	return web.WithoutBody(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.readable() {
			http.Error(w, "the web configuration cannot be read now; the log says why", http.StatusServiceUnavailable)
			return
		}
		toolkit.ServeHTTP(w, r)
	}))
}

// connState returns a function for http.Server.ConnState that closes new connections while the files cannot be read,
// before their TLS handshake, and passes all others on to next.
func (c *webConfig) connState(next func(net.Conn, http.ConnState)) func(net.Conn, http.ConnState) {
	if c == nil {
		return next
	}
	return func(conn net.Conn, state http.ConnState) {
		if state == http.StateNew && !c.readable() {
			conn.Close()
			return
		}
		next(conn, state)
	}
}
