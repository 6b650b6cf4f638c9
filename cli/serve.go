package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/alecthomas/kingpin/v2"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/common/version"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/web"
)

const (
	// readHeaderTimeout, readTimeout and idleTimeout end connections that ask for nothing, or send it too slowly. None
	// of them ends an answer in the making.
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 5 * time.Minute
	// maxHeaderBytes is more than any scraper or browser sends.
	maxHeaderBytes = 64 << 10
)

// webFlags are the flags of the HTTP side, shared by the commands that serve.
type webFlags struct {
	toolkit       *toolkit.FlagConfig
	telemetryPath *string
	externalURL   *string
	routePrefix   *string
	lifecycle     *bool
	profiles      *bool
	maxRequests   *int
	connections   *int
	timeoutOffset *time.Duration
	scrapeTimeout *time.Duration
	accounts      *bool
	shard         shardFlag
	log           logFlags
	storagePath   *string // nil for a command that keeps nothing
	healthAddress *string // nil for a command without
}

func addWebFlags(cmd *kingpin.CmdClause, address string) webFlags {
	return webFlags{
		toolkit:       kingpinflag.AddFlags(cmd, address),
		telemetryPath: cmd.Flag("web.telemetry-path", "Path under which to expose metrics.").Default("/metrics").String(),
		externalURL: cmd.Flag("web.external-url", "URL at which the exporter is reached from outside, such as that of a reverse"+
			" proxy. Its path is the prefix of all paths, unless --web.route-prefix says otherwise.").PlaceHolder("URL").String(),
		routePrefix: cmd.Flag("web.route-prefix", "Prefix of all paths. The path of --web.external-url by default.").
			PlaceHolder("PATH").String(),
		lifecycle: cmd.Flag("web.enable-lifecycle", "Reload the configuration on POST /-/reload, as on SIGHUP.").Bool(),
		profiles:  cmd.Flag("web.enable-pprof", "Serve profiles of the process under /debug/pprof/.").Default("true").Bool(),
		maxRequests: cmd.Flag("web.max-requests", "Scrapes that are processed at the same time; 0 for no limit. One whose answer is ready"+
			" does not count.").Default("40").Int(),
		connections: cmd.Flag("web.max-connections", "Maximum number of open connections. Above it, idle ones are closed first.").
			Default("512").Int(),
		timeoutOffset: cmd.Flag("scrape.timeout-offset", "Time to subtract from Prometheus' scrape timeout, "+
			"so that the answer arrives in time.").
			Default("0.5s").
			Duration(),
		scrapeTimeout: cmd.Flag("scrape.default-timeout",
			"Scrape timeout for scrapers that send none; the offset is subtracted from it too.").Default("10s").Duration(),
		accounts: cmd.Flag("metrics.accounts", "Expose the accounts' metrics on the telemetry path; without them it has the "+
			"exporter's own alone.").Default("true").Bool(),
		shard: addShardFlag(cmd),
		log:   addLogFlags(cmd),
	}
}

// location returns where the flags say that the exporter is reached.
func (f webFlags) location() (web.Location, error) {
	location, err := web.NewLocation(*f.externalURL, *f.routePrefix)
	if err != nil {
		return location, flagError{err}
	}
	return location, nil
}

// url returns where a browser on this machine finds what is served on an address.
func (f webFlags) url(address net.Addr) string {
	scheme := "http"
	if *f.toolkit.WebConfigFile != "" { // it is there for TLS above all; where it has only passwords, the toolkit's log says so
		scheme = "https"
	}
	host := address.String()
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		host = fmt.Sprintf("localhost:%d", tcp.Port)
	}
	location, _ := f.location() // serve has checked it
	return scheme + "://" + host + location.Prefix()
}

