package main

import (
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kingpin/v2"
)

func checkCommand(app *kingpin.Application) (string, action) {
	cmd := app.Command("check", "Read the configuration and say what is wrong with it, all mistakes at once.")
	file := addConfigFlags(cmd)
	return cmd.FullCommand(), func(_ context.Context, stdout, _ io.Writer) error {
		cfg, err := file.load()
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%s is valid: %d account(s)\n", *file.file, len(cfg.Getui))
		return nil
	}
}
