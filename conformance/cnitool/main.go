// SPDX-License-Identifier: Apache-2.0

// Command cnitool puts a network namespace on a CNI network through libcni, as a container runtime
// does: libcni finds the plugins, keeps the cache and hands prevResult on. The command line is that
// of the cnitool known from the CNI project.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/types"
)

const usage = `usage: cnitool add|check|del|gc|status NETWORK NETNS [CONTAINERID/IFNAME…]

  NETCONFPATH      folder with the network's .conflist, .conf or .json (/etc/cni/net.d)
  CNI_PATH         plugin folders, separated by colons (/opt/cni/bin)
  CNI_IFNAME       interface name in NETNS (eth0)
  CNI_CONTAINERID  container ID (derived from NETNS)
  CNI_ARGS         arguments for the plugins: K=V;K=V
  CAP_ARGS         capability arguments: a JSON object
  CNI_CACHE_DIR    libcni's cache (/var/lib/cni)

gc keeps the attachments named on the command line; gc and status need no NETNS.
Exit status: 0 done, 1 the network refused (its error object follows as JSON), 2 usage.
`

func main() {
	request, err := parseRequest(os.Args[1:], os.Getenv)
	if err != nil {
		fmt.Fprintf(os.Stderr, "cnitool: %v\n\n%s", err, usage)
		os.Exit(2)
	}
	// The suite ends a plugin that hangs by ending us: the plugin must not outlive its runtime.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := perform(ctx, request); err != nil {
		report(err)
		stop()
		os.Exit(1)
	}
}

func perform(ctx context.Context, r *request) error {
	network, err := libcni.LoadNetworkConf(r.configurations, r.network)
	if err != nil {
		return err
	}
	cni := libcni.NewCNIConfigWithCacheDir(r.plugins, r.cache, nil)

	switch r.verb {
	case "add":
		result, err := cni.AddNetworkList(ctx, network, r.attachment)
		if err != nil || result == nil {
			return err
		}
		defer fmt.Println()
		return result.Print()
	case "check":
		return cni.CheckNetworkList(ctx, network, r.attachment)
	case "del":
		return cni.DelNetworkList(ctx, network, r.attachment)
	case "gc":
		return cni.GCNetworkList(ctx, network, &libcni.GCArgs{ValidAttachments: r.valid})
	case "status":
		return cni.GetStatusNetworkList(ctx, network)
	}
	return fmt.Errorf("unknown verb '%s'", r.verb)
}

// report prints libcni's sentence and, when a plugin spoke, the plugin's own error object, so that
// the suite can check its code without parsing the sentence.
func report(err error) {
	fmt.Fprintf(os.Stderr, "cnitool: %v\n", err)
	var plugin *types.Error
	if errors.As(err, &plugin) {
		if object, err := json.Marshal(plugin); err == nil {
			fmt.Fprintf(os.Stderr, "%s\n", object)
		}
	}
}
