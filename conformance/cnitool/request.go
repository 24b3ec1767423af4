// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha512"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/types"
)

// A request is what the command line and the environment ask for.
type request struct {
	verb           string
	network        string
	configurations string
	plugins        []string
	cache          string
	attachment     *libcni.RuntimeConf
	valid          []types.GCAttachment
}

func parseRequest(arguments []string, env func(string) string) (*request, error) {
	if len(arguments) < 2 {
		return nil, errors.New("a verb and a network are needed")
	}
	r := &request{
		verb:           arguments[0],
		network:        arguments[1],
		configurations: or(env("NETCONFPATH"), "/etc/cni/net.d"),
		plugins:        filepath.SplitList(or(env("CNI_PATH"), "/opt/cni/bin")),
		cache:          or(env("CNI_CACHE_DIR"), libcni.CacheDir),
	}
	rest := arguments[2:]
	var err error

	switch r.verb {
	case "add", "check", "del":
		if len(rest) != 1 {
			return nil, fmt.Errorf("'%s' takes one network namespace", r.verb)
		}
		r.attachment, err = parseAttachment(rest[0], env)
	case "gc":
		// The namespace has no part in GC; scripts written for the known cnitool pass one.
		if len(rest) > 0 && strings.HasPrefix(rest[0], "/") {
			rest = rest[1:]
		}
		r.valid, err = parseValid(rest)
	case "status":
	default:
		err = fmt.Errorf("unknown verb '%s'", r.verb)
	}
	return r, err
}

func parseAttachment(netns string, env func(string) string) (*libcni.RuntimeConf, error) {
	path, err := filepath.Abs(netns)
	if err != nil {
		return nil, err
	}
	arguments, err := parsePairs(env("CNI_ARGS"))
	if err != nil {
		return nil, err
	}
	var capabilities map[string]interface{}
	if text := env("CAP_ARGS"); text != "" {
		if err := json.Unmarshal([]byte(text), &capabilities); err != nil {
			return nil, fmt.Errorf("invalid CAP_ARGS '%s': %v", text, err)
		}
	}
	return &libcni.RuntimeConf{
		ContainerID:    or(env("CNI_CONTAINERID"), containerID(path)),
		NetNS:          path,
		IfName:         or(env("CNI_IFNAME"), "eth0"),
		Args:           arguments,
		CapabilityArgs: capabilities,
	}, nil
}

// containerID is the ID the known cnitool gives a namespace: DEL finds what its ADD has made.
func containerID(netns string) string {
	digest := sha512.Sum512([]byte(netns))
	return fmt.Sprintf("cnitool-%x", digest[:10])
}

func parsePairs(text string) ([][2]string, error) {
	var pairs [][2]string
	for _, field := range strings.Split(text, ";") {
		if field == "" {
			continue
		}
		key, value, found := strings.Cut(field, "=")
		if !found || key == "" {
			return nil, fmt.Errorf("invalid CNI_ARGS '%s' (must be K=V;K=V)", text)
		}
		pairs = append(pairs, [2]string{key, value})
	}
	return pairs, nil
}

// parseValid reads CONTAINERID/IFNAME; neither part can hold a slash. The list is never nil: libcni
// would then send null instead of an empty "cni.dev/valid-attachments".
func parseValid(arguments []string) ([]types.GCAttachment, error) {
	valid := []types.GCAttachment{}
	for _, argument := range arguments {
		container, ifname, found := strings.Cut(argument, "/")
		if !found || container == "" || ifname == "" {
			return nil, fmt.Errorf("invalid attachment '%s' (must be CONTAINERID/IFNAME)", argument)
		}
		valid = append(valid, types.GCAttachment{ContainerID: container, IfName: ifname})
	}
	return valid, nil
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
