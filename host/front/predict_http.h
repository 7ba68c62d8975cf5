// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Predict over HTTP: POST /v1/models/<model_config_id>:predict with a request as JSON (front/predict_json.h). The reply
// is {"targets": […], "slates": […], "error"}, or {"error": {"status", "message"}} with the HTTP status that says what
// gRPC's would. Headers are those of gRPC: authorization, grpc-timeout, inferd-explain and what models ask for.
#ifndef FRONT_PREDICT_HTTP_H
#define FRONT_PREDICT_HTTP_H

#include "front/http.h"

#define PREDICT_HTTP_PATH "/v1/models/"

// A handler of POST, of the prefix above. user: the front_server.
void predict_http(struct http_request *request, void *user);

#endif
