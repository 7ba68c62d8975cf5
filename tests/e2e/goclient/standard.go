// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"

	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// health asks Check and the first state of Watch by the stubs that grpc-go has.
func health(connection *grpc.ClientConn) error {
	ctx, stop := context.WithTimeout(context.Background(), *timeout)
	defer stop()
	client := healthpb.NewHealthClient(connection)
	now, err := client.Check(ctx, &healthpb.HealthCheckRequest{Service: flagService()})
	if err != nil {
		return err
	}
	watch, err := client.Watch(ctx, &healthpb.HealthCheckRequest{Service: flagService()})
	if err != nil {
		return err
	}
	first, err := watch.Recv()
	if err != nil {
		return err
	}
	return show([]string{now.Status.String(), first.Status.String()})
}

func flagService() string {
	return strings.Split(strings.TrimPrefix(*path, "/"), "/")[0]
}

// reflect knows nothing of the service: it asks the server for the descriptors of what it offers, makes a request of the
// JSON in the file named, calls, and shows the reply as JSON; as grpcurl does.
func reflect(connection *grpc.ClientConn) error {
	ctx, stop := context.WithTimeout(context.Background(), *timeout)
	defer stop()
	stream, err := reflectionpb.NewServerReflectionClient(connection).ServerReflectionInfo(ctx)
	if err != nil {
		return err
	}
	method, err := find(stream, flagService(), (*path)[strings.LastIndex(*path, "/")+1:])
	if err != nil {
		return err
	}
	text, err := os.ReadFile(flag.Arg(1))
	if err != nil {
		return err
	}
	request, reply := dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output())
	if err := protojson.Unmarshal(text, request); err != nil {
		return err
	}
	if err := connection.Invoke(ctx, *path, request, reply); err != nil {
		return err
	}
	out, err := protojson.Marshal(reply)
	fmt.Println(string(out))
	return err
}

func find(stream reflectionpb.ServerReflection_ServerReflectionInfoClient, service, name string) (protoreflect.MethodDescriptor, error) {
	err := stream.Send(&reflectionpb.ServerReflectionRequest{
		MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: service}})
	if err != nil {
		return nil, err
	}
	answer, err := stream.Recv()
	if err != nil {
		return nil, err
	}
	if answer.GetErrorResponse() != nil {
		return nil, fmt.Errorf("%s: %s", service, answer.GetErrorResponse().ErrorMessage)
	}
	var files descriptorpb.FileDescriptorSet
	for _, data := range answer.GetFileDescriptorResponse().FileDescriptorProto {
		var file descriptorpb.FileDescriptorProto
		if err := proto.Unmarshal(data, &file); err != nil {
			return nil, err
		}
		files.File = append(files.File, &file)
	}
	registry, err := protodesc.NewFiles(&files)
	if err != nil {
		return nil, err
	}
	return methodOf(registry, service, name)
}

func methodOf(registry *protoregistry.Files, service, name string) (protoreflect.MethodDescriptor, error) {
	found, err := registry.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		return nil, err
	}
	method := found.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(name))
	if method == nil {
		return nil, fmt.Errorf("%s has no method %s", service, name)
	}
	return method, nil
}

// ping sends so many pings without a call or a pause, as no well-behaved client does, and shows how many came back before
// the server said anything else.
func ping(*grpc.ClientConn) error {
	connection, err := net.Dial("tcp", *address)
	if err != nil {
		return err
	}
	fmt.Fprint(connection, http2.ClientPreface)
	framer := http2.NewFramer(connection, connection)
	if err := framer.WriteSettings(); err != nil {
		return err
	}
	answered, gone := 0, ""
	for i := 0; i < *count; i++ {
		if err := framer.WritePing(false, [8]byte{byte(i), byte(i >> 8)}); err != nil {
			return err
		}
	}
	for answered < *count && gone == "" {
		frame, err := framer.ReadFrame()
		if err != nil {
			return err
		}
		switch frame := frame.(type) {
		case *http2.PingFrame:
			if !frame.IsAck() {
				err = framer.WritePing(true, frame.Data)
			} else if frame.Data == [8]byte{byte(answered), byte(answered >> 8)} {
				answered++
			}
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = framer.WriteSettingsAck()
			}
		case *http2.GoAwayFrame:
			gone = frame.ErrCode.String()
		}
		if err != nil {
			return err
		}
	}
	return show(map[string]any{"answered": answered, "goaway": gone})
}
