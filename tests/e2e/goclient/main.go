// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0

// A client of inferd on grpc-go, for test_goclient.py: each command does one thing that Go programs do to a server and
// prints what came of it as JSON, or as text that the test compares; a failure of its own ends it with 1.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	tlscredentials "google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

var (
	address = flag.String("address", "", "of the server")
	path    = flag.String("path", "/Predict/InferPointWise", "method of call and many")
	count   = flag.Int("count", 1, "of calls or pings")
	timeout = flag.Duration("timeout", time.Minute, "of a call")
	cancel  = flag.Bool("cancel", false, "cancel the call once it is under way, when a line comes on standard input")
	zip     = flag.Bool("gzip", false, "compress requests")
	coding  = flag.String("encoding", gzip.Name, "what compressed requests are said to be")
	packed  = flag.Bool("packed", false, "with -gzip: the message is compressed already, or said to be")
	largest = flag.Int("largest", 4<<20, "reply that is taken")
	headers = flag.String("headers", "", "name=value,name=value")
	ca      = flag.String("ca", "", "file of the CA's certificate: calls go over TLS")
	cert    = flag.String("cert", "", "file of the certificate to show")
	key     = flag.String("key", "", "file of its private key")
)

var commands = map[string]func(*grpc.ClientConn) error{
	"call": call, "many": many, "reflect": reflect, "health": health, "ping": ping, "load": load,
}

func main() {
	flag.Parse()
	command, known := commands[flag.Arg(0)]
	if !known {
		fail(fmt.Errorf("no command %q", flag.Arg(0)))
	}
	connection, err := grpc.Dial(*address, credentials())
	if err != nil {
		fail(err)
	}
	if err := command(connection); err != nil {
		fail(err)
	}
}

// credentials says how to connect: plain, or over TLS.
func credentials() grpc.DialOption {
	if *ca == "" {
		return grpc.WithTransportCredentials(insecure.NewCredentials())
	}
	pem, err := os.ReadFile(*ca)
	if err != nil {
		fail(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	shown, err := tls.LoadX509KeyPair(*cert, *key)
	if err != nil {
		fail(err)
	}
	config := &tls.Config{ServerName: "127.0.0.1", RootCAs: roots, Certificates: []tls.Certificate{shown}}
	return grpc.WithTransportCredentials(tlscredentials.NewTLS(config))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "goclient:", err)
	os.Exit(1)
}

func show(value any) error {
	return json.NewEncoder(os.Stdout).Encode(value)
}

// bytesCodec passes messages on as they are.
type bytesCodec struct{}

func (bytesCodec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (bytesCodec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (bytesCodec) Name() string { return "proto" }

// asItIs takes the place of gzip, or of what isn't there, and compresses nothing.
type asItIs struct{}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func (asItIs) Name() string                                  { return *coding }
func (asItIs) Compress(to io.Writer) (io.WriteCloser, error) { return nopCloser{to}, nil }
func (asItIs) Decompress(from io.Reader) (io.Reader, error)  { return from, nil }

type outcome struct {
	Code    string
	Message string
	Reply   []byte
	Header  metadata.MD
	Trailer metadata.MD
}

func invoke(ctx context.Context, connection *grpc.ClientConn, request []byte) outcome {
	var got outcome
	options := []grpc.CallOption{grpc.ForceCodec(bytesCodec{}), grpc.Header(&got.Header), grpc.Trailer(&got.Trailer),
		grpc.MaxCallRecvMsgSize(*largest), grpc.MaxCallSendMsgSize(1 << 30)}
	if *packed {
		encoding.RegisterCompressor(asItIs{})
	}
	if *zip {
		options = append(options, grpc.UseCompressor(*coding))
	}
	for _, pair := range strings.FieldsFunc(*headers, func(r rune) bool { return r == ',' }) {
		name, value, _ := strings.Cut(pair, "=")
		ctx = metadata.AppendToOutgoingContext(ctx, name, value)
	}
	err := connection.Invoke(ctx, *path, &request, &got.Reply, options...)
	got.Code, got.Message = status.Code(err).String(), status.Convert(err).Message()
	return got
}

// call makes one call with the message on standard input, or in the file named, and shows all of its outcome.
func call(connection *grpc.ClientConn) error {
	ctx, stop := context.WithTimeout(context.Background(), *timeout)
	defer stop()
	request, err := os.ReadFile(flag.Arg(1))
	if err != nil {
		return err
	}
	if *cancel {
		go func() {
			io.ReadFull(os.Stdin, make([]byte, 1))
			stop()
		}()
	}
	return show(invoke(ctx, connection, request))
}

// many makes calls at once on one connection, each with a message of its own, FILE.N, whose replies are to be FILE.N.reply.
func many(connection *grpc.ClientConn) error {
	ctx, stop := context.WithTimeout(context.Background(), *timeout)
	defer stop()
	results := make(chan error)
	for i := 0; i < *count; i++ {
		go func(file string) {
			request, err := os.ReadFile(file)
			if err != nil {
				results <- err
				return
			}
			want, err := os.ReadFile(file + ".reply")
			if got := invoke(ctx, connection, request); err == nil && (got.Code != "OK" || string(got.Reply) != string(want)) {
				err = fmt.Errorf("%s: %s %s, a reply of %d bytes", file, got.Code, got.Message, len(got.Reply))
			}
			results <- err
		}(fmt.Sprintf("%s.%d", flag.Arg(1), i))
	}
	failed := 0
	for i := 0; i < *count; i++ {
		if err := <-results; err != nil {
			if failed++; failed == 1 {
				fmt.Fprintln(os.Stderr, "goclient:", err)
			}
		}
	}
	return show(map[string]int{"calls": *count, "failed": failed})
}
