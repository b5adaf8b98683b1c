package cli

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/patchbay-dev/patchbay/client"
)

func (c *cli) vars() *cobra.Command {
	set := &cobra.Command{Use: "set NAME VALUE", Short: "Set a variable that flows read as $vars.NAME; VALUE is JSON, anything else is a text", Args: args("NAME", "VALUE")}
	list := &cobra.Command{Use: "list", Short: "List variables", Args: args()}
	return group("var", "Manage values that flows read as $vars",
		c.online(set, func(cmd *cobra.Command, s *client.Client, args []string) error {
			value := json.RawMessage(args[1])
			if !json.Valid(value) {
				value, _ = json.Marshal(args[1])
			}
			if err := s.SetVar(cmd.Context(), args[0], value); err != nil {
				return err
			}
			return c.print(client.Var{Name: args[0], Value: value}, func() { c.line("%s is %s", args[0], value) })
		}),
		c.online(list, func(cmd *cobra.Command, s *client.Client, _ []string) error {
			all, err := s.Vars(cmd.Context())
			if err != nil {
				return err
			}
			return c.print(all, func() {
				var rows [][]string
				for _, v := range all {
					rows = append(rows, []string{v.Name, brief(v.Value), ago(v.Updated)})
				}
				c.table("NAME\tVALUE\tUPDATED", "no variables yet", rows)
			})
		}))
}

func (c *cli) tokens() *cobra.Command {
	var days int
	create := &cobra.Command{Use: "create NAME", Short: "Make an API token; it is shown once", Args: args("NAME")}
	create.Flags().IntVar(&days, "days", 0, "life in days; 0 for ever")
	list := &cobra.Command{Use: "list", Short: "List API tokens", Args: args()}
	revoke := &cobra.Command{Use: "revoke ID", Short: "Revoke a token", Args: args("ID")}
	link := &cobra.Command{Use: "link", Short: "Make a one-time sign-in link", Args: args()}
	return group("token", "Manage API tokens",
		c.online(create, func(cmd *cobra.Command, s *client.Client, args []string) error {
			t, err := s.CreateToken(cmd.Context(), args[0], days)
			if err != nil {
				return err
			}
			return c.print(t, func() { c.line("%s", t.Secret) })
		}),
		c.online(list, func(cmd *cobra.Command, s *client.Client, _ []string) error {
			var all []client.Token
			if err := s.Do(cmd.Context(), "GET", "/tokens", nil, &all); err != nil {
				return err
			}
			return c.print(all, func() {
				var rows [][]string
				for _, t := range all {
					expires := "never"
					if t.Expires != nil {
						expires = ago(*t.Expires)
					}
					rows = append(rows, []string{t.ID, t.Name, ago(t.Created), expires})
				}
				c.table("ID\tNAME\tCREATED\tEXPIRES", "no tokens yet", rows)
			})
		}),
		c.online(revoke, func(cmd *cobra.Command, s *client.Client, args []string) error {
			if err := s.Do(cmd.Context(), "DELETE", "/tokens/"+args[0], nil, nil); err != nil {
				return err
			}
			return c.print(map[string]any{"id": args[0], "revoked": true}, func() { c.line("%s is revoked", args[0]) })
		}),
		c.online(link, func(cmd *cobra.Command, s *client.Client, _ []string) error {
			var t client.Token
			if err := s.Do(cmd.Context(), "POST", "/tokens/link", nil, &t); err != nil {
				return err
			}
			address := s.Base() + "/sign-in?token=" + t.Secret
			return c.print(map[string]string{"link": address}, func() { c.line("%s", address) })
		}))
}
