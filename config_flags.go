package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/alecthomas/kingpin/v2"

	"github.com/engage-exporter/engage_exporter/config"
)

// configFlags say where the configuration is.
type configFlags struct {
	file      *string
	expandEnv *bool
}

func addConfigFlags(cmd *kingpin.CmdClause) configFlags {
	return configFlags{
		file:      cmd.Flag("config.file", "Configuration file.").Default("engage.yml").String(),
		expandEnv: cmd.Flag("config.expand-env", "Replace ${NAME} in the configuration by the environment variable NAME.").Bool(),
	}
}

func (f configFlags) load() (*config.Config, error) {
	cfg, err := config.Load(*f.file, config.Options{ExpandEnv: *f.expandEnv})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; name another with --config.file, or begin with a copy of engage.yml.example", err)
	}
	return cfg, err
}