func serveCommand(app *kingpin.Application) (string, action) {
	cmd := app.Command("serve", "Serve metrics of the configured accounts (the default command).").Default()
	file := addConfigFlags(cmd)
	autoReload := cmd.Flag("config.enable-auto-reload", "Reload the configuration when it changes, or a certificate that it"+
		" names; after a failed reload, when any file that it names changes.").Bool()
	interval := cmd.Flag("config.auto-reload-interval", "How often to look for changes, with --config.enable-auto-reload.").
		Default("30s").Duration()
	flags := addWebFlags(cmd, defaultAddress)
	flags.storagePath = cmd.Flag("storage.path", "Folder for the accounts' state, so that a restart needs no requests; "+
		"empty to keep nothing. The default is the StateDirectory= of a systemd unit.").Envar("STATE_DIRECTORY").String()
	flags.healthAddress = cmd.Flag("web.health-listen-address", "Address of a second listener, without TLS and password,"+
		" only for /-/healthy and /-/ready; none by default.").PlaceHolder("HOST:PORT").String()
	return cmd.FullCommand(), func(ctx context.Context, out output) error {
		hooks := hooks{reloadInterval: *interval}
		if *interval < time.Second {
			return invalidFlag("--config.auto-reload-interval=%s: want 1s or more", *interval)
		}
		if *autoReload {
			if err := config.IsRegular(*file.file); err != nil {
				return fmt.Errorf("--config.enable-auto-reload: %w", err)
			}
			hooks.watch = config.NewWatch(*file.file, file.options())
		}
		return serve(ctx, file.load, flags, out, hooks)
	}
}

// hooks are what a command does beside serving.
type hooks struct {
	ready          func([]net.Addr) // called with the addresses once they accept connections; nil for nothing
	scrapeInterval time.Duration    // how often the exporter scrapes itself; 0 for never
	watch          *config.Watch    // of the configuration that is reloaded when it changes; nil for none
	reloadInterval time.Duration    // how often watch is looked at
}

