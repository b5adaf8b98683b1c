package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// args checks the number of arguments and says what is missing.
func args(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if len(given) > len(names) {
			return misuse(cmd, "%q is one argument too many", given[len(names)])
		}
		return least(names...)(cmd, given)
	}
}

// least is args where more may follow.
func least(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if len(given) < len(names) {
			return misuse(cmd, "%s is missing", names[len(given)])
		}
		return nil
	}
}

// misuse says what is wrong and how to write it.
func misuse(cmd *cobra.Command, format string, a ...any) error {
	line := strings.TrimSuffix(cmd.UseLine(), " [flags]")
	return &exitError{exitInvalid, fmt.Errorf("%s; write: %s (more: %s --help)", fmt.Sprintf(format, a...), line, cmd.CommandPath())}
}

// distance is how many letters may be wrong in a command that is suggested.
const distance = 2

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, SuggestionsMinimumDistance: distance, Args: stranger,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(commands...)
	return cmd
}

// stranger refuses a command that a group does not have.
func stranger(cmd *cobra.Command, given []string) error {
	if len(given) == 0 {
		return nil
	}
	text := fmt.Sprintf("there is no command %q", cmd.CommandPath()+" "+given[0])
	if near := cmd.SuggestionsFor(given[0]); len(near) > 0 {
		text += fmt.Sprintf("; did you mean %q?", cmd.CommandPath()+" "+near[0])
	}
	return &exitError{exitInvalid, fmt.Errorf("%s (all: %s --help)", text, cmd.CommandPath())}
}
