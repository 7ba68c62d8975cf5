# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What went in comes out changed, so that a value that is read as another type, or in another place, shows.
import numpy
import triton_python_backend_utils as triton


def answer(request):
    def of(name):
        return triton.get_input_tensor_by_name(request, name).as_numpy()

    text, half = of("text"), of("half")
    joined = numpy.array([[a + b"/" + b] for a, b in text], dtype=object)
    parts = numpy.stack([half[:, :2], half[:, 1:]], axis=1).astype("f4")
    values = {
        "root": numpy.sqrt(of("exact")), "halves": half[:, ::-1] * numpy.float16(2), "next": of("natural") + numpy.uint16(1),
        "more": of("large") * 3, "less": of("small") - numpy.int8(1), "not": ~of("flag"), "parts": parts,
        "words": text[:, ::-1], "label": joined,
    }
    return triton.InferenceResponse([triton.Tensor(name, numpy.ascontiguousarray(value)) for name, value in values.items()])


class TritonPythonModel:
    def execute(self, requests):
        return [answer(request) for request in requests]