// serve answers scrapes until ctx is done; it then finishes those in flight. load returns the configuration, at the
// start and again for each reload.
func serve(ctx context.Context, load func() (*config.Config, error), flags webFlags, out output, hooks hooks) error {
	// Before all else: a reload that is requested too early must not end the process. Nothing undoes this, and a signal
	// during the shutdown is ignored.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	// If whatever reads the log goes away, writing it fails; without this the process would end.
	signal.Ignore(syscall.SIGPIPE)

	shard, err := flags.check()
	if err != nil {
		return err
	}
	location, err := flags.location()
	if err != nil {
		return err
	}
	logger, slogger := flags.log.logger(out.log)
	takeStandardLog(logger, out.log.dropped)
	level.Info(logger).Log("msg", "starting "+name, "version", version.Info())
	limitMemory(logger)

	registry, instruments := prometheus.NewRegistry(), collector.NewInstruments()
	registry.MustRegister(
		versioncollector.NewCollector(name),
		out.log.dropped,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	web.RegisterShard(registry, shard.String())
	storage, err := flags.openStorage(logger, registry)
	if err != nil {
		return err
	}
	seen := checksumsOf(hooks.watch) // before it is loaded: a change in between is seen later
	reloader, err := start(load, collector.Options{
		Logger: logger, NoDebug: *flags.log.level != "debug",
		UserAgent: version.ComponentUserAgent(name), Instruments: instruments,
		Shard: shard, Storage: storage,
	}, web.NewConfigMetrics(registry))
	if err != nil {
		_ = inTime(func() error { storage.Close(nil); return nil }) // nothing has been written
		return err
	}
	reloader.watch, reloader.seen = hooks.watch, seen
	defer runStorage(ctx, storage, reloader.set, logger)()
	defer reloader.close()
	var requests requestCounter
	out.unfinished.add(requests.names)
	out.unfinished.add(reloader.unfinished)

	o := web.Options{
		Logger: logger, Registry: registry, Reads: instruments, Accounts: reloader.set,
		Config: reloader.maskedConfig, ReloadFailure: reloader.reloadFailure,
		Location: location, ListenAddresses: *flags.toolkit.WebListenAddresses, MetricsPath: *flags.telemetryPath,
		WithoutAccounts: !*flags.accounts, WithoutProfiles: !*flags.profiles,
		TimeoutOffset: *flags.timeoutOffset, DefaultTimeout: *flags.scrapeTimeout, MaxRequests: *flags.maxRequests,
		Version: version.Info(), Shard: shard.String(),
	}
	if storage != nil {
		o.Storage = storage.Status
	}
	if *flags.lifecycle {
		o.Reload = reloader.reloadOverHTTP
	}
	handler, err := web.NewHandler(o)
	if err != nil {
		return err
	}
	handler = requests.handler(handler)
	defer reloadOnSignal(ctx, hangups, reloader)()
	defer reloader.reloadOnChange(ctx, hooks.reloadInterval)()
	endHealth, err := flags.serveHealth(slogger)
	if err != nil {
		return err
	}
	defer endHealth()
	defer scrapeItself(ctx, handler, location.Prefix()+*flags.telemetryPath, hooks.scrapeInterval)()
	if file := *flags.toolkit.WebConfigFile; file != "" {
		slogger = slogger.With("web.config.file", file) // a mistake in it is found at each request and handshake
	}
	errorLog := slog.NewLogLogger(slogger.Handler(), slog.LevelWarn)
	errorLog.SetOutput(&limitedLog{to: errorLog.Writer(), dropped: out.log.dropped})
	server := &http.Server{
		Handler: handler, MaxHeaderBytes: maxHeaderBytes,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: web.WriteTimeout, IdleTimeout: idleTimeout,
		ErrorLog: errorLog,
	}
	files := newWebConfig(*flags.toolkit.WebConfigFile, logger)
	server.ConnState = files.connState(web.NewConnections(*flags.connections, logger).Changed)
	return listenAndServe(ctx, server, shutdownTimeout, flags.toolkit, files, slogger, hooks.ready)
}

// openStorage opens the storage, and registers its metrics; nil if there is to be none.
func (f webFlags) openStorage(logger log.Logger, registry *prometheus.Registry) (*collector.Storage, error) {
	if f.storagePath == nil || *f.storagePath == "" {
		return nil, nil
	}
	var storage *collector.Storage
	err := inTime(func() (err error) {
		storage, err = collector.OpenStorage(*f.storagePath, logger)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("--storage.path=%s: %w", *f.storagePath, err)
	}
	storage.Register(registry)
	return storage, nil
}

// storageTimeout is how long the storage may take to open, and to be written for the last time.
const storageTimeout = 15 * time.Second

// inTime returns what use returns, or an error if its disk does not answer in time. Then it goes on in the background.
func inTime(use func() error) error {
	used := make(chan error, 1)
	go func() { used <- use() }()
	timer := time.NewTimer(storageTimeout)
	defer timer.Stop()
	select {
	case err := <-used:
		return err
	case <-timer.C:
		return fmt.Errorf("the folder has not answered within %s: check the disk or what is mounted there, or start without it",
			storageTimeout)
	}
}

// runStorage stores the state of the accounts until ctx is done; end stores it for the last time, once all reads have
// ended.
func runStorage(
	ctx context.Context, storage *collector.Storage, set func() *collector.Set, logger log.Logger,
) (end func()) {
	if storage == nil {
		return func() {}
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx)) // reads that end after the signal are stored, too
	var running sync.WaitGroup
	running.Go(func() { storage.Run(ctx, set) })
	return func() {
		stop()
		err := inTime(func() error {
			running.Wait()
			storage.Close(set())
			return nil
		})
		if err != nil {
			level.Error(logger).Log("msg", "the state could not be stored at the end", "err", err)
		}
	}
}

// check returns the shard, and what is wrong with the flags that kingpin does not look into.
func (f webFlags) check() (shard collector.Shard, err error) {
	if *f.timeoutOffset < 0 {
		return shard, invalidFlag(
			"--scrape.timeout-offset=%s: a scrape that outlasts Prometheus' timeout is lost, want 0s or more",
			*f.timeoutOffset,
		)
	}
	if *f.scrapeTimeout <= 0 || *f.scrapeTimeout > web.MaxScrapeTimeout {
		return shard, invalidFlag("--scrape.default-timeout=%s: want more than 0s, and %s at most", *f.scrapeTimeout, web.MaxScrapeTimeout)
	}
	if *f.maxRequests < 0 {
		return shard, invalidFlag("--web.max-requests=%d: want 0 (no limit) or more", *f.maxRequests)
	}
	if *f.connections < 1 {
		return shard, invalidFlag("--web.max-connections=%d: want 1 or more", *f.connections)
	}
	if err := web.CheckMetricsPath(*f.telemetryPath); err != nil {
		return shard, flagError{err}
	}
	if err := f.checkAddresses(); err != nil {
		return shard, err
	}
	if f.healthAddress != nil && *f.healthAddress != "" {
		if err := checkAddress("--web.health-listen-address", *f.healthAddress); err != nil {
			return shard, err
		}
	}
	if err := newWebConfig(*f.toolkit.WebConfigFile, nil).check(); err != nil {
		return shard, err
	}
	return f.shard.parse()
}

// checkAddresses returns an error for an address without a port, which would be served on a random one.
func (f webFlags) checkAddresses() error {
	if f.toolkit.WebSystemdSocket != nil && *f.toolkit.WebSystemdSocket {
		return nil // they are not used
	}
	for _, address := range *f.toolkit.WebListenAddresses {
		if err := checkAddress("--web.listen-address", address); err != nil {
			return err
		}
	}
	return nil
}

// checkAddress returns an error if the address of a flag is none, or has no port.
func checkAddress(flag, address string) error {
	const want = "want HOST:PORT, such as 127.0.0.1:9787, or :9787 for all interfaces"
	if strings.HasPrefix(address, "vsock://") {
		return nil // the toolkit reports what is wrong with it
	}
	_, port, err := net.SplitHostPort(address)
	switch cause, ok := errors.AsType[*net.AddrError](err); {
	case address == "" || err == nil && port == "":
		return invalidFlag("%s=%s has no port and would serve a random one; %s", flag, address, want)
	case ok:
		return invalidFlag("%s=%s: %s; %s", flag, address, cause.Err, want)
	}
	return err
}

// reloadOnSignal reloads at each signal, also one that came before, until ctx is done. wait waits for the end of that.
func reloadOnSignal(ctx context.Context, signals <-chan os.Signal, r *reloader) (wait func()) {
	ctx, stop := context.WithCancel(ctx)
	var reloads sync.WaitGroup
	reloads.Go(func() {
		for {
			select {
			case <-signals:
				if ctx.Err() == nil {
					_ = r.reload() // reports its failure in the log, a metric and on the status page
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		stop()
		reloads.Wait()
	}
}

// listenAndServe serves until ctx is done and the requests in flight are answered, or have been cut off since grace
// was over.
func listenAndServe(ctx context.Context, server *http.Server, grace time.Duration, flags *toolkit.FlagConfig,
	files *webConfig, logger *slog.Logger, ready func([]net.Addr)) error {
	requests, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	server.BaseContext = func(net.Listener) context.Context {
		// The toolkit has put its handler in front of the exporter's by now, and no connection is accepted yet.
		server.Handler = files.handler(server.Handler)
		return requests
	}
	failed := make(chan error, 1)
	if listeners, err := listen(flags); err != nil {
		return err
	} else if listeners == nil {
		go func() { failed <- toolkit.ListenAndServe(server, flags, logger) }()
	} else {
		if ready != nil {
			addresses := make([]net.Addr, len(listeners))
			for i, l := range listeners {
				addresses[i] = l.Addr()
			}
			ready(addresses)
		}
		go func() { failed <- toolkit.ServeMultiple(listeners, server, flags, logger) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	logger.Info("Stopping: finishing the scrapes in flight")
	ending, cancel := context.WithTimeout(requests, grace)
	defer cancel()
	err := server.Shutdown(ending)
	if errors.Is(err, context.DeadlineExceeded) {
		// That is a scraper that does not read its answer, or asked for more time than there is: no failure of this
		// program.
		logger.Warn("Scrapes in flight are cut off: they were not answered in time", "waited", grace)
		cutOff()
		server.Close()
		err = nil
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// listen opens the TCP addresses of the flags, so that they are known before anything is served. It gives none for a
// systemd socket or vsock, which the toolkit opens.
func listen(flags *toolkit.FlagConfig) ([]net.Listener, error) {
	if flags.WebSystemdSocket != nil && *flags.WebSystemdSocket {
		return nil, nil
	}
	var listeners []net.Listener
	for _, address := range *flags.WebListenAddresses {
		if strings.HasPrefix(address, "vsock://") {
			return nil, nil
		}
	}
	for _, address := range *flags.WebListenAddresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			for _, open := range listeners {
				open.Close()
			}
			return nil, fmt.Errorf("cannot serve: %w; choose another with --web.listen-address", err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

// limitMemory sets the garbage collector's limit to the container's memory limit, unless GOMEMLIMIT is set.
func limitMemory(logger log.Logger) {
	limit, err := memlimit.Set()
	if err != nil {
		level.Debug(logger).Log("msg", "no memory limit found", "err", err)
		return
	}
	level.Debug(logger).Log("msg", "memory limit", "bytes", limit)
}
