package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/alecthomas/kingpin/v2"

	"github.com/engage-exporter/engage_exporter/collector"
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
		expandEnv: cmd.Flag("config.expand-env", "Replace ${NAME} in the configuration with the environment variable NAME.").Bool(),
	}
}

// shardFlag says which part of the accounts is read.
type shardFlag struct{ text *string }

func addShardFlag(cmd *kingpin.CmdClause) shardFlag {
	return shardFlag{cmd.Flag("shard", "Read only this part of the accounts: 1/4 is the first of four exporters with the same configuration. Empty for all.").PlaceHolder("N/OF").String()}
}

func (f shardFlag) parse() (shard collector.Shard, err error) {
	if *f.text == "" {
		return shard, nil
	}
	if shard, err = collector.ParseShard(*f.text); err != nil {
		return shard, flagError{err}
	}
	return shard, nil
}

func (f configFlags) options() config.Options { return config.Options{ExpandEnv: *f.expandEnv} }

func (f configFlags) load() (*config.Config, error) {
	cfg, err := collector.LoadConfig(*f.file, f.options())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; name another with --config.file, or start with a copy of engage.yml.example", err)
	}
	return cfg, err
}
