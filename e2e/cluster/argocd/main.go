// Argo CD without its installation: the application controller and the repository server as they are, in one
// program, and a Redis in memory, without which neither starts.
package main

import (
	"os"

	"github.com/alicebob/miniredis/v2"
	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	argocd := &cobra.Command{Use: "argocd", SilenceUsage: true}
	argocd.AddCommand(controller.NewCommand(), reposerver.NewCommand(), redis())
	if argocd.Execute() != nil {
		os.Exit(1)
	}
}

func redis() *cobra.Command {
	return &cobra.Command{Use: "redis ADDRESS", Args: cobra.ExactArgs(1), RunE: func(_ *cobra.Command, args []string) error {
		if err := miniredis.NewMiniRedis().StartAddr(args[0]); err != nil {
			return err
		}
		select {}
	}}
}
