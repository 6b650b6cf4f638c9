package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/alecthomas/kingpin/v2"
)

// fishCompletion is the completion script for fish; kingpin has those for bash and zsh. Where the program offers
// nothing, and after the = between a flag and its value, fish offers files.
const fishCompletion = `function __` + name + `_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    $words[1] --completion-bash $words[2..] "$current"
end
complete -c ` + name + ` -n 'not string match -q -- "-*=*" (commandline -ct); and count (__` + name + `_complete) >/dev/null' -f -a '(__` + name + `_complete)'
`

// completeFilesInZsh lets kingpin's completion script for zsh offer files after the = between a flag and its value.
var completeFilesInZsh = sync.OnceFunc(func() {
	kingpin.ZshCompletionTemplate = strings.Replace(kingpin.ZshCompletionTemplate, "() {\n", `() {
    if [[ $words[$CURRENT] == -*=* ]]; then
        compset -P '*='
        _files
        return
    fi
`, 1)
})

// addFishCompletion adds the flag that prints the completion script for fish, and calls done once it has.
func addFishCompletion(app *kingpin.Application, stdout io.Writer, done func()) {
	app.Flag("completion-script-fish", "Generate completion script for fish.").Hidden().
		PreAction(func(*kingpin.ParseContext) error {
			fmt.Fprint(stdout, fishCompletion)
			done()
			return nil
		}).Bool()
}

// completionArgs returns the arguments for which kingpin is to list completions. It is given no word that is only begun
// unless that is a flag: kingpin would take a part of a command for an argument of the default command, and the shells
// choose by what has been typed anyway. bash passes the = between a flag and its value as a word of its own.
func completionArgs(args []string) []string {
	if len(args) == 0 || args[0] != "--completion-bash" {
		return args
	}
	args = slices.DeleteFunc(slices.Clone(args), func(word string) bool { return word == "=" })
	if last := len(args) - 1; last > 0 && !strings.HasPrefix(args[last], "-") {
		args = args[:last]
	}
	return args
}
