// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Calls without a pause, to see whether one fails while servers come and go.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
)

const callersEach = 4

// dialAll takes turns among all addresses, and comes back soon to one that had gone.
func dialAll() (*grpc.ClientConn, error) {
	var state resolver.State
	for _, one := range strings.Split(*address, ",") {
		state.Addresses = append(state.Addresses, resolver.Address{Addr: one})
	}
	names := manual.NewBuilderWithScheme("load")
	names.InitialState(state)
	return grpc.Dial("load:///", credentials(), grpc.WithResolvers(names),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig": [{"round_robin": {}}]}`),
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: 5 * time.Second,
			Backoff: backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1, MaxDelay: 20 * time.Millisecond}}))
}

// load calls on -count connections with the messages of the files in turn, until a line or the end comes on standard
// input; says "ready" once each caller has had a reply; shows how many calls there were, and how the first failed.
func load(_ *grpc.ClientConn) error {
	var messages [][]byte
	for _, name := range flag.Args()[1:] {
		message, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		messages = append(messages, message)
	}
	var calls, failed atomic.Int64
	var over atomic.Bool
	var all, ready sync.WaitGroup
	var once sync.Once
	first := ""
	for i := 0; i < *count; i++ {
		connection, err := dialAll()
		if err != nil {
			return err
		}
		for k := 0; k < callersEach; k++ {
			all.Add(1)
			ready.Add(1)
			go func(n int) {
				defer all.Done()
				for begun := false; !over.Load(); n++ {
					ctx, stop := context.WithTimeout(context.Background(), *timeout)
					got := invoke(ctx, connection, messages[n%len(messages)])
					stop()
					calls.Add(1)
					if got.Code != "OK" {
						failed.Add(1)
						once.Do(func() { first = got.Code + ": " + got.Message })
					}
					if !begun {
						ready.Done()
					}
					begun = true
				}
			}(k)
		}
	}
	ready.Wait()
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1))
	over.Store(true)
	all.Wait()
	return show(map[string]any{"calls": calls.Load(), "failed": failed.Load(), "first": first})
}
